"""Which parent a brief evolves: its seed, or an accepted sample of a whole curated round that stems from it. Pure."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping

from scenarios.evolution import as_parent, seed_parent
from scenarios.records import Parent
from scenarios.schema.axes import Cell
from scenarios.schema.plans import EvolvePlan
from scenarios.schema.scenario import Scenario
from scenarios.seeds import seed_of


class Parents:
    """The parents there are, by seed, with the children that were planned of each.

    A brief gets the one with the fewest children of its cell, ties by a draw of the run's seed. So each operation meets
    its seed first, and from then on the old ones as well as the new: trees grow in depth and in breadth.
    """

    def __init__(self, scenario: Scenario, plan: EvolvePlan, seed: int) -> None:
        self._scenario, self._plan, self._seed = scenario, plan, seed
        self._stock: dict[str, list[Parent]] = {}
        """Seed → what stems from it, in the order of learning; the seed itself is not among them."""
        self._children: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()
        """By the parent's id and the cell of the child."""

    def add(self, id_: str, cell: Cell, parent: Parent | None, fields: Mapping[str, str]) -> None:
        """Learn an accepted sample, which was made of `parent`."""
        if parent and (found := as_parent(self._plan, id_, parent, fields)):
            self._stock.setdefault(cell[self._plan.axis], []).append(found)

    def count(self, cell: Cell, parent: Parent | None) -> None:
        """Note that a brief of a cell was planned with this parent, whatever comes of it."""
        if parent:
            self._children[parent.id, tuple(cell.items())] += 1

    def choose(self, cell: Cell, number: int) -> Parent:
        """The parent of the run's brief `number`, which has this cell."""
        seed = seed_parent(self._scenario, cell)
        assert seed is not None, "the scenario evolves"
        stock: list[Parent] = [seed, *self._stock.get(cell[self._plan.axis], ())]
        had = [self._children[parent.id, tuple(cell.items())] for parent in stock]
        least = min(had)
        fewest = [parent for parent, count in zip(stock, had, strict=True) if count == least]
        return fewest[random.Random(seed_of(self._seed, "parent", number)).randrange(len(fewest))]
