"""What a student sees of a text: its vector, of length 1, centred and scaled as the training samples are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.lexical import Floats
from memory.vectors.embedding import Embedding

_BATCH = 256


@dataclass(frozen=True)
class Scaling:
    """Moves vectors to a mean of 0, and a variance of 1 on the average over the dimensions.

    One factor for all dimensions, so that angles between differences stay as the embedding made them.
    """

    centre: Floats
    """Shape (dimensions,)."""
    factor: float

    @classmethod
    def of(cls, vectors: Floats) -> Scaling:
        """The scaling of training vectors, shape (n, dimensions), n at least 1."""
        centre = vectors.mean(axis=0, dtype=np.float64)
        variance = float(np.mean(vectors.var(axis=0, dtype=np.float64)))
        return cls(centre, 1.0 / float(np.sqrt(variance)) if variance > 1e-12 else 1.0)

    def scaled(self, vectors: Floats) -> Floats:
        """Vectors so moved, shape (n, dimensions), float64."""
        found: Floats = (vectors - self.centre) * self.factor
        return found


def unit_vectors(texts: Sequence[str], embedding: Embedding, did: Callable[[int], None] = lambda _: None) -> Floats:
    """The texts' vectors of length 1, shape (n, dimensions); a text without a known word is the zero vector.

    `did` hears how many more are done.
    """
    found = []
    for start in range(0, len(texts), _BATCH):
        part = texts[start : start + _BATCH]
        found.append(_unit(embedding.vectors(part).astype(np.float64)))
        did(len(part))
    return np.vstack(found) if found else np.zeros((0, embedding.naming.dimensions or 0))


def _unit(raw: Floats) -> Floats:
    norms = np.sqrt(np.einsum("ij,ij->i", raw, raw))[:, None]
    found: Floats = np.divide(raw, norms, out=np.zeros_like(raw), where=norms > 0)
    return found
