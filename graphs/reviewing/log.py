"""reviews.jsonl: appended to and synced before a verdict is acknowledged, never rewritten."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import orjson
from pydantic import ValidationError

from graphs.reviewing.verdicts import PersonVerdict
from scenarios.errors import RunDirError
from scenarios.reading.bounded import read_bounded

REVIEWS = "reviews.jsonl"
_LARGEST = 1024 * 1024 * 1024


def read_reviews(out: Path) -> list[PersonVerdict]:
    """Every line of the reviews in `out`, in order; none if there are none. A last line that a kill cut off was never
    acknowledged, and is left out. Raises RunDirError, which names the line that cannot be read."""
    path = out / REVIEWS
    try:
        raw = read_bounded(path, _LARGEST)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunDirError(f"{path}: cannot be read ({error.strerror})") from None
    return _parsed(raw, path)


def append_verdict(out: Path, verdict: Callable[[list[PersonVerdict]], PersonVerdict]) -> PersonVerdict:
    """Add what `verdict` makes of all that was said so far, with the next number; it is on the disk when this returns.

    Several processes may append to one file: each waits for its turn. Raises RunDirError; nothing is then added.
    """
    path = out / REVIEWS
    try:
        with path.open("a+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            raw = file.read()
            said = _parsed(raw, path)
            size = raw.rfind(b"\n") + 1
            file.truncate(size)  # what a kill cut off
            made = verdict(said).model_copy(update={"number": len(said) + 1})
            _append(file.fileno(), made.model_dump_json(exclude_defaults=True).encode() + b"\n", size)
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


def _parsed(raw: bytes, path: Path) -> list[PersonVerdict]:
    found: list[PersonVerdict] = []
    for number, line in enumerate(raw[: raw.rfind(b"\n") + 1].splitlines(), start=1):
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
