"""A share of cases with its 95 % interval. Pure."""

from __future__ import annotations

from collections.abc import Callable
from math import comb, sqrt

from pydantic import Field

from scenarios.frozen import Frozen

Z = 1.959963984540054
"""The normal quantile of 97.5 %."""
_EXACT = 40
"""Up to so many cases the interval is exact."""
_HALVINGS = 60


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
    low = 0.0 if hits == 0 else _root(lambda share: 1 - _at_most(hits - 1, of, share), rising=True)
    high = 1.0 if hits == of else _root(lambda share: _at_most(hits, of, share), rising=False)
    return low, high


def _at_most(hits: int, of: int, share: float) -> float:
    """The chance of `hits` or fewer."""
    return sum(comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(hits + 1))


def _root(chance: Callable[[float], float], rising: bool) -> float:
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if (chance(middle) < 0.025) is rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2
