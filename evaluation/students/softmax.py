"""Weighted multinomial logistic regression with a ridge penalty: loss, gradient and curvature, all exact. Pure.

    L(W) = Σ wᵢ ℓᵢ(W) / Σ wᵢ + λ/2 ‖W‖²

W has a row for each dimension and one for the bias, which is penalised like the others: so the loss is strictly convex, has one
least point, and its curvature has an inverse. Sums run over blocks of rows in one order, so that memory is bounded and equal
inputs give equal bits.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, cg  # type: ignore[import-untyped]

from evaluation.lexical import Floats

Codes = NDArray[np.intp]
"""Places in a list of classes, shape (n,)."""

_BLOCK = 4096
CLOSE = 1e-8
"""Of the residual, at which a system of the curvature counts as solved."""
_STEPS = 2000


def log_softmax(logits: Floats) -> Floats:
    """Logarithms of the classes' probabilities, shape (n, classes), without overflow."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    found: Floats = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return found


def one_hot(codes: Codes, classes: int) -> Floats:
    """Shape (n, classes): 1 at each label, 0 elsewhere."""
    found = np.zeros((len(codes), classes))
    found[np.arange(len(codes)), codes] = 1.0
    return found


def logits_of(features: Floats, parameters: Floats) -> Floats:
    """Scores of the classes, shape (n, classes); `features` (n, d), `parameters` (d + 1, classes)."""
    found: Floats = features @ parameters[:-1] + parameters[-1]
    return found


def loss_and_gradient(
    parameters: Floats, features: Floats, codes: Codes, weights: Floats, ridge: float
) -> tuple[float, Floats]:
    """L(W) and its gradient, shape (d + 1, classes). `weights`, shape (n,), are not negative, and their sum is not 0."""
    total, loss = float(weights.sum()), 0.0
    gradient = np.zeros_like(parameters)
    for part in _blocks(len(features)):
        logs = log_softmax(logits_of(features[part], parameters))
        loss -= float(weights[part] @ logs[np.arange(len(logs)), codes[part]])
        errors = np.exp(logs)
        errors[np.arange(len(logs)), codes[part]] -= 1.0
        _add(gradient, features[part], errors * weights[part, None])
    return loss / total + ridge / 2 * float((parameters**2).sum()), gradient / total + ridge * parameters


def curved(direction: Floats, features: Floats, probabilities: Floats, weights: Floats, ridge: float) -> Floats:
    """The Hessian of L times a direction, shape (d + 1, classes), where the classes have these `probabilities` (n, classes)."""
    found = np.zeros_like(direction)
    for part in _blocks(len(features)):
        moved = probabilities[part] * logits_of(features[part], direction)
        moved -= probabilities[part] * moved.sum(axis=1, keepdims=True)
        _add(found, features[part], moved * weights[part, None])
    return found / float(weights.sum()) + ridge * direction


def solved(
    target: Floats, features: Floats, probabilities: Floats, weights: Floats, ridge: float, *, close: float = CLOSE
) -> Floats:
    """H⁻¹ times `target`, shape (d + 1, classes), by conjugate gradients, until the residual is `close` times the target's length.
    Raises ArithmeticError if they do not converge."""
    size = target.size

    def product(flat: Floats) -> Floats:
        return curved(flat.reshape(target.shape), features, probabilities, weights, ridge).ravel()

    operator = LinearOperator((size, size), matvec=product, dtype=np.float64)
    found, failed = cg(operator, target.ravel(), rtol=close, atol=0.0, maxiter=_STEPS)
    if failed:
        raise ArithmeticError(f"conjugate gradients did not converge in {_STEPS} steps; a greater ridge helps")
    shaped: Floats = np.asarray(found).reshape(target.shape)
    return shaped


def _add(total: Floats, features: Floats, errors: Floats) -> None:
    """Add the outer products of features, with a 1 for the bias, and errors."""
    total[:-1] += features.T @ errors
    total[-1] += errors.sum(axis=0)


def _blocks(count: int) -> Iterator[slice]:
    return (slice(start, min(start + _BLOCK, count)) for start in range(0, count, _BLOCK))
