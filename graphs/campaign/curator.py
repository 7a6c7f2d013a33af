"""Curation: which candidates become accepted records, and their way into the memory.

A candidate that its checks let pass is accepted if no rule of `graphs.campaign.nearness` stands against it. The journal is the
source of truth; the archive is filled beside the run, in batches, and catches up if it failed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from graphs.campaign.nearness import NearnessCheck, NearnessRules, Placed
from graphs.campaign.vectors import Embedder
from graphs.planning.quotas import Counts, Quotas
from graphs.planning.steering import about_of
from graphs.sampling.decision import CURATE, CurationReason, Decision, decide, person_says
from memory.archive.archive import Archive, Note, key_of
from memory.words.wording import wording_of
from scenarios.errors import CallFailed, MemoryUnavailable, SettingsError
from scenarios.records import Candidate, Failure, Novelty, Record, Verdict
from scenarios.schema.scenario import Scenario

_ARCHIVED_TOGETHER = 500
"""Chroma costs less a row in large batches. A run that is killed before catches up from its journal."""


@dataclass
class Tally:
    """The count of decisions so far, for the display and the summary."""

    accepted: int = 0
    rejected: int = 0
    undecided: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, record: Record) -> None:
        """Count one record."""
        if record.verdict is Verdict.ACCEPTED:
            self.accepted += 1
            return
        if record.verdict is Verdict.REJECTED:
            self.rejected += 1
        else:
            self.undecided += 1
        self.reasons[record.reason] += 1


@dataclass(frozen=True, slots=True)
class MadeCandidate:
    """A candidate as it comes to curation."""

    candidate: Candidate
    decision: Decision
    """On the candidate alone, before it is compared with others."""
    placed: Placed | None = None
    """Where it lies, if it may be accepted."""


class Curator:
    """Decides on candidates, and remembers the accepted ones for a run and for those after it.

    `run` is the run's id in the archive.
    """

    def __init__(
        self,
        scenario: Scenario,
        rules: NearnessRules,
        archive: Archive,
        run: str,
        quotas: Quotas,
        embedder: Embedder | None = None,
        rejected: Mapping[str, str] | None = None,
        frozen: bool = False,
    ) -> None:
        self._frozen = frozen
        """Samples are held against the memory as it stands, not against each other, and none is added to it."""
        self._rejected = rejected or {}
        """Why a person rejected which samples of this run, by id."""
        self._scenario = scenario
        self._archive = archive
        self._run = run
        self._quotas = quotas
        self._counts: Counts = Counter()
        """Accepted samples, as quotas count them."""
        self.met: list[Note] = []
        """What is noted of the samples that the memory holds from other runs."""
        self._nearness = NearnessCheck(rules, embedder)
        self._pending: list[tuple[str, Placed, Note]] = []
        """Accepted samples that are not in the archive yet, by id."""
        self._store_at = _ARCHIVED_TOGETHER
        self._storing: asyncio.Task[None] | None = None
        self.fault: MemoryUnavailable | None = None
        """Why accepted samples could not be stored at the last attempt."""

    @property
    def unstored(self) -> int:
        """Accepted samples that are not in the archive yet."""
        return len(self._pending)

    async def finish(self, candidate: Candidate) -> MadeCandidate:
        """A candidate as it comes to `decide`: with its vector if it may be accepted.

        If it gets none for good, that is a failure of the machinery and not a verdict. Else raises as Embedder.vectors.
        """
        decision = decide(candidate, self._scenario)
        if decision.verdict is not Verdict.ACCEPTED:
            return MadeCandidate(candidate, decision)
        if (why := self._rejected.get(candidate.brief.id)) is not None:
            return MadeCandidate(candidate, person_says(why))
        try:
            return MadeCandidate(candidate, decision, await self._nearness.place(wording_of(candidate)))
        except CallFailed as error:
            failure = Failure(stage=CURATE, reason=error.fault, detail=f"its embedding: {error}")
            failed = candidate.model_copy(update={"failure": failure})
            return MadeCandidate(failed, decide(failed, self._scenario))

    async def recall(self, records: Iterable[Record]) -> AsyncIterator[Record]:
        """Take over the memory and a run's own earlier records, which are passed on, and bring the archive in line."""
        stored = self._nearness.recall(self._archive, self._run)
        self.met = self._archive.notes(self._run)
        kept: set[str] = set()
        for record in records:
            if record.verdict is Verdict.ACCEPTED:
                id_, placed = record.candidate.brief.id, await self._nearness.place(wording_of(record.candidate))
                if not self._frozen:
                    self._nearness.take(id_, placed)
                self._counts.update(self._quotas.parts(record.candidate.brief.cell))
                kept.add(key_of(self._run, id_))
                if key_of(self._run, id_) not in stored and not self._frozen:
                    self._pending.append((id_, placed, _note(record.candidate)))
            yield record
        self._archive.forget(sorted(stored - kept))

    def check_quotas(self) -> None:
        """Raise SettingsError if a continued run cannot meet its quotas any more."""
        if not self._quotas.reachable(self._counts):
            raise SettingsError(
                "quota: the run has already accepted samples with which its quotas cannot be met at this n; give another n"
            )

    def decide(self, finished: Sequence[MadeCandidate], *, final: bool) -> list[Record]:
        """The records of candidates, in their order; each accepted one is remembered at once, so that the next is compared
        with it. `final` is what becomes of `Record.final`."""
        records: list[Record] = []
        looks = iter(self._nearness.look([made.placed for made in finished if made.placed]))
        for made in finished:
            candidate, decision, novelty = made.candidate, made.decision, Novelty()
            if made.placed:
                look = next(looks)
                novelty, near = self._nearness.check(look)
                cell = candidate.brief.cell
                if near is not None:
                    decision = Decision(verdict=Verdict.REJECTED, stage=CURATE, reason=near.ground, detail=near.detail)
                elif full := self._quotas.full(cell, self._counts):
                    decision = Decision(
                        verdict=Verdict.REJECTED, stage=CURATE, reason=CurationReason.QUOTA, detail=full
                    )
                else:
                    if not self._frozen:
                        self._nearness.remember(candidate.brief.id, look)
                        self._pending.append((candidate.brief.id, made.placed, _note(candidate)))
                    self._counts.update(self._quotas.parts(cell))
            record = Record(
                verdict=decision.verdict, stage=decision.stage, reason=decision.reason, detail=decision.detail,
                candidate=candidate, novelty=novelty, lineage=candidate.brief.lineage, final=final,
            )  # fmt: skip
            records.append(record)
        return records

    def store(self) -> None:
        """Begin to fill the archive if there is enough, beside the run: one that does not answer must not hold it up."""
        if len(self._pending) < self._store_at:
            return
        if self._storing is not None:
            if not self._storing.done():
                return
            self._storing.result()
        self._storing = asyncio.create_task(self._flush())

    async def close(self) -> None:
        """Store what is left."""
        if self._storing is not None:
            await self._storing
        await self._flush()

    async def _flush(self) -> None:
        """Put accepted samples into the archive. If it fails they stay pending: the journal has them too."""
        if not (batch := self._pending[:]):
            return
        ids, samples, notes = zip(*batch, strict=True)
        keys = [key_of(self._run, id_) for id_ in ids]
        vectors, wordings = np.vstack([one.vector for one in samples]), [one.wording for one in samples]
        try:
            await asyncio.to_thread(self._archive.remember, self._run, keys, vectors, wordings, notes)
        except MemoryUnavailable as error:
            self.fault = error
            self._store_at = len(self._pending) + _ARCHIVED_TOGETHER
            return
        del self._pending[: len(batch)]
        self.fault, self._store_at = None, _ARCHIVED_TOGETHER


def _note(candidate: Candidate) -> Note:
    return Note(candidate.brief.id, candidate.brief.cell, about_of(candidate))
