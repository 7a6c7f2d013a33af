"""Novelty: the exact nearest neighbour among all that is remembered, by cosine distance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from memory.embedding import DIMENSIONS, Vectors
from scenarios.records import Novelty


class Neighbours:
    """Every remembered vector, in order of arrival. Searched exhaustively; nothing is approximated.

    Ties go to the one remembered first.
    """

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._vectors = np.zeros((1024, DIMENSIONS), np.float32)
        self._norms = np.zeros(1024, np.float64)

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, id_: str, vector: Vectors) -> None:
        """Remember one vector, shape (256,)."""
        size = len(self._ids)
        if size == len(self._vectors):
            self._vectors = np.concatenate([self._vectors, np.zeros_like(self._vectors)])
            self._norms = np.concatenate([self._norms, np.zeros_like(self._norms)])
        self._vectors[size] = vector
        self._norms[size] = _norm(vector)
        self._ids.append(id_)

    def extend(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Remember many vectors, shape (n, 256), as `add` would one by one."""
        size, least = len(self._ids), len(self._ids) + len(ids)
        if least > len(self._vectors):
            more = max(least, 2 * len(self._vectors)) - len(self._vectors)
            self._vectors = np.concatenate([self._vectors, np.zeros((more, DIMENSIONS), np.float32)])
            self._norms = np.concatenate([self._norms, np.zeros(more, np.float64)])
        self._vectors[size:least] = vectors
        self._norms[size:least] = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
        self._ids.extend(ids)

    def nearest(self, vector: Vectors) -> Novelty:
        """The nearest remembered neighbour of a vector, shape (256,), and its distance, to six decimals."""
        size = len(self._ids)
        if size == 0:
            return Novelty()
        norm = _norm(vector)
        dots = (self._vectors[:size] @ vector).astype(np.float64)
        scale = self._norms[:size] * norm
        distances = 1.0 - np.divide(dots, scale, out=np.zeros_like(dots), where=scale > 0)
        place = int(np.argmin(distances))
        return Novelty(nearest=self._ids[place], distance=max(0.0, round(float(distances[place]), 6)))


def _norm(vector: Vectors) -> float:
    return float(np.sqrt(np.dot(vector.astype(np.float64), vector.astype(np.float64))))


def novel(novelty: Novelty, least: float) -> bool:
    """True where a sample is at least `least` away from its nearest neighbour."""
    return novelty.distance is None or novelty.distance >= least
