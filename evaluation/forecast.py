"""What a whole run takes, from the first few samples: ranges that hold the truth 19 times of 20 if the later samples are like
the first ones. Pure.

Few samples say little of how much samples differ. So a spread of a quarter of the mean is held to be known from two samples
more, and the mean has Student's t distribution with as many degrees of freedom. The share that is accepted has Jeffreys' prior,
Beta(½, ½), and the samples that it takes to have so many accepted follow a negative binomial distribution.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from scenarios.frozen import Frozen

_DRAWS = 20_000
_TAILS = (0.025, 0.5, 0.975)
_SPREAD, _KNOWN_FROM = 0.25, 2
"""Of the mean; and from how many samples that is held to be known beforehand."""
_LEAST_SHARE = 1e-3
"""No run goes on if fewer than one sample of a thousand is accepted."""

Floats = NDArray[np.float64]


class Range(Frozen):
    """A forecast figure: 95 % lie between `low` and `high`."""

    low: float
    likely: float
    """The median."""
    high: float

    def times(self, factor: float) -> Range:
        """The same in another unit."""
        return Range(low=self.low * factor, likely=self.likely * factor, high=self.high * factor)


class Outlook(Frozen):
    """What the whole run takes, all that is there included."""

    share: Range
    """Of the samples that are made, the part that is accepted, 0 … 1."""
    samples: Range
    """Samples that have to be made."""
    totals: dict[str, Range]
    """By the name of what was counted."""


def outlook(accepted: Sequence[bool], counted: Mapping[str, Sequence[float]], wanted: int, seed: int = 0) -> Outlook:
    """The outlook for `wanted` accepted samples.

    `accepted` says of each sample so far whether it is, `counted` what each took, by the name of what was counted, each as long as
    `accepted`. Equal arguments give equal figures. Raises ValueError if there is no sample.
    """
    made, yes = len(accepted), sum(accepted)
    if not made:
        raise ValueError("a forecast needs a sample")
    draw = np.random.default_rng(seed)
    share = np.maximum(draw.beta(yes + 0.5, made - yes + 0.5, _DRAWS), _LEAST_SHARE)
    missing = max(0, wanted - yes)
    more: Floats = np.asarray(missing + draw.negative_binomial(missing, share) if missing else np.zeros(_DRAWS), float)
    totals = {name: _range(_whole(draw, np.asarray(values, float), more)) for name, values in counted.items()}
    return Outlook(share=_share(share, yes, made), samples=_range(made + more), totals=totals)


def _share(draws: Floats, yes: int, made: int) -> Range:
    """Jeffreys' interval; if all were accepted, or none, all or none may be for ever (Brown et al. 2001)."""
    found = _range(draws)
    return found.model_copy(update={"low": found.low if yes else 0.0, "high": found.high if yes < made else 1.0})


def _whole(draw: np.random.Generator, values: Floats, more: Floats) -> Floats:
    """Draws of the whole sum: what was counted, and so many samples more."""
    made, mean = len(values), float(values.mean())
    freedom = made - 1 + _KNOWN_FROM
    spread = np.sqrt((float(((values - mean) ** 2).sum()) + _KNOWN_FROM * (_SPREAD * mean) ** 2) / freedom)
    middle = np.maximum(mean + draw.standard_t(freedom, _DRAWS) * spread / np.sqrt(made), 0.0)
    there = float(values.sum())
    whole: Floats = there + middle * more + draw.standard_normal(_DRAWS) * spread * np.sqrt(more)
    whole[whole < there] = there
    return whole


def _range(draws: Floats) -> Range:
    low, likely, high = np.quantile(draws, _TAILS)
    return Range(low=float(low), likely=float(likely), high=float(high))


class Speed(Frozen):
    """How fast calls were answered, measured while the first samples were made."""

    seconds_per_call: float
    """From asking to the answer, waiting for a free place not included."""
    in_flight: float
    """Calls under way at once, on average; 0 if calls take no time, so that more of them at once make nothing faster."""


def seconds(calls: Range, speed: Speed, at_once: int) -> Range:
    """How long so many calls take with up to `at_once` under way, by Little's law. Between half of them and all are under way on
    average; fewer only if fewer were possible. The endpoint is taken to answer as fast as before."""
    most = max(1.0, float(at_once)) if speed.in_flight else 1.0
    least = max(1.0, min(most, max(speed.in_flight, most / 2)))
    busy = speed.seconds_per_call
    middle = (most + least) / 2
    return Range(low=calls.low * busy / most, likely=calls.likely * busy / middle, high=calls.high * busy / least)
