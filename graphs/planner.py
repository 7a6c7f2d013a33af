"""The planner: which cells a round's briefs get. It knows whole curated rounds, the cells planned before, and the memory.

Round p is planned when rounds 0 … p−1−lookahead are curated, and a round is learned when it is whole: so what is planned
depends neither on timing nor on how often the run was stopped.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

from memory.coverage import Coverage, Space
from scenarios.axes import Cell
from scenarios.briefs import cell_of
from scenarios.loading import Loaded
from scenarios.seeds import seed_of

Outcome = tuple[Cell, bool]
"""A cell, and whether its sample was accepted."""


class Planning(StrEnum):
    """How cells are chosen."""

    COVERAGE = "coverage"
    """Every pair of values first, then what is covered least."""
    WALK = "walk"
    """Each axis by itself through its values, whatever was made: to compare with."""


class Planner:
    """Chooses the cells of a run's briefs, round by round.

    `met` are the cells of the samples that the memory holds from other runs.
    """

    def __init__(self, loaded: Loaded, seed: int, planning: Planning, met: Iterable[Cell] = ()) -> None:
        self._loaded = loaded
        self._seed = seed
        self._planning = planning
        self._ahead: dict[int, list[dict[str, str]]] = {}
        """Rounds that were planned before the run was stopped, and are not curated."""
        scenario = loaded.scenario
        self.coverage = Coverage(Space(scenario.axes, scenario.exclude))
        known = {axis: {value.name for value in plan.values} for axis, plan in scenario.axes.items()}
        for cell in met:
            if cell.keys() == known.keys() and all(name in known[axis] for axis, name in cell.items()):
                self.coverage.accept({axis: cell[axis] for axis in known})

    def cells(self, round_: int, numbers: Sequence[int]) -> list[dict[str, str]]:
        """The cells of a round's briefs, which are the run's briefs with these numbers. Each round is asked for once."""
        return self._ahead.pop(round_) if round_ in self._ahead else self._plan(numbers)

    def _plan(self, numbers: Sequence[int]) -> list[dict[str, str]]:
        found = []
        for number in numbers:
            found.append(self._cell(number))
            self.coverage.plan(found[-1])
        return found

    def _cell(self, number: int) -> dict[str, str]:
        if self._planning is Planning.COVERAGE:
            return self.coverage.next_cell(random.Random(seed_of(self._seed, "cell", number)))
        return cell_of(self._loaded, self._seed, number)

    def learn(self, outcomes: Iterable[Outcome]) -> None:
        """What became of a whole round, in the order of its briefs."""
        for cell, accepted in outcomes:
            self.coverage.settle(cell, accepted)

    def replay(
        self, rounds: Sequence[Sequence[Outcome]], lookahead: int, numbers: Callable[[int], Sequence[int]]
    ) -> None:
        """Bring a new planner to where it stood when `rounds` were curated and it had planned as far as it then might.

        `numbers` gives the numbers of a round's briefs. The cells of curated rounds are known and not chosen again.
        """
        planned = 0
        for learned, outcomes in enumerate(rounds):
            while planned <= learned + lookahead:
                if planned < len(rounds):
                    for cell, _ in rounds[planned]:
                        self.coverage.plan(cell)
                else:
                    self._ahead[planned] = self._plan(numbers(planned))
                planned += 1
            self.learn(outcomes)
