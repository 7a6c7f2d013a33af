"""A student that predicts a class: an axis's value, a field that is a label, a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]

from evaluation.lexical import Floats
from evaluation.students.features import Scaling
from evaluation.students.softmax import Codes, log_softmax, logits_of, loss_and_gradient
from evaluation.students.threads import one_thread

RIDGE = 0.1
"""λ of the penalty, on vectors scaled to a variance of 1 a dimension. Strong, since the labels are in doubt: with 18 % of them
wrong, students of 2,000 texts of three kinds do best, or nearly so, on WordLlama's vectors."""
_STEPS = 1000
CLOSE = 1e-7
_MEMORY = 20


@dataclass(frozen=True)
class Student:
    """Multinomial logistic regression on frozen vectors, at the one least point of its loss.

    Equal inputs give equal bits on one machine: it starts from zeros (or from `start`), goes through the samples in their order,
    and uses one thread.
    """

    classes: tuple[str, ...]
    parameters: Floats
    """Shape (dimensions + 1, classes); the last row is the bias."""
    scaling: Scaling
    ridge: float = RIDGE

    @classmethod
    def trained(
        cls,
        vectors: Floats,
        labels: Sequence[str],
        weights: Floats | None = None,
        classes: Sequence[str] | None = None,
        *,
        ridge: float = RIDGE,
        scaling: Scaling | None = None,
        start: Floats | None = None,
    ) -> Student:
        """The student of `vectors`, shape (n, dimensions), and their `labels`.

        `weights`, shape (n,), are 1 if not given; their scale does not matter. `classes` are those of the labels in alphabetical
        order if not given, and may hold more. `start` are parameters to begin from. Raises ValueError: no sample, lengths that
        differ, a label that is no class, weights that are negative or sum to 0.
        """
        names = tuple(classes) if classes is not None else tuple(sorted(set(labels)))
        codes = codes_of(labels, names)
        if not len(codes) or len(codes) != len(vectors):
            raise ValueError(f"{len(vectors)} vectors and {len(codes)} labels; give at least one, and as many of both")
        given = np.ones(len(codes)) if weights is None else np.asarray(weights, np.float64)
        if given.shape != codes.shape or (given < 0).any() or not given.sum() > 0:
            raise ValueError("weights: give one for each sample, none of them negative, and not all 0")
        scaling = scaling or Scaling.of(vectors)
        parameters = fitted(scaling.scaled(vectors), codes, given, len(names), ridge, start=start)
        return cls(names, parameters, scaling, ridge)

    def logits(self, vectors: Floats) -> Floats:
        """The classes' scores, shape (n, classes)."""
        with one_thread():
            return logits_of(self.scaling.scaled(vectors), self.parameters)

    def log_probabilities(self, vectors: Floats) -> Floats:
        """Logarithms of the classes' probabilities, shape (n, classes)."""
        return log_softmax(self.logits(vectors))

    def probabilities(self, vectors: Floats) -> Floats:
        """The classes' probabilities, shape (n, classes)."""
        found: Floats = np.exp(self.log_probabilities(vectors))
        return found

    def predicted(self, vectors: Floats) -> list[str]:
        """The likeliest class of each vector; the first of equals."""
        return [self.classes[place] for place in self.logits(vectors).argmax(axis=1)]


def fitted(
    features: Floats, codes: Codes, weights: Floats, classes: int, ridge: float, *, start: Floats | None = None, close: float = CLOSE
) -> Floats:  # fmt: skip
    """The parameters of the least loss on features that are scaled, shape (dimensions + 1, classes). `start` are some to begin from,
    and `close` is the slope that counts as none."""
    shape = (features.shape[1] + 1, classes)

    def objective(flat: Floats) -> tuple[float, Floats]:
        loss, gradient = loss_and_gradient(flat.reshape(shape), features, codes, weights, ridge)
        return loss, gradient.ravel()

    first = np.zeros(shape) if start is None else start
    with one_thread():
        found = minimize(
            objective, first.ravel(), jac=True, method="L-BFGS-B",
            options={"maxiter": _STEPS, "maxfun": 2 * _STEPS, "gtol": close, "ftol": 0.0, "maxcor": _MEMORY},
        )  # fmt: skip
    return np.asarray(found.x, np.float64).reshape(shape)


def codes_of(labels: Sequence[str], classes: Sequence[str]) -> Codes:
    """Each label's place among the classes, shape (n,). Raises ValueError: a label that is no class, a class named twice."""
    places = {name: place for place, name in enumerate(classes)}
    if len(places) != len(classes):
        raise ValueError("classes: one is named twice")
    if missing := next((label for label in labels if label not in places), None):
        raise ValueError(f"label {missing!r} is none of the classes")
    return np.array([places[label] for label in labels], np.intp)
