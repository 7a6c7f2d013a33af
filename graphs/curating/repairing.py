"""Doubtful samples sent to a model: a reader who knows nothing of the doubt reads their labels, a writer writes their texts anew.

FreeAL lets a model read the doubtful once more beside examples of what is clean (Xiao et al. 2023, arXiv 2311.15614). Here its word
counts only if it was measured: it first reads labels that nobody doubts.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from agents.labelling.labels import NONE_FITS, KnownLabels
from agents.labelling.reader import READER, read_label
from agents.labelling.writer import FailedText, write_anew
from agents.text.phrases import holds, similarity
from evaluation.judging.shares import share_of
from evaluation.signals.personal import personal_in
from graphs.curating.repair import Repair, RepairAction, RepairOutcome, Repairs, RepairSettings
from graphs.curating.rows import Subject
from graphs.curating.signals import Doubt, SampleSignals
from graphs.running.outside import OutsideModel
from graphs.settings.models import model_of
from scenarios.errors import AnswerInvalid, RunStopped
from scenarios.seeds import seed_of

_CONTROLS = 30
"""Labels that nobody doubts which the reader is measured by."""
_DOUBTED = {Doubt.AUM, Doubt.STUDENT, Doubt.SWAP, Doubt.CONFLICT, Doubt.DUPLICATES}
"""What a label is doubted by that is no control and no example. The other doubts name some in any data."""
_CLEANEST = 0.3
"""Of the samples of a label that nobody doubts, the share that examples are of: those with the greatest margins."""
_FEWEST_EXAMPLES = 6
_TOO_NEAR = 0.8
"""Share of words in common (Jaccard) from which a new text is a copy."""


@dataclass(frozen=True)
class RepairAsked:
    """What is asked for."""

    action: RepairAction
    of: tuple[Doubt, ...]
    """The doubts whose samples are sent."""
    settings: RepairSettings
    journal: Path
    about: str
    meanings: Mapping[str, str]
    """Label → what it means, of those labels of which somebody said."""
    seed: int


@dataclass(frozen=True)
class RepairPlan:
    """A dataset as far as an action needs it: what is doubtful, what is shown, and what the reader is measured by."""

    labels: KnownLabels
    doubtful: tuple[int, ...]
    """Places, the most doubtful first."""
    controls: tuple[int, ...]

    @classmethod
    def of(cls, asked: RepairAsked, subjects: Sequence[Subject], signals: Sequence[SampleSignals]) -> RepairPlan:
        """Sorted by the signals: examples are the cleanest of each label, controls are drawn from the others that nobody doubts."""
        doubtful = [at for at, one in enumerate(signals) if one.label is not None and set(one.doubts) & set(asked.of)]
        doubtful.sort(key=lambda at: signals[at].rank or len(signals))
        clean: dict[str, list[int]] = {}
        for at, one in enumerate(signals):
            if one.label is not None:
                clean.setdefault(one.label, [])
                if one.rank is not None and not set(one.doubts) & {*_DOUBTED, *asked.of}:
                    clean[one.label].append(at)
        examples, others = dict[str, tuple[str, ...]](), dict[str, list[int]]()
        for label, places in clean.items():
            places.sort(key=lambda at: -(signals[at].margin or 0))
            cut = min(len(places) // 2, max(_FEWEST_EXAMPLES, int(len(places) * _CLEANEST)))
            examples[label] = tuple(subjects[at].text for at in places[:cut])
            others[label] = places[cut:]
        known = KnownLabels(
            about=asked.about.rstrip("."),
            meanings={**asked.meanings, **{label: asked.meanings.get(label, "") for label in clean}},
            examples=examples,
        )
        return cls(known, tuple(doubtful), tuple(_in_turn(others, random.Random(seed_of("controls", asked.seed)))))


def _in_turn(places: Mapping[str, Sequence[int]], rng: random.Random) -> list[int]:
    """At most so many places as there are controls, one of each label in turn."""
    left = {label: rng.sample(list(some), len(some)) for label, some in sorted(places.items())}
    found = list[int]()
    while len(found) < _CONTROLS and any(left.values()):
        found += [some.pop() for some in left.values() if some]
    return found[:_CONTROLS]


async def repairs_of(
    asked: RepairAsked, subjects: Sequence[Subject], signals: Sequence[SampleSignals], say: Callable[[str], None]
) -> Repairs:
    """What comes of all doubtful samples. What the model has answered already is not asked for again.

    If the reader does not surely meet more than half of the labels that nobody doubts, nothing else is asked, and nothing changes.
    Raises SettingsError and ModelUnavailable.
    """
    plan = RepairPlan.of(asked, subjects, signals)
    if not plan.doubtful:
        return Repairs(action=asked.action, model=model_of(asked.settings.llm).name, worth=share_of(0, 0))
    model = OutsideModel(asked.journal, asked.settings.llm, READER, asked.settings.budget, asked.settings.concurrency)
    budget = asked.settings.budget
    if budget.usd is not None and not model.model.priced:
        say(
            f"budget.usd={budget.usd:g} limits nothing, since the model has no price; give llm.price.prompt and llm.price.completion"
        )
    bench = _Bench(asked, plan, subjects, signals, model)
    stopped = ""
    async with model.at_work(lambda done, asked: say(f"{done:,} of {asked:,} texts are read")):
        try:
            await bench.measure()
            if bench.done().counts:
                await bench.repair()
        except RunStopped as stop:
            stopped = stop.stopped_by
    return bench.done(stopped)


class _Bench:
    """The work on one dataset."""

    def __init__(
        self, asked: RepairAsked, plan: RepairPlan, subjects: Sequence[Subject], signals: Sequence[SampleSignals], model: OutsideModel
    ) -> None:  # fmt: skip
        self._asked, self._plan, self._subjects, self._signals, self._model = asked, plan, subjects, signals, model
        self._controls = dict[str, str | None]()
        self._found = dict[str, Repair | None]()
        self._turn = {at: place for place, at in enumerate(plan.doubtful)}
        """The more doubtful are finished before others are begun."""
        self._same = dict[str, list[str]]()
        """Label → the texts that have it."""
        for subject in subjects:
            self._same.setdefault(subject.label or "", []).append(subject.text)

    async def measure(self) -> None:
        """Let the reader read labels that nobody doubts. Raises RunStopped and UserError."""
        ask = [(self._subjects[at].id, partial(self._read_once, at)) for at in self._plan.controls]
        await self._model.all(ask, self._controls)

    async def repair(self) -> None:
        """Let the reader read the doubtful, and the writer write anew what has to be. Raises as `measure`."""
        ask: list[tuple[str, Callable[[], Awaitable[Repair]]]] = [
            (self._subjects[at].id, partial(self._one, at)) for at in self._plan.doubtful
        ]
        await self._model.all(ask, self._found)
        self._apart()

    def _apart(self) -> None:
        """Open again what repeats a new text of a more doubtful sample: which of two was written first is no matter of timing."""
        known = dict[str, list[str]]()
        for id_ in (self._subjects[at].id for at in self._plan.doubtful):
            row = self._found.get(id_)
            if row is None or row.text is None:
                continue
            if _repeats(row.text, known.setdefault(row.label, [])):
                why = "its new text repeats that of another sample"
                self._found[id_] = row.model_copy(update={"outcome": RepairOutcome.OPEN, "text": None, "detail": why})
            known[row.label].append(row.text)

    def done(self, stopped: str = "") -> Repairs:
        """What is known by now."""
        read = [
            (self._subjects[at].label, said)
            for at in self._plan.controls
            if (said := self._controls.get(self._subjects[at].id)) or self._unusable(at)
        ]
        rows = []
        for at in self._plan.doubtful:
            id_ = self._subjects[at].id
            row = self._found.get(id_)
            if row is None and id_ in self._found:
                why = " ".join(str(self._model.failures.get(id_, "")).split())
                row = self._row(at, RepairOutcome.FAILED, detail=why)
            rows.append(row or self._row(at, RepairOutcome.UNASKED))
        return Repairs(
            action=self._asked.action, model=self._model.model.name, worth=share_of(sum(label == said for label, said in read), len(read)),
            rows=tuple(rows), stopped=stopped, **self._unread(),
        )  # fmt: skip

    def _unread(self) -> dict[str, Any]:
        """How many labels of the measure got no answer that can be used, and why the first of them did not."""
        whys = [why for at in self._plan.controls if (why := self._model.failures.get(self._subjects[at].id))]
        return {"unread": len(whys), "why": " ".join(str(whys[0]).split()) if whys else ""}

    def _unusable(self, at: int) -> bool:
        """Whether the model answered, and not so that it can be read: as a reading, that is a miss."""
        return isinstance(self._model.failures.get(self._subjects[at].id), AnswerInvalid)

    async def _one(self, at: int) -> Repair:
        label, answers = self._subjects[at].label or "", await self._read(at, self._subjects[at].text, "")
        said = _decided(answers, self._asked.settings.answers)
        if said == label:
            return self._row(at, RepairOutcome.CONFIRMED, answers)
        if self._asked.action is RepairAction.REDO:
            return await self._redone(at, answers, said or "")
        if said is None:
            return self._row(at, RepairOutcome.OPEN, answers, detail="its readings do not agree")
        if said == NONE_FITS:
            return self._row(at, RepairOutcome.UNFIT, answers)
        return self._row(at, RepairOutcome.RELABELLED, answers, to=said)

    async def _redone(self, at: int, answers: tuple[str, ...], taken_for: str) -> Repair:
        """New texts until the reader takes one for the label."""
        subject, failed = self._subjects[at], list[FailedText]()
        label = subject.label or ""
        for attempt in range(self._asked.settings.tries):
            text = await write_anew(
                self._model.gateway, self._model.model, self._plan.labels, subject.text, label,
                taken_for=taken_for, failed=failed, sample=subject.id, place=self._turn[at],
            )  # fmt: skip
            why = self._faulty(at, text, label)
            if not why:
                read = await self._read(at, text, f"{attempt}/")
                said = _decided(read, self._asked.settings.answers)
                if said == label:
                    return self._row(at, RepairOutcome.REDONE, (*answers, *read), text=text)
                why = f"a reader took it for {said}" if said else "readers do not agree on its label"
            failed.append(FailedText(text, why))
        return self._row(at, RepairOutcome.OPEN, answers, detail=f"no new text would do: {failed[-1].why}")

    def _faulty(self, at: int, text: str, label: str) -> str:
        """What is wrong with a new text as far as can be computed, in words that go on after "since"; empty if nothing is."""
        if not text.strip():
            return "it is empty"
        if not label.isalpha() and holds(label, text):
            return "it names its label"
        if any(not span.reserved for span in personal_in(text, self._subjects[at].languages)):
            return "it holds personal data, such as a number or an address that could be somebody's"
        if _repeats(text, self._same[label]):
            return "it repeats another text of the dataset"
        return ""

    async def _read(self, at: int, text: str, step: str) -> tuple[str, ...]:
        """Readings of a text, until more than half of those that may be made say the same."""
        answers = list[str]()
        most = self._asked.settings.answers
        for variant in range(most):
            answers.append(await self._reading(at, text, f"{step}{variant}", variant))
            if _decided(answers, most) is not None:
                break
        return tuple(answers)

    async def _read_once(self, at: int) -> str:
        return await self._reading(at, self._subjects[at].text, "control", 0)

    async def _reading(self, at: int, text: str, step: str, variant: int) -> str:
        return await read_label(
            self._model.gateway, self._model.model, self._plan.labels, text,
            sample=self._subjects[at].id, step=step, variant=variant, place=self._turn.get(at, 0),
        )  # fmt: skip

    def _row(
        self, at: int, outcome: RepairOutcome, answers: Sequence[str] = (), *, to: str | None = None, text: str | None = None, detail: str = "",
    ) -> Repair:  # fmt: skip
        subject, signals = self._subjects[at], self._signals[at]
        return Repair(
            id=subject.id, content=subject.content, target=signals.target or "", label=subject.label or "", action=self._asked.action,
            outcome=outcome, answers=tuple(answers), to=to, text=text, detail=detail,
        )  # fmt: skip


def _repeats(text: str, others: Iterable[str]) -> bool:
    return any(similarity(text, other) >= _TOO_NEAR for other in others)


def _decided(answers: Sequence[str], most: int) -> str | None:
    """What more than half of `most` readings say; None if that is not so, or not yet."""
    said, times = Counter(answers).most_common(1)[0]
    return said if 2 * times > most else None
