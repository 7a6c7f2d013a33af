"""How far two groups of values lie apart, in units that need no knowledge of the measure: Cliff's delta and Cohen's d. Pure."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evaluation.intervals import FEWEST, Figure, rounded
from evaluation.lexical import Floats
from scenarios.frozen import Frozen

DRAWS = 400


class EffectSize(Frozen):
    """How far the first group lies above the second."""

    delta: Figure
    """The chance that one of the first is larger than one of the second, less that it is smaller: −1 … 1 (Cliff 1993)."""
    d: Figure
    """The difference of the means in pooled standard deviations (Cohen 1988); None if nothing varies."""


def effect(first: Floats, second: Floats, draws: int = DRAWS, seed: int = 0) -> EffectSize:
    """Both sizes with 95 % bootstrap intervals. Values that are NaN are left out; fewer than ten have no interval."""
    first, second = first[~np.isnan(first)], second[~np.isnan(second)]
    rng = np.random.default_rng(seed)
    pairs = [
        (first[rng.integers(0, len(first), len(first))], second[rng.integers(0, len(second), len(second))])
        for _ in range(draws if min(len(first), len(second)) >= FEWEST else 0)
    ]
    return EffectSize(delta=_figure(cliff, first, second, pairs), d=_figure(cohen, first, second, pairs))


def cliff(first: Floats, second: Floats) -> float | None:
    """Cliff's delta; None if a group is empty."""
    if not len(first) or not len(second):
        return None
    ordered = np.sort(second)
    below = np.searchsorted(ordered, first, "left").sum()
    above = (len(ordered) - np.searchsorted(ordered, first, "right")).sum()
    return float(below - above) / (len(first) * len(second))


def cohen(first: Floats, second: Floats) -> float | None:
    """Cohen's d; None if a group has fewer than two values, or nothing varies."""
    if len(first) < 2 or len(second) < 2:
        return None
    n, m = len(first), len(second)
    pooled = ((n - 1) * first.var(ddof=1) + (m - 1) * second.var(ddof=1)) / (n + m - 2)
    return float((first.mean() - second.mean()) / np.sqrt(pooled)) if pooled > 1e-12 else None


def _figure(
    size: Callable[[Floats, Floats], float | None], first: Floats, second: Floats, pairs: list[tuple[Floats, Floats]]
) -> Figure:
    value = size(first, second)
    drawn = [one for pair in pairs if (one := size(*pair)) is not None]
    if value is None or not drawn:
        return Figure(value=rounded(value))
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Figure(value=rounded(value), low=rounded(min(low, value)), high=rounded(max(high, value)))
