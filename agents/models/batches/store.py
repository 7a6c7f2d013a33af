"""What is kept of a batch, so that a run that was killed finds it again: its id and its calls, before anybody awaits an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from agents.models.calls import Reservation


@dataclass(frozen=True)
class SentLine:
    """One call of a batch."""

    key: bytes
    requests: int
    """Requests sent for the call so far, this one included."""
    cost: Reservation
    """What they may cost at the most."""


@dataclass(frozen=True)
class SentBatch:
    """A batch that an earlier session sent."""

    file: str
    """The id of the file of its requests."""
    address: str
    """The endpoint's."""
    batch: str
    """Its id; empty if the session ended before it heard of it."""
    lines: tuple[SentLine, ...]
    """Its calls that have no answer yet."""


class BatchStore(Protocol):
    """Where batches are kept (the journal)."""

    def sent_before(self) -> list[SentBatch]:
        """The batches of earlier sessions, the latest last."""
        ...

    async def sending(self, file: str, address: str, lines: Sequence[SentLine]) -> None:
        """Note a batch that is about to be begun on a file, and what its calls may cost; returns once it is committed. A
        call's key is its ticket in the list of what was asked."""
        ...

    async def begun(self, file: str, batch: str) -> None:
        """Note the id of the batch that was begun on a file; returns once it is committed."""
        ...
