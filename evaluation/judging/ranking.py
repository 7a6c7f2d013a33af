"""How well ratings tell sound samples from flawed ones: the AUC, with an interval over samples. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np

from evaluation.intervals import Figure
from evaluation.judging.shares import share_of
from evaluation.judging.shifts import student

_FEW = 10
"""Fewer samples say little of how much they differ."""
Rated = tuple[float, Sequence[float]]
"""A sample: the rating of its sound version, and those of its flawed versions."""


def auc(sound: Sequence[float], flawed: Sequence[float]) -> float:
    """The chance that a sound version is rated above a flawed one; ties count half (Mann-Whitney U / mn)."""
    wins = sum((a > b) + 0.5 * (a == b) for a in sound for b in flawed)
    return wins / (len(sound) * len(flawed))


def auc_of(samples: Sequence[Rated]) -> Figure:
    """The AUC over samples with a 95 % interval. No sample with a flawed version gives no figure.

    A sample counts with all of its versions, since they share its text: the variance is that of samples' contributions (Obuchowski
    1997), with Student's quantile. Contributions of few samples can be alike by chance, so that below ten the variance is at least
    A(1 − A)/n. If all versions are told apart, the interval is that of as many successes (Clopper and Pearson).
    """
    rated = [one for one in samples if one[1]]
    if not rated:
        return Figure(value=None)
    n = len(rated)
    # wins[i, j]: how the sound version of sample i does against all flawed versions of sample j.
    wins = np.array([[auc([sound], flawed) * len(flawed) for _, flawed in rated] for sound, _ in rated])
    flaws = np.array([len(flawed) for _, flawed in rated], dtype=np.float64)
    total = float(flaws.sum())
    value = float(wins.sum()) / (n * total)
    if n < 2:
        return Figure(value=round(value, 4), low=0.0, high=1.0)
    if value in (0.0, 1.0):
        exact = share_of(n, n).low or 0.0
        return Figure(value=value, low=exact if value else 0.0, high=1.0 if value else 1 - exact)
    parts = (wins.sum(axis=1) / total - value) / n + (wins.sum(axis=0) / n - flaws * value) / total
    variance = n / (n - 1) * float(parts @ parts)
    if n < _FEW:
        variance = max(variance, value * (1 - value) / n)
    half = student(n - 1) * sqrt(variance)
    return Figure(value=round(value, 4), low=round(max(0.0, value - half), 4), high=round(min(1.0, value + half), 4))


def auc_apart(sound: Sequence[float], flawed: Sequence[float]) -> Figure:
    """The AUC of sound and flawed samples that have nothing to do with each other, with a 95 % interval (DeLong, DeLong and
    Clarke-Pearson 1988), Student's quantile for the rarer kind. No figure if there is none of a kind.

    If all are told apart, the interval is that of as many successes as there are of the rarer kind (Clopper and Pearson). Of fewer
    than ten of a kind the variance is at least A(1 − A) over their number, as in `auc_of`.
    """
    if not sound or not flawed:
        return Figure(value=None)
    few = min(len(sound), len(flawed))
    value = auc(sound, flawed)
    if few < 2:
        return Figure(value=round(value, 4), low=0.0, high=1.0)
    if value in (0.0, 1.0):
        exact = share_of(few, few).low or 0.0
        return Figure(value=value, low=exact if value else 0.0, high=1.0 if value else 1 - exact)
    of_sound = np.array([auc([one], flawed) for one in sound])
    of_flawed = np.array([auc(sound, [one]) for one in flawed])
    variance = float(of_sound.var(ddof=1)) / len(sound) + float(of_flawed.var(ddof=1)) / len(flawed)
    if few < _FEW:
        variance = max(variance, value * (1 - value) / few)
    half = student(few - 1) * sqrt(variance)
    return Figure(value=round(value, 4), low=round(max(0.0, value - half), 4), high=round(min(1.0, value + half), 4))
