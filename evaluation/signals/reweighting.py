"""Weights of samples without a clean label: SunGen's bilevel re-weighting (Gao et al. 2022, arXiv 2205.12679).

Sought are the weights w for which the student θ*(w) of one half has the least noise-robust loss on the other half. That loss is
reverse cross-entropy (Wang et al. 2019): with log 0 set to a constant it is proportional to 1 − p of the label, so that one wrong
label cannot count for much. Since the student is convex, the gradient is exact (implicit differentiation):

    ∂L/∂wᵢ = − ∇L(θ*)ᵀ H⁻¹ (∇ℓᵢ − ∇ℓ̄) / Σ w,    ∇ℓ̄ the weighted mean
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from evaluation.lexical import Floats
from evaluation.students.folds import folds_of
from evaluation.students.softmax import CLOSE, Codes, logits_of, one_hot, solved
from evaluation.students.student import RIDGE, Student, codes_of
from evaluation.students.threads import one_thread

STEPS = 15
_MOVE = 0.25
"""By how much a step moves a weight whose gradient is of the usual size."""
_MOST = 2.0
_CLOSE = 1e-4
"""Of the student's slope and of the system's residual: a step needs the gradient's direction, not its last digits."""


def robust_loss(student: Student, vectors: Floats, codes: Codes) -> float:
    """The mean of 1 − p of the label."""
    return float(1.0 - student.probabilities(vectors)[np.arange(len(codes)), codes].mean())


def weight_gradient(
    student: Student, inner: tuple[Floats, Codes, Floats], outer: tuple[Floats, Codes], *, close: float = CLOSE
) -> Floats:
    """The exact gradient of `robust_loss` of the outer samples in the weights of the inner ones, shape (n,).

    `inner` are the vectors, codes and weights that the student was trained on, `outer` the vectors and codes of others.
    """
    vectors, codes, weights = inner
    features, others = student.scaling.scaled(vectors), student.scaling.scaled(outer[0])
    classes = len(student.classes)
    shares = student.probabilities(vectors)
    theirs, labels = student.probabilities(outer[0]), one_hot(outer[1], classes)
    with one_thread():
        slope = (theirs * labels).sum(axis=1, keepdims=True) * (theirs - labels) / len(labels)
        target = np.vstack([others.T @ slope, slope.sum(axis=0)])
        direction = solved(target, features, shares, weights, student.ridge, close=close)
        effect = (logits_of(features, direction) * (shares - one_hot(codes, classes))).sum(axis=1)
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
        weights: Floats = np.ones(len(inside))
        start: Floats | None = None
        mine = [labels[i] for i in inside.tolist()]
        for _ in range(steps):
            student = Student.trained(vectors[inside], mine, weights, names, ridge=ridge, start=start, close=_CLOSE)
            start = student.parameters
            gradient = weight_gradient(
                student, (vectors[inside], codes[inside], weights), (vectors[outside], codes[outside]), close=_CLOSE
            )
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
