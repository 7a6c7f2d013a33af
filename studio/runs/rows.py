"""A sample in one line of the list, and what filters, figures and searches need of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from agents.text.quoting import shortened
from memory.journal.reading import Place
from scenarios.records import Brief, Status, Usage, Verdict
from studio.runs.recorded import ListedRecord

_BEGINS = 160
_DETAIL = 200
UNDER_WAY = "under way"
"""What stands in place of a verdict."""


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One sample in the list."""

    place: str
    """Round and index, such as `3-1`: by it a sample is asked for."""
    id: str
    round: int
    index: int
    verdict: str
    """A `Verdict`, or that it is under way."""
    cell: tuple[int, ...]
    """Of each axis the number of its value, or -1."""
    stage: str = ""
    reason: str = ""
    detail: str = ""
    final: bool = True
    scores: dict[str, float] = field(default_factory=dict)
    fails: tuple[str, ...] = ()
    """The checks and roles whose evidence is FAIL."""
    unsure: tuple[str, ...] = ()
    """Those whose evidence is UNVERIFIABLE or ERROR."""
    found: tuple[str, ...] = ()
    """The checks that refused draws or found faults in drafts on the way."""
    roles: tuple[str, ...] = ()
    """Who was asked for it."""
    messages: int = 0
    fields: int = 0
    words: int = 0
    tokens: int = 0
    revisions: int = 0
    refused: int = 0
    """Draws that were refused on the way to it."""
    distance: float | None = None
    begins: str = ""


@dataclass(frozen=True, slots=True)
class KnownSample:
    """What is kept of a sample while the page is served."""

    row: SampleRow
    cell: dict[str, str]
    text: str
    """Its words as they are compared with those of others; empty if it was not accepted."""
    searched: str
    """All its words, in small letters."""
    whole: bool = False
    """It went to the end of its topology."""
    usage: dict[str, Usage] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    """Refused draws, by check."""
    faults: Counter[str] = field(default_factory=Counter)
    """What checks found in refused draws and drafts."""


class ValueNumbers:
    """The axes and values that samples have, each with a number that stays."""

    def __init__(self) -> None:
        self.axes: dict[str, dict[str, int]] = {}

    def numbers(self, cell: dict[str, str]) -> tuple[int, ...]:
        """The numbers of a cell's values, axis by axis; -1 for an axis that it lacks."""
        for axis, value in cell.items():
            values = self.axes.setdefault(axis, {})
            values.setdefault(value, len(values))
        return tuple(self.axes[axis][cell[axis]] if axis in cell else -1 for axis in self.axes)

    def named(self) -> dict[str, list[str]]:
        """The values of every axis, by their numbers."""
        return {axis: list(values) for axis, values in self.axes.items()}


def told(place: Place) -> str:
    """How the sample at a place is asked for."""
    return f"{place[0]}-{place[1]}"


def known_of_brief(brief: Brief, numbers: ValueNumbers) -> KnownSample:
    """A sample that is under way."""
    row = SampleRow(
        place=told((brief.round, brief.index)), id=brief.id, round=brief.round, index=brief.index, verdict=UNDER_WAY,
        cell=numbers.numbers(brief.cell),
    )  # fmt: skip
    return KnownSample(row, brief.cell, "", _searched([brief.id, *brief.cell.values()]))


def known_of(place: Place, record: ListedRecord, numbers: ValueNumbers) -> KnownSample:
    """A sample that ended."""
    made, brief = record.candidate, record.candidate.brief
    text = made.text()
    fails = tuple(dict.fromkeys(one.check for one in made.evidence if one.status is Status.FAIL))
    unsure = (one.check for one in made.evidence if one.status in (Status.UNVERIFIABLE, Status.ERROR))
    refused = Counter(slip.check for slip in made.slips)
    faults = refused + Counter(one.check for draft in made.drafts for one in draft.problems if one.check)
    row = SampleRow(
        place=told(place), id=brief.id, round=place[0], index=place[1], verdict=record.verdict.value,
        cell=numbers.numbers(brief.cell), stage=record.stage, reason=record.reason, detail=shortened(record.detail, _DETAIL),
        final=record.final, scores=made.scores, fails=fails, unsure=tuple(dict.fromkeys(unsure)), found=tuple(faults),
        roles=tuple(sorted(made.usage)), messages=len(made.messages), fields=len(made.fields), words=len(text.split()),
        tokens=sum(used.tokens for used in made.usage.values()),
        revisions=made.revisions, refused=len(made.slips), distance=record.novelty.distance,
        begins=shortened(" ".join(text[: 2 * _BEGINS].split()), _BEGINS),
    )  # fmt: skip
    more = [brief.id, record.detail, *brief.cell.values(), *brief.texts.values(), *brief.facts.values()]
    return KnownSample(
        row=row, cell=brief.cell, text=text if record.verdict is Verdict.ACCEPTED else "",
        searched=_searched([*more, *made.said()]), whole=made.whole, usage=made.usage, refused=refused, faults=faults,
    )  # fmt: skip


def _searched(words: list[str]) -> str:
    return "\n".join(words).casefold()
