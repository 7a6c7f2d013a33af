"""Whole files derived again, line by line: each record by itself, then what it is beside the others."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphs.campaign.nearness import IN_COMMON, TooNear
from graphs.files.certificate import Certificate, Certified, digest_of_line
from graphs.sampling.decision import CurationReason, rejected_at_curation, rejected_by_person
from graphs.verifying.ancestry import Ancestry
from graphs.verifying.differences import NOTHING, Mismatch
from graphs.verifying.personal import PersonallyRejected
from graphs.verifying.record import Ground, Rederived, rederive
from graphs.verifying.tools import ToolClaims
from memory.vectors.embedding import Embedding
from memory.vectors.novelty import Neighbours, nearer, novel
from memory.words.wording import wording_of
from scenarios.errors import UserError
from scenarios.reading.bounded import MAX_LINE, json_of, lines_of
from scenarios.records import Novelty, Record, Status

_TOGETHER = 64
"""Lines looked at together. Their texts are compared with those before them at once."""
_OTHER_RUN = "/"
"""Is in the id of a sample of another run, as the memory names it, and in none of this run's."""


class Difference(Exception):
    """The first record that differs, in one line that names file, line, record and field."""

    def __init__(self, path: Path, number: int, id_: Any, why: object) -> None:
        super().__init__(f"{path}:{number}: {id_}: {why}")


@dataclass
class VerifyTally:
    """What was derived, and what could not be."""

    records: Counter[str] = field(default_factory=Counter)
    """By file."""
    checks: Counter[tuple[str, int]] = field(default_factory=Counter)
    """By name and version."""
    untold: Counter[str] = field(default_factory=Counter)
    """What could not be derived, and how often."""
    underived: Counter[tuple[str, int, int, Status, Status]] = field(default_factory=Counter)
    """Evidence of checks that could not be derived: by check, version, today's version, status, and what today's finds."""
    first: str = ""
    """The first record with such evidence."""


@dataclass(frozen=True)
class _Read:
    """A line that is right by itself."""

    number: int
    id: str
    again: Rederived

    @property
    def record(self) -> Record:
        return self.again.record

    @property
    def place(self) -> tuple[int, int]:
        brief = self.record.candidate.brief
        return brief.round, brief.index


class Verifier:
    """Derives a dataset again, then its rejections. `embedding` is what the run compared its samples by, None if an
    endpoint has it; `least` is the run's novelty distance, if it is known; `gone` is what a person rejected; `journal` is the run's, which kept the
    results of real tools; `frozen` samples were not held against each other."""

    def __init__(
        self,
        ground: Ground,
        embedding: Embedding | None,
        least: float | None = None,
        certificate: Certificate | None = None,
        gone: PersonallyRejected | None = None,
        journal: Path | None = None,
        frozen: bool = False,
    ) -> None:
        self._frozen = frozen
        self.tally = VerifyTally()
        self._tools = ToolClaims(journal, self.tally.untold)
        self._gone = gone or PersonallyRejected((), None)
        self._ground, self._least = ground, least
        self._files: Mapping[str, Certified] = certificate.files if certificate else {}
        self._embedding, self._neighbours = embedding, Neighbours()
        self._ancestry = Ancestry(ground.loaded.scenario, ground.helpful)
        for line in self._gone.lines:
            with contextlib.suppress(
                KeyError, TypeError, ValueError, AttributeError
            ):  # it is said when its file is verified
                self._ancestry.expect(line)
        self._places: list[tuple[int, int]] = []
        """Of the accepted records, in order."""
        self._ids: set[str] = set()
        self._counted: dict[str, tuple[bool, int]] = {}
        """Judging role → whether its judgement counts, and the line that told first."""

    @property
    def recorded(self) -> int:
        """Results of tools that are those which the run's journal kept."""
        return self._tools.recorded

    def records(self, path: Path, accepted: bool) -> Iterator[Rederived]:
        """The records of a file in order, each as soon as it is found right. Raises Difference, and UserError."""
        last, number, whole = (-1, -1), 0, hashlib.sha256()
        for block in _blocks(path):
            read: list[_Read] = []
            fault: Difference | None = None
            for number, raw in block:
                whole.update(raw)
                try:
                    line = _json(path, number, raw)
                except Difference as why:
                    fault = why
                    break
                try:
                    read.append(self._alone(path, number, raw.rstrip(b"\n"), line, accepted))
                except Mismatch as why:
                    fault = Difference(path, number, line.get("id", "a record without an id"), why)
                    break
            for one, novelty in zip(read, self._nearest(read, accepted), strict=True):
                try:
                    self._beside(one, last, novelty, accepted)
                except Mismatch as why:
                    raise Difference(path, one.number, one.id, why) from None
                last = one.place
                self._count(path, one)
                yield one.again
            if fault:
                raise fault
        certified = self._files.get(path.name)
        if certified and (number, whole.hexdigest()) != (certified.records, certified.sha256):
            raise Difference(path, number, "the end", f"expected the {certified.records} lines that were certified")

    def _alone(self, path: Path, number: int, raw: bytes, line: dict[str, Any], accepted: bool) -> _Read:
        """A line by itself. Raises Mismatch."""
        again = rederive(self._ground, raw, line, accepted, self._ancestry)
        self._ancestry.add(again.record.candidate, accepted or _personal(again.record))
        self._tools.check(again.record.candidate)
        if certified := self._files.get(path.name):
            due = certified.lines[number - 1] if number <= len(certified.lines) else NOTHING
            if digest_of_line(raw) != due:
                raise Mismatch("line", "the one that was certified", "another that is as possible")
        for role, counts in again.evidence.counted.items():
            before, first = self._counted.setdefault(role, (counts, number))
            if before is not counts:
                words = ("does not count", "counts")
                raise Mismatch(f"evidence[{role}]", f"that it {words[before]}, as in line {first}", words[counts])
        return _Read(number, again.record.candidate.brief.id, again)

    def _nearest(self, read: Sequence[_Read], accepted: bool) -> Iterator[Novelty | None]:
        """The nearest of the accepted records before each one; None if nobody here can tell."""
        if self._frozen:
            yield from itertools.repeat(Novelty(), len(read))
            return
        if not accepted:
            yield from (self._before(one) if _compared(one.record) else Novelty() for one in read)
            return
        if self._embedding is None:
            yield from itertools.repeat(None, len(read))
            return
        vectors = self._embedding.vectors([wording_of(one.record.candidate).embedded for one in read])
        size = len(self._neighbours)
        for one, vector, before in zip(read, vectors, self._neighbours.nearest_each(vectors), strict=True):
            here = nearer(before, self._neighbours.nearest(vector, since=size))
            yield self._gone.claimed(one.record.novelty, vector, one.place, here)
            self._neighbours.add(one.id, vector)
            self._places.append(one.place)

    def _before(self, one: _Read) -> Novelty | None:
        """The nearest of the accepted records before a rejected one; None if nobody here can tell."""
        if self._embedding is None:
            return None
        vector = self._embedding.vectors([wording_of(one.record.candidate).embedded])
        here = self._neighbours.nearest_each(vector, until=bisect_left(self._places, one.place))[0]
        return self._gone.claimed(one.record.novelty, vector[0], one.place, here)

    def _beside(self, one: _Read, last: tuple[int, int], here: Novelty | None, accepted: bool) -> None:
        """A record beside the others. Raises Mismatch."""
        if one.place <= last:
            raise Mismatch("round", f"a place after round {last[0]}, index {last[1]}", list(one.place))
        if one.id in self._ids:
            raise Mismatch("id", "one that no other record has", one.id)
        self._ids.add(one.id)
        record = one.record
        due = self._due(record.novelty, here, one.place) if accepted or _compared(record) else Novelty()
        for name in Novelty.model_fields:
            if getattr(due, name) != getattr(record.novelty, name):
                raise Mismatch(f"novelty.{name}", str(getattr(due, name)), getattr(record.novelty, name))
        if self._least is not None and accepted and not novel(due, self._least):
            raise Mismatch("novelty.distance", f"at least {self._least:g}", due.distance)
        if _personal(record):
            self.tally.untold["rejections by a person"] += 1
        if _curated(record):
            if record.reason == CurationReason.NOVELTY:
                self._too_near(record, due)
            else:
                self.tally.untold[f"rejections for {record.reason}"] += 1

    def _due(self, claimed: Novelty, here: Novelty | None, place: tuple[int, int]) -> Novelty:
        """The novelty that a record must claim: of samples of other runs only that they are not farther than those here.

        Raises Mismatch if it claims what cannot be.
        """
        if here is None:
            return self._claimed(claimed, place)
        if claimed.nearest is None or _OTHER_RUN not in claimed.nearest:
            return here
        distance, most = claimed.distance, 2.0 if here.distance is None else here.distance
        if distance is None or distance != round(distance, 6) or not 0 <= distance <= most:
            raise Mismatch("novelty.distance", f"from 0 to {most}, the nearest in this file", distance)
        self.tally.untold["novelty against samples of other runs"] += 1
        return claimed

    def _claimed(self, claimed: Novelty, place: tuple[int, int]) -> Novelty:
        """What a record claims of a distance that only an endpoint can tell."""
        nearest, distance = claimed.nearest, claimed.distance
        known = nearest in self._ids or self._gone.before(nearest, place)
        if nearest is not None and _OTHER_RUN not in nearest and not known:
            raise Mismatch("novelty.nearest", "an accepted record before it", nearest)
        if (nearest is None) is not (distance is None):
            raise Mismatch("novelty.distance", "one where there is a nearest sample, and else none", distance)
        if distance is not None and (distance != round(distance, 6) or not 0 <= distance <= 2):
            raise Mismatch("novelty.distance", "from 0 to 2", distance)
        self.tally.untold["novelty by an endpoint's embedding"] += 1
        return claimed

    def _too_near(self, record: Record, due: Novelty) -> None:
        """The decision of a record that was too near to another; the words in common are not looked for. Raises Mismatch."""
        if self._least is None or due.nearest is None or due.distance is None:
            return
        figures = {"nearest": due.nearest, "figure": due.distance, "bound": self._least}
        detail = TooNear(ground=CurationReason.NOVELTY, text="", **figures).detail
        if record.detail.split(IN_COMMON)[0] != detail:
            raise Mismatch("detail", detail, record.detail)
        if novel(due, self._least):
            raise Mismatch("verdict", "accepted", record.verdict.value)

    def _count(self, path: Path, one: _Read) -> None:
        tally, evidence = self.tally, one.again.evidence
        tally.records[path.name] += 1
        tally.untold.update(evidence.untold)
        tally.checks.update((made.check, made.version) for made in evidence.derived)
        for claimed, due in evidence.underived:
            tally.underived[claimed.check, claimed.version, due.version, claimed.status, due.status] += 1
            tally.first = tally.first or f"{path}:{one.number}: {one.id}"


def _curated(record: Record) -> bool:
    return rejected_at_curation(record.verdict, record.stage, record.reason)


def _personal(record: Record) -> bool:
    return rejected_by_person(record.verdict, record.stage)


def _compared(record: Record) -> bool:
    """Whether a rejected record was compared with what was accepted before it. What a person had rejected before it was
    decided on again was not."""
    return _curated(record) or (_personal(record) and record.novelty != Novelty())


def _blocks(path: Path) -> Iterator[Sequence[tuple[int, bytes]]]:
    """The lines of a file with their numbers, some at a time. Raises UserError."""
    try:
        block: list[tuple[int, bytes]] = []
        for number, line in enumerate(lines_of(path), 1):
            block.append((number, line))
            if len(block) == _TOGETHER or sum(len(one) for _, one in block) > MAX_LINE:
                yield block
                block = []
        if block:
            yield block
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None


def _json(path: Path, number: int, raw: bytes) -> dict[str, Any]:
    """A line as JSON. Raises Difference."""
    if not raw.strip():
        raise Difference(path, number, "blank", "expected a record, found an empty line; remove it")
    try:
        line = json_of(raw)
    except ValueError as error:
        raise Difference(path, number, "broken", f"is not JSON ({error}); it was cut off or changed") from None
    if not isinstance(line, dict):
        raise Difference(path, number, "broken", "is not a record, which is a JSON object")
    return line
