"""Editing accepted samples because a person wrote other texts in their place. Nothing here prints.

An edited sample has to pass what it passed before: its exact checks, taken again, and its distance from all other samples. What models
said of it was said of its text before, and stays. Samples that came later are compared with it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from agents.checks.registry import ASIDE, run_checks
from graphs.campaign.nearness import NearnessCheck, Placed, TooNear
from graphs.campaign.vectors import AtOnce
from graphs.planning.steering import about_of
from graphs.preparation import Preparation
from graphs.reviewing.overlay import overlaid
from graphs.reviewing.verdicts import PersonVerdict
from graphs.sampling.decision import CURATE, CurationReason, decide
from graphs.settings.embedding import local_embedding
from graphs.settings.schema import Switch
from graphs.verifying.differences import Mismatch
from graphs.verifying.evidence import evidence_again
from memory.archive.archive import Archive, Note, key_of
from memory.journal.journal import Journal
from memory.journal.rejections import replace_for_good
from memory.vectors.embedding import Embedding
from memory.vectors.novelty import Neighbours, nearer
from memory.words.wording import wording_of
from scenarios.errors import SettingsError
from scenarios.records import Candidate, Novelty, Record, Verdict


@dataclass(frozen=True)
class EditsDone:
    """What came of edits."""

    edited: tuple[str, ...]
    refused: tuple[str, ...]
    """A line for each that was not carried out."""


def carry_out_edits(
    prepared: Preparation, journal: Journal, archive: Archive, due: Mapping[str, PersonVerdict]
) -> EditsDone:
    """Put people's texts in the place of samples' own, in the journal and in the memory. Raises UserError."""
    if not due:
        return EditsDone((), ())
    embedding = local_embedding(prepared.settings.embedding)
    if embedding is None:
        why = "an endpoint embeds the run's samples, and the edit could not be compared with them; reject it with redo instead"
        return EditsDone((), tuple(f"{id_}: {why}" for id_ in due))
    bench = _Bench(prepared, journal, archive, embedding)
    edited, refused = list[str](), list[str]()
    for id_, verdict in due.items():
        try:
            bench.edit(id_, verdict)
            edited.append(id_)
        except SettingsError as error:
            refused.append(f"{id_}: {error}")
    bench.keep(edited)
    return EditsDone(tuple(edited), tuple(refused))


class _Bench:
    """The records of a run, with what an edit changes in them."""

    def __init__(self, prepared: Preparation, journal: Journal, archive: Archive, embedding: Embedding) -> None:
        self._prepared, self._loaded = prepared, prepared.loaded
        self._journal, self._archive, self._embedding = journal, archive, embedding
        self._run = journal.meta("run") or ""
        self._frozen = prepared.settings.memory.frozen is Switch.ON
        self._records = list(journal.records())
        self._places = {record.candidate.brief.id: place for place, record in enumerate(self._records)}
        self._used = _used_by_others(self._records)
        self._changed: dict[int, Record] = {}
        self._vectors: dict[int, Placed] = {}

    def edit(self, id_: str, verdict: PersonVerdict) -> None:
        """Edit one record. Raises SettingsError, which says why it cannot be."""
        place = self._places[id_]
        record = self._now(place)
        if id_ in self._used:
            raise SettingsError(f"{self._used[id_]} was made of it as it is; reject it instead")
        why = f"{' '.join(verdict.remark.split()) or 'edited'} ({' '.join(verdict.reviewer.split())})"
        made = self._checked(overlaid(record.candidate, verdict.edit or {}, why))
        novelty, placed = self._beside(place, made)
        self._vectors[place] = placed
        self._changed[place] = record.model_copy(update={"candidate": made, "novelty": novelty})
        if not self._frozen:
            self._compare_later(place, id_, placed)

    def keep(self, edited: Sequence[str]) -> None:
        """Bring what changed into the journal and the memory: whatever is cut off between, the next session does the rest."""
        if not edited:
            return
        keys = [key_of(self._run, id_) for id_ in edited]
        stored = self._archive.neighbours(self._run)[1]
        self._archive.forget(keys)
        replace_for_good(self._journal, list(self._changed.values()))
        there = [(key, self._places[id_]) for key, id_ in zip(keys, edited, strict=True) if key in stored]
        if there:
            placed = [self._vectors[place] for _, place in there]
            made = [self._changed[place].candidate for _, place in there]
            self._archive.remember(
                self._run, [key for key, _ in there], np.vstack([one.vector for one in placed]),
                [one.wording for one in placed], [Note(one.brief.id, one.brief.cell, about_of(one)) for one in made],
            )  # fmt: skip

    def _now(self, place: int) -> Record:
        return self._changed.get(place, self._records[place])

    def _checked(self, made: Candidate) -> Candidate:
        """The candidate with the evidence of its checks taken again. Raises SettingsError if it would not be accepted."""
        judged = any(one.detail == ASIDE for one in made.evidence)
        found = {one.check: one for one in run_checks(self._loaded, made, judged)}
        made = made.model_copy(update={"evidence": tuple(found.get(one.check, one) for one in made.evidence)})
        decision = decide(made, self._loaded.scenario)
        if decision.verdict is not Verdict.ACCEPTED:
            raise SettingsError(f"{decision.reason} does not pass: {' '.join(decision.detail.split())}")
        try:
            again = evidence_again(self._loaded, self._prepared.topology, made, made.evidence)
        except Mismatch as why:
            raise SettingsError(f"its evidence could not be derived again afterwards: {why}") from None
        if [(one.check, one.status) for one in again.found] != [(one.check, one.status) for one in made.evidence]:
            raise SettingsError("its evidence could not be derived again afterwards")
        return made

    def _placed(self, place: int) -> Placed:
        if place not in self._vectors:
            self._vectors[place] = self._place(self._now(place).candidate)
        return self._vectors[place]

    def _place(self, made: Candidate) -> Placed:
        wording = wording_of(made)
        return Placed(wording, self._embedding.vectors([wording.embedded])[0])

    def _beside(self, place: int, made: Candidate) -> tuple[Novelty, Placed]:
        """What is nearest of all that was accepted before. Raises SettingsError if any sample is too near, earlier or later."""
        placed, nearness = self._place(made), NearnessCheck(self._prepared.rules, AtOnce(self._embedding))
        nearness.recall(self._archive, self._run)
        before = Neighbours()
        if not self._frozen:
            for other, record in enumerate(self._records):
                if other != place and record.verdict is Verdict.ACCEPTED:
                    there = self._placed(other)
                    nearness.take(record.candidate.brief.id, there)
                    if other < place:
                        before.add(record.candidate.brief.id, there.vector)
        _, near = nearness.check(nearness.look([placed])[0])
        if near is not None:
            raise SettingsError(f"it is too near to another: {near.detail}")
        others, _ = self._archive.neighbours(self._run)
        return nearer(others.nearest(placed.vector), before.nearest(placed.vector)), placed

    def _compare_later(self, place: int, id_: str, placed: Placed) -> None:
        """Let what came later be nearest to the edited sample if it is, as it would have been."""
        one = Neighbours()
        one.add(id_, placed.vector)
        for later in range(place + 1, len(self._records)):
            record = self._now(later)
            if record.novelty.distance is None:
                continue
            novelty = nearer(record.novelty, one.nearest(self._placed(later).vector))
            if novelty != record.novelty:
                self._changed[later] = _nearer_now(record, novelty, self._prepared.rules.min_distance)


def _nearer_now(record: Record, novelty: Novelty, least: float) -> Record:
    """A record with another nearest sample, and if it was rejected for that, with words that name it."""
    detail = record.detail
    if (record.stage, record.reason) == (CURATE, CurationReason.NOVELTY) and novelty.distance is not None:
        ground = CurationReason.NOVELTY
        detail = TooNear(
            ground=ground, nearest=novelty.nearest or "", figure=novelty.distance, bound=least, text=""
        ).detail
    return record.model_copy(update={"novelty": novelty, "detail": detail})


def _used_by_others(records: Iterable[Record]) -> dict[str, str]:
    """Which samples others were made of or after, with the id of one such."""
    found: dict[str, str] = {}
    for record in records:
        brief = record.candidate.brief
        for id_ in [*([brief.parent.id] if brief.parent else []), *(peer.id for peer in brief.peers)]:
            found.setdefault(id_, brief.id)
    return found
