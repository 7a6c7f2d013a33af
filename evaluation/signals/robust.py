"""The middle of values and their spread around it, which a few far ones do not move."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluation.lexical import Floats

_OF_MAD = 1.4826
"""Times the median absolute deviation: the standard deviation of normal values. And times the mean absolute deviation:"""
_OF_MEAN = 1.2533


def middle_and_spread(values: Sequence[float] | Floats) -> tuple[float, float]:
    """The median, and 1.4826 times the median absolute deviation from it, or, if more than half of the values are equal, 1.2533 times
    the mean absolute deviation (Iglewicz and Hoaglin 1993); a spread of 0 if all are equal. Takes one value or more."""
    given = np.asarray(values, np.float64)
    middle = float(np.median(given))
    away = np.abs(given - middle)
    return middle, _OF_MAD * float(np.median(away)) or _OF_MEAN * float(away.mean())
