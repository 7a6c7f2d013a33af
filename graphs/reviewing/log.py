"""reviews.jsonl: appended to and synced before a verdict is acknowledged, never rewritten."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import orjson
from pydantic import ValidationError

from graphs.reviewing.verdicts import PersonVerdict
from scenarios.errors import RunDirError

REVIEWS = "reviews.jsonl"

_SEAM = 4096
"""Bytes before what is new that have to be as they were: then it was only appended to."""


@dataclass(frozen=True)
class _Known:
    """What was read of a file, so that only what was added since is read again."""

    size: int
    """Of the whole lines."""
    seam: bytes
    said: list[PersonVerdict]


_NOTHING = _Known(0, b"", [])
_known: dict[tuple[Path, int], _Known] = {}


def read_reviews(out: Path) -> list[PersonVerdict]:
    """Every line of the reviews in `out`, in order; none if there are none. A last line that a kill cut off was never
    acknowledged, and is left out. Raises RunDirError, which names the line that cannot be read."""
    path = out / REVIEWS
    try:
        with path.open("rb") as file:
            return list(_verdicts(path, file).said)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunDirError(f"{path}: cannot be read ({error.strerror})") from None


def append_verdict(
    out: Path,
    verdict: Callable[[list[PersonVerdict]], PersonVerdict],
    said_before: Callable[[list[PersonVerdict]], PersonVerdict | None] = lambda _: None,
) -> PersonVerdict:
    """Add what `verdict` makes of all that was said so far, with the next number; it is on the disk when this returns. If
    `said_before` finds that it is there already, nothing is added, and what it found is given.

    Several processes may append to one file: each waits for its turn. Raises RunDirError; nothing is then added.
    """
    path = out / REVIEWS
    try:
        with path.open("a+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            known = _verdicts(path, file)
            said, size = list(known.said), known.size
            if before := said_before(said):
                return before
            file.truncate(size)  # what a kill cut off
            made = verdict(said).model_copy(update={"number": len(said) + 1})
            _append(file.fileno(), made.model_dump_json(exclude_defaults=True).encode() + b"\n", size)
            if not size:
                _sync_folder(out)
    except OSError as error:
        raise RunDirError(f"{path}: cannot be written ({error.strerror}); the verdict was not kept") from None
    return made


def _append(file: int, line: bytes, size: int) -> None:
    rest = memoryview(line)
    try:
        while rest:
            rest = rest[os.write(file, rest) :]
        os.fsync(file)
    except OSError:
        os.ftruncate(file, size)
        raise


def _sync_folder(out: Path) -> None:
    """A new file is lost with its name, unless the folder is on the disk, too."""
    folder = os.open(out, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _verdicts(path: Path, file: BinaryIO) -> _Known:
    """What an open file holds. However long it is, only what was added since it was last read is read, unless it was written anew."""
    place = (path.absolute(), os.fstat(file.fileno()).st_ino)
    known = _known.get(place, _NOTHING)
    file.seek(known.size - len(known.seam))
    raw = file.read()
    if not raw.startswith(known.seam):  # somebody wrote it anew
        known = _NOTHING
        file.seek(0)
        raw = file.read()
    added = raw[len(known.seam) : raw.rfind(b"\n") + 1]
    if added:
        found = [*known.said, *_parsed(added, path, len(known.said))]
        known = _Known(known.size + len(added), (known.seam + added)[-_SEAM:], found)
        _known[place] = known
    return known


def _parsed(raw: bytes, path: Path, before: int) -> list[PersonVerdict]:
    found: list[PersonVerdict] = []
    for number, line in enumerate(raw.split(b"\n")[:-1], start=before + 1):
        try:
            verdict = PersonVerdict.model_validate(orjson.loads(line))
        except (orjson.JSONDecodeError, ValidationError) as error:
            why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else "it is no JSON"
            raise RunDirError(
                f"{path}: line {number}: is no verdict ({why}); restore the line: nothing is deleted"
            ) from None
        if verdict.number != number:
            raise RunDirError(
                f"{path}: line {number}: says number {verdict.number}; a line is missing or was added by hand"
            )
        found.append(verdict)
    return found
