"""Which of two datasets is preferred, and whether length or format says it all: one verdict a pair of samples. Pure.

Covariates are differences, the left one's less the right one's, so that a pair that does not differ in them tells of the content
alone. At equal covariates the win rate is the intercept of a logistic regression (Bradley and Terry with covariates), its interval
from a bootstrap of clusters.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np
from scipy.special import expit, ndtri  # type: ignore[import-untyped]

from evaluation.contrasts.ratios import mean
from evaluation.intervals import Figure, rounded
from evaluation.verdicts.bradley_terry import Comparison, logistic, ranked, win_rate
from scenarios.frozen import Frozen

LENGTH = "length"
"""The covariate of length: the logarithm of the ratio of words."""
_POWER, _LEVEL = 0.8, 0.05
_HALVINGS = 50
_RIDGE = 1e-2
_MIDDLE = (0.05, 0.95)
_NOTHING = 1e-9


class Preferred(Frozen):
    """What comparisons say of the left one of two contestants."""

    rate: Figure
    """Its share of wins; a tie is half a one."""
    at_equal_length: Figure
    """The same if both were equally long; None if one is nearly always the longer one, without an interval if one won all."""
    at_equal_form: Figure
    """The same if all covariates were equal."""
    by_length_alone: float | None
    """The share of wins that would come from length alone."""
    longer_wins: Figure
    """Of the pairs with a winner and of unequal length, the share that the longer one won."""
    pairs: int
    wins: int
    ties: int
    losses: int
    needed: int | None
    """Pairs that show such a win rate in 80 of 100 comparisons; None at exactly a half."""
    smallest: float | None
    """The win rate above a half that so many pairs show in 80 of 100 comparisons; None if there is none."""


def preferred(comparisons: Sequence[Comparison], left: str, right: str, seed: int = 0) -> Preferred:
    """What comparisons of these two say of `left`. Equal arguments give equal figures. Raises ValueError as `win_rate`."""
    turned = [one if one.left == left else _turned(one) for one in comparisons]
    wins, losses = sum(one.share > 0.5 for one in turned), sum(one.share < 0.5 for one in turned)
    # Of ties alone the spread is nothing, which would make a half look certain.
    rate = win_rate(turned, left) if wins + losses else Figure(value=0.5)
    every = {name for one in turned for name in one.covariates}
    return Preferred(
        rate=rate, at_equal_length=at_equal(turned, left, right, {LENGTH}, seed), at_equal_form=at_equal(turned, left, right, every, seed),
        by_length_alone=_by_length(turned), longer_wins=_longer_wins(turned), pairs=len(turned), wins=wins,
        ties=len(turned) - wins - losses, losses=losses, needed=pairs_needed(rate.value), smallest=smallest_rate(len(turned)),
    )  # fmt: skip


def at_equal(comparisons: Sequence[Comparison], left: str, right: str, names: Collection[str], seed: int = 0) -> Figure:
    """The win rate of `left` if it did not differ in the covariates `names`. No figure if the pairs do not surround that: if one is
    nearly always the longer one, nothing is known of equal lengths, and a regression would only go on in a straight line."""
    if not comparisons or not all(_surrounded(comparisons, name) for name in names):
        return Figure(value=None)
    held = [
        one.model_copy(update={"covariates": {name: one.covariates.get(name, 0.0) for name in names}})
        for one in comparisons
    ]
    found = ranked(held, reference=right, seed=seed)
    strength = next(one.strength for one in found.strengths if one.name == left)
    return Figure(value=_chance(strength.value), low=_chance(strength.low), high=_chance(strength.high))


def _surrounded(comparisons: Sequence[Comparison], name: str) -> bool:
    """Whether a difference of zero lies among the middle nine tenths of the differences."""
    low, high = np.quantile([one.covariates.get(name, 0.0) for one in comparisons], _MIDDLE)
    return bool(low <= 0 <= high)


def pairs_needed(rate: float | None) -> int | None:
    """How many independent pairs show this win rate with 80 % power at the level of 5 %."""
    if rate is None or abs(rate - 0.5) < _NOTHING:
        return None
    alpha, beta = float(ndtri(1 - _LEVEL / 2)), float(ndtri(_POWER))
    spread = alpha / 2 + beta * math.sqrt(max(0.0, rate * (1 - rate)))
    return math.ceil((spread / (rate - 0.5)) ** 2)


def smallest_rate(pairs: int) -> float | None:
    """The win rate above a half that so many independent pairs show with 80 % power; None if even winning all is too little."""
    if (pairs_needed(1.0) or 0) > pairs:
        return None
    low, high = 0.5, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if (pairs_needed(middle) or pairs + 1) <= pairs else (middle, high)
    return rounded(high)


def _turned(one: Comparison) -> Comparison:
    covariates = {name: -value for name, value in one.covariates.items()}
    return Comparison(brief=one.brief, left=one.right, right=one.left, share=1 - one.share, covariates=covariates)


def _chance(odds: float | None) -> float | None:
    return None if odds is None else rounded(float(expit(odds)))


def _by_length(comparisons: Sequence[Comparison]) -> float | None:
    """The mean chance to win by a regression that knows nothing but the difference of lengths."""
    lengths = np.array([one.covariates.get(LENGTH, 0.0) for one in comparisons])
    if not len(lengths):
        return None
    size = float(np.sqrt((lengths**2).mean())) or 1.0
    design, shares = lengths[:, None] / size, np.array([one.share for one in comparisons])
    found = logistic(design, shares, np.ones(len(shares)), np.full(1, _RIDGE), 0)
    return rounded(float(expit(design @ found).mean()))


def _longer_wins(comparisons: Sequence[Comparison]) -> Figure:
    decided = [one for one in comparisons if one.share != 0.5 and abs(one.covariates.get(LENGTH, 0.0)) > _NOTHING]
    won = [float((one.share > 0.5) == (one.covariates[LENGTH] > 0)) for one in decided]
    return mean(won, [one.brief for one in decided])
