"""One arm by itself: its yield, value, tokens and seconds a brief, and what a good sample costs, each with a 95 % interval.

Intervals are cluster-robust (`clustered.py`). A share's is Wilson's (1927), its variance inflated by the clusters' design effect.
A cost per good sample is the ratio of two sums over the briefs, and its interval is Fieller's (1954): the ratios r for which a
t test does not tell the mean of cost − r · good from zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from evaluation.contrasts.clustered import Clusters
from evaluation.contrasts.paired import design_effect
from evaluation.contrasts.trials import Trial, by_brief
from evaluation.intervals import Figure, rounded
from evaluation.lexical import Floats
from scenarios.frozen import Frozen

UNDEFINED = Figure(value=None)


class ArmFigures(Frozen):
    """What an arm gives and takes, a planned brief."""

    briefs: int
    clusters: int
    accepted: Figure
    """The share of the briefs with an accepted sample."""
    value: Figure
    """The mean value of the briefs that have one."""
    valued: int
    """The briefs that have a value."""
    tokens: Figure
    usd: Figure
    """Undefined if a trial has no price."""
    seconds: Figure
    tokens_per_accepted: Figure
    usd_per_accepted: Figure
    tokens_per_good: Figure
    """A yes counts as one good sample; of scores, tokens for each point."""
    usd_per_good: Figure


def figures(trials: Sequence[Trial]) -> ArmFigures:
    """An arm's figures. The order of the trials is irrelevant. Raises ValueError if a brief is there twice."""
    every = list(by_brief(trials).values())
    valued = [(trial, trial.value) for trial in every if trial.value is not None]
    names, valued_names = [trial.cluster for trial in every], [trial.cluster for trial, _ in valued]
    accepted, values = [float(trial.accepted) for trial in every], [value for _, value in valued]
    tokens = [trial.tokens for trial in every]
    prices = [trial.usd for trial in every if trial.usd is not None]
    priced = len(prices) == len(every)
    good_prices = [trial.usd for trial, _ in valued if trial.usd is not None]
    return ArmFigures(
        briefs=len(every), clusters=len(set(names)), valued=len(valued),
        accepted=mean(accepted, names), value=mean(values, valued_names), tokens=mean(tokens, names, amounts=True),
        usd=mean(prices, names, amounts=True) if priced else UNDEFINED,
        seconds=mean([trial.seconds for trial in every], names, amounts=True),
        tokens_per_accepted=ratio(tokens, accepted, names),
        usd_per_accepted=ratio(prices, accepted, names) if priced else UNDEFINED,
        tokens_per_good=ratio([trial.tokens for trial, _ in valued], values, valued_names),
        usd_per_good=ratio(good_prices, values, valued_names) if priced else UNDEFINED,
    )  # fmt: skip


def mean(values: Sequence[float], names: Sequence[str], *, amounts: bool = False) -> Figure:
    """The mean of values, `names` being their clusters. No value gives no figure, and fewer than two clusters no interval. That of
    values that are never below zero is not either. Zeros and ones are a share, unless they are `amounts`."""
    if not values:
        return UNDEFINED
    found, clusters = np.array(values, np.float64), Clusters.of(names)
    middle = float(found.mean())
    if len(clusters.sizes) < 2:
        return Figure(value=rounded(middle))
    if not amounts and np.isin(found, (0, 1)).all():
        low, high = _wilson(found, clusters)
    else:
        reach = clusters.critical * math.sqrt(clusters.covariance(found, found))
        low, high = middle - reach, middle + reach
        low = max(0.0, low) if (found >= 0).all() else low
    return Figure(value=rounded(middle), low=rounded(low), high=rounded(high))


def ratio(costs: Sequence[float], goods: Sequence[float], names: Sequence[str]) -> Figure:
    """The sum of the costs for each unit of the sum of goods, `names` being the clusters. No figure if there is no good; no upper
    end if it may be that there is none, and no interval with fewer than two clusters."""
    cost, good = np.array(costs, np.float64), np.array(goods, np.float64)
    if good.sum() <= 0:
        return UNDEFINED
    value = float(cost.sum() / good.sum())
    clusters = Clusters.of(names)
    if len(clusters.sizes) < 2:
        return Figure(value=rounded(value))
    low, high = _fieller(cost, good, clusters)
    return Figure(
        value=rounded(value), low=rounded(min(low, value)), high=rounded(high if high is None else max(high, value))
    )


def _wilson(found: Floats, clusters: Clusters) -> tuple[float, float]:
    share, square = float(found.mean()), clusters.critical**2
    weight = len(found) / design_effect(found, clusters)  # so many independent ones say as much
    middle = (share + square / (2 * weight)) / (1 + square / weight)
    reach = math.sqrt(square * (share * (1 - share) / weight + square / (4 * weight**2))) / (1 + square / weight)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _fieller(cost: Floats, good: Floats, clusters: Clusters) -> tuple[float, float | None]:
    """The roots of (mean cost − r · mean good)² = t² · its variance, a quadratic of r. Costs are never below zero."""
    square = clusters.critical**2
    a = float(good.mean()) ** 2 - square * clusters.covariance(good, good)
    b = float(cost.mean() * good.mean()) - square * clusters.covariance(cost, good)
    c = float(cost.mean()) ** 2 - square * clusters.covariance(cost, cost)
    root = math.sqrt(max(0.0, b**2 - a * c))
    if a <= 0:  # no good at all is possible: everything above one root, if that is positive
        return (max(0.0, c / (b + root)) if b + root > 0 else 0.0), None
    return max(0.0, (b - root) / a), (b + root) / a
