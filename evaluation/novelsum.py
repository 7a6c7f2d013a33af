"""NovelSum: how new each sample is beside the others, near ones counting most, and thin regions more than thick ones.

Of the metrics of diversity that its authors compared it went best with what a model learned from the data (Yang et al., ACL 2025,
arXiv 2502.17184): v(x_i) = Σ_j w_ij d(x_i, x_j) σ(x_j)^β / Σ_j w_ij, with w_ij = 1 / rank of x_j among the neighbours of x_i (α = 1),
d the cosine distance, and σ(x_j) the density at x_j, one over its mean distance to its ten nearest neighbours (β = ½). The
dataset's figure is the mean. The density is that of a reference, such as real logs or a pool that all datasets stem from. Without
one it is left out: a set that crowds together would make its own region dense, and so look new. Only figures with the same
reference, of equally many samples, can be compared.
"""

from __future__ import annotations

import numpy as np

from evaluation.lexical import Floats
from evaluation.semantic import unit_vectors
from memory.vectors.embedding import Vectors

_ALPHA, _BETA, _NEIGHBOURS = 1.0, 0.5, 10
_LEAST = 1e-3
"""The least mean distance to neighbours: an endless density would drown all else."""
_SELF = 1e-6
_ROWS = 512


def novelties(vectors: Vectors, reference: Vectors | None = None) -> Floats:
    """The novelty v of each sample, shape (n,); empty with fewer than two. `reference` are the samples among which the density is
    taken."""
    n = len(vectors)
    if n < 2:
        return np.zeros(0)
    unit = unit_vectors(vectors)
    pool = None if reference is None else np.unique(unit_vectors(reference), axis=0)  # copies would pass for density
    dense = None if pool is None else _densities(unit, pool) ** _BETA
    ranks = np.arange(1, n, dtype=np.float64) ** -_ALPHA
    short = unit.astype(np.float32)
    found = np.empty(n)
    for start in range(0, n, _ROWS):
        rows = slice(start, min(start + _ROWS, n))
        distances = np.clip(1.0 - short[rows] @ short.T, 0.0, 2.0)
        distances[
            np.arange(rows.stop - start), np.arange(start, rows.stop)
        ] = -1.0  # itself comes first, and is left out
        if dense is None:
            found[rows] = np.sort(distances, axis=1)[:, 1:] @ ranks
        else:
            order = np.argsort(distances, axis=1, kind="stable")[:, 1:]
            found[rows] = (np.take_along_axis(distances, order, axis=1) * dense[order]) @ ranks
    found /= ranks.sum()
    return found


def _densities(unit: Floats, pool: Floats) -> Floats:
    """One over the mean distance of each vector to its nearest neighbours in the pool; if the pool holds it, itself left out."""
    count = min(_NEIGHBOURS, len(pool) - 1)
    if count < 1:
        return np.ones(len(unit))
    found = np.empty(len(unit))
    for start in range(0, len(unit), _ROWS):
        rows = slice(start, min(start + _ROWS, len(unit)))
        distances = np.clip(1.0 - unit[rows] @ pool.T, 0.0, 2.0)
        near = np.sort(np.partition(distances, count, axis=1)[:, : count + 1], axis=1)
        means = np.where(near[:, 0] < _SELF, near[:, 1:].mean(axis=1), near[:, :-1].mean(axis=1))
        found[rows] = 1.0 / np.maximum(means, _LEAST)
    return found
