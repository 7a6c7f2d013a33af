"""Words, n-grams and what is counted of them, against naive loops and full enumeration."""

from __future__ import annotations

import gzip
import itertools
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.lexical import compression_ratio, distinct, drawn, ingf_document_share
from memory.words.tokens import Tokens, tokenize

TEXTS = st.lists(st.lists(st.sampled_from("abcde"), max_size=7).map(" ".join), max_size=6)


def naive_ngrams(text: str, n: int) -> list[tuple[str, ...]]:
    found = text.split()
    return [tuple(found[i : i + n]) for i in range(len(found) - n + 1)]


@given(TEXTS, st.integers(1, 3))
def test_distinct_is_different_ngrams_over_ngrams(texts: list[str], n: int) -> None:
    grams = [gram for text in texts for gram in naive_ngrams(text, n)]
    assert distinct(tokenize(texts).ngrams(n)) == (len(set(grams)) / len(grams) if grams else None)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(1, 12))
def test_what_is_drawn_is_the_mean_over_all_draws(counts: list[int], budget: int) -> None:
    """Every subset of the tokens, enumerated."""
    pool = [token for token, count in enumerate(counts) for _ in range(count)][:10]
    size = min(budget, len(pool))
    different, entropies = [], []
    for subset in itertools.combinations(pool, size):
        met = Counter(subset).values()
        different.append(len(met))
        entropies.append(-sum(k / size * math.log2(k / size) for k in met))
    found = drawn(np.array(list(Counter(pool).values())), budget)
    assert found.tokens == size
    assert found.different == pytest.approx(np.mean(different), abs=1e-9)
    assert found.entropy == pytest.approx(np.mean(entropies), abs=1e-9)
    assert found.distinct == pytest.approx(np.mean(different) / size, abs=1e-9)


def test_what_is_drawn_of_many_tokens_agrees_with_drawing_them() -> None:
    rng = np.random.default_rng(3)
    pool = rng.zipf(1.4, 200_000) % 5000
    found = drawn(np.unique(pool, return_counts=True)[1], 2000)
    draws = [np.unique(rng.choice(pool, 2000, replace=False), return_counts=True)[1] for _ in range(60)]
    shares = [counts / 2000 for counts in draws]
    assert found.different == pytest.approx(np.mean([len(counts) for counts in draws]), rel=0.01)
    assert found.entropy == pytest.approx(np.mean([-(p * np.log2(p)).sum() for p in shares]), rel=0.01)


def test_what_is_drawn_of_very_many_tokens_is_precise() -> None:
    """Where every token occurs once, everything drawn is different, whatever the size."""
    counts = np.ones(3_000_000, np.int64)
    found = drawn(counts, 10_000)
    assert found.different == pytest.approx(10_000, rel=1e-9)
    assert found.entropy == pytest.approx(math.log2(10_000), rel=1e-9)
    assert drawn(np.array([20_000_000]), 10_000).different == pytest.approx(1)


def test_nothing_can_be_drawn_of_nothing() -> None:
    found = drawn(tokenize([""]).counts(), 100)
    assert (found.tokens, found.different, found.entropy, found.distinct) == (0, 0, 0, None)


@given(TEXTS, st.integers(1, 3))
def test_ingf_is_the_chance_to_meet_an_ngram_in_another_sample(texts: list[str], n: int) -> None:
    sets = [set(naive_ngrams(text, n)) for text in texts]
    met = [gram in sets[j] for i, one in enumerate(sets) for gram in one for j in range(len(sets)) if j != i]
    found = ingf_document_share(tokenize(texts).ngrams(n))
    assert found == (pytest.approx(sum(met) / len(met)) if met else None)


def test_ingf_at_its_extremes() -> None:
    assert ingf_document_share(tokenize(["a b c"] * 5).ngrams(2)) == 1
    assert ingf_document_share(tokenize(["a b", "c d", "e f"]).ngrams(2)) == 0


def test_the_compression_ratio_is_that_of_zlib() -> None:
    texts = [f"line {i % 7} of {i}" for i in range(2000)]
    raw = "".join(f"{text}\n" for text in texts).encode()
    gzipped = len(gzip.compress(raw, 6)) - 12  # gzip's header and trailer are 12 bytes longer than zlib's
    assert compression_ratio(texts) == len(raw) / gzipped
    assert compression_ratio([]) is None
    assert (compression_ratio(["same words"] * 1000) or 0) > 50


def test_tokens_know_how_many_texts_they_are_of() -> None:
    tokens = tokenize(["a b", "", "c"])
    assert len(tokens) == 3
    assert isinstance(tokens, Tokens)
    assert tokens[1].tolist() == []
