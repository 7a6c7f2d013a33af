"""Diversity of meaning, from vectors: mean similarity, nearest neighbours, the Vendi score.

A cosine with a text without a known word (the zero vector) is 0, as for novelty: it is at distance 1 from all others.
Distances are cosine distances, 0 … 2, exact to six decimals: vectors on the grid have exact products (`memory.vectors.embedding`).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evaluation.lexical import Floats
from memory.vectors.embedding import Vectors
from memory.words.tokens import Places

_BLOCK = 4096


def mean_cosine(vectors: Vectors) -> float | None:
    """APS, average pairwise similarity: the mean cosine of all pairs, −1 … 1 (Yu et al. 2023). None without a pair.

    Exact in O(nd), since the squared norm of the sum of unit vectors u holds every pair twice:
    (‖Σ u‖² − Σ ‖u‖²) / (n (n − 1)).
    """
    n = len(vectors)
    if n < 2:
        return None
    unit = unit_vectors(vectors)
    total = unit.sum(axis=0)
    return float((total @ total - np.einsum("ij,ij->", unit, unit)) / (n * (n - 1)))


def vendi(vectors: Vectors) -> float | None:
    """Vendi score: exp(−Σ λ ln λ) over the eigenvalues λ of K/n, K the matrix of cosines (Friedman and Dieng 2023).

    The effective number of different samples, 1 … n. K = X Xᵀ and the d × d matrix Xᵀ X have the same eigenvalues but
    for zeros, so that the smaller one is used. A zero vector is like itself and like no other: an eigenvalue of 1/n.
    None without any sample.
    """
    n = len(vectors)
    if not n:
        return None
    unit = unit_vectors(vectors)
    unit = unit[np.einsum("ij,ij->i", unit, unit) > 0]
    alone = n - len(unit)
    gram = unit @ unit.T if len(unit) < unit.shape[1] else unit.T @ unit
    values = np.concatenate([np.linalg.eigvalsh(gram / n), np.full(alone, 1 / n)]) if len(unit) else np.full(n, 1 / n)
    values = values[values > 1e-12]
    return float(np.exp(-(values * np.log(values)).sum()))


def nearest_other(vectors: Vectors) -> Floats:
    """The distance of each sample to the nearest other one, by exhaustive search; shape (n,).

    Its mean is the Chamfer diversity (Cox et al. 2021). Empty with fewer than two samples.
    """
    n = len(vectors)
    if n < 2:
        return np.zeros(0)
    best = np.full(n, -np.inf, np.float32)
    weights = _weights(vectors)
    for rows in _blocks(n):
        for columns in _blocks(n, rows.start):
            cosines = _cosines(vectors, weights, rows, vectors, weights, columns)
            if rows == columns:
                np.fill_diagonal(cosines, -np.inf)
            else:
                best[columns] = np.maximum(best[columns], cosines.max(axis=0))
            best[rows] = np.maximum(best[rows], cosines.max(axis=1))
    return _distances(best)


def nearest_across(left: Vectors, right: Vectors) -> tuple[Floats, Floats]:
    """The distance of each of `left` to the nearest of `right`, and the other way round. Neither may be empty."""
    lefts, rights = np.full(len(left), -np.inf, np.float32), np.full(len(right), -np.inf, np.float32)
    left_weights, right_weights = _weights(left), _weights(right)
    for rows in _blocks(len(left)):
        for columns in _blocks(len(right)):
            cosines = _cosines(left, left_weights, rows, right, right_weights, columns)
            lefts[rows] = np.maximum(lefts[rows], cosines.max(axis=1))
            rights[columns] = np.maximum(rights[columns], cosines.max(axis=0))
    return _distances(lefts), _distances(rights)


def nearest_earlier(vectors: Vectors, rounds: Places) -> Floats:
    """The distance of each sample to the nearest one of an earlier round; NaN in the first. `rounds` must not fall."""
    best = np.full(len(vectors), -np.inf, np.float32)
    weights = _weights(vectors)
    before = np.searchsorted(rounds, rounds)  # how many samples are of an earlier round
    for rows in _blocks(len(vectors)):
        for columns in _blocks(int(before[rows.stop - 1])):
            cosines = _cosines(vectors, weights, rows, vectors, weights, columns)
            if columns.stop > before[rows.start]:
                cosines[np.arange(columns.start, columns.stop) >= before[rows, None]] = -np.inf
            best[rows] = np.maximum(best[rows], cosines.max(axis=1))
    return np.where(before > 0, _distances(best), np.nan)


def _blocks(n: int, start: int = 0) -> Iterator[slice]:
    return (slice(at, min(at + _BLOCK, n)) for at in range(start, n, _BLOCK))


def _cosines(
    left: Vectors, left_weights: Vectors, rows: slice, right: Vectors, right_weights: Vectors, columns: slice
) -> Vectors:
    found: Vectors = left[rows] @ right[columns].T
    found *= left_weights[rows, None]
    found *= right_weights[columns]
    return found


def _distances(cosines: Vectors) -> Floats:
    with np.errstate(invalid="ignore"):
        found: Floats = np.clip(np.round(1.0 - cosines.astype(np.float64), 6), 0.0, 2.0)
    return found


def _weights(vectors: Vectors) -> Vectors:
    """1 / norm, or 0 for a zero vector."""
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    weights: Floats = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0)
    return weights.astype(np.float32)


def unit_vectors(vectors: Vectors) -> Floats:
    """The vectors at length 1; a zero vector stays one."""
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))[:, None]
    unit: Floats = np.divide(vectors, norms, out=np.zeros(vectors.shape), where=norms > 0)
    return unit
