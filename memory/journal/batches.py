"""The batches that a run sent to an endpoint, as the journal keeps them: by file, with the keys of their calls.

A row is written before the batch is begun and stays; which of its calls still lack an answer shows in `calls`. What each may cost
stands in `asked`, under its key for a ticket, until its answer is there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from memory.journal.journal import Journal
from memory.journal.tables import put

_KEY = 16
"""Bytes of a call's key."""


@dataclass(frozen=True)
class BatchCall:
    """A call in a batch, and what the requests for it may have cost."""

    key: bytes
    requests: int
    tokens: int
    usd: float


@dataclass(frozen=True)
class BatchRow:
    """A batch, with those of its calls that have no answer."""

    file: str
    address: str
    batch: str
    """Empty until it has begun."""
    calls: tuple[BatchCall, ...]


async def note_batch(journal: Journal, file: str, address: str, calls: Sequence[BatchCall]) -> None:
    """Note a batch that is about to be begun on a file, and that its calls were asked, in one transaction that is on the disk
    when this returns."""
    keys = [call.key for call in calls]
    asked = [(call.key, call.key, call.requests, call.tokens, call.usd) for call in calls]

    def write(base: sqlite3.Connection) -> None:
        put(base, "batches", [(file, address, "", b"".join(keys))])
        put(base, "asked", asked)

    journal.expect(keys)
    await journal.acall(write)


async def note_batch_id(journal: Journal, file: str, batch: str) -> None:
    """Note the id of the batch that was begun on a file; it is on the disk when this returns."""

    def write(base: sqlite3.Connection) -> None:
        address, keys = base.execute("SELECT address, keys FROM batches WHERE file = ?", (file,)).fetchone()
        put(base, "batches", [(file, address, batch, keys)])

    await journal.acall(write)


def batches_sent(journal: Journal) -> list[BatchRow]:
    """The batches that lack answers, in the order in which they were sent. From now on the answers settle what was noted of
    their calls."""
    found = journal.call(lambda base: list(_lacking(base)))
    journal.expect(call.key for row in found for call in row.calls)
    return found


def _lacking(base: sqlite3.Connection) -> Iterator[BatchRow]:
    for file, address, batch, joined in base.execute(
        "SELECT file, address, batch, keys FROM batches ORDER BY rowid"
    ).fetchall():
        keys = (joined[at : at + _KEY] for at in range(0, len(joined) - len(joined) % _KEY, _KEY))
        calls = tuple(call for key in keys if (call := _call(base, key)) is not None)
        if calls:
            yield BatchRow(file, address, batch, calls)


def _call(base: sqlite3.Connection, key: bytes) -> BatchCall | None:
    """A call of a batch; None if it is answered. Without a row in `asked`, which a damaged disk may have lost, it cost nothing."""
    if base.execute("SELECT 1 FROM calls WHERE key = ?", (key,)).fetchone():
        return None
    row = base.execute("SELECT requests, tokens, usd FROM asked WHERE ticket = ?", (key,)).fetchone()
    return BatchCall(key, *(row or (1, 0, 0.0)))
