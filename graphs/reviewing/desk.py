"""The desk at which reviewers sit: gives the next samples of a queue, keeps each verdict, takes it back. Over one run directory, also
while the run goes on; its methods may be called from several threads."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from pydantic import Field

from graphs.reviewing.accepted import accepted_samples, accepted_state
from graphs.reviewing.fitting import unfit
from graphs.reviewing.log import append_verdict, read_reviews
from graphs.reviewing.order import AuditSet, audit_set, keep_set, kept_set
from graphs.reviewing.pairs import read_pairs
from graphs.reviewing.planting import FlawedCopies, FlawedCopy
from graphs.reviewing.queues import QueuePlace, adjudicate_queue, audit_queue, doubts_of, pairs_queue, routed_queue
from graphs.reviewing.signals import doubts_by_signals, signals_state
from graphs.reviewing.verdicts import PersonVerdict, Queue, Said, content_digest, last_in_audit, standing
from scenarios.errors import RunDirError, SettingsError
from scenarios.frozen import Frozen

_LEASE = 600.0
"""Seconds for which a sample that was handed to one reviewer is handed to no other."""
_LATELY = 25
"""Verdicts from which the pace is told."""
_HIDDEN = ("evidence", "scores", "novelty", "revisions", "usage", "choice", "lineage")
"""What an audit does not show: a reviewer who knows what judges and checks said agrees with them."""


class ReviewItem(Frozen):
    """One sample, or two, for a reviewer to look at."""

    queue: Queue
    sample: str
    against: str = ""
    content: str
    """What the verdict will be tied to; it is to be sent back with it."""
    repeat: bool = False
    why: str = ""
    shown: tuple[dict[str, Any], ...]
    """The dataset's line, of a pair both; in an audit without what judges and checks said."""


class TableState(Frozen):
    """Where a queue stands for a reviewer."""

    said: int
    """Verdicts of this reviewer in this queue that stand."""
    left: int
    pace: float | None = None
    """The median of the seconds that their last verdicts took; None if there are none."""
    reviewers: dict[str, int] = Field(default_factory=dict)
    """Standing verdicts in this queue by reviewer."""


class ReviewDesk:
    """Reviews of the accepted samples of one directory."""

    def __init__(
        self,
        out: Path,
        least: Mapping[str, int] | None = None,
        near: float = 0.0,
        flaws: FlawedCopies | None = None,
    ) -> None:
        """`least` are the rubric's least scores by criterion and `near` the novelty distance, for what to doubt; `flaws` makes the
        flawed copies by which an audit measures its reviewers."""
        self.out, self._least, self._near, self._flaws = out, dict(least or {}), near, flaws
        self._copies: dict[tuple[str, str, int], FlawedCopy | None] = {}
        self._lock = threading.RLock()
        self._lines: dict[str, bytes] = {}
        self._contents: dict[str, str] = {}
        self._state: object = None
        self._doubts: tuple[object, dict[str, tuple[float, str]]] = (None, {})
        self._leases: dict[str, tuple[str, float]] = {}
        self._audits: dict[int, AuditSet] = {}

    def next(
        self, queue: Queue, reviewer: str, count: int = 1, *, seed: int = 0, held: Sequence[str] = ()
    ) -> list[ReviewItem]:
        """The next samples of a queue; `held` are those that the reviewer has before them already. Raises RunDirError."""
        with self._lock:
            places = (place for place in self._places(queue, reviewer, seed) if place.sample not in held)
            there = (place for place in places if not place.planted or self._copy(place.sample, seed))
            chosen, now = list(islice(there, count)), time.monotonic()
            for place in chosen:
                self._leases[place.sample] = (reviewer, now + _LEASE)
            return [self._item(queue, place, seed) for place in chosen]

    def state(self, queue: Queue, reviewer: str, *, seed: int = 0) -> TableState:
        """Where the queue stands. Raises RunDirError."""
        with self._lock:
            stands = [v for v in standing(read_reviews(self.out)) if v.queue is queue]
            mine = [v for v in stands if v.reviewer == reviewer]
            lately = [v.seconds for v in mine[-_LATELY:] if v.seconds > 0]
            by = {name: sum(v.reviewer == name for v in stands) for name in sorted({v.reviewer for v in stands})}
            left = len(self._places(queue, reviewer, seed))
            return TableState(
                said=len(mine), left=left, pace=statistics.median(lately) if lately else None, reviewers=by
            )

    def record(self, verdict: PersonVerdict) -> PersonVerdict:
        """Keep a verdict; it is on the disk when this returns. Number, time and an audit's set are filled in here. What was sent
        before with the same key is not kept twice. Raises RunDirError if the sample is not what the reviewer saw any more, and
        SettingsError for what can never be kept."""
        with self._lock:
            self._refresh()
            if verdict.said is not Said.UNDO:
                self._check(verdict)
                if why := unfit(verdict, orjson.loads(self._lines[verdict.sample])):
                    raise SettingsError(f"the verdict was not kept: {why}")
            filled: dict[str, Any] = {
                "planted": self._planted(verdict),
                "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            }
            if verdict.queue is Queue.AUDIT and verdict.said is not Said.UNDO:
                filled["dataset"] = self._drawn_from(verdict.seed).digest
            made = self._append(verdict.model_copy(update=filled))
            self._leases.pop(verdict.sample, None)
            return made

    def undo(self, reviewer: str, key: str = "") -> PersonVerdict | None:
        """Take the reviewer's last word back, and give it; None if nothing is left to take back. Raises RunDirError."""
        with self._lock:
            said = read_reviews(self.out)
            if key and any(v.key == key and v.reviewer == reviewer for v in said):
                return None
            undone = {v.undoes for v in said if v.said is Said.UNDO and v.reviewer == reviewer}
            own = [v for v in said if v.reviewer == reviewer and v.said is not Said.UNDO and v.number not in undone]
            if not own:
                return None
            last = own[-1]
            self._append(
                PersonVerdict(
                    number=1, reviewer=reviewer, queue=last.queue, sample=last.sample, against=last.against,
                    content=last.content, said=Said.UNDO, undoes=last.number, dataset=last.dataset, seed=last.seed, key=key,
                    at=datetime.now(UTC).isoformat(timespec="milliseconds"),
                )
            )  # fmt: skip
            return last

    def item_of(self, verdict: PersonVerdict) -> ReviewItem | None:
        """The sample that a verdict was about, to look at it again; None if it is not there any more as it was."""
        with self._lock:
            self._refresh()
            if any(id_ and id_ not in self._lines for id_ in (verdict.sample, verdict.against)):
                return None
            planted = bool(self._planted(verdict))
            place = QueuePlace(verdict.sample, verdict.against, verdict.repeat, planted)
            item = self._item(verdict.queue, place, verdict.seed)
            return item if item.content == verdict.content else None

    def keys(self) -> set[tuple[str, str]]:
        """By whom and with which key something was said. Raises RunDirError."""
        return {(v.reviewer, v.key) for v in read_reviews(self.out)}

    def contents(self) -> dict[str, str]:
        """The digests of the samples' contents as they are now, by id. Raises RunDirError."""
        with self._lock:
            self._refresh()
            return self._contents

    def said_of(self, sample: str) -> list[PersonVerdict]:
        """What stands of what people said of a sample. Raises RunDirError."""
        return [v for v in standing(read_reviews(self.out)) if sample in {v.sample, v.against} and not v.planted]

    def _append(self, verdict: PersonVerdict) -> PersonVerdict:
        def again(said: list[PersonVerdict]) -> PersonVerdict | None:
            return next(
                (v for v in said if verdict.key and (v.key, v.reviewer) == (verdict.key, verdict.reviewer)), None
            )

        return append_verdict(self.out, lambda _: verdict, again)

    def _check(self, verdict: PersonVerdict) -> None:
        ids = [id_ for id_ in (verdict.sample, verdict.against) if id_]
        if gone := [id_ for id_ in ids if id_ not in self._lines]:
            raise RunDirError(f"sample {gone[0][:40]}: is not in the dataset any more; the verdict was not kept")
        if verdict.content != self._content(*ids) and not self._planted(verdict):
            raise RunDirError(f"sample {verdict.sample[:40]}: is not what you saw any more; look at it again")

    def _places(self, queue: Queue, reviewer: str, seed: int) -> list[QueuePlace]:
        self._refresh()
        said = read_reviews(self.out)
        now = time.monotonic()
        taken = {id_ for id_, (who, until) in self._leases.items() if who != reviewer and until > now}
        match queue:
            case Queue.AUDIT:
                drawn, plant = self._drawn_from(seed), self._flaws.share if self._flaws else 0.0
                places = audit_queue(drawn, seed, said, reviewer, taken, plant=plant)
            case Queue.ROUTED:
                places = [one for one in routed_queue(self._doubted(), self._contents, said) if one.sample not in taken]
            case Queue.ADJUDICATE:
                places = adjudicate_queue(self._contents, said)
            case Queue.PAIRS:
                places = pairs_queue(read_pairs(self.out), said, reviewer, seed=seed)
        return [place for place in places if place.sample in self._lines]

    def _doubted(self) -> dict[str, tuple[float, str]]:
        """What is doubted, worked out once for what the samples are now."""
        state = self._state, signals_state(self.out)
        if self._doubts[0] != state:
            lines = (orjson.loads(raw) for raw in self._lines.values())
            found = doubts_of(lines, self._least, self._near)
            for id_, (doubt, why) in doubts_by_signals(self.out, self._contents).items():
                before, also = found.get(id_, (0.0, ""))
                found[id_] = before + doubt, "; ".join(filter(None, (why, also)))
            self._doubts = (state, found)
        return self._doubts[1]

    def _drawn_from(self, seed: int) -> AuditSet:
        """The set that the audit draws from: that of the verdicts so far, and of the dataset if there are none or it has grown."""
        if seed not in self._audits:
            last = last_in_audit(read_reviews(self.out), seed)
            kept = kept_set(self.out, last.dataset) if last else None
            now = self._contents
            if kept and all(kept.contents.get(id_) == content for id_, content in now.items()):
                self._audits[seed] = kept  # what left it since was found flawed, and the audit goes on
            elif now:
                self._audits[seed] = audit_set(now)
            else:
                raise RunDirError(f"out={self.out}: has no accepted samples to audit")
            keep_set(self.out, self._audits[seed])
        return self._audits[seed]

    def _refresh(self) -> None:
        state = accepted_state(self.out)
        if state != self._state:
            self._lines, self._contents = accepted_samples(self.out)
            self._state, self._audits = state, {}

    def _copy(self, id_: str, seed: int) -> FlawedCopy | None:
        """The flawed copy of a sample in an audit; None if there is none, or the sample has left the dataset."""
        if self._flaws is None or id_ not in self._lines:
            return None
        key = (id_, self._drawn_from(seed).digest, seed)
        if key not in self._copies:
            self._copies[key] = self._flaws.copy_of(id_, orjson.loads(self._lines[id_]), *key[1:])
        return self._copies[key]

    def _planted(self, verdict: PersonVerdict) -> str:
        """The kind of defect, if the verdict is about a flawed copy: who sends it does not know."""
        copy = self._copy(verdict.sample, verdict.seed) if verdict.queue is Queue.AUDIT and not verdict.repeat else None
        return copy.kind if copy and copy.content == verdict.content else ""

    def _item(self, queue: Queue, place: QueuePlace, seed: int = 0) -> ReviewItem:
        ids = [id_ for id_ in (place.sample, place.against) if id_]
        hidden = set(_HIDDEN) if queue is Queue.AUDIT else set[str]()
        shown = [{k: v for k, v in orjson.loads(self._lines[id_]).items() if k not in hidden} for id_ in ids]
        if place.planted and (copy := self._copy(place.sample, seed)):
            told = {k: v for k, v in copy.line.items() if k not in hidden}
            return ReviewItem(queue=queue, sample=place.sample, content=copy.content, shown=(told,))
        return ReviewItem(
            queue=queue, sample=place.sample, against=place.against, content=self._content(*ids), repeat=place.repeat,
            why=place.why, shown=tuple(shown),
        )  # fmt: skip

    def _content(self, *ids: str) -> str:
        """What a verdict on these is tied to."""
        contents = [self._contents[id_] for id_ in ids]
        return contents[0] if len(contents) == 1 else content_digest({"messages": contents})
