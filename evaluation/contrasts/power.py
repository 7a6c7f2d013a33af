"""What a number of briefs can show, before anything is spent.

The power of the test in `paired.py` from the noncentral t distribution: the variance of one brief's difference, the clusters'
design effect, and as many degrees of freedom as clusters less one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pydantic import Field
from scipy.special import nctdtr  # type: ignore[import-untyped]

from evaluation.contrasts.clustered import Clusters, quantile
from evaluation.contrasts.paired import aligned, design_effect
from evaluation.contrasts.trials import Trial
from scenarios.frozen import Frozen

DISCORDANT = 0.25
"""The share of briefs with a yes in only one of two arms, if nothing is known of them."""
_HALVINGS = 40


class Noise(Frozen):
    """How much paired differences vary from brief to brief."""

    sd: float = Field(DISCORDANT**0.5, gt=0)
    """The root of a brief's mean squared difference: for yes/no outcomes, of the discordant share."""
    yes_no: bool = True
    per_cluster: float = Field(1, ge=1)
    """Briefs of a cluster, on average."""
    design: float = Field(1, gt=0)
    """By how much the clusters inflate the variance of the mean."""


def guessed(discordant: float = DISCORDANT, per_cluster: float = 1, alike: float = 0) -> Noise:
    """The noise of yes/no outcomes, from a guess of the discordant share and of the correlation of a cluster's differences."""
    return Noise(sd=discordant**0.5, per_cluster=per_cluster, design=1 + (per_cluster - 1) * alike)


def measured(first: Sequence[Trial], second: Sequence[Trial]) -> Noise | None:
    """The noise that two arms' trials have shown, such as a pilot's; None if it takes more of them to say. Clusters are never
    held to make a mean surer. Raises ValueError as `paired` does."""
    names, values, others = aligned(first, second)
    clusters, delta = Clusters.of(names), others - values
    if len(clusters.sizes) < 2 or not delta.any():
        return None
    yes_no = {*values.tolist(), *others.tolist()} <= {0.0, 1.0}
    return Noise(
        sd=float((delta**2).mean()) ** 0.5, yes_no=yes_no, per_cluster=len(delta) / len(clusters.sizes),
        design=max(1.0, design_effect(delta, clusters)),
    )  # fmt: skip


def power(n: int, difference: float, noise: Noise, alpha: float = 0.05, contrasts: int = 1) -> float:
    """The probability that n briefs show a true difference, on either side, if it is one of so many declared contrasts.

    With several, each is held to α / contrasts, which is what Holm's procedure asks of the first: the rest can only be easier.
    """
    freedom = n / noise.per_cluster - 1
    if freedom < 1:
        return 0.0
    size = abs(difference)
    # Of yes/no outcomes, at least as many briefs are discordant as the difference says.
    square = max(noise.sd**2, size) - size**2 if noise.yes_no else noise.sd**2
    if square <= 0:
        return 1.0
    shift = size / math.sqrt(noise.design * square / n)
    limit = quantile(freedom, alpha / contrasts)
    return 1 - _below(limit, freedom, shift) + _below(-limit, freedom, shift)


def _below(limit: float, freedom: float, shift: float) -> float:
    """The probability of a noncentral t below a limit; scipy has no number for some that are next to nothing."""
    found = float(nctdtr(freedom, shift, limit))
    return 0.0 if math.isnan(found) else found


def smallest_difference(
    n: int, noise: Noise, wanted: float = 0.8, alpha: float = 0.05, contrasts: int = 1
) -> float | None:
    """The smallest true difference that n briefs show with the power `wanted`; None if no yes/no difference is large enough.

    About 2.8 · sd · √(design / n) for one contrast.
    """
    largest = 1.0 if noise.yes_no else 100 * noise.sd * noise.design**0.5
    if power(n, largest, noise, alpha, contrasts) < wanted:
        return None
    low, high = 0.0, largest
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if power(n, middle, noise, alpha, contrasts) >= wanted else (middle, high)
    return high


def briefs_needed(difference: float, noise: Noise, wanted: float = 0.8, alpha: float = 0.05, contrasts: int = 1) -> int:
    """How many briefs show a true difference with the power `wanted`. Raises ValueError if there is no difference."""
    if not difference:
        raise ValueError("no number of briefs shows that there is no difference")
    high = 2
    while power(high, difference, noise, alpha, contrasts) < wanted:
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power(middle, difference, noise, alpha, contrasts) >= wanted else (middle, high)
    return high
