"""How far ratings move if the same content is asked in another way: order, length, chance. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import atanh, sqrt, tanh

import numpy as np
from scipy.special import chdtri, stdtrit  # type: ignore[import-untyped]

from evaluation.intervals import Figure
from evaluation.judging.shares import Z

_FEWEST = 4
"""Fewer samples have no interval of a correlation."""


def mean_of(values: Sequence[float]) -> Figure:
    """The mean with Student's 95 % interval; without one of fewer than two values, and no figure of none."""
    if not values:
        return Figure(value=None)
    mean = float(np.mean(values))
    if len(values) < 2:
        return Figure(value=round(mean, 4))
    half = student(len(values) - 1) * float(np.std(values, ddof=1)) / sqrt(len(values))
    return Figure(value=round(mean, 4), low=round(mean - half, 4), high=round(mean + half, 4))


def order_effects(
    asked: Sequence[tuple[Mapping[str, float], Mapping[str, float]]], order: Sequence[str]
) -> list[float]:
    """For each sample: how much higher a criterion is scored if it is asked first than if it is asked last.

    `asked` are the scores of a sample in the `order` and in the reversed order. A criterion moves from its place to the mirrored
    one; the least-squares slope of the moves over the places is the effect of one place, and all places together that of
    first against last.
    """
    places = {name: 2 * place - (len(order) - 1) for place, name in enumerate(order)}
    weight = sum(place * place for place in places.values())
    if not weight:
        return []
    return [
        -(len(order) - 1) * sum(places[name] * (forward[name] - backward[name]) for name in order) / weight
        for forward, backward in asked
    ]


def noise_of(pairs: Sequence[tuple[float, float]]) -> Figure:
    """The standard deviation of one rating about its sample's mean, from samples that were rated twice, with a 95 % interval
    (chi-squared). No pair gives no figure."""
    if not pairs:
        return Figure(value=None)
    n = len(pairs)
    variance = sum((a - b) ** 2 for a, b in pairs) / (2 * n)
    low, high = (variance * n / float(chdtri(n, tail)) for tail in (0.025, 0.975))
    return Figure(value=round(sqrt(variance), 4), low=round(sqrt(low), 4), high=round(sqrt(high), 4))


def correlation(left: Sequence[float], right: Sequence[float]) -> Figure:
    """Pearson's correlation with Fisher's 95 % interval (1921). No figure if either side is the same everywhere."""
    if len(left) < 2 or len(set(left)) < 2 or len(set(right)) < 2:
        return Figure(value=None)
    value = float(np.corrcoef(left, right)[0, 1])
    if len(left) < _FEWEST or abs(value) > 1 - 1e-12:
        return Figure(value=round(value, 4))
    half = Z / sqrt(len(left) - 3)
    low, high = tanh(atanh(value) - half), tanh(atanh(value) + half)
    return Figure(value=round(value, 4), low=round(low, 4), high=round(high, 4))


def student(degrees: int) -> float:
    """Student's 97.5 % quantile."""
    return float(stdtrit(degrees, 0.975))
