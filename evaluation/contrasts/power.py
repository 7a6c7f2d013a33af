"""What a number of briefs can show, before anything is spent.

The power of the test in `paired.py`. For scores it is that of the noncentral t distribution, from the variance of one brief's
difference, the clusters' design effect and their degrees of freedom. For yes/no outcomes every table that n briefs can give is
weighed by its probability, n divided by the design effect: a normal approximation is up to 14 points off if nearly all briefs that
differ differ the same way, as when one arm is near 100 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import bdtr, bdtrc, gammaln, nctdtr, xlog1py, xlogy  # type: ignore[import-untyped]

from evaluation.contrasts.clustered import Clusters, quantile
from evaluation.contrasts.paired import aligned, design_effect
from evaluation.contrasts.trials import Trial
from evaluation.lexical import Floats
from scenarios.frozen import Frozen

DISCORDANT = 0.25
"""The share of briefs with a yes in only one of two arms, if nothing is known of them."""
ALIKE = 0.05
"""The correlation of two differences of a cluster, if nothing is known of them."""
_HALVINGS = 40
_NOTHING = 1e-12
"""A probability not worth counting."""


class Noise(Frozen):
    """How much paired differences vary from brief to brief."""

    sd: float = Field(gt=0)
    """Of a brief's difference; for yes/no outcomes, the root of the discordant share."""
    yes_no: bool
    per_cluster: float = Field(1, ge=1)
    """Briefs of a cluster; more than the mean if clusters are of unequal size."""
    design: float = Field(1, gt=0)
    """By how much the clusters inflate the variance of the mean."""


def guessed(discordant: float = DISCORDANT, clusters: Sequence[str] = (), alike: float = ALIKE) -> Noise:
    """The noise of yes/no outcomes from a guess, before there is any.

    `discordant` is the share of briefs with a yes in only one of the arms, `clusters` has the cluster of each planned brief (no
    name: each is one by itself), `alike` is the correlation of a cluster's differences. Raises ValueError if there is only one
    cluster.
    """
    if not clusters:
        return Noise(sd=discordant**0.5, yes_no=True)
    found = Clusters.of(clusters)
    if len(found.sizes) < 2:
        raise ValueError("briefs of one cluster show nothing")
    mates = float((found.sizes**2).sum()) / len(clusters) - 1
    return Noise(sd=discordant**0.5, yes_no=True, per_cluster=_per_cluster(found), design=1 + mates * alike)


def _per_cluster(clusters: Clusters) -> float:
    """Of as many clusters of one size as have these degrees of freedom."""
    return max(1.0, float(clusters.sizes.sum()) / (clusters.freedom + 1))


def measured(first: Sequence[Trial], second: Sequence[Trial]) -> Noise | None:
    """The noise that two arms' trials have shown, such as a pilot's; None if it takes more of them to say. Clusters are never
    held to make a mean surer. Raises ValueError as `paired` does."""
    names, values, others = aligned(first, second)
    clusters, delta = Clusters.of(names), others - values
    if len(clusters.sizes) < 2:
        return None
    yes_no = {*values.tolist(), *others.tolist()} <= {0.0, 1.0}
    sd = float((delta**2).mean() if yes_no else delta.var(ddof=1)) ** 0.5
    if not sd:
        return None
    return Noise(
        sd=sd, yes_no=yes_no, per_cluster=_per_cluster(clusters), design=max(1.0, design_effect(delta, clusters))
    )


def power(n: int, difference: float, noise: Noise, alpha: float = 0.05, contrasts: int = 1) -> float:
    """The probability that n briefs show a true difference, on either side, if it is one of so many declared contrasts.

    With several, each is held to α / contrasts, which is what Holm's procedure asks of the first: the rest can only be easier.
    """
    freedom = n / noise.per_cluster - 1
    if freedom < 1:
        return 0.0
    limit = quantile(freedom, alpha / contrasts)
    if noise.yes_no:
        # At least as many briefs are discordant as the difference says.
        share, briefs = max(noise.sd**2, abs(difference)), max(2, round(n / noise.design))
        found = _of_tables(briefs, abs(difference), share, limit)
        # A handful of clusters that all say the same does not count, whatever t says.
        unanimous = ((share + abs(difference)) / 2) ** briefs + ((share - abs(difference)) / 2) ** briefs
        return found if 2.0**-freedom <= alpha / contrasts else max(0.0, found - unanimous)
    shift = abs(difference) / (noise.sd * math.sqrt(noise.design / n))
    return 1 - _below(limit, freedom, shift) + _below(-limit, freedom, shift)


def _of_tables(n: int, difference: float, discordant: float, limit: float) -> float:
    """The probability that t is beyond its limit: for each number m of discordant briefs, if wins − losses is beyond ±√(m · reach)."""
    every = np.arange(1, n + 1)
    chances = np.exp(_log_choose(n, every) + xlogy(every, discordant) + xlog1py(n - every, -discordant))
    m, chances = every[chances > _NOTHING], chances[chances > _NOTHING]
    spread = np.sqrt(m * n * limit**2 / (n - 1 + limit**2))
    win = (1 + difference / discordant) / 2
    above = bdtrc(np.minimum(np.floor((m + spread) / 2), m), m, win)
    few = np.ceil((m - spread) / 2) - 1
    below = np.where(few >= 0, bdtr(np.maximum(few, 0), m, win), 0)
    return float((chances * (above + below)).sum())


def _log_choose(n: int, m: NDArray[np.int_]) -> Floats:
    found: Floats = gammaln(n + 1) - gammaln(m + 1) - gammaln(n - m + 1)
    return found


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
