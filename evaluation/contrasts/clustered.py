"""How sure a mean is if its values come in clusters of unequal size.

The variance is cluster-robust with the bias correction CR2, and Student's t has as many degrees of freedom as Satterthwaite's
approximation gives (Bell and McCaffrey 2002; Pustejovsky and Tipton 2018). For a mean both have a closed form. With one value a
cluster this is the usual t interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit  # type: ignore[import-untyped]

from evaluation.lexical import Floats

LEVEL = 0.95
"""Of every interval here."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """Which cluster each of n values belongs to. Needs two clusters for a variance."""

    places: NDArray[np.intp]
    """For each value, its cluster's number."""
    sizes: Floats
    """For each cluster, its values."""

    @classmethod
    def of(cls, names: Sequence[str]) -> Clusters:
        """The clusters of values, from a name for each value."""
        numbers = {name: number for number, name in enumerate(sorted(set(names)))}
        places = np.array([numbers[name] for name in names], np.intp)
        return cls(places, np.bincount(places, minlength=len(numbers)).astype(np.float64))

    def sums(self, values: Floats) -> Floats:
        """The sum of each cluster's values."""
        found: Floats = np.bincount(self.places, values, len(self.sizes)).astype(np.float64)
        return found

    def covariance(self, values: Floats, others: Floats) -> float:
        """Of the two means, CR2. Raises ValueError if there are fewer than two clusters."""
        if len(self.sizes) < 2:
            raise ValueError("a variance needs two clusters")
        n = len(values)
        first, second = self.sums(values - values.mean()), self.sums(others - others.mean())
        return float((first * second / (1 - self.sizes / n)).sum()) / n**2

    @property
    def freedom(self) -> float:
        """Degrees of freedom of the mean's variance: clusters − 1 if all have the same size, else fewer."""
        n = self.sizes.sum()
        corrected = self.sizes**2 / (1 - self.sizes / n)
        return float(n**2 / ((self.sizes**2).sum() + (corrected.sum() ** 2 - (corrected**2).sum()) / n**2))

    @property
    def critical(self) -> float:
        """The t that 95 % stay below, on both sides."""
        return quantile(self.freedom)


def quantile(freedom: float, alpha: float = 1 - LEVEL) -> float:
    """The t that is exceeded, on either side, with probability `alpha`."""
    return float(stdtrit(freedom, 1 - alpha / 2))


def two_sided(t: float, freedom: float) -> float:
    """The probability of a t at least so far from zero."""
    return float(2 * stdtr(freedom, -abs(t)))
