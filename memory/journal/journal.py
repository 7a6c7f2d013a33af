"""The journal: `run.sqlite`, the run's single source of truth. Calls, briefs and records.

One thread owns the connection. Writes that wait together are committed together, so that durability costs
one fsync a group and not one a call. A write returns once it is committed.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel

from memory.journal.recovery import CLOSED, OPEN, SESSION, exists, mend, not_of_a_run
from memory.journal.tables import SHARED, brief_row, packed, prepare, put, record_row
from memory.journal.trusting import RECORD, BadRow, Unpacking, harden, parsed
from scenarios.errors import ColloquiaError, RunDirError
from scenarios.frozen import Frozen
from scenarios.records import Brief, Record, Usage

A = TypeVar("A")
T = TypeVar("T")
_Value = TypeVar("_Value", bound=BaseModel)

_OUTSIDE = frozenset(
    {
        sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_BUSY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB,
    }
)  # fmt: skip
"""SQLite's errors that come from the disk, the file or another process, and not from this program."""


_CROWD, _GATHERING = 3, 0.004
"""After a group of so many writes the next one gathers for so many seconds: fewer commits, and fewer turns between threads.
A lone writer never waits for others."""


class Spent(Frozen):
    """What a run has spent over all its sessions."""

    usage: dict[str, Usage]
    usd: float
    requests: int
    """Requests sent, those without an answer included."""
    lost_tokens: int
    """What requests without an answer may have cost: tokens, and USD."""
    lost_usd: float
    free: dict[str, Usage]
    """What calls used, by role, for which no price was known when they were made."""


class Journal:
    """The journal of one run. Open it with `Journal(path)`; `close` waits for what is queued.

    A damaged file is repaired as far as possible (`notice` says so). Raises RunDirError if it cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.notice = ""
        """What opening the journal found that the user has to know: one line, or nothing."""
        self._path = path
        self._misfits: tuple[Callable[[Brief], str], Callable[[Record], str]] = (lambda brief: "", lambda record: "")
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._keys: set[bytes] = set()
        self._noted: set[bytes] = set()
        """Tickets of this session that have a row in `asked`."""
        opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._work, args=(opened,), name="journal", daemon=True)
        self._thread.start()
        opened.result()

    def _work(self, opened: Future[None]) -> None:
        try:
            base = self._open()
        except Exception as error:  # noqa: BLE001 - told to whoever opens the journal
            opened.set_exception(self._fault("opened", error))
            return
        opened.set_result(None)
        open_, crowd = True, 0
        while open_:
            jobs = [self._jobs.get()]
            if crowd >= _CROWD:
                time.sleep(_GATHERING)
            while not self._jobs.empty():
                jobs.append(self._jobs.get())
            open_, crowd = None not in jobs, len(jobs)
            _tell(self._commit(base, [job for job in jobs if job is not None]))
        with contextlib.suppress(sqlite3.Error):  # the log stays, and with it all that was committed
            if _note(base, SESSION) == OPEN:
                put(base, "meta", [(SESSION, CLOSED)])
        base.close()

    def _open(self) -> sqlite3.Connection:
        if exists(self._path):
            self.notice = mend(self._path)
        base = sqlite3.connect(self._path, isolation_level=None)
        try:
            harden(base)
            self._unpacking = Unpacking(self._path.stat().st_size)
            base.execute("PRAGMA journal_mode=WAL")
            base.execute("PRAGMA synchronous=FULL")
            prepare(base)
            self._keys = {row[0] for row in base.execute("SELECT key FROM calls")}
        except BaseException:
            base.close()
            raise
        return base

    def _commit(self, base: sqlite3.Connection, jobs: list[_Job]) -> list[_Outcome]:
        """Run jobs in one transaction; if it fails, each alone, so that none is lost through another."""
        try:
            base.execute("BEGIN")
            done: list[_Outcome] = [(job, job.work(base), None) for job in jobs]
            base.execute("COMMIT")
            self._keys.update(job.key for job in jobs if job.key)
        except Exception as error:  # noqa: BLE001 - told to whoever gave the job
            if base.in_transaction:
                base.execute("ROLLBACK")
            if len(jobs) > 1 and getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_BUSY:  # which has waited
                return [outcome for job in jobs for outcome in self._commit(base, [job])]
            return [(job, None, self._fault("written", error)) for job in jobs]
        return done

    def _fault(self, done: str, error: Exception) -> Exception:
        """A failure as one that the user can put right, if it is that."""
        home = self._path.parent
        if isinstance(error, BadRow):
            return RunDirError(not_of_a_run(self._path, str(error)))
        if isinstance(error, OSError) or getattr(error, "sqlite_errorcode", 0) & 0xFF in _OUTSIDE:
            return RunDirError(
                f"out={home}: the journal cannot be {done} ({error}); what was committed is kept. Free space, or "
                f"remove what else is in the way, then continue with: python -m graphs.run out={home}"
            )
        return ColloquiaError(f"the journal cannot be {done}: {error}") if isinstance(error, sqlite3.Error) else error

    def call(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on the journal's thread and wait, from a thread without an event loop to hold up."""
        future: Future[T] = Future()
        self._jobs.put(_Job(work, future, None))
        return future.result()

    async def acall(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on the journal's thread; returns once it is committed."""
        return await self._begin(work)

    def _begin(self, work: Callable[[sqlite3.Connection], T], key: bytes = b"") -> asyncio.Future[T]:
        """Have `work` run on the journal's thread. `key` is that of the call that it keeps, if it keeps one."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put(_Job(work, future, loop, key))
        return future

    def start(self) -> None:
        """Note that a session continues the run. `close` notes its end, so that a lost write-ahead log shows."""

        def note(base: sqlite3.Connection) -> None:
            put(base, "meta", [(SESSION, OPEN)])
            base.execute("COMMIT")
            base.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # into the file itself: the log is what may be lost
            base.execute("BEGIN")

        self.call(note)

    async def answered(self, key: bytes) -> bytes | None:
        """The stored answer of a call, as JSON, or None."""
        if key not in self._keys:
            return None
        row = await self.acall(lambda base: base.execute("SELECT answer FROM calls WHERE key = ?", (key,)).fetchone())
        return bytes(row[0])

    def keep(self, key: bytes, row: CallRow, ticket: bytes = b"", *, shared: bool = False) -> asyncio.Future[None]:
        """Store a call with its answer, in place of what was noted of `ticket`, whether or not somebody waits for it; the
        future is done once it is committed. One that is `shared` was paid for by another run, so that this one has not spent
        it."""
        values = (
            key, row.sample, row.step, row.attempt, row.role, packed(row.question), row.answer,
            row.usage.prompt_tokens, row.usage.cached_tokens, row.usage.completion_tokens, row.usd, row.requests,
        )  # fmt: skip

        def write(base: sqlite3.Connection) -> None:
            put(base, "calls", [values], first_stands=True)
            if shared:
                put(base, "meta", [(f"{SHARED}{key.hex()}", "")])
            if ticket in self._noted:
                base.execute("DELETE FROM asked WHERE ticket = ?", (ticket,))
                self._noted.discard(ticket)

        return self._begin(write, key)

    async def asked(self, ticket: bytes, key: bytes, requests: int, tokens: int, usd: float) -> None:
        """Note that `requests` were sent for a call without an answer, and what they may have cost."""
        row = (ticket, key, requests, tokens, usd)
        self._noted.add(ticket)
        await self.acall(lambda base: put(base, "asked", [row]))

    def expect(self, tickets: Iterable[bytes]) -> None:
        """Note tickets with a row in `asked` whose answers may come in this session, though it did not ask for them."""
        self._noted.update(tickets)

    def spent(self) -> Spent:
        """What the run has spent so far."""
        return self.call(spent_in)

    def meta(self, key: str) -> str | None:
        """A value noted with `note`."""
        return self.call(lambda base: _note(base, key))

    def note(self, key: str, value: str) -> None:
        """Note a value of the run."""
        self.call(lambda base: put(base, "meta", [(key, value)]))

    async def begin(self, brief: Brief) -> None:
        """Note a brief before its first call is made."""
        row = brief_row(brief)
        await self.acall(lambda base: put(base, "briefs", [row]))

    async def record(self, records: list[Record]) -> None:
        """Store decisions, in one transaction."""
        rows = [record_row(record) for record in records]
        await self.acall(lambda base: put(base, "records", rows))

    def forget_provisional(self) -> None:
        """Drop the decisions that a resumed run takes anew."""
        self.call(lambda base: base.execute("DELETE FROM records WHERE final = 0") and None)

    def final_places(self) -> list[tuple[int, int]]:
        """Round and index of every final decision, in order."""
        places = "SELECT round, place FROM records WHERE final = 1 ORDER BY round, place"
        return self.call(lambda base: base.execute(places).fetchall())

    def forget_from(self, round_: int, place: int) -> None:
        """Drop every decision from a place on."""
        later = "DELETE FROM records WHERE (round, place) >= (?, ?)"
        self.call(lambda base: base.execute(later, (round_, place)) and None)

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
        """Every record, by round and index. Raises RunDirError for a row that holds none."""
        last = (-1, -1)
        while rows := self.call(lambda base, last=last: _page(base, last)):  # type: ignore[misc]
            for row in rows:
                last = row[:2]
                yield self._read(self._record, row)

    def begun(self, first: int = 0) -> list[Brief]:
        """The briefs that were begun, from round `first` on, in order. Raises as `records`."""
        rows = self.call(
            lambda base: base.execute(
                "SELECT round, place, brief FROM briefs WHERE round >= ? ORDER BY round, place", (first,)
            ).fetchall()
        )
        return [self._read(self._brief, row) for row in rows]

    def hold_to(self, of_brief: Callable[[Brief], str], of_record: Callable[[Record], str]) -> None:
        """From now on, refuse briefs and records of which these say what is wrong with them."""
        self._misfits = of_brief, of_record

    def _record(self, row: Sequence[Any]) -> Record:
        return _fit(self._unpacking.record(row), self._misfits[1])

    def _brief(self, row: Sequence[Any]) -> Brief:
        return _fit(self._unpacking.brief(row), self._misfits[0])

    def parsed(self, model: type[_Value], text: bytes, misfit: Callable[[_Value], str] = lambda value: "") -> _Value:
        """A value out of JSON that the journal holds. Raises RunDirError if the text holds none, or one that `misfit` says is
        wrong."""
        return self._read(lambda text: _fit(parsed(model, text), misfit), text)

    def _read(self, read: Callable[[A], T], row: A) -> T:
        try:
            return read(row)
        except BadRow as error:
            raise self._fault("read", error) from None

    def close(self) -> None:
        """Commit what is queued and close."""
        self._jobs.put(None)
        self._thread.join()


def spent_in(base: sqlite3.Connection) -> Spent:
    """What the run in a journal has spent, without the calls that another run paid for."""
    rows = base.execute(
        "SELECT role, count(*), sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens), sum(usd), "
        "sum(requests), sum(iif(usd = 0, prompt_tokens, 0)), sum(iif(usd = 0, completion_tokens, 0)) "
        f"FROM calls WHERE '{SHARED}' || lower(hex(key)) NOT IN (SELECT key FROM meta) GROUP BY role ORDER BY role"
    ).fetchall()
    usage = {
        role: Usage(calls=n, prompt_tokens=p, cached_tokens=c, completion_tokens=o) for role, n, p, c, o, *_ in rows
    }
    free = {row[0]: Usage(prompt_tokens=row[7], completion_tokens=row[8]) for row in rows if row[7] or row[8]}
    lost = base.execute("SELECT total(requests), total(tokens), total(usd) FROM asked").fetchone()
    return Spent(
        usage=usage, usd=sum(row[5] for row in rows), requests=sum(row[6] for row in rows) + int(lost[0]),
        lost_tokens=int(lost[1]), lost_usd=lost[2], free=free,
    )  # fmt: skip


def _fit(value: T, misfit: Callable[[T], str]) -> T:
    if wrong := misfit(value):
        raise BadRow(wrong)
    return value


def _note(base: sqlite3.Connection, key: str) -> str | None:
    row = base.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return row[0] if row else None


def _page(base: sqlite3.Connection, last: tuple[int, int]) -> list[tuple[Any, ...]]:
    return base.execute(
        f"SELECT {RECORD} FROM records WHERE (round, place) > (?, ?) ORDER BY round, place LIMIT 500", last
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


class _Job(NamedTuple):
    """Work for the journal's thread, and where its result goes: to a task of `loop`, or to a waiting thread."""

    work: Callable[[sqlite3.Connection], Any]
    future: Future[Any] | asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop | None
    key: bytes = b""
    """Of the call that is answered once the work is committed."""


_Outcome = tuple[_Job, Any, Exception | None]


def _tell(outcomes: list[_Outcome]) -> None:
    """Hand results to those who wait: one call into each event loop, however many of its tasks there are."""
    for loop, group in itertools.groupby(outcomes, key=lambda outcome: outcome[0].loop):
        if loop is None:
            _settle(list(group))
        elif not loop.is_closed():
            loop.call_soon_threadsafe(_settle, list(group))


def _settle(outcomes: list[_Outcome]) -> None:
    for job, result, error in outcomes:
        future = job.future
        if future.done():
            continue  # whoever waited was cancelled
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)
