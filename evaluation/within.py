"""How much of the diversity is left among samples that share a value of an axis.

A dataset whose plan varies and whose texts do not looks diverse as a whole. So the Vendi score is taken of samples of one value, and
of as many of all: a value that holds hardly fewer different samples than the whole says that the texts vary by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from evaluation.intervals import rounded
from evaluation.semantic import vendi
from memory.vectors.embedding import Vectors
from scenarios.frozen import Frozen

_FEWEST, _MOST, _DRAWS = 8, 100, 20
"""Samples of a value that are needed, and drawn at the most; draws that are averaged."""


class WithinValues(Frozen):
    """The Vendi score among samples of one value of an axis, and among as many of all."""

    values: int
    """Values with samples enough."""
    samples: int
    """As many of each were compared."""
    within: float | None
    """Mean over the values."""
    whole: float | None
    """Of samples drawn from all."""
    kept: float | None
    """The first over the second, about 0 … 1."""


def within_values(cells: Sequence[Mapping[str, str]], vectors: Vectors, seed: int = 0) -> dict[str, WithinValues]:
    """For each axis with two values or more that eight samples have: how much diversity its values hold. Equal samples in an equal
    order give equal figures."""
    rng = np.random.default_rng(seed)
    found: dict[str, WithinValues] = {}
    for axis in dict.fromkeys(name for cell in cells for name in cell):
        by_value: dict[str, list[int]] = {}
        for place, cell in enumerate(cells):
            if axis in cell:
                by_value.setdefault(cell[axis], []).append(place)
        groups = [np.array(places) for places in by_value.values() if len(places) >= _FEWEST]
        if len(groups) < 2:
            continue
        size = min(_MOST, *(len(places) for places in groups))
        every = np.concatenate(groups)
        within = float(np.mean([_vendi(vectors, places, size, rng) for places in groups]))
        whole = _vendi(vectors, every, size, rng)
        found[axis] = WithinValues(
            values=len(groups), samples=size, within=rounded(within), whole=rounded(whole), kept=rounded(within / whole)
        )
    return found


def _vendi(vectors: Vectors, places: np.ndarray, size: int, rng: np.random.Generator) -> float:
    """The mean score of so many samples drawn out of some."""
    draws = 1 if len(places) == size else _DRAWS
    return float(
        np.mean([vendi(vectors[np.sort(rng.choice(places, size, replace=False))]) or 0.0 for _ in range(draws)])
    )
