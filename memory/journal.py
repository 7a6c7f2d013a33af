"""The journal: `run.sqlite`, the run's single source of truth. Calls, briefs and records.

One thread owns the connection. Writes that wait together are committed together, so that durability costs
one fsync a group and not one a call. A write returns once it is committed.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from scenarios.errors import ColloquiaError, RunDirError
from scenarios.records import Brief, Record, Usage

T = TypeVar("T")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS calls (
  key BLOB PRIMARY KEY, sample TEXT NOT NULL, step TEXT NOT NULL, attempt INTEGER NOT NULL, role TEXT NOT NULL,
  question BLOB NOT NULL, answer BLOB NOT NULL, prompt_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL, usd REAL NOT NULL, requests INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS calls_by_sample ON calls (sample);
CREATE TABLE IF NOT EXISTS briefs (
  round INTEGER NOT NULL, place INTEGER NOT NULL, brief BLOB NOT NULL, PRIMARY KEY (round, place));
CREATE TABLE IF NOT EXISTS records (
  round INTEGER NOT NULL, place INTEGER NOT NULL, id TEXT NOT NULL, verdict TEXT NOT NULL, final INTEGER NOT NULL,
  record BLOB NOT NULL, PRIMARY KEY (round, place));
"""


class Journal:
    """The journal of one run. Open it with `Journal(path)`; `close` waits for what is queued."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._opened: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()
        self._keys: set[bytes] = set()
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()
        if (error := self._opened.get()) is not None:
            raise RunDirError(f"{path}: the journal cannot be opened: {error}") from None

    def _work(self) -> None:
        try:
            base = sqlite3.connect(self._path, isolation_level=None)
            base.execute("PRAGMA journal_mode=WAL")
            base.execute("PRAGMA synchronous=FULL")
            base.executescript(_SCHEMA)
            self._keys = {row[0] for row in base.execute("SELECT key FROM calls")}
        except sqlite3.Error as error:
            self._opened.put(error)
            return
        self._opened.put(None)
        open_ = True
        while open_:
            jobs = [self._jobs.get()]
            while not self._jobs.empty():
                jobs.append(self._jobs.get())
            open_ = None not in jobs
            self._run_group(base, [job for job in jobs if job is not None])
        base.close()

    @staticmethod
    def _run_group(base: sqlite3.Connection, jobs: list[_Job]) -> None:
        done: list[tuple[_Job, Any]] = []
        try:
            base.execute("BEGIN")
            done = [(job, job.work(base)) for job in jobs]
            base.execute("COMMIT")
        except sqlite3.Error as error:
            if base.in_transaction:
                base.execute("ROLLBACK")
            for job in jobs:
                job.fail(ColloquiaError(f"the journal cannot be written: {error}"))
            return
        for job, result in done:
            job.succeed(result)

    def call(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on the journal's thread and wait, from a thread without an event loop to hold up."""
        job = _Job(work)
        self._jobs.put(job)
        job.ready.wait()
        if job.error is not None:
            raise job.error
        return job.result  # type: ignore[no-any-return]

    async def acall(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on the journal's thread; returns once it is committed."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put(_Job(work, loop, future))
        return await future

    async def answered(self, key: bytes) -> bytes | None:
        """The stored answer of a call, as JSON, or None."""
        if key not in self._keys:
            return None
        row = await self.acall(lambda base: base.execute("SELECT answer FROM calls WHERE key = ?", (key,)).fetchone())
        return bytes(row[0])

    async def keep(self, key: bytes, row: CallRow) -> None:
        """Store a call with its answer; returns once it is committed."""
        packed = (
            key, row.sample, row.step, row.attempt, row.role, zlib.compress(row.question, 1), row.answer,
            row.usage.prompt_tokens, row.usage.cached_tokens, row.usage.completion_tokens, row.usd, row.requests,
        )  # fmt: skip
        await self.acall(
            lambda base: base.execute(f"INSERT OR REPLACE INTO calls VALUES ({'?,' * 11}?)", packed) and None
        )
        self._keys.add(key)

    def spent(self) -> tuple[dict[str, Usage], float, int]:
        """What the run has spent so far: usage by role, USD, requests."""

        def read(base: sqlite3.Connection) -> tuple[dict[str, Usage], float, int]:
            rows = base.execute(
                "SELECT role, count(*), sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens), sum(usd), "
                "sum(requests) FROM calls GROUP BY role ORDER BY role"
            ).fetchall()
            usage = {
                role: Usage(calls=n, prompt_tokens=p, cached_tokens=c, completion_tokens=o)
                for role, n, p, c, o, _, _ in rows
            }
            return usage, sum(row[5] for row in rows), sum(row[6] for row in rows)

        return self.call(read)

    def meta(self, key: str) -> str | None:
        """A value noted with `note`."""
        row = self.call(lambda base: base.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone())
        return row[0] if row else None

    def note(self, key: str, value: str) -> None:
        """Note a value of the run."""
        self.call(lambda base: base.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value)) and None)

    async def begin(self, brief: Brief) -> None:
        """Note a brief before its first call is made."""
        row = (brief.round, brief.index, zlib.compress(brief.model_dump_json().encode(), 1))
        await self.acall(lambda base: base.execute("INSERT OR REPLACE INTO briefs VALUES (?, ?, ?)", row) and None)

    async def record(self, records: list[Record]) -> None:
        """Store decisions, in one transaction."""
        rows = [
            (
                record.candidate.brief.round, record.candidate.brief.index, record.candidate.brief.id,
                record.verdict.value, int(record.final), zlib.compress(record.model_dump_json().encode(), 1),
            )
            for record in records
        ]  # fmt: skip
        await self.acall(
            lambda base: base.executemany("INSERT OR REPLACE INTO records VALUES (?,?,?,?,?,?)", rows) and None
        )

    def forget_provisional(self) -> None:
        """Drop the decisions that a resumed run takes anew."""
        self.call(lambda base: base.execute("DELETE FROM records WHERE final = 0") and None)

    def accepted(self) -> int:
        """How many records are accepted for good."""
        return int(
            self.call(
                lambda base: base.execute(
                    "SELECT count(*) FROM records WHERE verdict = 'accepted' AND final = 1"
                ).fetchone()
            )[0]
        )

    def records(self) -> Iterator[Record]:
        """Every record, by round and index."""
        last = (-1, -1)
        while rows := self.call(lambda base, last=last: _page(base, last)):  # type: ignore[misc]
            for round_, place, packed in rows:
                last = (round_, place)
                yield Record.model_validate_json(zlib.decompress(packed))

    def begun(self, first: int = 0) -> list[Brief]:
        """The briefs that were begun, from round `first` on, in order."""
        rows = self.call(
            lambda base: base.execute(
                "SELECT brief FROM briefs WHERE round >= ? ORDER BY round, place", (first,)
            ).fetchall()
        )
        return [Brief.model_validate_json(zlib.decompress(row[0])) for row in rows]

    def close(self) -> None:
        """Commit what is queued and close."""
        self._jobs.put(None)
        self._thread.join()


def _page(base: sqlite3.Connection, last: tuple[int, int]) -> list[tuple[int, int, bytes]]:
    return base.execute(
        "SELECT round, place, record FROM records WHERE (round, place) > (?, ?) ORDER BY round, place LIMIT 500", last
    ).fetchall()


class CallRow:
    """One call as the journal keeps it."""

    __slots__ = ("answer", "attempt", "question", "requests", "role", "sample", "step", "usage", "usd")

    def __init__(
        self, *, sample: str, step: str, attempt: int, role: str, question: bytes, answer: bytes, usage: Usage,
        usd: float, requests: int,
    ) -> None:  # fmt: skip
        self.sample, self.step, self.attempt, self.role = sample, step, attempt, role
        self.question, self.answer = question, answer
        self.usage, self.usd, self.requests = usage, usd, requests


class _Job:
    """Work for the journal's thread, and where its result goes: to a future, or to a waiting thread."""

    def __init__(
        self,
        work: Callable[[sqlite3.Connection], Any],
        loop: asyncio.AbstractEventLoop | None = None,
        future: asyncio.Future[Any] | None = None,
    ) -> None:
        self.work = work
        self._loop = loop
        self._future = future
        self.ready = threading.Event()
        self.result: Any = None
        self.error: Exception | None = None

    def succeed(self, result: Any) -> None:
        self.result = result
        self._tell()

    def fail(self, error: Exception) -> None:
        self.error = error
        self._tell()

    def _tell(self) -> None:
        self.ready.set()
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        if self._future is None or self._future.done():
            return
        if self.error is not None:
            self._future.set_exception(self.error)
        else:
            self._future.set_result(self.result)
