"""Cosines, nearest neighbours and the Vendi score, against naive loops over pairs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import evaluation.semantic as semantic
from evaluation.semantic import mean_cosine, nearest_across, nearest_earlier, nearest_other, vendi
from memory.vectors.embedding import DIMENSIONS, Vectors, to_grid
from memory.vectors.novelty import Neighbours

SEEDS = st.integers(0, 10_000)


def some_vectors(seed: int, n: int, dimensions: int = 6) -> Vectors:
    """Vectors on the grid, with equal ones and a zero among them."""
    rng = np.random.default_rng(seed)
    raw = rng.standard_normal((n, dimensions)).round(1)
    raw[rng.random(n) < 0.15] = 0
    if n > 2:
        raw[0] = raw[n - 1]
    return to_grid(raw)


def cosine(left: NDArray[np.float32], right: NDArray[np.float32]) -> float:
    a, b = left.astype(np.float64), right.astype(np.float64)
    size = float(np.sqrt(a @ a) * np.sqrt(b @ b))
    return float(a @ b) / size if size else 0.0


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few vectors are several blocks."""
    monkeypatch.setattr(semantic, "_BLOCK", 4)


@settings(deadline=None)
@given(SEEDS, st.integers(2, 15))
def test_aps_is_the_mean_over_pairs(seed: int, n: int) -> None:
    vectors = some_vectors(seed, n)
    pairs = [cosine(a, b) for a, b in itertools.combinations(vectors, 2)]
    assert mean_cosine(vectors) == pytest.approx(np.mean(pairs), abs=1e-9)


@settings(deadline=None)
@given(SEEDS, st.integers(1, 15))
def test_vendi_is_the_same_from_the_whole_matrix_of_cosines(seed: int, n: int) -> None:
    """6 dimensions: with more than 6 vectors, ours uses the other matrix."""
    vectors = some_vectors(seed, n)
    kernel = np.array([[1.0 if i == j else cosine(a, b) for j, b in enumerate(vectors)] for i, a in enumerate(vectors)])
    values = np.linalg.eigvalsh(kernel / n)
    values = values[values > 1e-12]
    assert vendi(vectors) == pytest.approx(np.exp(-(values * np.log(values)).sum()), rel=1e-6)


@settings(deadline=None)
@given(SEEDS, st.integers(2, 15))
def test_the_nearest_other_is_found(seed: int, n: int) -> None:
    vectors = some_vectors(seed, n)
    naive = [min(1 - cosine(a, b) for j, b in enumerate(vectors) if j != i) for i, a in enumerate(vectors)]
    assert nearest_other(vectors).tolist() == pytest.approx(naive, abs=2e-6)


@settings(deadline=None)
@given(SEEDS, st.integers(1, 10), st.integers(1, 10))
def test_the_nearest_of_another_set_is_found(seed: int, n: int, m: int) -> None:
    left, right = some_vectors(seed, n), some_vectors(seed + 1, m)
    lefts, rights = nearest_across(left, right)
    assert lefts.tolist() == pytest.approx([min(1 - cosine(a, b) for b in right) for a in left], abs=2e-6)
    assert rights.tolist() == pytest.approx([min(1 - cosine(a, b) for a in left) for b in right], abs=2e-6)


@settings(deadline=None)
@given(SEEDS, st.lists(st.integers(0, 5), min_size=1, max_size=15).map(sorted))
def test_the_nearest_of_earlier_rounds_is_found(seed: int, rounds: list[int]) -> None:
    vectors = some_vectors(seed, len(rounds))
    found = nearest_earlier(vectors, np.array(rounds))
    for i, number in enumerate(rounds):
        earlier = [1 - cosine(vectors[i], vectors[j]) for j in range(i) if rounds[j] < number]
        assert found[i] == (pytest.approx(min(earlier), abs=2e-6) if earlier else pytest.approx(np.nan, nan_ok=True))


def test_distances_are_those_of_novelty() -> None:
    """The same samples, the same distance, wherever it is asked for."""
    vectors = some_vectors(5, 40, DIMENSIONS)
    memory = Neighbours()
    memory.extend([str(i) for i in range(39)], vectors[:39])
    asked = memory.nearest(vectors[39]).distance
    assert nearest_across(vectors[39:], vectors[:39])[0][0] == pytest.approx(asked, abs=1e-6)


def test_equal_samples_are_one_and_orthogonal_ones_are_many() -> None:
    same = to_grid(np.tile([[0.3, 0.1, 0.7]], (9, 1)))
    assert vendi(same) == pytest.approx(1)
    assert mean_cosine(same) == pytest.approx(1)
    assert nearest_other(same).tolist() == [0.0] * 9
    apart = to_grid(np.eye(9))
    assert vendi(apart) == pytest.approx(9)
    assert mean_cosine(apart) == pytest.approx(0)
    assert nearest_other(apart).tolist() == [1.0] * 9


def test_too_few_samples_have_no_figure() -> None:
    none, one = to_grid(np.zeros((0, 3))), to_grid(np.eye(1))
    assert (mean_cosine(none), vendi(none), nearest_other(none).tolist()) == (None, None, [])
    assert (mean_cosine(one), vendi(one), nearest_other(one).tolist()) == (None, pytest.approx(1), [])
