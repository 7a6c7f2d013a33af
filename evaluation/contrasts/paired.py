"""How much better one arm is than another over the same briefs.

One test for yes/no outcomes and for scores: Student's t of the mean paired difference, cluster-robust (`clustered.py`). In A/A
experiments it rejects about as often as it says from 40 briefs on, where McNemar's exact and mid-p tests reject too rarely
(benchmarks/README.md, "Experiments"). For yes/no outcomes in clusters of one brief, it is McNemar's asymptotic test (1947) within
a factor of n / (n − 1).

The interval of a score's difference is the usual one. That of a yes/no difference inverts Tango's score test (1998), its variance
inflated by the clusters' design effect: it stays within −1 … 1, does not shrink to a point if no brief tells the arms apart, and
excludes zero exactly if the test rejects.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import bdtr  # type: ignore[import-untyped]

from evaluation.contrasts.clustered import LEVEL, Clusters, two_sided
from evaluation.contrasts.trials import Trial, by_brief
from evaluation.intervals import rounded
from evaluation.lexical import Floats
from scenarios.frozen import Frozen

_HALVINGS = 50


class PairedDifference(Frozen):
    """The second arm less the first, over the briefs for which both have a value."""

    value: float | None
    """The mean difference; None without a brief."""
    low: float | None = None
    high: float | None = None
    """The 95 % interval; None with fewer than two clusters, or if too few clusters all differ by the same."""
    p: float | None = None
    """Of no difference, on both sides, with clusters. None with fewer than two clusters."""
    mcnemar: float | None = None
    """Of yes/no outcomes: McNemar's mid-p, which takes every brief for itself. To be shown beside `p`, not in its place."""
    wins: int
    ties: int
    losses: int
    """Briefs whose value is higher in the second arm, equal, lower."""
    briefs: int
    clusters: int
    left_out: int
    """Briefs that only one arm was given, or for which an arm has no value."""
    yes_no: bool
    """Whether every value is 0 or 1."""


def paired(first: Sequence[Trial], second: Sequence[Trial]) -> PairedDifference:
    """The difference of two arms. The order of the trials is irrelevant.

    Raises ValueError if an arm has a brief twice, or a brief belongs to different clusters in the two.
    """
    names, values, others = aligned(first, second)
    delta = others - values
    clusters = Clusters.of(names)
    every = len({trial.brief for trial in (*first, *second)})
    yes_no = bool(np.isin(values, (0, 1)).all() and np.isin(others, (0, 1)).all())
    wins, losses = int((delta > 0).sum()), int((delta < 0).sum())
    low, high, p = _inference(delta, clusters, yes_no)
    return PairedDifference(
        value=rounded(delta.mean()) if len(delta) else None, low=rounded(low), high=rounded(high), p=p,
        mcnemar=mid_p(wins, losses) if yes_no and len(delta) else None,
        wins=wins, ties=len(delta) - wins - losses, losses=losses, briefs=len(delta), clusters=len(clusters.sizes),
        left_out=every - len(delta), yes_no=yes_no,
    )  # fmt: skip


def aligned(first: Sequence[Trial], second: Sequence[Trial]) -> tuple[list[str], Floats, Floats]:
    """The briefs for which both arms have a value, by their names: clusters, the first arm's values, the second's. Raises as
    `paired` does."""
    left, right = by_brief(first), by_brief(second)
    both = [(left[brief], right[brief]) for brief in left if brief in right]
    for one, other in both:
        if one.cluster != other.cluster:
            raise ValueError(f"brief {one.brief} is in cluster {one.cluster} and in cluster {other.cluster}")
    valued = [(a.cluster, a.value, b.value) for a, b in both if a.value is not None and b.value is not None]
    names, values, others = zip(*valued, strict=True) if valued else ((), (), ())
    return list(names), np.array(values, np.float64), np.array(others, np.float64)


def _inference(delta: Floats, clusters: Clusters, yes_no: bool) -> tuple[float | None, float | None, float | None]:
    """Interval and p-value."""
    if len(clusters.sizes) < 2:
        return None, None, None
    mean, freedom = float(delta.mean()), clusters.freedom
    error = math.sqrt(clusters.covariance(delta, delta))
    if mean == 0:
        p = 1.0
    elif error > 1e-12 * abs(mean):
        p = two_sided(mean / error, freedom)
    else:  # every brief says the same: what flipping the clusters' signs says of it
        p = 2.0 ** (1 - len(clusters.sizes))
        if p > 1 - LEVEL:
            return None, None, p
    if yes_no:
        return *_tango(delta, clusters), p
    return mean - clusters.critical * error, mean + clusters.critical * error, p


def design_effect(delta: Floats, clusters: Clusters) -> float:
    """By how much clusters inflate the variance of the mean, beside independent values. If all are equal, which says nothing of
    it, as much as if a cluster were one value."""
    n = len(delta)
    alone = float(((delta - delta.mean()) ** 2).sum()) / (n * (n - 1))
    robust = clusters.covariance(delta, delta)
    return robust / alone if robust > 1e-12 * alone > 0 else n / len(clusters.sizes)


def _tango(delta: Floats, clusters: Clusters) -> tuple[float, float]:
    """The interval of a yes/no difference."""
    n, inflation, t = len(delta), design_effect(delta, clusters), clusters.critical
    # The score statistic at zero is a function of the cluster-robust t; this is its value at the critical t.
    limit = math.sqrt(n * t**2 / (n - 1 + inflation * t**2))
    return score_interval(n, int((delta > 0).sum()), int((delta < 0).sum()), limit, inflation)


def score_interval(n: int, wins: int, losses: int, limit: float, inflation: float = 1) -> tuple[float, float]:
    """The differences of two shares that Tango's score statistic, its variance inflated, leaves within a limit, such as 1.96."""

    def far(shift: float) -> bool:
        spread = math.sqrt(inflation * n * _variance(n, wins, losses, shift))
        return abs(wins - losses - n * shift) > limit * spread

    middle = (wins - losses) / n
    return _edge(far, middle, -1.0), _edge(far, middle, 1.0)


def _variance(n: int, wins: int, losses: int, shift: float) -> float:
    """Of one brief's difference, if the true one is `shift`, by the likeliest share of losses under it (Tango 1998)."""
    linear = (2 * n - wins + losses) * shift - wins - losses
    root = math.sqrt(max(0.0, linear**2 + 8 * n * losses * shift * (1 - shift)))
    return max(0.0, 2 * (root - linear) / (4 * n) + shift * (1 - shift))


def _edge(far: Callable[[float], bool], inside: float, outside: float) -> float:
    """Where `far` begins between a value that is not far and the end of the range; the end if nothing is far."""
    if not far(outside):
        return outside
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if far(middle) else (middle, outside)
    return inside


def mid_p(wins: int, losses: int) -> float:
    """McNemar's test of as many wins as losses, with half the probability of the outcome itself (Fagerland et al. 2013)."""
    total, fewer = wins + losses, min(wins, losses)
    if wins == losses:
        return 1.0
    below = float(bdtr(fewer - 1, total, 0.5)) if fewer else 0.0
    return min(1.0, below + float(bdtr(fewer, total, 0.5)))
