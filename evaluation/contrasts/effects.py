"""How far two groups of values lie apart, in units that need no knowledge of the measure: Cliff's delta and Cohen's d. Pure."""

from __future__ import annotations

from enum import StrEnum
from math import sqrt

import numpy as np
from scipy.stats import rankdata  # type: ignore[import-untyped]

from evaluation.intervals import FEWEST, Figure, rounded
from evaluation.lexical import Floats
from scenarios.frozen import Frozen

DRAWS = 400
_SMALL, _MEDIUM, _LARGE = 0.147, 0.33, 0.474


class EffectSize(Frozen):
    """How far the first group lies above the second."""

    delta: Figure
    """The chance that one of the first is larger than one of the second, less that it is smaller: −1 … 1 (Cliff 1993)."""
    d: Figure
    """The difference of the means in pooled standard deviations (Cohen 1988); None if nothing varies."""


class Size(StrEnum):
    """How large an effect is (Romano et al. 2006)."""

    NONE = "none to speak of"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


def size_of(delta: float) -> Size:
    """How large an effect is, by Cliff's delta."""
    much = abs(delta)
    return (
        Size.LARGE
        if much >= _LARGE
        else Size.MEDIUM
        if much >= _MEDIUM
        else Size.SMALL
        if much >= _SMALL
        else Size.NONE
    )


def effect(first: Floats, second: Floats, draws: int = DRAWS, seed: int = 0) -> EffectSize:
    """Both sizes with 95 % intervals: DeLong's, and the bootstrap's. Values that are NaN are left out; fewer than ten have no
    bootstrap."""
    first, second = first[~np.isnan(first)], second[~np.isnan(second)]
    rng = np.random.default_rng(seed)
    value, drawn = cohen(first, second), list[float]()
    for _ in range(draws if min(len(first), len(second)) >= FEWEST else 0):
        again = cohen(first[rng.integers(0, len(first), len(first))], second[rng.integers(0, len(second), len(second))])
        if again is not None:
            drawn.append(again)
    d = Figure(value=rounded(value))
    if value is not None and drawn:
        low, high = np.quantile(drawn, (0.025, 0.975))
        d = Figure(value=rounded(value), low=rounded(min(low, value)), high=rounded(max(high, value)))
    return EffectSize(delta=cliffs_delta(first, second), d=d)


def cliffs_delta(a: Floats, b: Floats) -> Figure:
    """P(a > b) − P(a < b) with a 95 % interval; undefined if one of them is empty."""
    area = area_above(a, b)
    if area.value is None:
        return area
    low, high = (None if end is None else round(2 * end - 1, 4) for end in (area.low, area.high))
    return Figure(value=round(2 * area.value - 1, 4), low=low, high=high)


def area_above(a: Floats, b: Floats) -> Figure:
    """The chance that one of `a` is above one of `b`, ties counting half, with DeLong's 95 % interval."""
    m, n = len(a), len(b)
    if not m or not n:
        return Figure(value=None)
    both = rankdata(np.concatenate([a, b]))
    above = (both[:m] - rankdata(a)) / n
    below = 1 - (both[m:] - rankdata(b)) / m
    value = float(above.mean())
    if m < 2 or n < 2:
        return Figure(value=round(value, 4))
    half = 1.96 * sqrt(float(above.var(ddof=1)) / m + float(below.var(ddof=1)) / n)
    return Figure(value=round(value, 4), low=round(max(0.0, value - half), 4), high=round(min(1.0, value + half), 4))


def cohen(first: Floats, second: Floats) -> float | None:
    """Cohen's d; None if a group has fewer than two values, or nothing varies."""
    if len(first) < 2 or len(second) < 2:
        return None
    n, m = len(first), len(second)
    pooled = ((n - 1) * first.var(ddof=1) + (m - 1) * second.var(ddof=1)) / (n + m - 2)
    return float((first.mean() - second.mean()) / np.sqrt(pooled)) if pooled > 1e-12 else None
