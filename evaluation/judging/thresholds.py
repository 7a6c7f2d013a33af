"""The least score of a criterion, chosen on one part of the samples and tested on the other. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from evaluation.judging.shares import Hits, share_of
from scenarios.frozen import Frozen

_FEWEST = 8
"""Fewer samples are not divided."""

Scored = tuple[float, Sequence[float]]
"""A sample: the score of its sound version, and those of its flawed versions."""


class ThresholdFigures(Frozen):
    """What a least score lets through. A version under it is rejected."""

    least: float
    sensitivity: Hits
    """Flawed versions that it rejects."""
    specificity: Hits
    """Sound versions that it keeps."""


def at_least(least: float, samples: Sequence[Scored]) -> ThresholdFigures:
    """What a least score lets through of these samples."""
    sound, flawed = [one for one, _ in samples], [one for _, many in samples for one in many]
    return ThresholdFigures(
        least=least,
        sensitivity=share_of(sum(score < least for score in flawed), len(flawed)),
        specificity=share_of(sum(score >= least for score in sound), len(sound)),
    )


def chosen(samples: Sequence[Scored], scores: Sequence[int] = range(1, 6)) -> ThresholdFigures | None:
    """The least score with the largest sum of sensitivity and specificity (Youden 1950) on every other sample, the lower one of
    equals, with its figures on those that it was not chosen on. None of fewer than eight samples, or if no least score
    does better than one that rejects nothing."""
    rated = [one for one in samples if one[1]]
    if len(rated) < _FEWEST:
        return None
    first, second = rated[::2], rated[1::2]
    best, least = 1.0, None
    for score in scores:
        found = at_least(score, first)
        sum_of_both = (found.sensitivity.value or 0.0) + (found.specificity.value or 0.0)
        if sum_of_both > best + 1e-9:
            best, least = sum_of_both, float(score)
    return None if least is None else at_least(least, second)
