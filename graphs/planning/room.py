"""How many samples the axes and the novelty distance leave room for: said before the first call. Pure."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from scenarios.schema.axes import makes_sense
from scenarios.schema.space import Space

_LOOKED_AT = 50_000
"""Combinations of values that are looked at one by one for whether they make sense."""


@dataclass(frozen=True)
class Room:
    """What a run has room for, as a rule of thumb."""

    cells: int
    """Combinations of values; those that make no sense are left out unless there are very many."""
    each: int
    """Samples of one combination that may differ enough."""
    taken: int
    """Samples that are there already, of this run and of earlier ones."""

    @property
    def left(self) -> int:
        """Samples for which there is room."""
        return max(0, self.cells * self.each - self.taken)


def room(space: Space, min_distance: float, taken: int) -> Room | None:
    """The room in a space of values; None if no distance is asked for.

    A combination is counted for as many samples as the distance goes into 1, the distance of texts that have nothing in
    common: with 0.1 for ten.
    """
    if min_distance <= 0 or not space.axes:
        return None
    cells = math.prod(len(axis.names) for axis in space.axes.values())
    if space.exclusions and cells <= _LOOKED_AT:
        names = list(space.axes)
        combined = itertools.product(*(axis.names for axis in space.axes.values()))
        cells = sum(makes_sense(dict(zip(names, values, strict=True)), space.exclusions) for values in combined)
    return Room(cells, math.ceil(round(1 / min_distance, 6)), taken)


def beyond(found: Room | None, wanted: int, there: int, distance: float) -> str:
    """A line if far more samples are wanted than there is room for; else nothing. `there` are there of this run."""
    if found is None or wanted - there <= found.left:
        return ""
    taken = f", and {found.taken} samples are there already" if found.taken else ""
    return (
        f"note: n={wanted} is more than can be expected: the axes have {found.cells} combinations of values, one is good for about "
        f"{found.each} samples at memory.min_distance={distance:g}{taken}: that leaves about {found.left}. Give the scenario more "
        "values or another axis, or lower memory.min_distance in a new run"
    )


def most_apart(distance: float) -> int | None:
    """How many vectors there can be with a cosine distance of at least `distance` between any two; None if that is not known.

    The squared length of the sum of N unit vectors is at least 0 and at most N - N (N - 1) (distance - 1).
    """
    return math.floor(round(distance / (distance - 1), 9)) if distance > 1 else None
