"""The command: `python -m graphs.review out=DIR [apply=yes]`.

Says where the reviews of a directory stand, and carries out what people said.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from graphs.shell.command import answer, keys_given
from graphs.shell.exits import Exit
from graphs.shell.interrupts import winding_down
from graphs.shell.process import one_blas_thread, say
from scenarios.errors import SettingsError

if TYPE_CHECKING:
    from graphs.reviewing.desk import ReviewDesk

KEYS = ("out", "apply", "to", "from", "file", "queue", "seed", "scenario", "trust")
_HELP = """usage: python -m graphs.review out=DIR [apply=yes | to=TOOL file=FILE [queue=audit] | from=TOOL file=FILE]

Says where the reviews of DIR stand: what people said in graphs.studio, what is left, and on what they disagree. With apply=yes it
carries out what they said of a run's samples. A rejected one leaves dataset.jsonl and the memory and stands in rejected.jsonl
with the stage "person", the reasons, the remark and the reviewer. The next session of the run does the same by itself. What was
carried out is not taken back by an undo.

  out        the directory of a run, or another one with a dataset.jsonl
  apply=yes  carry out what people said
  to=TOOL    write what is left of a queue to a FILE that argilla or labelstudio reads
  from=TOOL  keep the verdicts of a FILE that argilla or labelstudio wrote, each once
  queue      audit, routed or adjudicate, for to=; by default routed
  seed       of the audit; by default 0
  scenario   the scenario's file, if it has moved
  trust      a Python module that the scenario may use as its world; its code is run

exit codes: 0 done · 2 a mistake in the input · 130 interrupted · 1 a fault of ours"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return answer(arguments, lambda: _HELP, _review)


def _review(words: list[str]) -> int:
    given = keys_given(words, KEYS, "graphs.review", "out=DIR")
    if not given.get("out"):
        raise SettingsError("out: is missing; write out=DIR, the directory of a run")
    if given.get("apply", "no") not in {"yes", "no"}:
        raise SettingsError(f"apply={given['apply']}: is neither yes nor no; write apply=yes")
    from graphs.files.inside import check_inside

    out = Path(given["out"])
    check_inside(out)
    tools = [key for key in ("to", "from") if key in given]
    if len(tools) + (given.get("apply") == "yes") > 1:
        raise SettingsError("apply, to and from: do one thing at a time; leave the others out")
    if tools:
        _exchange(out, given, tools[0])
    elif given.get("apply") == "yes":
        _apply(out, given)
    else:
        _tell(out)
    return Exit.DONE


def _apply(out: Path, given: dict[str, str]) -> None:
    from graphs.running.reviewed import apply_reviews

    with winding_down(), one_blas_thread():
        done = apply_reviews(out, say, given)
    for id_ in done.rejected:
        print(f"rejected: {id_}{', to be made again' if id_ in done.again else ''}")
    for id_ in done.edited:
        print(f"edited: {id_}")
    for line in done.refused:
        print(f"not edited: {line}")
    if not done.anything and not done.refused:
        print("nothing is left to carry out")
    then = f"; to make new ones in their place: python -m graphs.run out={out}" if done.rejected else ""
    print(f"{done.accepted} accepted samples{' are left' if done.rejected else ''}{then}")


def _exchange(out: Path, given: dict[str, str], which: str) -> None:
    from graphs.reviewing.accepted import accepted_samples
    from graphs.reviewing.exchange import ReviewTool, read_back, send_out
    from graphs.reviewing.verdicts import Queue

    if given[which] not in [*ReviewTool]:
        raise SettingsError(f"{which}={given[which]}: is not one of {', '.join(ReviewTool)}")
    if not given.get("file"):
        raise SettingsError("file: is missing; write file=FILE, which the other tool reads or wrote")
    tool, file = ReviewTool(given[which]), Path(given["file"])
    if which == "from":
        done = read_back(_desk(out, given), accepted_samples(out)[1], tool, file)
        print(f"kept: {done.kept} verdicts; read before: {done.before}; samples without one: {done.silent}")
        for what, ids in (("not in the dataset", done.unknown), ("not what went out any more", done.changed)):
            if ids:
                print(f"{what}, and not kept: {len(ids)} ({', '.join(ids[:5])}{' …' if ids[5:] else ''})")
        return
    queue = given.get("queue", Queue.ROUTED.value)
    if queue not in (Queue.AUDIT, Queue.ROUTED, Queue.ADJUDICATE):
        raise SettingsError(f"queue={queue}: is not one of audit, routed, adjudicate")
    seed = given.get("seed", "0")
    if not (seed.isascii() and seed.isdigit() and len(seed) < 16):
        raise SettingsError(f"seed={seed}: is no whole number; leave it out for 0")
    try:
        count = send_out(_desk(out, given), Queue(queue), tool, file, seed=int(seed))
    except OSError as error:
        raise SettingsError(f"file={file}: cannot be written ({error.strerror})") from None
    print(f"written: {count} samples of the queue {queue} to {file}")


def _desk(out: Path, given: dict[str, str]) -> ReviewDesk:
    """The desk of a directory, with what its run doubts if it holds one."""
    from graphs.files.rundir import is_run
    from graphs.preparation import prepare_stored
    from graphs.reviewing.desk import ReviewDesk

    if not is_run(out):
        return ReviewDesk(out)
    prepared = prepare_stored(out, {key: given[key] for key in ("scenario", "trust") if key in given})
    scenario = prepared.loaded.scenario
    least = {name: int(scenario.least_of(name)) for name in scenario.rubric}
    return ReviewDesk(out, least, prepared.settings.memory.min_distance or 0.0)


def _tell(out: Path) -> None:
    from graphs.reviewing.telling import reviews_in_words

    for line in reviews_in_words(out):
        print(line)


if __name__ == "__main__":
    sys.exit(main())
