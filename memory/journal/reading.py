"""Reading a journal that somebody else may own: nothing is written, and a run in progress is not held up."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from memory.journal.journal import CallRow, Spent, spent_in
from memory.journal.tables import SCHEMA, SHARED
from memory.journal.trusting import (
    RECORD,
    BadRow,
    Unpacking,
    bound_steps,
    check_files,
    foreign_schema,
    harden,
    parsed,
    plain_bytes,
    plain_text,
)
from scenarios.errors import RunDirError
from scenarios.frozen import Frozen
from scenarios.records import Brief, Record, Usage, Verdict

T = TypeVar("T")
Part = TypeVar("Part", bound=BaseModel)
_SAID = 300
Place = tuple[int, int]
"""Round and index: where a record stands, whatever its sample's id."""


class Overview(Frozen):
    """One sample in a line: what became of it, and what its calls cost."""

    id: str
    round: int = Field(ge=0)
    index: int = Field(ge=0)
    verdict: Verdict | None = None
    """None while it is under way, or if its run was stopped without a word."""
    stage: str = ""
    reason: str = ""
    final: bool = True
    usage: Usage = Usage()
    usd: float = 0.0
    requests: int = 0
    """Requests sent until its answers came, failed ones included."""


class Counts(NamedTuple):
    """How many samples of a run ended how."""

    accepted: int
    rejected: int
    undecided: int
    under_way: int


@dataclass(frozen=True, slots=True)
class Spending:
    """What the calls of one step and role have cost, over all samples."""

    step: str
    """The first part of the step's name: a dialogue's calls are `generate/0`, `generate/1` …"""
    role: str
    usage: Usage
    usd: float
    requests: int


def read_journal(path: Path, work: Callable[[JournalReader], T]) -> T:
    """What `work` reads in the journal at `path`, all of it as it stood at one moment.

    The result must hold values only: the journal is closed again before it is used, since a long read keeps a run
    in progress from tidying up its write-ahead log. Raises RunDirError if the journal cannot be read.
    """
    try:
        check_files(path)
        before = _state(path)
        if before[-1]:
            return _read(path, "mode=ro", work)
        # Nobody has it open. SQLite's plain read-only mode would leave two empty files beside it.
        try:
            found = _read(path, "mode=ro&immutable=1", work)
        except sqlite3.DatabaseError:
            if _state(path) == before:
                raise
        else:
            if _state(path) == before:
                return found
        return _read(path, "mode=ro", work)  # a run began meanwhile
    except (OSError, sqlite3.Error, BadRow, ValidationError) as error:
        raise RunDirError(f"{path}: cannot be read: {' '.join(str(error).split())[:_SAID]}") from None


def _state(path: Path) -> tuple[int, int, bool]:
    """When the file was changed, its size, and whether a write-ahead log lies beside it."""
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size, path.with_name(f"{path.name}-wal").exists()


def _read(path: Path, mode: str, work: Callable[[JournalReader], T]) -> T:
    base = sqlite3.connect(f"file:{quote(str(path.absolute()))}?{mode}", uri=True, isolation_level=None)
    size = sum(file.stat().st_size for file in (path, path.with_name(f"{path.name}-wal")) if file.is_file())
    try:
        harden(base)
        bound_steps(base, size)
        base.execute("BEGIN")
        if other := foreign_schema(base, SCHEMA)[0]:
            raise BadRow(f"it is not as a run writes it: {other}")
        return work(JournalReader(base, Unpacking(size)))
    finally:
        base.close()


class _Ending(BaseModel):
    """The few fields of a record that an overview shows."""

    model_config = ConfigDict(extra="ignore")
    verdict: Verdict
    stage: str = ""
    reason: str = ""
    final: bool = True


class _Took(BaseModel):
    """The one field of an answer that says how long it took."""

    model_config = ConfigDict(extra="ignore")
    latency: float = Field(default=0.0, ge=0)


class JournalReader:
    """A journal while it is read; `read_journal` makes one."""

    def __init__(self, base: sqlite3.Connection, unpacking: Unpacking) -> None:
        self._base, self._unpacking = base, unpacking

    def ids(self) -> list[str]:
        """The id of every sample that was begun."""
        decided = [plain_text(row[0]) for row in self._base.execute("SELECT id FROM records ORDER BY round, place")]
        return [*decided, *(brief.id for brief in self.under_way())]

    def calls(self, sample: str) -> list[CallRow]:
        """The answered calls of a sample, in the order in which they were made: that of their commits."""
        return self._calls("sample = ?", sample)

    def _calls(self, where: str, value: str | bytes) -> list[CallRow]:
        rows = self._base.execute(
            "SELECT sample, step, attempt, role, question, answer, prompt_tokens, cached_tokens, completion_tokens, usd, "
            f"requests FROM calls WHERE {where} ORDER BY rowid",
            (value,),
        )
        return [
            CallRow(
                sample=sample, step=step, attempt=attempt, role=role, question=self._unpacking.text(question),
                answer=plain_bytes(answer), usd=usd, requests=requests,
                usage=Usage(calls=1, prompt_tokens=prompt, cached_tokens=cached, completion_tokens=completion),
            )
            for sample, step, attempt, role, question, answer, prompt, cached, completion, usd, requests in rows
        ]  # fmt: skip

    def call(self, key: bytes) -> CallRow | None:
        """The answered call with this key, if there is one."""
        return next(iter(self._calls("key = ?", key)), None)

    def keys(self) -> set[bytes]:
        """The keys of all answered calls."""
        return {plain_bytes(row[0]) for row in self._base.execute("SELECT key FROM calls")}

    def shared(self) -> set[bytes]:
        """The keys of those that another run paid for."""
        rows = self._base.execute("SELECT key FROM meta WHERE key LIKE ?", (f"{SHARED}%",))
        return {bytes.fromhex(plain_text(row[0]).removeprefix(SHARED)) for row in rows}

    def seconds(self) -> dict[str, float]:
        """By sample, how long the answers to its calls took, all together."""
        found: dict[str, float] = {}
        for sample, answer in self._base.execute("SELECT sample, answer FROM calls"):
            took = parsed(_Took, plain_bytes(answer)).latency
            found[plain_text(sample)] = found.get(plain_text(sample), 0.0) + took
        return found

    def spent(self) -> Spent:
        """What the run has spent so far."""
        return spent_in(self._base)

    def record(self, sample: str) -> Record | None:
        """What became of a sample; None while it is under way."""
        row = self._base.execute(f"SELECT {RECORD} FROM records WHERE id = ?", (sample,)).fetchone()
        return None if row is None else self._unpacking.record(row)

    def records(self) -> Iterator[Record]:
        """Every record, by round and index."""
        met = set[str]()
        for row in self._base.execute(f"SELECT {RECORD} FROM records ORDER BY round, place"):
            yield self._unpacking.record(row)
            _once(row[2], met)

    def counts(self) -> Counts:
        """How many samples ended how. The records themselves are not unpacked."""
        ended = dict(self._base.execute("SELECT verdict, count(*) FROM records GROUP BY verdict"))
        begun = self._base.execute(
            "SELECT count(*) FROM briefs WHERE NOT EXISTS (SELECT 1 FROM records WHERE records.round = briefs.round "
            "AND records.place = briefs.place)"
        ).fetchone()[0]
        accepted, rejected, undecided = (ended.get(verdict.value, 0) for verdict in Verdict)
        return Counts(accepted, rejected, undecided, begun)

    def final(self) -> int:
        """How many samples are decided for good. The records themselves are not unpacked."""
        return int(self._base.execute("SELECT count(*) FROM records WHERE final = 1").fetchone()[0])

    def marks(self) -> dict[Place, object]:
        """A mark for each record, by its place, that is another one once the record has changed. The records themselves are
        not unpacked."""
        rows = self._base.execute("SELECT round, place, rowid, verdict, final, length(record) FROM records")
        return {(round_, place): mark for round_, place, *mark in rows}

    def parts_at(self, places: Iterable[Place], model: type[Part]) -> Iterator[tuple[Place, Part]]:
        """What `model` takes of the records at these places, as far as there are any: to read a few fields of thousands.
        Whether a record is of its place is not looked at."""
        for place in places:
            sql = "SELECT record FROM records WHERE round = ? AND place = ?"
            if (row := self._base.execute(sql, place).fetchone()) is not None:
                yield place, model.model_validate_json(self._unpacking.text(row[0]))

    def spending(self, after: int, most: int) -> tuple[int, list[Spending]]:
        """The cost of at most so many calls that came after the row `after`, and the last of these rows; `after` itself if
        there are no more."""
        among = "FROM calls WHERE rowid IN (SELECT rowid FROM calls WHERE rowid > ? ORDER BY rowid LIMIT ?)"
        last = self._base.execute(f"SELECT max(rowid) {among}", (after, most)).fetchone()[0]
        rows = self._base.execute(
            "SELECT substr(step, 1, instr(step || '/', '/') - 1) AS part, role, count(*), sum(prompt_tokens), "
            f"sum(cached_tokens), sum(completion_tokens), sum(usd), sum(requests) {among} GROUP BY part, role",
            (after, most),
        )
        found = [
            Spending(
                step=plain_text(step), role=plain_text(role), usd=usd, requests=requests,
                usage=Usage(calls=n, prompt_tokens=prompt, cached_tokens=cached, completion_tokens=completion),
            )
            for step, role, n, prompt, cached, completion, usd, requests in rows
        ]  # fmt: skip
        return last or after, found

    def brief(self, sample: str) -> Brief | None:
        """The brief of a sample that is under way."""
        return next((brief for brief in self.under_way() if brief.id == sample), None)

    def overviews(self) -> list[Overview]:
        """Every sample that was begun, in the order of round and index: the most recent last."""
        spent = self._spent()
        nothing = (Usage(), 0.0, 0)
        found, met = [], set[str]()
        for id_, round_, index, packed in self._base.execute("SELECT id, round, place, record FROM records"):
            _once(id_, met)
            ending = parsed(_Ending, self._unpacking.text(packed))
            usage, usd, requests = spent.get(id_, nothing)
            found.append(
                Overview(
                    id=id_, round=round_, index=index, verdict=ending.verdict, stage=ending.stage,
                    reason=ending.reason, final=ending.final, usage=usage, usd=usd, requests=requests,
                )
            )  # fmt: skip
        for brief in self.under_way():
            usage, usd, requests = spent.get(brief.id, nothing)
            found.append(
                Overview(id=brief.id, round=brief.round, index=brief.index, usage=usage, usd=usd, requests=requests)
            )
        return sorted(found, key=lambda overview: (overview.round, overview.index))

    def _spent(self) -> dict[str, tuple[Usage, float, int]]:
        rows = self._base.execute(
            "SELECT sample, count(*), sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens), sum(usd), "
            "sum(requests) FROM calls GROUP BY sample"
        )
        return {
            sample: (Usage(calls=n, prompt_tokens=p, cached_tokens=c, completion_tokens=o), usd, requests)
            for sample, n, p, c, o, usd, requests in rows
        }

    def under_way(self) -> list[Brief]:
        """The briefs that were begun and have no record, in their order."""
        rows = self._base.execute(
            "SELECT round, place, brief FROM briefs WHERE NOT EXISTS (SELECT 1 FROM records WHERE records.round = briefs.round "
            "AND records.place = briefs.place) ORDER BY round, place"
        )
        return [self._unpacking.brief(row) for row in rows]


def _once(id_: object, met: set[str]) -> None:
    """Note an id. Raises BadRow if it is none, or was met before."""
    if plain_text(id_) in met:
        raise BadRow("it holds two records of one sample")
    met.add(plain_text(id_))
