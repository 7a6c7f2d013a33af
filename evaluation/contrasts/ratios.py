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
    valued = [trial for trial in every if trial.value is not None]
    return ArmFigures(
        briefs=len(every), clusters=len({trial.cluster for trial in every}), valued=len(valued),
        accepted=mean(every, [float(trial.accepted) for trial in every]),
        value=mean(valued, [_value(trial) for trial in valued]),
        tokens=mean(every, [trial.tokens for trial in every]), usd=_priced(every, None),
        seconds=mean(every, [trial.seconds for trial in every]),
        tokens_per_accepted=ratio(every, [trial.tokens for trial in every], [float(trial.accepted) for trial in every]),
        usd_per_accepted=_priced(every, [float(trial.accepted) for trial in every]),
        tokens_per_good=ratio(valued, [trial.tokens for trial in valued], [_value(trial) for trial in valued]),
        usd_per_good=_priced(valued, [_value(trial) for trial in valued]),
    )  # fmt: skip


def mean(trials: Sequence[Trial], values: Sequence[float]) -> Figure:
    """The mean of one value a trial. No trial gives no figure, and fewer than two clusters no interval."""
    if not trials:
        return Figure(value=None)
    found, clusters = np.array(values, np.float64), Clusters.of([trial.cluster for trial in trials])
    middle = float(found.mean())
    if len(clusters.sizes) < 2:
        return Figure(value=rounded(middle))
    if np.isin(found, (0, 1)).all():
        low, high = _wilson(found, clusters)
    else:
        reach = clusters.critical * math.sqrt(clusters.covariance(found, found))
        low, high = middle - reach, middle + reach
    return Figure(value=rounded(middle), low=rounded(low), high=rounded(high))


def ratio(trials: Sequence[Trial], costs: Sequence[float], goods: Sequence[float]) -> Figure:
    """The sum of the costs for each unit of the sum of goods. No figure if there is no good; no upper end if it may be that
    there is none, and no interval with fewer than two clusters."""
    cost, good = np.array(costs, np.float64), np.array(goods, np.float64)
    if good.sum() <= 0:
        return Figure(value=None)
    value = float(cost.sum() / good.sum())
    clusters = Clusters.of([trial.cluster for trial in trials])
    if len(clusters.sizes) < 2:
        return Figure(value=rounded(value))
    low, high = _fieller(cost, good, clusters)
    return Figure(
        value=rounded(value), low=rounded(min(low, value)), high=rounded(high if high is None else max(high, value))
    )


def _value(trial: Trial) -> float:
    if trial.value is None:
        raise ValueError(f"brief {trial.brief} has no value")
    return trial.value


def _priced(trials: Sequence[Trial], goods: Sequence[float] | None) -> Figure:
    """The dollars a brief, or for each good one; undefined unless every trial has a price."""
    prices = [trial.usd for trial in trials if trial.usd is not None]
    if len(prices) < len(trials):
        return Figure(value=None)
    return mean(trials, prices) if goods is None else ratio(trials, prices, goods)


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
