"""Giving up: the values of axes with which no brief gets past a check, so that no more briefs of their cells are made. Pure.

A value is given up once `after` briefs with it met a dead end at the same check (see `outcomes.DeadEnd`), if these are most of
its briefs and none was ever made whole. A dead end counts against one value only: what a value that was given up explains says nothing of the
values that its briefs had on other axes. The whole run is given up in the same way, if the dead ends do not go together with
one value of an axis.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from graphs.planning.outcomes import BriefOutcome, DeadEnd, dead_end_of, was_whole
from scenarios.records import Candidate, Record, Usage, Verdict, add_usage
from scenarios.schema.space import Space

_MOST = 0.75
"""The least share of briefs that meet the same dead end: a weak model fails now in this way, now in that."""

Value = tuple[str, str]
"""An axis and one of its values, by name."""


@dataclass(frozen=True)
class GivenUp:
    """What no more briefs are made of."""

    value: Value | None
    """Cells with this value; None: every cell."""
    check: str
    """What no draw passed."""
    briefs: int
    """How many met it as a dead end."""
    text: str
    reason: str
    """A draw that was refused, and what was wrong with it."""
    usage: Mapping[str, Usage]
    """What those briefs took, by role."""
    spared: int
    """About how many more briefs would have been made."""


@dataclass(frozen=True)
class Prospect:
    """What a run would go on to make."""

    wanted: int
    """Samples to accept."""
    quota: Mapping[str, Mapping[str, int]]
    most: int
    """Briefs after which the run ends anyway if none is accepted."""


class GivingUp:
    """Dead ends in the order of curation. If `after` is 0, nothing is ever given up."""

    def __init__(self, space: Space, after: int = 0, prospect: Prospect | None = None) -> None:
        self._space, self._after = space, after
        self._prospect = prospect or Prospect(0, {}, 0)
        self._axes = {axis: plan.names for axis, plan in space.axes.items() if len(plan.names) > 1}
        """Axes that part the briefs."""
        self._briefs = self._accepted = 0
        self._whole: set[Value] = set()
        """The values with which a brief was made whole."""
        self._any_whole = False
        self._ends: list[DeadEnd] = []
        """All of them, until a brief is made whole."""
        self._others = 0
        """Until then: briefs that failed in another way."""
        self._failed_otherwise = Counter[Value]()
        """The same by value, for values with which none is made whole."""
        self._against: dict[Value, list[DeadEnd]] = {}
        """Those that no value explains yet, by the values that they may be laid to."""
        self._given_up: dict[Value, GivenUp] = {}
        self._run: GivenUp | None = None
        self.news: list[tuple[GivenUp, bool]] = []
        """What was given up since somebody last looked, and whether it was taken up again."""

    @property
    def all(self) -> tuple[GivenUp, ...]:
        """What is given up now, in the order in which it was."""
        return (*self._given_up.values(), *filter(None, [self._run]))

    @property
    def run(self) -> GivenUp | None:
        """The whole run, if it is given up."""
        return self._run

    def allowed(self, allowed: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
        """The `allowed` values by axis without those that are given up."""
        if not self._given_up:
            return allowed
        found = dict(allowed)
        for axis, name in self._given_up:
            found[axis] = found.get(axis, frozenset(self._axes[axis])) - {name}
        return found

    def has(self, cell: Mapping[str, str]) -> bool:
        """Whether a cell has a value that is given up."""
        return any(value in self._given_up for value in cell.items())

    def until_lost(self, done: Mapping[int, Record], coming: Sequence[Candidate]) -> int:
        """How many of the `coming` candidates of a round are still decided on, after those that are `done`, by index: all of
        them, unless the run is given up before."""
        if not self._after or self._any_whole:
            return len(coming)
        ends, others = list(self._ends), self._others
        before = [done[index].candidate for index in sorted(done)]
        for place, made in enumerate([*before, *coming]):
            if was_whole(made):
                self._any_whole = True
                break
            if end := dead_end_of(made):
                ends.append(end)
            elif made.given_up:
                others += 1
            if check := self._lost(ends, others):
                self._end_run(check, ends, self._briefs + place + 1)
                return max(0, place + 1 - len(before))
        return len(coming)

    def learn(self, outcomes: Iterable[BriefOutcome]) -> None:
        """What became of a whole round, in the order of its briefs."""
        if not self._after:
            return
        for outcome in outcomes:
            self._add(outcome)
        if self._any_whole:
            self._ends, self._run = [], None
        elif self._run is None and (check := self._lost(self._ends, self._others)):
            self._end_run(check, self._ends, self._briefs)
        while self._run is None and (worst := self._worst()):
            self._give_up(*worst)

    def _add(self, outcome: BriefOutcome) -> None:
        self._briefs += 1
        self._accepted += outcome.verdict is Verdict.ACCEPTED
        values = [value for value in outcome.cell.items() if value[0] in self._axes]
        if outcome.whole or outcome.passed:
            self._any_whole = True
            for value in values:
                self._whole.add(value)
                self._against.pop(value, None)
                if taken := self._given_up.pop(value, None):
                    self.news.append((taken, True))
        elif end := outcome.dead_end:
            if not self._any_whole:
                self._ends.append(end)
            if not self.has(end.cell):
                for value in values:
                    if value not in self._whole:
                        self._against.setdefault(value, []).append(end)
        elif outcome.verdict is Verdict.REJECTED:
            self._others += 1
            self._failed_otherwise.update(value for value in values if value not in self._whole)

    def _lost(self, ends: Sequence[DeadEnd], others: int) -> str:
        """The check at which the whole run is lost: enough dead ends, that not one value of an axis explains."""
        if len(ends) < self._after:
            return ""
        for check in dict.fromkeys(check for end in ends for check in end.checks):
            met = [end for end in ends if check in end.checks]
            most = len(met) >= max(self._after, _MOST * (len(ends) + others))
            if most and all(self._spread(axis, met) for axis in self._axes):
                return check
        return ""

    def _spread(self, axis: str, ends: Sequence[DeadEnd]) -> bool:
        """Whether enough of the dead ends have other values of an axis than the commonest one."""
        ((_, commonest),) = Counter(end.cell[axis] for end in ends).most_common(1)
        return len(ends) - commonest >= self._after // 2

    def _worst(self) -> tuple[Value, str] | None:
        """The value with most dead ends at one check, if they are enough; among equals the one that is planned least."""
        found: tuple[Value, str] | None = None
        most: tuple[int, float] = (self._after, -2.0)
        for value, ends in self._against.items():
            if len(ends) < most[0]:
                continue
            ((check, count),) = Counter(check for end in ends for check in end.checks).most_common(1)
            enough = count >= _MOST * (len(ends) + self._failed_otherwise[value])
            if enough and (count, -self._share(value)) > most:
                found, most = (value, check), (count, -self._share(value))
        return found

    def _share(self, value: Value) -> float:
        """The part of all briefs that have a value."""
        axis, name = value
        weights = {one.name: one.weight for one in self._space.axes[axis].values}
        return weights[name] / sum(weights.values())

    def _give_up(self, value: Value, check: str) -> None:
        ends = [end for end in self._against[value] if check in end.checks]
        axis, name = value
        left = max(0, self._prospect.wanted - self._accepted)
        quota = self._prospect.quota.get(axis, {}).get(name)
        spared = min(left, quota) if quota is not None else round(left * self._share(value))
        self._given_up[value] = _given_up(value, check, ends, spared)
        self.news.append((self._given_up[value], False))
        explained = {id(end) for end in self._against.pop(value)}
        for others in self._against.values():
            others[:] = [end for end in others if id(end) not in explained]

    def _end_run(self, check: str, ends: Iterable[DeadEnd], briefs: int) -> None:
        met = [end for end in ends if check in end.checks]
        self._run = _given_up(None, check, met, max(0, self._prospect.most - briefs))
        self.news.append((self._run, False))


def _given_up(value: Value | None, check: str, ends: Sequence[DeadEnd], spared: int) -> GivenUp:
    usage: dict[str, Usage] = {}
    for end in ends:
        usage = add_usage(usage, end.usage)
    return GivenUp(value, check, len(ends), ends[-1].text, ends[-1].reason, usage, spared)
