"""The student: multinomial logistic regression on frozen vectors. Convex, so that equal samples give an equal student. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]
from scipy.sparse.linalg import LinearOperator, cg  # type: ignore[import-untyped]

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

STRENGTH = 10.0
"""C of the ridge penalty: loss = mean of the losses + |W|² / (2 C n)."""
_STEPS = 500
_CLOSE = 1e-6


@dataclass(frozen=True)
class TransferStudent:
    """A student with its classes in order."""

    classes: tuple[str, ...]
    weights: Floats
    """Shape (dimensions + 1, classes); the last row is the bias, which is penalised like the rest."""

    def probabilities(self, vectors: Floats) -> Floats:
        """Shape (texts, classes)."""
        return _softmax(with_bias(vectors) @ self.weights)

    def predicted(self, vectors: Floats) -> Places:
        """The place of the likeliest class of each text; of equal ones the first."""
        found: Places = np.argmax(with_bias(vectors) @ self.weights, axis=1).astype(np.int64)
        return found


def with_bias(vectors: Floats) -> Floats:
    """Vectors with a column of ones."""
    return np.hstack([vectors, np.ones((len(vectors), 1))])


def _softmax(scores: Floats) -> Floats:
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    found: Floats = shifted / shifted.sum(axis=1, keepdims=True)
    return found


def trained(vectors: Floats, labels: Places, classes: Sequence[str]) -> TransferStudent:
    """The student of texts, shape (n, dimensions), and the places of their labels among `classes`. n is at least 1."""
    inputs, many = with_bias(vectors), len(classes)
    n, width = inputs.shape
    targets = np.zeros((n, many))
    targets[np.arange(n), labels] = 1.0
    ridge = 1.0 / (STRENGTH * n)

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(width, many)
        scores = inputs @ weights
        top = scores.max(axis=1, keepdims=True)
        logs = scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
        slope = inputs.T @ (np.exp(logs) - targets) / n + ridge * weights
        return float(-(targets * logs).sum() / n + ridge / 2 * (weights**2).sum()), slope.ravel()

    options = {"maxiter": _STEPS, "gtol": _CLOSE}
    found = minimize(loss, np.zeros(width * many), jac=True, method="L-BFGS-B", options=options)
    return TransferStudent(tuple(classes), np.asarray(found.x).reshape(width, many))


def influence(student: TransferStudent, vectors: Floats, labels: Places, held: Floats, gold: Places) -> Floats:
    """How much each training sample lowers the loss on held-out texts, shape (n,): gᵥᵀ H⁻¹ gᵢ, the exact first-order effect of
    a greater weight of the sample (Koh and Liang 2017), which ProGen ranks samples by. Positive samples help."""
    inputs, others = with_bias(vectors), with_bias(held)
    n, width = inputs.shape
    many = len(student.classes)
    shares = _softmax(inputs @ student.weights)
    ridge = 1.0 / (STRENGTH * n)

    def curved(flat: Floats) -> Floats:
        step = flat.reshape(width, many)
        moved = shares * (inputs @ step)
        bent: Floats = (inputs.T @ (moved - shares * moved.sum(axis=1, keepdims=True)) / n + ridge * step).ravel()
        return bent

    slope = (others.T @ _errors(student, others, gold) / len(others)).ravel()
    operator = LinearOperator((width * many, width * many), matvec=curved, dtype=np.float64)
    solved, _ = cg(operator, slope, rtol=1e-6, maxiter=300)
    found: Floats = (inputs @ solved.reshape(width, many) * (shares - _targets(labels, many))).sum(axis=1)
    return found


def _errors(student: TransferStudent, inputs: Floats, gold: Places) -> Floats:
    found: Floats = _softmax(inputs @ student.weights) - _targets(gold, len(student.classes))
    return found


def _targets(labels: Places, many: int) -> Floats:
    found = np.zeros((len(labels), many))
    found[np.arange(len(labels)), labels] = 1.0
    return found
