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
class Foresight:
    """How well scorers foresee numbers that they did not learn from."""

    explained: float
    """The share of the numbers' variance that is foreseen; at most 0 if nothing is."""
    reads: bool
    """Whether they do better than the mean, by more than chance. If not, the text does not say the numbers, and residuals mean
    nothing."""


def foresight(numbers: Floats, predicted: Floats) -> Foresight:
    """How well `predicted` meets `numbers`, shape (n,) both. Numbers far out count as if they were nearer."""
    learned = _drawn_in(numbers)
    gained = (learned - learned.mean()) ** 2 - (learned - predicted) ** 2
    error = float(gained.std(ddof=1)) / len(gained) ** 0.5 if len(gained) > 1 else 0.0
    variance = float(learned.var())
    explained = float(gained.mean()) / variance if variance > 0 else 0.0
    return Foresight(explained, error > 0 and float(gained.mean()) > _CHANCE * error)


def _drawn_in(numbers: Floats) -> Floats:
    middle, spread = middle_and_spread(numbers)
    found: Floats = np.clip(numbers, middle - _BEYOND * spread, middle + _BEYOND * spread)
    return found


@dataclass(frozen=True)
class Residuals:
    """What scorers say of each sample's number; every array has shape (n,)."""

    predicted: Floats
    residual: Floats
    """The number less what was predicted, in robust deviations of all of them from their median, with its sign; 0 if all are equal."""
    foresight: Foresight


def residuals(vectors: Floats, numbers: Floats, *, seed: int = 0) -> Residuals:
    """The residuals of `numbers`, shape (n,), by `vectors`, shape (n, dimensions). Raises ValueError: fewer than two samples."""
    learned = _drawn_in(numbers)
    ridge = chosen_ridge_of_scores(vectors, learned, seed=seed)
    predicted = held_out_scores(vectors, learned, ridge=ridge, seed=seed)
    left = numbers - predicted
    at, deviation = middle_and_spread(left)
    residual = (left - at) / deviation if deviation > 0 else np.zeros(len(left))
    return Residuals(predicted, residual, foresight(numbers, predicted))
