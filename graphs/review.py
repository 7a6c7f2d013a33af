"""The command: `python -m graphs.review out=DIR [apply=yes]`.

Says where the reviews of a directory stand, and carries out what people said.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from graphs.shell.command import answer, keys_given
from graphs.shell.exits import Exit
from graphs.shell.interrupts import winding_down
from graphs.shell.process import one_blas_thread, say
from scenarios.errors import SettingsError

KEYS = ("out", "apply", "scenario", "trust")
_HELP = """usage: python -m graphs.review out=DIR [apply=yes]

Says where the reviews of DIR stand: what people said in graphs.studio, what is left, and on what they disagree. With apply=yes it
carries out what they said of a run's samples. A rejected one leaves dataset.jsonl and the memory and stands in rejected.jsonl
with the stage "person", the reasons, the remark and the reviewer. The next session of the run does the same by itself. What was
carried out is not taken back by an undo.

  out        the directory of a run, or another one with a dataset.jsonl
  apply=yes  carry out what people said
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
    if given.get("apply") == "yes":
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


def _tell(out: Path) -> None:
    from graphs.reviewing.telling import reviews_in_words

    for line in reviews_in_words(out):
        print(line)


if __name__ == "__main__":
    sys.exit(main())
