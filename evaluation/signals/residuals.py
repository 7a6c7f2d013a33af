"""How far a sample's number is from what its text lets expect: the residual of a scorer that did not learn from it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluation.lexical import Floats
from evaluation.signals.robust import middle_and_spread
from evaluation.students.folds import chosen_ridge_of_scores, held_out_scores

_BEYOND = 3.5
"""Robust deviations within which a number is learned as it stands. Those further out are learned as if they were there: squares
would else follow a few mistyped ones."""
_CHANCE = 1.645
"""One-sided, 95 %."""


@dataclass(frozen=True)
class Residuals:
    """What scorers say of each sample's number; every array has shape (n,)."""

    predicted: Floats
    residual: Floats
    """The number less what was predicted, in robust deviations of all of them from their median, with its sign; 0 if all are equal."""
    explained: float
    """The share of the numbers' variance that is foreseen; at most 0 if nothing is."""
    reads: bool
    """Whether scorers foresee the numbers better than their mean does, by more than chance. If not, the text does not say them, and
    residuals mean nothing."""


def residuals(vectors: Floats, numbers: Floats, *, seed: int = 0) -> Residuals:
    """The residuals of `numbers`, shape (n,), by `vectors`, shape (n, dimensions). Raises ValueError: fewer than two samples."""
    middle, spread = middle_and_spread(numbers)
    learned = np.clip(numbers, middle - _BEYOND * spread, middle + _BEYOND * spread)
    ridge = chosen_ridge_of_scores(vectors, learned, seed=seed)
    predicted = held_out_scores(vectors, learned, ridge=ridge, seed=seed)
    gained = (learned - learned.mean()) ** 2 - (learned - predicted) ** 2
    error = float(gained.std(ddof=1)) / len(gained) ** 0.5
    variance = float(learned.var())
    left = numbers - predicted
    at, deviation = middle_and_spread(left)
    return Residuals(
        predicted=predicted,
        residual=(left - at) / deviation if deviation > 0 else np.zeros(len(left)),
        explained=float(gained.mean()) / variance if variance > 0 else 0.0,
        reads=bool(gained.mean() > _CHANCE * error) and error > 0,
    )
