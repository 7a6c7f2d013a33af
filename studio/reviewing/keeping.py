"""A verdict of the page, kept once: a retry of one that is on the disk already gets the same answer."""

from __future__ import annotations

import os
from pathlib import Path

from graphs.reviewing.log import REVIEWS, append_verdict, read_reviews
from graphs.reviewing.verdicts import PersonVerdict, Said
from scenarios.errors import RunDirError
from studio.reviewing.posted import PostedVerdict, UnfitError


class _AlreadyKept(Exception):
    """The verdict is in the file."""

    def __init__(self, kept: PersonVerdict) -> None:
        super().__init__()
        self.kept = kept


def kept_before(said: list[PersonVerdict], told: PostedVerdict) -> PersonVerdict | None:
    """The line that says what the page says, if the page said it before. Raises UnfitError if a reviewer said two things at
    once."""
    for verdict in reversed(said):
        if (verdict.reviewer, verdict.at) == (told.reviewer, told.at):
            if (verdict.said, verdict.sample, verdict.content) != (told.said, told.sample, told.content):
                raise UnfitError(f"{told.reviewer} said two things at {told.at}; the second one was not kept")
            return verdict
    return None


def keep(out: Path, told: PostedVerdict) -> PersonVerdict:
    """Append a verdict, unless it is there; it is on the disk when this returns. Raises UnfitError and RunDirError; nothing is then added."""

    def line(said: list[PersonVerdict]) -> PersonVerdict:
        if before := kept_before(said, told):
            raise _AlreadyKept(before)
        return told.verdict(_undone(said, told))

    try:
        return append_verdict(out, line)
    except _AlreadyKept as found:
        _sync(out / REVIEWS)
        return found.kept


def _sync(path: Path) -> None:
    """A process that was killed may have written a line and not synced it."""
    try:
        with path.open("rb") as file:
            os.fsync(file.fileno())
    except OSError as error:
        raise RunDirError(f"{path}: cannot be synced ({error.strerror})") from None


def _undone(said: list[PersonVerdict], told: PostedVerdict) -> int | None:
    """The number of the line that an undo takes back."""
    if told.said is not Said.UNDO:
        return None
    for verdict in reversed(said):
        if (verdict.reviewer, verdict.at) == (told.reviewer, told.undoes):
            return verdict.number
    raise UnfitError(f"there is nothing of {told.reviewer} at {told.undoes} that could be taken back")


def said_of(out: Path, sample: str) -> list[PersonVerdict]:
    """What people said of a sample, also what they took back, in order. Raises RunDirError."""
    return [one for one in read_reviews(out) if sample in (one.sample, one.against)]
