"""Novelty: exact nearest neighbours, whatever the order."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import memory.vectors.embedding
import memory.vectors.novelty
from memory.vectors.embedding import DIMENSIONS, GRID, Vectors, WordLlamaEmbedding, to_grid
from memory.vectors.novelty import Neighbours, nearer, novel
from scenarios.records import Novelty


def grid_vectors(seed: int, count: int, spread: int) -> Vectors:
    """Random integer vectors on the grid; a small spread makes many ties."""
    rng = np.random.default_rng(seed)
    raw = rng.integers(-spread, spread + 1, (count, DIMENSIONS)).astype(np.float64)
    raw[:, spread:] = 0 if spread < DIMENSIONS and spread < 3 else raw[:, spread:]
    return to_grid(raw) if spread > 3 else raw.astype(np.float32)


def brute(known: Vectors, vector: Vectors) -> list[float]:
    """Cosine distances, one by one, in Python's whole numbers."""
    found = []
    for other in known:
        dot = sum(int(a) * int(b) for a, b in zip(vector, other, strict=True))
        size = (sum(int(a) ** 2 for a in vector) * sum(int(b) ** 2 for b in other)) ** 0.5
        found.append(1 - dot / size if size else 1.0)
    return found


@given(st.integers(0, 2**32), st.integers(1, 25), st.sampled_from([1, 2, 500]))
def test_the_nearest_is_the_one_that_brute_force_finds(seed: int, count: int, spread: int) -> None:
    vectors = grid_vectors(seed, count + 1, spread)
    neighbours = Neighbours()
    for place, vector in enumerate(vectors[:-1]):
        neighbours.add(str(place), vector)
    found = neighbours.nearest(vectors[-1])
    distances = brute(vectors[:-1], vectors[-1])
    assert found.distance == pytest.approx(max(0.0, min(distances)), abs=1e-6)
    assert found.nearest is not None
    assert distances[int(found.nearest)] == pytest.approx(min(distances), abs=1e-12)


@given(st.integers(0, 2**32), st.integers(2, 20))
def test_the_distance_does_not_depend_on_the_order(seed: int, count: int) -> None:
    vectors = grid_vectors(seed, count + 1, 500)
    order = list(range(count))
    random.Random(seed).shuffle(order)
    one, other = Neighbours(), Neighbours()
    for place in range(count):
        one.add(str(place), vectors[place])
    for place in order:
        other.add(str(place), vectors[place])
    assert one.nearest(vectors[-1]) == other.nearest(vectors[-1])


@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 6), st.sampled_from([1, 2, 500]), st.integers(0, 40))
def test_a_batch_finds_what_one_by_one_finds_in_blocks_of_any_size(
    seed: int, count: int, asked: int, spread: int, since: int
) -> None:
    vectors = grid_vectors(seed, count + asked, spread)
    vectors[:: 1 + seed % 5] = vectors[0] * (seed % 2)  # doubles, or texts without a known word
    known, new = vectors[:count], vectors[count:]
    neighbours = Neighbours()
    for place, vector in enumerate(known):
        neighbours.add(str(place), vector)
    whole = neighbours.nearest_each(new, since)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory.vectors.novelty, "_BLOCK", 1 + seed % 9)
        assert neighbours.nearest_each(new, since) == whole
        assert [neighbours.nearest(vector, since) for vector in new] == whole
    for vector, found in zip(new, whole, strict=True):
        distances = brute(known[since:], vector)
        if not distances:
            assert found == Novelty()
            continue
        assert found.nearest is not None
        assert found.distance == pytest.approx(max(0.0, min(distances)), abs=1e-6)
        first = next(place for place, one in enumerate(distances) if one <= min(distances) + 1e-13)
        assert int(found.nearest) == since + first


@pytest.mark.parametrize(
    ("left", "right", "nearest"),
    [(0.2, 0.1, "right"), (0.1, 0.2, "left"), (0.1, 0.1, "left"), (None, 0.1, "right"), (0.1, None, "left")],
)
def test_the_nearer_of_two(left: float | None, right: float | None, nearest: str) -> None:
    found = [Novelty(nearest=None if d is None else name, distance=d) for name, d in (("left", left), ("right", right))]
    assert nearer(*found).nearest == nearest


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32), st.lists(st.integers(0, 900), max_size=4), st.sampled_from([1, 500]))
def test_many_at_once_are_as_one_by_one(seed: int, counts: list[int], spread: int) -> None:
    vectors = grid_vectors(seed, sum(counts) + 1, spread)
    one, many, done = Neighbours(), Neighbours(), 0
    for count in counts:
        names = [str(place) for place in range(done, done + count)]
        for place, name in enumerate(names, done):
            one.add(name, vectors[place])
        many.extend(names, vectors[done : done + count])
        done += count
    assert len(one) == len(many) == done
    assert one._ids == many._ids
    assert np.array_equal(one._vectors[:done], many._vectors[:done])
    assert np.array_equal(one._norms[:done], many._norms[:done])
    assert one.nearest(vectors[-1]) == many.nearest(vectors[-1])


def test_ties_go_to_the_one_remembered_first() -> None:
    vector = grid_vectors(1, 1, 500)[0]
    neighbours = Neighbours()
    for name in ("first", "second"):
        neighbours.add(name, vector)
    assert neighbours.nearest(vector) == Novelty(nearest="first", distance=0.0)


def test_nothing_is_near_an_empty_memory() -> None:
    assert Neighbours().nearest(grid_vectors(1, 1, 500)[0]) == Novelty()
    assert novel(Novelty(), 2.0)


@pytest.mark.parametrize(("distance", "least", "right"), [(0.1, 0.1, True), (0.099999, 0.1, False), (0.0, 0.0, True)])
def test_the_bound_itself_is_far_enough(distance: float, least: float, right: bool) -> None:
    assert novel(Novelty(nearest="a", distance=distance), least) is right


def test_it_grows_past_its_first_size() -> None:
    vectors = grid_vectors(3, 2500, 500)
    neighbours = Neighbours()
    for place, vector in enumerate(vectors):
        neighbours.add(str(place), vector)
    assert len(neighbours) == 2500
    for place in (0, 1023, 1024, 2047, 2048, 2499):
        assert neighbours.nearest(vectors[place]) == Novelty(nearest=str(place), distance=0.0)


def test_a_text_has_one_vector_alone_or_in_any_batch() -> None:
    texts = ["A kettle leaks.", "The long story of a kettle that leaked for many a year.", "", "zzzxqj", "Hi."]
    embedding = WordLlamaEmbedding()
    together = embedding.vectors(texts)
    assert together.shape == (5, DIMENSIONS)
    assert np.array_equal(together, np.rint(together))
    for place, text in enumerate(texts):
        assert np.array_equal(embedding.vectors([text])[0], together[place])
    assert np.array_equal(embedding.vectors(texts[::-1])[::-1], together)
    assert embedding.vectors([]).shape == (0, DIMENSIONS)


@given(st.text() | st.lists(st.sampled_from(["amber", "bridge", "naïve", "東京", "!?", "B-17"])).map(" ".join))
def test_a_vector_is_the_one_that_wordllama_gives_bit_for_bit(text: str) -> None:
    theirs = memory.vectors.embedding.wordllama_model().embed([text], norm=False).astype(np.float64)
    assert np.array_equal(WordLlamaEmbedding().vectors([text]), to_grid(theirs))


def test_the_grid_keeps_distances() -> None:
    texts = ["The kettle leaks.", "My kettle is leaking.", "A train to the sea at night."]
    grid = WordLlamaEmbedding().vectors(texts).astype(np.float64)
    raw = memory.vectors.embedding.wordllama_model().embed(texts, norm=True).astype(np.float64)
    norms = np.linalg.norm(grid, axis=1)
    assert np.allclose(norms, GRID, rtol=0.01)
    ours = 1 - grid @ grid.T / np.outer(norms, norms)
    assert np.allclose(ours, 1 - raw @ raw.T, atol=1e-3)
    assert ours[0, 1] < ours[0, 2]


def test_dot_products_on_the_grid_are_exact_in_float32() -> None:
    vectors = grid_vectors(9, 200, 500)
    exact = vectors.astype(np.int64) @ vectors.astype(np.int64).T
    assert np.abs(exact).max() < 2**24
    assert np.array_equal((vectors @ vectors.T).astype(np.int64), exact)


@pytest.mark.parametrize("dimensions", [2, 256, 1536, 3072])
def test_products_are_exact_whatever_the_dimensions(dimensions: int) -> None:
    """The sum of the products' sizes, a bound on every partial sum, stays below 2**24."""
    draw = np.random.default_rng(dimensions)
    raw = np.vstack([draw.standard_normal((6, dimensions)), np.ones((1, dimensions)), np.eye(1, dimensions)])
    grid = to_grid(raw)
    exact = grid.astype(np.int64) @ grid.astype(np.int64).T
    assert np.array_equal((grid @ grid.T).astype(np.int64), exact)
    assert np.array_equal((grid[:, ::-1] @ grid[:, ::-1].T).astype(np.int64), exact)
    assert (np.abs(grid).astype(np.int64) @ np.abs(grid).astype(np.int64).T).max() < 2**24
    assert (GRID + np.sqrt(65_536) / 2) ** 2 < 2**24, "the most that rounding can add to a vector's length"
    neighbours = Neighbours()
    neighbours.extend([str(place) for place in range(len(grid))], grid)
    assert neighbours.dimensions == dimensions
    assert neighbours.nearest(grid[3]) == Novelty(nearest="3", distance=0.0)
