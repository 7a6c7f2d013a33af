"""Lexical overlap: MinHash and its index against the Jaccard similarity of every pair."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import memory.words.overlap
from memory.words.minhash import BANDS, SHINGLE, bands, missed, rows_for, signatures
from memory.words.overlap import Lexicon, Overlap, common_run, signed
from memory.words.tokens import tokenize, words

TEXTS = st.lists(st.lists(st.sampled_from("abc"), max_size=9).map(" ".join), min_size=1, max_size=12)


def shingles(text: str) -> set[tuple[str, ...]]:
    padded = [*words(text), *[""] * (SHINGLE - 1)]
    return {tuple(padded[i : i + SHINGLE]) for i in range(len(words(text)))}


def similarity(left: str, right: str) -> float:
    a, b = shingles(left), shingles(right)
    return len(a & b) / len(a | b) if a and b else 0.0


def near_copies(seed: int, count: int, length: int = 60) -> list[str]:
    """Texts of random words, every other one a copy of the one before with up to a tenth of its words changed."""
    rng = random.Random(seed)
    pool = [f"w{number}" for number in range(400)]
    texts: list[list[str]] = []
    for number in range(count):
        text = [*texts[-1]] if number % 2 else rng.choices(pool, k=length)
        if number % 2:
            for place in rng.sample(range(length), rng.randint(0, length // 10)):
                text[place] = rng.choice(pool)
        texts.append(text)
    return [" ".join(text) for text in texts]


def lexicon(texts: list[str], least: float = 0.7) -> Lexicon:
    found = Lexicon(least)
    for place, one in enumerate(signed(texts)):
        found.add(str(place), one)
    return found


@settings(deadline=None)
@given(TEXTS, st.sampled_from([0.3, 0.5, 0.7, 1.0]))
def test_what_is_found_is_true_and_copies_are_always_found(texts: list[str], least: float) -> None:
    known, (new,) = texts[:-1], signed(texts[-1:])
    found = lexicon(known, least).nearest(new)
    shares = [similarity(text, new.text) for text in known]
    if found is None:
        assert 1.0 not in shares
        return
    assert found.share == pytest.approx(shares[int(found.nearest)], abs=1e-6)
    assert found.share >= least
    assert f" {found.text} " in f" {new.text} "
    assert f" {found.text} " in f" {known[int(found.nearest)]} "
    if 1.0 in shares:
        assert (found.share, found.nearest) == (1.0, str(shares.index(1.0))), "of equal ones the first"


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32), st.lists(st.integers(0, 40), min_size=1, max_size=5), st.sampled_from([0.3, 0.7]))
def test_how_texts_arrive_does_not_matter(seed: int, counts: list[int], least: float) -> None:
    texts = near_copies(seed, sum(counts) + 1, 20)
    one = lexicon(texts[:-1], least)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory.words.overlap, "_LOOSE", 1 + seed % 7)
        other, done = Lexicon(least), 0
        for number, count in enumerate(counts):
            names = [str(place) for place in range(done, done + count)]
            if number % 2:
                other.extend(names, texts[done : done + count])
            else:
                for name, text in zip(names, signed(texts[done : done + count]), strict=True):
                    other.add(name, text)
            done += count
        assert len(other) == done
        for text in signed(texts):
            assert one.nearest(text) == other.nearest(text)


def test_the_index_misses_as_seldom_as_it_says() -> None:
    """Over pairs of known similarity, the share without a common band is the stated probability."""
    rng = random.Random(5)
    lost, expected, pairs = 0, 0.0, 2000
    texts = []
    for _ in range(pairs):
        text = [f"v{rng.randrange(10**6)}" for _ in range(60)]
        copy = [*text]
        for place in range(0, 60, 10):
            copy[place] = f"v{rng.randrange(10**6)}"
        texts += [" ".join(text), " ".join(copy)]
    keys = bands(signatures(tokenize(texts).shingles(SHINGLE)))
    for number in range(pairs):
        lost += not (keys[2 * number] == keys[2 * number + 1]).any()
        expected += missed(similarity(texts[2 * number], texts[2 * number + 1]))
    assert expected / pairs == pytest.approx(missed(0.55), abs=0.03)
    assert abs(lost - expected) <= 4 * expected**0.5
    assert missed(0.7) < 2e-4
    assert missed(1.0) == 0
    for bound in (0.1, 0.3, 0.5, 0.7, 0.9):
        assert missed(bound, rows_for(bound)) < 1e-3
    assert keys.shape == (2 * pairs, BANDS)


def test_near_copies_are_found_among_thousands() -> None:
    texts = near_copies(3, 3000)
    found = Lexicon(0.7)
    for place, one in enumerate(signed(texts)):
        overlap = found.nearest(one)
        before = similarity(one.text, texts[place - 1]) if place % 2 else 0.0
        assert (overlap is not None) == (before >= 0.7)
        if overlap:
            assert overlap.nearest == str(place - 1)
            assert overlap.share == pytest.approx(before, abs=1e-6)
        found.add(str(place), one)


def test_a_crowd_of_one_form_does_not_hide_the_copy() -> None:
    form = " ".join(f"f{number}" for number in range(60))
    texts = [f"{form} {' '.join(f'a{place}b{number}' for number in range(40))}" for place in range(700)]
    assert lexicon(texts).nearest(signed([texts[650]])[0]) == Overlap(
        nearest="650", share=1.0, text=common_run(texts[650], texts[650])
    )
    assert len(common_run(texts[650], texts[650])) == 200
    assert lexicon(texts).nearest(signed([f"{form} {' '.join(['z'] * 40)}"])[0]) is None


def test_texts_without_words_are_like_no_other() -> None:
    found = lexicon(["", "…", "a b"])
    assert found.nearest(signed(["…"])[0]) is None
    assert found.nearest(signed(["a b"])[0]) == Overlap(nearest="2", share=1.0, text="a b")
    assert Lexicon(0.1).nearest(signed(["a b"])[0]) is None
