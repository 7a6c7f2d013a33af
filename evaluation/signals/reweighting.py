"""Weights of samples without a clean label: SunGen's bilevel re-weighting (Gao et al. 2022, arXiv 2205.12679).

Sought are the weights w for which the student θ*(w) of one half has the least noise-robust loss on the other half. That loss is
reverse cross-entropy (Wang et al. 2019): with log 0 set to a constant it is proportional to 1 − p of the label, so that one wrong
label cannot count for much. Since the student is convex, the gradient is exact (implicit differentiation):

    ∂L/∂wᵢ = − ∇L(θ*)ᵀ H⁻¹ (∇ℓᵢ − ∇ℓ̄) / Σ w,    ∇ℓ̄ the weighted mean
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.lexical import Floats
from evaluation.students.features import Scaling
from evaluation.students.folds import folds_of
from evaluation.students.softmax import CLOSE, Codes, log_softmax, logits_of, one_hot, solved
from evaluation.students.student import RIDGE, Student, codes_of, fitted
from evaluation.students.threads import one_thread

STEPS = 15
_MOVE = 0.25
"""By how much a step moves a weight whose gradient is of the usual size."""
_MOST = 2.0
_CLOSE = 1e-3
"""Of the student's slope and of the system's residual: a step needs the gradient's direction, not its last digits."""


def robust_loss(student: Student, vectors: Floats, codes: Codes) -> float:
    """The mean of 1 − p of the label."""
    return float(1.0 - student.probabilities(vectors)[np.arange(len(codes)), codes].mean())


def weight_gradient(student: Student, inner: tuple[Floats, Codes, Floats], outer: tuple[Floats, Codes]) -> Floats:
    """The exact gradient of `robust_loss` of the outer samples in the weights of the inner ones, shape (n,).

    `inner` are the vectors, codes and weights that the student was trained on, `outer` the vectors and codes of others.
    """
    vectors, codes, weights = inner
    mine = _Part(student.scaling.scaled(vectors), codes)
    theirs = _Part(student.scaling.scaled(outer[0]), outer[1])
    return _gradient(student.parameters, mine, weights, theirs, student.ridge, CLOSE)


@dataclass(frozen=True)
class _Part:
    """Samples, scaled once for all steps."""

    features: Floats
    codes: Codes

    def shares(self, parameters: Floats) -> Floats:
        """The classes' probabilities, shape (n, classes)."""
        found: Floats = np.exp(log_softmax(logits_of(self.features, parameters)))
        return found


def _gradient(
    parameters: Floats, inner: _Part, weights: Floats, outer: _Part, ridge: float, close: float
) -> Floats:  # fmt: skip
    classes = parameters.shape[1]
    with one_thread():
        shares, theirs, labels = inner.shares(parameters), outer.shares(parameters), one_hot(outer.codes, classes)
        slope = (theirs * labels).sum(axis=1, keepdims=True) * (theirs - labels) / len(labels)
        target = np.vstack([outer.features.T @ slope, slope.sum(axis=0)])
        direction = solved(target, inner.features, shares, weights, ridge, close=close)
        shares[np.arange(len(shares)), inner.codes] -= 1.0
        effect = (logits_of(inner.features, direction) * shares).sum(axis=1)
        found: Floats = -(effect - weights @ effect / weights.sum()) / weights.sum()
    return found


def reweighted(
    vectors: Floats,
    labels: Sequence[str],
    *,
    steps: int = STEPS,
    ridge: float = RIDGE,
    seed: int = 0,
    each: Callable[[], None] = lambda: None,
) -> Floats:
    """Weights of all samples, shape (n,), between 0 and 2 and then scaled to a mean of 1: each half's by the loss of the other.

    `each` is called after every step. Raises ValueError: fewer than two samples.
    """
    names = tuple(sorted(set(labels)))
    codes = codes_of(labels, names)
    if len(codes) < 2:
        raise ValueError("fewer than two samples: none is left to test the weights on")
    halves, found = folds_of(codes, 2, seed), np.ones(len(codes))
    for half in (0, 1):
        inside, outside = np.flatnonzero(halves == half), np.flatnonzero(halves != half)
        scaling = Scaling.of(vectors[inside])
        inner = _Part(scaling.scaled(vectors[inside]), codes[inside])
        outer = _Part(scaling.scaled(vectors[outside]), codes[outside])
        weights: Floats = np.ones(len(inside))
        parameters: Floats | None = None
        for _ in range(steps):
            parameters = fitted(inner.features, inner.codes, weights, len(names), ridge, start=parameters, close=_CLOSE)
            gradient = _gradient(parameters, inner, weights, outer, ridge, _CLOSE)
            usual = float(np.sqrt((gradient**2).mean()))
            if usual == 0:
                break
            moved = np.clip(weights - _MOVE * gradient / usual, 0.0, _MOST)
            if not moved.sum() > 0:
                break
            weights = moved
            each()
        found[inside] = weights
    scaled: Floats = found / found.mean()
    return scaled
