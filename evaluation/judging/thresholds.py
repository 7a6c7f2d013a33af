"""The least score of a criterion, chosen on one part of the samples and tested on the other. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
    return apart(least, [one for one, _ in samples], [one for _, many in samples for one in many])


def apart(least: float, sound: Sequence[float], flawed: Sequence[float]) -> ThresholdFigures:
    """As `at_least`, of the scores of sound and of flawed samples that have nothing to do with each other."""
    return ThresholdFigures(
        least=least,
        sensitivity=share_of(sum(score < least for score in flawed), len(flawed)),
        specificity=share_of(sum(score >= least for score in sound), len(sound)),
    )


def chosen(samples: Sequence[Scored]) -> ThresholdFigures | None:
    """The least score with the largest sum of sensitivity and specificity (Youden 1950) on every other sample, the lower one of
    equals, with its figures on those that it was not chosen on. None of fewer than eight samples, or if no least score
    does better than one that rejects nothing."""
    rated = [one for one in samples if one[1]]
    if len(rated) < _FEWEST:
        return None
    first, second = rated[::2], rated[1::2]
    least = _best(lambda score: at_least(score, first), [one for sound, many in first for one in (sound, *many)])
    return None if least is None else at_least(least, second)


def chosen_apart(sound: Sequence[float], flawed: Sequence[float]) -> ThresholdFigures | None:
    """As `chosen`, of sound and flawed samples that have nothing to do with each other: every other one of each kind chooses. None
    of fewer than eight of a kind."""
    if min(len(sound), len(flawed)) < _FEWEST:
        return None
    least = _best(lambda score: apart(score, sound[::2], flawed[::2]), [*sound[::2], *flawed[::2]])
    return None if least is None else apart(least, sound[1::2], flawed[1::2])


def _best(figures: Callable[[float], ThresholdFigures], scores: Sequence[float]) -> float | None:
    """The least score with the largest sum of sensitivity and specificity; None if none does better than to reject nothing. Tried
    are the whole numbers, and if a score is a mean between them, the quarters too: finer ones would fit chance."""
    whole = all(score == int(score) for score in scores)
    best, least = 1.0, None
    for score in (quarter / 4 for quarter in range(4, 21, 4 if whole else 1)):
        found = figures(score)
        sum_of_both = (found.sensitivity.value or 0.0) + (found.specificity.value or 0.0)
        if sum_of_both > best + 1e-9:
            best, least = sum_of_both, float(score)
    return least
