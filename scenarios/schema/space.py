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
        names = list(self.axes)
        found: set[Combination] = set()
        for chosen in combinations(names, min(self.strength, len(names))):
            for values in product(*(self.axes[axis].values for axis in chosen)):
                part = {axis: value.name for axis, value in zip(chosen, values, strict=True)}
                if self.completed(part) is not None:
                    found.add(tuple(part.items()))
        return frozenset(found)

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
