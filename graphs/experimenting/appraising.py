"""What the samples of every arm are worth, by the outcome that the experiment declares: exact checks, a judge outside, people."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import orjson

from agents.judging.outside import OUTSIDE as OUTSIDE_ROLE
from agents.judging.outside import appraise
from agents.judging.pairs import prefer
from agents.models.limits.ledger import Budget
from graphs.experimenting.figures import UNDECIDED, Appraised
from graphs.experimenting.file import Design
from graphs.experimenting.holding import OUTSIDE, ArmRecords
from graphs.experimenting.outcomes import ExactChecks
from graphs.files.rundir import run_dir_faults, write_bytes
from graphs.reviewing.accepted import TO_REVIEW
from graphs.reviewing.log import read_reviews
from graphs.reviewing.queues import decided
from graphs.reviewing.verdicts import PersonVerdict, Queue, Said, content_digest, standing
from graphs.running.outside import OutsideModel
from graphs.settings.schema import Llm
from scenarios.errors import DatasetError
from scenarios.reading.files import lines_of, read_text
from scenarios.reading.json_text import parse_json
from scenarios.records import Better, Record

T = TypeVar("T")
UNREAD = f"{UNDECIDED}: {OUTSIDE_ROLE}"
"""Of a sample of which the judge outside said nothing that can be read."""
REVIEWED = "verdicts.jsonl"


def by_checks(checks: ExactChecks, made: ArmRecords) -> Appraised:
    """1 for what an arm accepted and every required check passes, 0 for the rest."""
    values: dict[str, float | None] = {}
    faults: dict[str, str] = {}
    for id_, record in made.records.items():
        fault = checks.fault(made.arm.name, record)
        values[id_] = None if fault is None else float(not fault)
        if fault is None:
            faults[id_] = f"{UNDECIDED}: {record.reason}"
        elif fault:
            faults[id_] = fault
    return Appraised(values, faults)


class OutsideJudge(OutsideModel):
    """The judge who sits in no arm. What it answers is kept in a journal of its own, within the experiment's budget."""

    def __init__(self, design: Design, out: Path, budget: Budget) -> None:
        concurrency = max(1, int(design.arms[0].settings.get("concurrency", 4)))
        super().__init__(out / OUTSIDE, Llm.model_validate(design.file.judge), OUTSIDE_ROLE, budget, concurrency)

    async def scored(self, arms: Sequence[tuple[ArmRecords, Appraised]], checks: ExactChecks) -> list[Appraised]:
        """What it says of each arm's samples that the checks let pass, one by one, without knowing whose they are. Raises
        RunStopped and UserError."""
        return [
            Appraised(*await self._each(made, worth, checks))
            for made, worth in arms
        ]  # fmt: skip

    async def _each(
        self, made: ArmRecords, worth: Appraised, checks: ExactChecks
    ) -> tuple[dict[str, float | None], dict[str, str]]:
        loaded = checks.loaded(made.arm.name)
        passed = [record for id_, record in made.records.items() if worth.values[id_] == 1]

        async def ask(record: Record) -> str | None:
            found = await appraise(self.gateway, self.model, loaded, record.candidate, step=_content(record))
            return found.fault

        said = await self.all([(record.candidate.brief.id, _asking(ask, record)) for record in passed])
        values, faults = dict(worth.values), dict(worth.faults)
        for id_, fault in said.items():
            values[id_] = None if fault is None else float(not fault)
            if fault is None:
                faults[id_] = UNREAD
            elif fault:
                faults[id_] = f"{OUTSIDE_ROLE}: {fault}"
        return values, faults

    async def compared(
        self, base: tuple[ArmRecords, Appraised], other: tuple[ArmRecords, Appraised], checks: ExactChecks
    ) -> Appraised:
        """By brief, which of two arms it prefers: 1 the other, −1 the base, 0 neither. What only one arm has wins. Raises as
        `scored`."""
        (left, good), (right, better) = base, other
        loaded = checks.loaded(left.arm.name)
        values: dict[str, float | None] = {}
        asked = []
        for id_ in (id_ for id_ in left.records if id_ in right.records):
            a, b = good.values[id_], better.values[id_]
            if a is None or b is None:
                values[id_] = None
            elif a != b or not a:
                values[id_] = b - a
            else:
                asked.append((id_, _asking(self._prefer, loaded, left.records[id_], right.records[id_])))
        return Appraised({**values, **await self.all(asked)}, {})

    async def _prefer(self, loaded: Any, left: Record, right: Record) -> float:
        if _content(left) == _content(right):
            return 0.0
        # Which one is the first is no sign of its arm: the contents decide.
        swapped = _content(left) > _content(right)
        first, second = (right, left) if swapped else (left, right)
        step = f"{_content(first)}/{_content(second)}"
        found = await prefer(
            self.gateway, self.model, loaded, first.candidate, second.candidate, step=step, role=OUTSIDE_ROLE
        )
        value = {Better.FIRST: -1.0, Better.SECOND: 1.0, Better.TIE: 0.0}[found.better]
        return -value if swapped else value


def _asking(ask: Callable[..., Awaitable[T]], *what: Any) -> Callable[[], Awaitable[T]]:
    return lambda: ask(*what)


def _content(record: Record) -> str:
    """What a sample is known by outside: equal samples of two arms are asked about once."""
    made = record.candidate
    told = [*(message.model_dump(mode="json") for message in made.messages), made.fields]
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def unjudged(worth: Appraised) -> Appraised:
    """What is known of samples that nobody has judged yet: those that the checks let pass have no value."""
    values = {id_: None if value == 1 else value for id_, value in worth.values.items()}
    waiting = {id_: f"{UNDECIDED}: not judged" for id_, value in worth.values.items() if value == 1}
    return Appraised(values, {**worth.faults, **waiting})


def by_people(out: Path, arms: Sequence[tuple[ArmRecords, Appraised]]) -> tuple[list[Appraised], int]:
    """What people said of the samples that the checks let pass, and how many they have not looked at.

    `to-review.jsonl` has each sample once, in an order that says nothing of its arm; `verdicts.jsonl` has lines
    `{"id": …, "good": true}` of theirs, and reviews.jsonl what they said in reviews, which counts before the other. On what they disagree,
    and nobody adjudicated, they said nothing. Raises DatasetError and RunDirError for a line that is none.
    """
    shown = {
        _content(record): record
        for made, worth in arms
        for id_, record in made.records.items()
        if worth.values[id_] == 1
    }
    rows = [orjson.dumps({"id": key, **_told(record)}) for key, record in sorted(shown.items())]
    with run_dir_faults(out):
        write_bytes(out / TO_REVIEW, b"".join(row + b"\n" for row in rows))
    said = {**_verdicts(out / REVIEWED), **_reviewed(out, rows)}
    found = []
    for made, worth in arms:
        values, faults = dict(worth.values), dict(worth.faults)
        for id_, record in made.records.items():
            if values[id_] == 1:
                good = said.get(_content(record))
                values[id_] = None if good is None else float(good)
                if good is False:
                    faults[id_] = "people: not good"
        found.append(Appraised(values, faults))
    return found, len(shown.keys() - said.keys())


def _reviewed(out: Path, rows: Sequence[bytes]) -> dict[str, bool]:
    """What reviews come to, by what a sample is known by outside."""
    contents = {line["id"]: content_digest(line) for line in map(orjson.loads, rows)}
    by_sample: dict[str, list[PersonVerdict]] = {}
    for verdict in standing(read_reviews(out)):
        if verdict.queue is not Queue.PAIRS and not verdict.planted and contents.get(verdict.sample) == verdict.content:
            by_sample.setdefault(verdict.sample, []).append(verdict)
    words = {id_: decided(verdicts) for id_, verdicts in by_sample.items()}
    return {id_: word is Said.ACCEPT for id_, word in words.items() if word is not None}


def _told(record: Record) -> dict[str, Any]:
    line = record.line()
    return {key: line[key] for key in ("messages", "fields") if key in line}


def _verdicts(path: Path) -> dict[str, bool]:
    found: dict[str, bool] = {}
    if not path.is_file():
        return found
    for number, line in lines_of(read_text(path, DatasetError)):
        try:
            row = parse_json(line)
        except ValueError:
            row = None
        if not (isinstance(row, dict) and isinstance(row.get("id"), str) and isinstance(row.get("good"), bool)):
            raise DatasetError(f'{path}: line {number}: write {{"id": "…", "good": true}} or false')
        if found.setdefault(row["id"], row["good"]) is not row["good"]:
            raise DatasetError(
                f"{path}: line {number}: {row['id']} is good in one line and not in another: keep one of them"
            )
    return found
