"""The cells of a scenario: every combination of values that makes sense."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product

from scenarios.schema.axes import Axis, Cell, Exclusion, ExclusionIndex

Combination = tuple[tuple[str, str], ...]
"""Values of different axes, as (axis, name) in the scenario's order."""


@dataclass(frozen=True)
class Space:
    """The cells of a scenario: axes, and what makes no sense."""

    axes: Mapping[str, Axis]
    exclusions: Sequence[Exclusion] = ()
    strength: int = 2

    @cached_property
    def combinations(self) -> frozenset[Combination]:
        """Every combination of `strength` values that some cell that makes sense can have."""
        return frozenset(self.in_order)

    @cached_property
    def in_order(self) -> tuple[Combination, ...]:
        """The combinations, sorted."""
        can_be = self.rules.possible(self._names)
        values = {axis: [(axis, name) for name in sorted(plan.names)] for axis, plan in self.axes.items()}
        found = [
            values_of
            for chosen in combinations(values, min(self.strength, len(values)))
            for values_of in product(*(values[axis] for axis in chosen))
            if can_be(dict(values_of))
        ]
        return tuple(sorted(found))

    def completed(self, part: Cell, allowed: Mapping[str, frozenset[str]] | None = None) -> dict[str, str] | None:
        """Some cell that makes sense, has `part` and keeps to the allowed values; or None."""
        names: dict[str, Sequence[str]] = dict(self._names)
        for axis, kept in (allowed or {}).items():
            names[axis] = [name for name in names[axis] if name in kept]
        return self.rules.completed(names, part)

    @cached_property
    def rules(self) -> ExclusionIndex:
        """What the exclusions forbid."""
        return ExclusionIndex(self.exclusions)

    @cached_property
    def _names(self) -> dict[str, tuple[str, ...]]:
        return {axis: plan.names for axis, plan in self.axes.items()}

    def weight(self, combination: Combination) -> float:
        """How often a combination is wanted: the product of its values' weights."""
        if self._even:
            return 1.0
        return math.prod(self._weights[each] for each in combination)

    @cached_property
    def _even(self) -> bool:
        return set(self._weights.values()) <= {1.0}

    @cached_property
    def _weights(self) -> dict[tuple[str, str], float]:
        return {(axis, value.name): value.weight for axis, plan in self.axes.items() for value in plan.values}
