"""How sure a figure is: 95 % intervals from a bootstrap of means, or from subsamples without replacement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.lexical import Floats
from memory.words.tokens import Places
from scenarios.frozen import Frozen

FEWEST = 10
"""Fewer samples have no interval."""
LARGEST = 1000
"""Samples in a subsample at the most."""
_TAILS = (0.025, 0.975)


class Figure(Frozen):
    """A figure and its 95 % interval; None where it is not defined, or where there are too few samples."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure, and by how much it could be off: one error for each resample, in an order that pairs with others'."""

    value: float | None
    errors: Floats | None = None

    def figure(self) -> Figure:
        """The figure with its interval, to six decimals."""
        if self.value is None or self.errors is None:
            return Figure(value=rounded(self.value))
        low, high = np.quantile(self.value + self.errors, _TAILS)
        return Figure(value=rounded(self.value), low=rounded(min(low, self.value)), high=rounded(max(high, self.value)))

    def less(self, other: Estimate) -> Estimate:
        """The difference of two independent figures."""
        if self.value is None or other.value is None:
            return Estimate(None)
        both = self.errors is not None and other.errors is not None
        return Estimate(self.value - other.value, self.errors - other.errors if both else None)  # type: ignore[operator]


def rounded(value: float | None) -> float | None:
    """Six decimals; never −0."""
    return None if value is None else round(float(value), 6) + 0.0


def mean_of_known(values: Sequence[float]) -> float:
    """The mean of the values that could be measured; NaN if none could."""
    there = [value for value in values if value == value]
    return sum(there) / len(there) if there else float("nan")


def subsample_size(samples: int) -> int:
    """How many samples a subsample has: half of them, and 1,000 at the most."""
    return min(samples // 2, LARGEST)


def of_mean(values: Floats, resamples: int, rng: np.random.Generator) -> Estimate:
    """The mean of one value a sample, with the bootstrap's errors (Efron 1979). No value gives no figure.

    Where the values are distances to neighbours, these stay those of the whole dataset: a neighbour that is drawn twice
    must not be its own duplicate.
    """
    n = len(values)
    if not n:
        return Estimate(None)
    mean = float(values.mean())
    if n < FEWEST:
        return Estimate(mean)
    return Estimate(mean, np.array([values[rng.integers(0, n, n)].mean() for _ in range(resamples)]) - mean)


def of_share(flags: NDArray[np.bool_], resamples: int, rng: np.random.Generator) -> Estimate:
    """The share of the samples that are flagged. Its errors come from Jeffreys' Beta(k + ½, n − k + ½), which leaves room
    above a share of 0 and below one of 1, where a bootstrap has none. No sample gives no figure."""
    n, k = len(flags), int(flags.sum())
    if n < FEWEST:
        return Estimate(k / n if n else None)
    return Estimate(k / n, rng.beta(k + 0.5, n - k + 0.5, resamples) - k / n)


def by_subsamples(
    whole: Sequence[float | None], measure: Callable[[Places], Sequence[float | None]], samples: int, resamples: int,
    rng: np.random.Generator,
) -> list[Estimate]:  # fmt: skip
    """Several figures of a dataset of n samples, `whole`, with errors from m of them drawn without replacement.

    For figures that drawing a sample twice would spoil, since a copy is what they look for. The spread of θ_m about its
    mean, times √(m / (n − m)), stands for that of θ_n (Politis and Romano 1994); at m = n/2 the factor is 1. The error
    is turned round, since θ_n errs from the truth as θ_m from θ_n. `measure` takes the places of the samples drawn.
    """
    m = subsample_size(samples)
    if samples < FEWEST:
        return [Estimate(value) for value in whole]
    draws = np.array(
        [measure(np.sort(rng.choice(samples, m, replace=False))) for _ in range(resamples)], dtype=np.float64
    )
    errors = (draws.mean(axis=0) - draws) * (m / (samples - m)) ** 0.5
    return [
        Estimate(value, errors[:, place] if np.isfinite(errors[:, place]).all() else None)
        for place, value in enumerate(whole)
    ]
