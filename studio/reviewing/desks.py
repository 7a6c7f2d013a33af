"""The desk of each run, and what stands beside it on the page: how far a queue is, and what its audit allows to be said."""

from __future__ import annotations

import threading
from collections import Counter

from graphs.certifying.claim import QualityClaim, claim_of, clean_ones_until
from graphs.files.rundir import JOURNAL
from graphs.reviewing.desk import ReviewDesk
from graphs.reviewing.log import read_reviews
from graphs.reviewing.order import AuditSet, audit_set, kept_set
from graphs.reviewing.planting import FlawedCopies
from graphs.reviewing.verdicts import PersonVerdict, Queue, Said, last_in_audit, standing
from memory.journal.reading import read_journal
from scenarios.errors import SettingsError
from scenarios.frozen import Frozen
from scenarios.records import Record
from studio.reviewing.posted import PostedVerdict, UnfitError
from studio.runs.open_run import OpenRun


class ReviewWork(Frozen):
    """A queue, for a reviewer."""

    reviewer: str
    queue: Queue
    seed: int = 0
    goal: float = 0.05


class LiveBound(Frozen):
    """What the audit allows to be said so far."""

    share: float
    sentence: str
    clean_until: int | None
    """Clean ones more until the goal is met; None if it cannot be."""
    void: str


class ReviewProgress(Frozen):
    """How far a queue is for a reviewer."""

    done: int
    left: int
    accepted: int
    rejected: int
    pace: float | None
    """The median of the seconds that the last verdicts took."""
    reviewers: dict[str, int]
    lines: int
    """Lines of reviews.jsonl that this rests on."""
    bound: LiveBound | None = None


class RunDesk:
    """The desk of one run. Its methods may be called from several threads."""

    def __init__(self, run: OpenRun, plant: float = 0.0) -> None:
        """`plant` is the part of an audit after which a flawed copy is shown."""
        self.run = run
        self.desk = ReviewDesk(run.path, *_doubted(run), _flaws(run, plant))
        self._lock = threading.Lock()
        self._sets: dict[str, AuditSet] = {}

    def progress(self, work: ReviewWork) -> ReviewProgress:
        """How far a queue is. Raises RunDirError."""
        said = read_reviews(self.run.path)
        state = self.desk.state(work.queue, work.reviewer, seed=work.seed)
        own = [one for one in standing(said) if (one.queue, one.reviewer) == (work.queue, work.reviewer)]
        counts = Counter(one.said for one in own)
        return ReviewProgress(
            done=state.said, left=state.left, accepted=counts[Said.ACCEPT], rejected=counts[Said.REJECT], pace=state.pace,
            reviewers=state.reviewers, lines=len(said), bound=self._bound(said, work) if work.queue is Queue.AUDIT else None,
        )  # fmt: skip

    def keep(self, told: PostedVerdict) -> PersonVerdict:
        """Keep what the page says, once: it is on the disk when this returns. Raises UnfitError for what can never be kept, and
        RunDirError."""
        said = read_reviews(self.run.path)
        before = _told_before(said, told.reviewer, told.key)
        undone = _told_before(said, told.reviewer, told.undoes) if told.undoes else None
        if told.undoes and undone is None:
            raise UnfitError(f"nothing of {told.reviewer} has that key, so that nothing was taken back")
        verdict = told.verdict(undone)
        if before is None and undone is None and self.desk.item_of(verdict) is None:
            raise UnfitError("the sample is not in the dataset as the reviewer saw it; the verdict was not kept")
        try:
            return self.desk.record(verdict)
        except SettingsError as error:
            raise UnfitError(str(error)) from None

    def last(self, work: ReviewWork, before: int) -> PersonVerdict | None:
        """The reviewer's last word in a queue that was not taken back; of those before a line, if a line is named."""
        said = read_reviews(self.run.path)
        undone = {one.undoes for one in said}
        for one in reversed(said):
            own = (one.queue, one.reviewer) == (work.queue, work.reviewer) and one.said is not Said.UNDO
            if own and one.key and one.number not in undone and (not before or one.number < before):
                return one
        return None

    def _bound(self, said: list[PersonVerdict], work: ReviewWork) -> LiveBound | None:
        now = self.desk.contents()
        last = last_in_audit(said, work.seed)
        if not now and last is None:
            return None
        claim: QualityClaim = claim_of(self._set(last.dataset) if last else audit_set(now), work.seed, said, now)
        more = clean_ones_until(claim, work.goal)
        return LiveBound(share=claim.share, sentence=claim.sentence, clean_until=more, void=claim.void)

    def _set(self, digest: str) -> AuditSet:
        with self._lock:
            if digest not in self._sets:
                self._sets[digest] = kept_set(self.run.path, digest)
            return self._sets[digest]


def _told_before(said: list[PersonVerdict], reviewer: str, key: str) -> PersonVerdict | None:
    return next((one for one in reversed(said) if (one.reviewer, one.key) == (reviewer, key)), None)


def _doubted(run: OpenRun) -> tuple[dict[str, int], float]:
    """Least scores and novelty distance of a run, for what to doubt; without its scenario, the usual ones."""
    prepared = run.scenario.prepared()
    if prepared is None:
        return {}, 0.0
    scenario = prepared.loaded.scenario
    least = {name: int(scenario.least_of(name)) for name in scenario.rubric}
    return least, prepared.settings.memory.min_distance or 0.0


def _flaws(run: OpenRun, plant: float) -> FlawedCopies | None:
    """The flawed copies of a run's samples; None if none are asked for, or the scenario is not there to make them."""
    loaded = run.scenario.loaded() if plant else None
    if loaded is None:
        return None

    def record(id_: str) -> Record | None:
        return read_journal(run.path / JOURNAL, lambda reading: reading.record(id_))

    return FlawedCopies(loaded, record, plant)


class Desks:
    """The desks of all runs, each made when it is first asked for."""

    def __init__(self, plant: float = 0.0) -> None:
        self._plant = plant
        self._lock = threading.Lock()
        self._desks: dict[str, RunDesk] = {}

    def of(self, run: OpenRun) -> RunDesk:
        """The desk of a run. Raises RunDirError if there is nothing to review."""
        run.check_reviewable()
        with self._lock:
            if run.id not in self._desks or self._desks[run.id].run is not run:
                self._desks[run.id] = RunDesk(run, self._plant)
            return self._desks[run.id]
