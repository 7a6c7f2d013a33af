"""Novelty: the exact nearest neighbour among all that is remembered, by cosine distance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from memory.vectors.embedding import Vectors
from scenarios.records import Novelty

_BLOCK = 2048
"""Remembered vectors compared at a time: their products with a round's vectors stay in the processor's cache."""
_ROOM = 1024
"""Vectors that there is room for at first."""
_FEW = 32
"""Pairs of vectors that are compared in float64 at once: fewer than it pays to choose among."""
_NEARLY = 1e-6
"""More than float32 can be wrong by in a cosine: what comes this near to the best is compared in float64."""


class Neighbours:
    """Every remembered vector, in order of arrival. Searched exhaustively; nothing is approximated.

    Ties go to the one remembered first. All vectors have the dimensions of the first.
    """

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._vectors = np.zeros((0, 0), np.float32)
        self._norms = np.zeros(0, np.float64)

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def ids(self) -> Sequence[str]:
        """The ids, in order of arrival."""
        return self._ids

    @property
    def dimensions(self) -> int | None:
        """Of every vector; None while there is none."""
        return self._vectors.shape[1] if self._ids else None

    def add(self, id_: str, vector: Vectors) -> None:
        """Remember one vector, shape (dimensions,)."""
        self.extend([id_], vector[None])

    def extend(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Remember many vectors, shape (n, dimensions), as `add` would one by one."""
        if not ids:
            return
        size, least = len(self._ids), len(self._ids) + len(ids)
        if least > len(self._vectors):
            room = max(least, 2 * len(self._vectors), _ROOM) - size
            kept = self._vectors[:size] if size else np.zeros((0, vectors.shape[1]), np.float32)
            self._vectors = np.concatenate([kept, np.zeros((room, vectors.shape[1]), np.float32)])
            self._norms = np.concatenate([self._norms[:size], np.zeros(room, np.float64)])
        self._vectors[size:least] = vectors
        self._norms[size:least] = _norms(vectors)
        self._ids.extend(ids)

    def nearest(self, vector: Vectors, since: int = 0) -> Novelty:
        """As `nearest_each`, for one vector, shape (dimensions,)."""
        return self.nearest_each(vector[None], since)[0]

    def nearest_each(self, vectors: Vectors, since: int = 0, until: int | None = None) -> list[Novelty]:
        """The nearest neighbour of each vector, shape (n, dimensions), among those remembered from place `since` on, and before
        place `until` if it is given, and its distance, to six decimals."""
        size = len(self._ids) if until is None else until
        if since >= size or not len(vectors):
            return [Novelty()] * len(vectors)
        if len(vectors) * (size - since) <= _FEW:
            rows_, places_ = np.divmod(np.arange(len(vectors) * (size - since)), size - since)
            return self._exact(vectors, _norms(vectors), rows_, places_ + since)
        best = np.full(len(vectors), -np.inf, np.float32)
        rows: list[NDArray[np.intp]] = []
        places: list[NDArray[np.intp]] = []
        norms = _norms(vectors)
        for start in range(since, size, _BLOCK):
            block = slice(start, min(start + _BLOCK, size))
            weights = np.divide(1.0, self._norms[block], out=np.zeros(block.stop - start), where=self._norms[block] > 0)
            scores = vectors @ self._vectors[block].T
            scores *= weights.astype(np.float32)
            most = scores.max(axis=1)
            best = np.maximum(best, most)
            least = best - _NEARLY * norms
            some = np.flatnonzero(
                most >= least
            )  # few vectors have anything near in a block: the others are passed over
            row, place = np.nonzero(scores[some] >= least[some, None])
            rows.append(some[row])
            places.append(place + start)
        return self._exact(vectors, norms, np.concatenate(rows), np.concatenate(places))

    def _exact(
        self, vectors: Vectors, norms: NDArray[np.float64], rows: NDArray[np.intp], places: NDArray[np.intp]
    ) -> list[Novelty]:
        """The nearest of a few candidates of each vector, in float64: vector `rows[i]` may be nearest to `places[i]`."""
        # Whole numbers below 2**24: this float32 product is exact, in whatever order it is summed.
        dots = np.einsum("ij,ij->i", vectors[rows], self._vectors[places]).astype(np.float64)
        scale = self._norms[places] * norms[rows]
        distances = 1.0 - np.divide(dots, scale, out=np.zeros_like(dots), where=scale > 0)
        order = np.lexsort((places, distances, rows))
        first = order[np.unique(rows[order], return_index=True)[1]]
        return [
            Novelty(nearest=self._ids[places[at]], distance=max(0.0, round(float(distances[at]), 6))) for at in first
        ]


def _norms(vectors: Vectors) -> NDArray[np.float64]:
    norms: NDArray[np.float64] = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    return norms


def spread(vectors: Vectors) -> float | None:
    """The median distance of a vector, shape (n, dimensions), to its nearest other one; None if there are fewer than two."""
    if len(vectors) < 2:
        return None
    found = []
    for place in range(len(vectors)):
        others = Neighbours()
        others.extend([""] * (len(vectors) - 1), np.delete(vectors, place, axis=0))
        found.append(others.nearest(vectors[place]).distance)
    return float(np.median(np.array(found, float)))


def novel(novelty: Novelty, least: float) -> bool:
    """True if a sample is at least `least` away from its nearest neighbour."""
    return novelty.distance is None or novelty.distance >= least


def nearer(left: Novelty, right: Novelty) -> Novelty:
    """The one with the smaller distance; `left` if they are equal."""
    if left.distance is None or (right.distance is not None and right.distance < left.distance):
        return right
    return left
