"""How well ratings tell sound samples from flawed ones: the AUC, with an interval over samples. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluation.intervals import Figure

Rated = tuple[float, Sequence[float]]
"""A sample: the rating of its sound version, and those of its flawed versions."""


def auc(sound: Sequence[float], flawed: Sequence[float]) -> float:
    """The chance that a sound version is rated above a flawed one; ties count half (Mann-Whitney U / mn)."""
    wins = sum((a > b) + 0.5 * (a == b) for a in sound for b in flawed)
    return wins / (len(sound) * len(flawed))


def auc_of(samples: Sequence[Rated], draws: int = 2000) -> Figure:
    """The AUC over samples with a 95 % bootstrap interval: a sample is drawn with all of its versions, since they share its
    text. No sample with a flawed version gives no figure."""
    rated = [one for one in samples if one[1]]
    if not rated:
        return Figure(value=None)
    n = len(rated)
    # wins[i, j]: how the sound version of sample i does against all flawed versions of sample j.
    wins = np.array([[auc([sound], flawed) * len(flawed) for _, flawed in rated] for sound, _ in rated])
    flaws = np.array([len(flawed) for _, flawed in rated], dtype=np.float64)
    drawn = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), draws).astype(np.float64)
    figures = np.einsum("di,ij,dj->d", drawn, wins, drawn) / (n * (drawn @ flaws))
    value = float(wins.sum() / (n * flaws.sum()))
    low, high = (float(one) for one in np.quantile(figures, (0.025, 0.975)))
    return Figure(value=round(value, 4), low=round(min(low, value), 4), high=round(max(high, value), 4))
