"""The command: `python -m graphs.lineage out=DIR [key=value …]`.

Prints what was made of what: the seeds of a scenario that evolves with all that stems from them, and in any scenario the
second attempts at rejected samples. It only reads: the run may be in progress.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from graphs.files.inside import check_inside
from graphs.files.rundir import DATASET, JOURNAL, REJECTED
from graphs.files.wording import many
from graphs.observe.drawing import DRAWN, DrawingFormat
from graphs.observe.family import (
    ACCEPTED,
    Evolution,
    Family,
    FamilyMember,
    family_of,
    member_in,
    member_of,
    members,
    related,
)
from graphs.shell.command import answer, keys_given
from graphs.shell.exits import Exit
from graphs.trace import whole_id
from memory.journal.reading import read_journal
from scenarios.errors import DatasetError, RunDirError, SettingsError, nearest
from scenarios.reading.bounded import json_of, lines_of

KEYS = ("out", "id", "format", "rejected")
_HELP = """usage: python -m graphs.lineage out=DIR [key=value …]

Prints the lineage of the run in DIR: every seed with the samples that stem from it, each with its operation, its verdict
and its first words; and second attempts under the rejected samples that they try again. Reads run.sqlite or, if that is
gone, dataset.jsonl and rejected.jsonl. The run may be in progress; the command writes nothing.

  id         only the ancestors and descendants of this sample or seed (the beginning of an id is enough)
  format     tree (default), mermaid, dot or graphml
  rejected   no: leave out the samples that were not accepted

exit codes: 0 printed · 2 a mistake in the input · 130 interrupted · 1 a fault of ours"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return answer(arguments, lambda: _HELP, _lineage)


def _lineage(words: list[str]) -> int:
    given = _given(words)
    met = list(_members(Path(given["out"])))
    if given.get("rejected") == "no":
        met = _without_rejected(met)
    graph = family_of(met)
    if id_ := given.get("id"):
        graph = related(graph, whole_id(list(graph), id_, given["out"]))
    form = DrawingFormat(given.get("format", DrawingFormat.TREE))
    for line in DRAWN[form](graph):
        print(line)
    if form is DrawingFormat.TREE:
        print("\n".join(_figures(graph)))
    return Exit.DONE


def _given(words: Sequence[str]) -> dict[str, str]:
    given = keys_given(words, KEYS, "graphs.lineage", "out=DIR")
    if not given.get("out"):
        raise SettingsError("out: is missing; write out=DIR, the directory of a run")
    for key, known in (("format", tuple(DrawingFormat)), ("rejected", ("yes", "no"))):
        if given.get(key, known[0]) not in known:
            raise SettingsError(f"{key}={given[key]}: is not one of {', '.join(known)}{nearest(given[key], known)}")
    return given


def _members(out: Path) -> Iterator[FamilyMember]:
    """Every sample of a run, from its journal, or from the files that are made of it. Raises UserError."""
    check_inside(out)
    if os.path.isfile(out / JOURNAL):  # noqa: PTH113 - Path.is_file raises if a name is too long
        yield from read_journal(out / JOURNAL, lambda reading: [member_in(record) for record in reading.records()])
        return
    files = [out / name for name in (DATASET, REJECTED) if os.path.isfile(out / name)]  # noqa: PTH113
    if not files:
        raise RunDirError(f"out={out}: holds no run; give the directory of one")
    for path in files:
        try:
            for number, raw in enumerate(lines_of(path), 1):
                yield _member(path, number, raw)
        except OSError as error:
            raise DatasetError(f"{path}: cannot be read: {error.strerror or error}") from None


def _member(path: Path, number: int, raw: bytes) -> FamilyMember:
    try:
        return member_of(json_of(raw))
    except ValueError as error:  # pydantic's is one, too
        first = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error
        raise DatasetError(f"{path}:{number}: is not a record ({first}); it was cut off or changed") from None


def _without_rejected(met: list[FamilyMember]) -> list[FamilyMember]:
    kept = [member for member in met if member.verdict == ACCEPTED]
    ids = {member.id for member in kept}
    return [member if member.before in ids else member.model_copy(update={"before": ""}) for member in kept]


def _figures(graph: Family) -> Iterator[str]:
    """How deep, by which operations, and what was dropped, in words."""
    evolution, alone = Evolution(), 0
    for member in members(graph):
        evolution.add(member)
        alone += graph.degree(member.id) == 0
    if found := evolution.figures():
        depth = ", ".join(f"{depth}: {count}" for depth, count in found["depth"].items())
        done = ", ".join(f"{name} {of['accepted']} of {of['made']}" for name, of in found["operations"].items())
        dropped = ", ".join(f"{name} {share:.1%}" for name, share in found["dropped"].items())
        yield f"accepted by depth: {depth or 'none'}"
        yield f"accepted by operation: {done}"
        yield f"dropped: {dropped or 'nothing'}"
    if alone:
        yield f"{many(alone, 'sample')} {'has' if alone == 1 else 'have'} neither a parent nor a child"


if __name__ == "__main__":
    sys.exit(main())
