"""What a person changed: in dataset.jsonl since the run wrote it, which would be lost without a word, since the file is made from the
journal; and in samples in a review, of which edited.jsonl keeps what they were before, since others were compared with that."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from graphs.files.certificate import Certified, digest_of_line, read_certificate
from graphs.files.rundir import DATASET, EDITED, write_bytes
from graphs.sampling.decision import PERSON
from scenarios.errors import RunDirError
from scenarios.records import Record, Verdict

_NAMED = 3
_TOLD = ("id", "round", "index", "messages", "fields", "brief", "scene")


def hand_edits(out: Path, records: Iterable[Record]) -> Iterator[str]:
    """A line for each kind of change to dataset.jsonl, which is about to be written anew from `records`. Words that a
    person wrote into it are kept in another file. Raises OSError."""
    if not (out / DATASET).is_file():
        return
    certified = _certified(out)
    if certified and hashlib.sha256((out / DATASET).read_bytes()).hexdigest() == certified.sha256:
        return
    accepted = [record.candidate.brief.id for record in records if record.verdict is Verdict.ACCEPTED]
    there, changed, broken = _read(out, set(accepted), certified)
    if gone := _taken_out(accepted, there, whole=certified is not None):
        yield (
            f"note: taken out of {DATASET} by hand: {_named(gone)}; the file is made from run.sqlite, and they are in it again. "
            f"To reject them for good: python -m graphs.reject out={out} id={','.join(gone)} why=…"
        )
    if changed or broken:
        kept = _free(out)
        shutil.copyfile(out / DATASET, kept)
        told = f" ({_named(changed)})" if changed else ""
        yield (
            f"note: lines of {DATASET} that were written by hand: {len(changed) + broken}{told}; the file is made from run.sqlite "
            f"again, and the one with your words is kept as {kept.name}"
        )


def _certified(out: Path) -> Certified | None:
    """What the last session vouched for; None if it did not end, or the certificate cannot be read."""
    try:
        certificate = read_certificate(out)
    except RunDirError:
        return None
    return certificate.files.get(DATASET) if certificate else None


def _read(out: Path, accepted: Collection[str], certified: Certified | None) -> tuple[list[str], list[str], int]:
    """The ids in the file, in order; and of the lines that the last session did not write, if that is known, the ids of
    samples of the run, and how many hold none. In a session that was cut off nobody can tell: the journal may lack samples."""
    digests = set(certified.lines) if certified else set()
    there: list[str] = []
    changed: list[str] = []
    others = 0
    with (out / DATASET).open("rb") as file:
        for raw in file:
            id_ = _id(raw)
            if id_ in accepted:
                there.append(id_)
            if not certified or not raw.strip() or digest_of_line(raw.rstrip(b"\n")) in digests:
                continue
            if id_ in accepted:
                changed.append(id_)
            else:
                others += 1
    return there, changed, others


def _id(raw: bytes) -> str:
    try:
        line: Any = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return ""
    return str(line.get("id", "")) if isinstance(line, dict) else ""


def _taken_out(accepted: list[str], there: list[str], *, whole: bool) -> list[str]:
    """The accepted samples that are not there. Unless the file was `whole`, a kill may have come before the last were added."""
    known = set(there)
    end = len(accepted) if whole else max((place for place, id_ in enumerate(accepted, 1) if id_ in known), default=0)
    return [id_ for id_ in accepted[:end] if id_ not in known]


def _named(ids: list[str]) -> str:
    return ", ".join(ids[:_NAMED]) + (f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else "")


def _free(out: Path) -> Path:
    number = 1
    while (path := out / f"dataset.edited-{number}.jsonl").exists():
        number += 1
    return path


def write_edited(out: Path, lines: Iterable[dict[str, Any]]) -> None:
    """Write edited.jsonl anew; without lines there is none. Raises OSError."""
    if raw := b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines):
        write_bytes(out / EDITED, raw)
    else:
        (out / EDITED).unlink(missing_ok=True)


def versions_before(record: Record) -> list[dict[str, Any]]:
    """The lines of what an accepted or rejected record was before people edited it, the oldest first."""
    found = []
    for draft in record.candidate.drafts:
        if draft.step == PERSON:
            was = record.candidate.model_copy(update={"messages": draft.messages, "fields": draft.fields})
            line = record.model_copy(update={"candidate": was}).line()
            told = {key: line[key] for key in _TOLD if key in line}
            found.append({**told, "stage": PERSON, "detail": "; ".join(problem.problem for problem in draft.problems)})
    return found
