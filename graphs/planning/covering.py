"""Covering: which combinations of values were made, which keep failing, and which cells to plan next. Pure.

The planner is greedy, as AETG is (Cohen et al., "The AETG System", IEEE TSE 1997): each cell covers as many combinations of
`strength` values as it can that no sample has yet, of values that are little used: so each value has a sample before one
has two, as far as that goes. Once all are covered, what has the fewest samples for its weight comes first.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from scenarios.schema.axes import Cell, tuples_of
from scenarios.schema.space import Combination, Space

_TRIES = 3
"""Cells that are built for each one that is planned; the best is taken."""
_BEGINNINGS = 8
"""Open combinations of which the one with the least used values begins a cell."""
_PATIENCE = 2
"""Failures in a row of a cell before it is backed off."""
_HOPELESS = 4
"""Failures of a combination, none accepted, before it is no longer aimed at."""

_NONE: dict[str, int] = {}
_COUNTED = 1000
"""Up to so many samples, what is needed is found by planning; beyond it, two axes outweigh the rest, and their
combinations are the number."""


@dataclass
class Covering:
    """What came of the cells so far. `count` holds accepted samples, and those under way that are hoped for."""

    space: Space
    count: Counter[Combination] = field(default_factory=Counter)
    cells: Counter[tuple[str, ...]] = field(default_factory=Counter)
    values: Counter[tuple[str, str]] = field(default_factory=Counter)
    """As `count`, of each value, as (axis, name)."""
    failed: Counter[Combination] = field(default_factory=Counter)
    in_a_row: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """Failures of a cell since its last accepted sample."""
    last: dict[tuple[str, ...], int] = field(default_factory=dict)
    """Which brief a cell was last planned for."""
    planned: int = 0

    def __post_init__(self) -> None:
        self._open = list(self.space.in_order)
        """Combinations that have no sample yet and are not hopeless, in a fixed order."""
        self._rows: dict[tuple[Combination, str], dict[str, int]] = {}
        """The counts by value: of what the rest of a combination makes with each value of an axis."""
        self._wear = {value: count / self.space.weight((value,)) for value, count in self.values.items()}
        """How much each value is used, for its weight."""
        self._hopeless: set[Combination] = set()
        """Combinations that failed too often, unless they have a sample."""

    def accept(self, cell: Cell) -> None:
        """An accepted sample of a cell, of this run or of an earlier one."""
        self._add(cell, 1)
        self.in_a_row.pop(_key(cell), None)

    def plan(self, cell: Cell) -> None:
        """A brief of a cell: hoped for until it is accepted or failed."""
        self._add(cell, 1)
        self.last[_key(cell)] = self.planned
        self.planned += 1

    def settle(self, cell: Cell, accepted: bool) -> None:
        """What became of a planned brief."""
        if accepted:
            self.in_a_row.pop(_key(cell), None)
            return
        self.drop(cell)
        self.in_a_row[_key(cell)] += 1
        for combination in tuples_of(cell, self.space.strength):
            self.failed[combination] += 1
            if self.failed[combination] >= _HOPELESS:
                self._hopeless.add(combination)
            self._reopen(combination)

    def drop(self, cell: Cell) -> None:
        """A planned brief that is hoped for no longer, for a reason that tells nothing of its cell."""
        self._add(cell, -1)

    def _add(self, cell: Cell, by: int) -> None:
        self.cells[_key(cell)] += by
        for value in cell.items():
            self.values[value] += by
            self._wear[value] = self.values[value] / self.space.weight((value,))
        for combination in tuples_of(cell, self.space.strength):
            before = self.count[combination]
            self.count[combination] = before + by
            for place, (axis, name) in enumerate(combination):
                rest = combination[:place] + combination[place + 1 :]
                self._rows.setdefault((rest, axis), {})[name] = before + by
            if (before > 0) != (before + by > 0):
                self._reopen(combination)

    def _reopen(self, combination: Combination) -> None:
        """Put a combination among the open ones, or take it out, as its counts say."""
        place = bisect_left(self._open, combination)
        is_open = place < len(self._open) and self._open[place] == combination
        if self._fresh(combination) and combination in self.space.combinations:
            if not is_open:
                self._open.insert(place, combination)
        elif is_open:
            del self._open[place]

    def backed_off(self, cell: Cell) -> bool:
        """Whether a cell failed so often in a row that it waits: twice as long after each failure."""
        failures = self.in_a_row[_key(cell)]
        return failures >= _PATIENCE and self.planned - self.last.get(_key(cell), 0) < 2 ** min(failures, 10)

    def hopeless(self, combination: Combination) -> bool:
        """Whether a combination only ever failed."""
        return self.count[combination] <= 0 and self.failed[combination] >= _HOPELESS

    def failing(self) -> list[tuple[Combination, int]]:
        """The combinations that only ever failed, with how often, the worst first."""
        found = [(one, self.failed[one]) for one in self.failed if self.hopeless(one)]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def uncovered(self) -> list[Combination]:
        """Combinations that have no sample yet and are not hopeless, in a fixed order."""
        return list(self._open)

    @property
    def complete(self) -> bool:
        """Whether nothing is left that could be covered."""
        return not self._open

    def next_cell(self, rng: random.Random, allowed: Mapping[str, frozenset[str]] | None = None) -> dict[str, str]:
        """The cell to plan next. `allowed` may narrow the values of axes; if it leaves no cell it is not kept to."""
        narrowed = allowed or {}
        open_ = self._open
        if narrowed:
            open_ = [one for one in open_ if all(name in narrowed.get(axis, (name,)) for axis, name in one)]
        best: dict[str, str] | None = None
        best_score: tuple[float, ...] = ()
        for _ in range(_TRIES):
            cell = self._grown(self._beginning(open_, rng), rng, narrowed)
            if cell is None:
                continue
            score = self._score(cell, narrowed)
            if best is None or score > best_score:
                best, best_score = cell, score
            if not open_ and not self.cells[_key(best)] and not self.backed_off(best):
                break  # a new cell of what is made least: more tries would hardly better it
        return best or self.space.completed({}, narrowed) or self.space.completed({}) or {}

    def _beginning(self, open_: Sequence[Combination], rng: random.Random) -> dict[str, str]:
        """An open combination of values that are little used: if all are open, each value gets its turn."""
        drawn = (open_[int(rng.random() * len(open_))] for _ in range(min(_BEGINNINGS, len(open_))))
        return dict(min(drawn, key=self._worn, default=()))

    def _worn(self, values: Iterable[tuple[str, str]]) -> float:
        """How much values are used, for their weight."""
        return sum(self._wear.get(value, 0.0) for value in values)

    def _grown(
        self, part: dict[str, str], rng: random.Random, allowed: Mapping[str, frozenset[str]]
    ) -> dict[str, str] | None:
        """A whole cell from part of one: axis by axis the value that covers most, the least used among equals."""
        axes = [axis for axis in self.space.axes if axis not in part]
        rng.shuffle(axes)
        cell = dict(part)
        for axis in axes:
            names: Sequence[str] = self.space.axes[axis].names
            if axis in allowed:
                names = [name for name in names if name in allowed[axis]]
            if self.space.exclusions:
                names = [name for name in names if self.space.rules.allow({**cell, axis: name})]
            if not names:
                return self.space.completed(part, allowed) or self.space.completed({}, allowed)
            best = self._best(cell, axis, names)
            cell[axis] = best[int(rng.random() * len(best))]
        return {axis: cell[axis] for axis in self.space.axes}

    def _best(self, cell: Cell, axis: str, names: Sequence[str]) -> list[str]:
        """The values that add most to part of a cell: new combinations, then values and combinations that are seldom used."""
        known = [(other, cell[other]) for other in self.space.axes if other in cell]
        rests = list(combinations(known, min(self.space.strength, len(self.space.axes)) - 1))
        rows = [(rest, self._rows.get((rest, axis), _NONE), 1 / self.space.weight(rest)) for rest in rests]
        best: list[str] = []
        most: tuple[int, float, float] = (-1, 0.0, 0.0)
        for name in names:
            fresh, used = 0, 0.0
            for rest, row, scale in rows:
                if (count := row.get(name, 0)) > 0:
                    used += count * scale
                elif not self._hopeless or self._with(rest, axis, name) not in self._hopeless:
                    fresh += 1
            # If nothing is fresh, a value that keeps failing is little used, too: then combinations tell.
            worn = self._wear.get((axis, name), 0.0) if fresh else 0.0
            gain = fresh, -worn, -used / self.space.weight(((axis, name),)) if used else 0.0
            if gain > most:
                best, most = [name], gain
            elif gain == most:
                best.append(name)
        return best

    def _with(self, rest: Combination, axis: str, name: str) -> Combination:
        """A combination from the rest of it and one more value."""
        values = {**dict(rest), axis: name}
        return tuple((other, values[other]) for other in self.space.axes if other in values)

    def _fresh(self, combination: Combination) -> bool:
        return self.count[combination] <= 0 and not self.hopeless(combination)

    def _used(self, found: Iterable[Combination]) -> float:
        return sum(self.count[one] / self.space.weight(one) for one in found)

    def _score(self, cell: Cell, allowed: Mapping[str, frozenset[str]]) -> tuple[float, ...]:
        found = list(tuples_of(cell, self.space.strength))
        kept = sum(cell[axis] in names for axis, names in allowed.items())
        fresh = sum(self._fresh(one) for one in found)
        return (
            kept,
            not self.backed_off(cell),
            fresh,
            -self._worn(cell.items()) if fresh else 0.0,
            -self._used(found),
            -self.cells[_key(cell)],
        )


def samples_for_all(space: Space, seed: int = 0) -> int:
    """About how many samples the planner needs to cover every combination, if none fails. Found once in a process for the
    same axes: the runs of an experiment share them."""
    values = tuple((axis, value.name, value.weight) for axis, plan in space.axes.items() for value in plan.values)
    exclusions = tuple(tuple(rule.axes.items()) for rule in space.exclusions)
    asked = (values, exclusions, space.strength, seed)
    if asked not in _FOUND:
        while len(_FOUND) >= _KEPT:
            del _FOUND[next(iter(_FOUND))]
        _FOUND[asked] = _needed(space, seed)
    return _FOUND[asked]


def _needed(space: Space, seed: int) -> int:
    by_axes = Counter(tuple(axis for axis, _ in one) for one in space.combinations)
    least = max(by_axes.values(), default=0)
    if least > _COUNTED:
        return least
    covering, rng = Covering(space), random.Random(seed)
    while not covering.complete:
        covering.plan(covering.next_cell(rng))
    return covering.planned


_KEPT = 16
_FOUND: dict[tuple[object, ...], int] = {}
"""What `samples_for_all` found for the last few scenarios."""


def _key(cell: Cell) -> tuple[str, ...]:
    return tuple(cell.values())
