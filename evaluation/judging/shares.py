"""A share of cases with its 95 % interval. Pure."""

from __future__ import annotations

from math import sqrt

from pydantic import Field
from scipy.special import betaincinv  # type: ignore[import-untyped]

from scenarios.frozen import Frozen

Z = 1.959963984540054
"""The normal quantile of 97.5 %."""
_EXACT = 40
"""Up to so many cases the interval is exact."""


class Hits(Frozen):
    """How many cases of how many, with a 95 % interval of the share; no values if there is no case."""

    hits: int = Field(ge=0)
    of: int = Field(ge=0)
    value: float | None
    low: float | None
    high: float | None


def share_of(hits: int, of: int) -> Hits:
    """`hits` of `of` cases: with the exact interval (Clopper and Pearson 1934) up to 40 cases, beyond with Wilson's (1927).

    The exact interval covers in at least 95 %, Wilson's in 95 % on average, which needs more cases.
    """
    if not of:
        return Hits(hits=hits, of=of, value=None, low=None, high=None)
    low, high = _exact(hits, of) if of <= _EXACT else _wilson(hits, of)
    return Hits(hits=hits, of=of, value=round(hits / of, 4), low=round(low, 4), high=round(high, 4))


def _wilson(hits: int, of: int) -> tuple[float, float]:
    share, weight = hits / of, 1 + Z * Z / of
    middle = (share + Z * Z / (2 * of)) / weight
    half = Z * sqrt(share * (1 - share) / of + Z * Z / (4 * of * of)) / weight
    return max(0.0, middle - half), min(1.0, middle + half)


def _exact(hits: int, of: int) -> tuple[float, float]:
    """The shares at which so many hits or more, and so many or fewer, have a chance of 2.5 %."""
    low = float(betaincinv(hits, of - hits + 1, 0.025)) if hits else 0.0
    high = float(betaincinv(hits + 1, of - hits, 0.975)) if hits < of else 1.0
    return low, high
