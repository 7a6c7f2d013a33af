"""Lexical near-duplicates, against the Jaccard similarity of every pair."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.duplicates import copies, near_duplicates
from memory.words.minhash import SHINGLE
from memory.words.tokens import Tokens, tokenize


def brute_force(tokens: Tokens, least: float) -> list[bool]:
    shingles = tokens.shingles(SHINGLE)
    sets = [set(shingles[i].tolist()) for i in range(len(shingles))]
    return [
        any(i != j and a and b and len(a & b) / len(a | b) >= least for j, b in enumerate(sets))
        for i, a in enumerate(sets)
    ]


@settings(deadline=None)
@given(
    st.lists(st.lists(st.sampled_from("abc"), max_size=8).map(" ".join), max_size=8),
    st.sampled_from([0.3, 0.5, 0.7, 1.0]),
)
def test_nothing_is_marked_that_is_no_duplicate(texts: list[str], least: float) -> None:
    tokens = tokenize(texts)
    expected = brute_force(tokens, least)
    assert all(is_one or not marked for marked, is_one in zip(near_duplicates(tokens, least), expected, strict=True))
    assert near_duplicates(tokens, 1.0).tolist() == brute_force(tokens, 1.0), "copies are always found"


def test_nearly_all_near_copies_are_found() -> None:
    rng = random.Random(4)
    pool = [f"w{number}" for number in range(400)]
    texts = [rng.choices(pool, k=60) for _ in range(300)]
    for number in range(150):  # copies with one to six words changed, some of them beyond the threshold
        copy = [*texts[number]]
        for place in rng.sample(range(60), rng.randint(1, 6)):
            copy[place] = rng.choice(pool)
        texts.append(copy)
    tokens = tokenize(" ".join(text) for text in texts)
    expected, found = brute_force(tokens, 0.7), near_duplicates(tokens, 0.7).tolist()
    assert sum(expected) > 100
    assert sum(found) >= 0.98 * sum(expected)


def test_a_crowd_of_copies_is_found_whole() -> None:
    assert near_duplicates(tokenize(["the same five words here"] * 500 + ["something else"]), 0.7).tolist() == [
        *[True] * 500,
        False,
    ]


def test_texts_without_words_are_no_duplicates() -> None:
    assert near_duplicates(tokenize(["", "…", "a b"]), 0.7).tolist() == [False] * 3
    assert near_duplicates(tokenize([]), 0.7).tolist() == []
    assert near_duplicates(tokenize(["hi", "hi"]), 0.7).tolist() == [True] * 2


@settings(deadline=None, max_examples=30)
@given(st.lists(st.lists(st.sampled_from("abc"), max_size=8).map(" ".join), max_size=8))
def test_a_copy_follows_what_it_copies_and_without_the_copies_none_is_left(texts: list[str]) -> None:
    tokens = tokenize(texts)
    found = copies(tokens, 0.7)
    for place, earlier in enumerate(found):
        assert earlier is None or (earlier < place and found[earlier] is None)
    marked = near_duplicates(tokens, 0.7).tolist()
    assert all(mark for mark, earlier in zip(marked, found, strict=True) if earlier is not None)
    left = [place for place, earlier in enumerate(found) if earlier is None]
    equal = [texts[place] for place in left if len(texts[place].split()) >= 3]
    assert len(set(equal)) == len(equal), "equal texts are never both left"
