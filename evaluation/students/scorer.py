"""A student that predicts a number: a judge's score, a rating. Ridge regression in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve  # type: ignore[import-untyped]

from evaluation.lexical import Floats
from evaluation.students.features import Scaling
from evaluation.students.student import RIDGE
from evaluation.students.threads import one_thread


@dataclass(frozen=True)
class Scorer:
    """Σ wᵢ (yᵢ − xᵢβ − b)² / Σ wᵢ + λ ‖β‖², at its least point. The bias b is free: a constant score is met exactly."""

    coefficients: Floats
    """Shape (dimensions,)."""
    bias: float
    scaling: Scaling

    @classmethod
    def trained(cls, vectors: Floats, scores: Floats, weights: Floats | None = None, *, ridge: float = RIDGE) -> Scorer:
        """The scorer of `vectors`, shape (n, dimensions), and their `scores`, shape (n,). Raises ValueError as `Student.trained`."""
        given = np.ones(len(scores)) if weights is None else np.asarray(weights, np.float64)
        if not len(scores) or len(scores) != len(vectors):
            raise ValueError(f"{len(vectors)} vectors and {len(scores)} scores; give at least one, and as many of both")
        if given.shape != np.shape(scores) or (given < 0).any() or not given.sum() > 0:
            raise ValueError("weights: give one for each sample, none of them negative, and not all 0")
        scaling = Scaling.of(vectors)
        share = given / given.sum()
        features = scaling.scaled(vectors)
        with one_thread():
            middle, mean = share @ features, float(share @ scores)
            centred = features - middle
            gram = (centred * share[:, None]).T @ centred + ridge * np.eye(features.shape[1])
            solution = cho_solve(cho_factor(gram), (centred * share[:, None]).T @ (np.asarray(scores) - mean))
            return cls(np.asarray(solution), mean - float(middle @ solution), scaling)

    def predicted(self, vectors: Floats) -> Floats:
        """The score of each vector, shape (n,)."""
        with one_thread():
            found: Floats = self.scaling.scaled(vectors) @ self.coefficients + self.bias
        return found
