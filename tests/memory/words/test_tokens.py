"""Words, n-grams and shingles, against naive loops."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import memory.words.tokens
from memory.words.tokens import tokenize, words

TEXTS = st.lists(st.lists(st.sampled_from("abcde"), max_size=7).map(" ".join), max_size=6)


def naive_ngrams(text: str, n: int) -> list[tuple[str, ...]]:
    found = text.split()
    return [tuple(found[i : i + n]) for i in range(len(found) - n + 1)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't! It’s me.", ["don't", "it's", "me"]),
        ("'quoted' words-with dashes", ["quoted", "words", "with", "dashes"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("中文abc", ["中", "文", "abc"]),
        ("naïve cafe\u0301", ["naïve", "café"]),
        ("🙂 …", []),
    ],
)
def test_words_of_any_script(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(TEXTS, st.integers(1, 4))
def test_ngrams_stay_within_their_text(texts: list[str], n: int) -> None:
    tokens = tokenize(texts).ngrams(n)
    naive = [naive_ngrams(text, n) for text in texts]
    assert tokens.lengths.tolist() == [len(one) for one in naive]
    number: dict[tuple[str, ...], int] = {}
    for place, one in enumerate(naive):
        for gram, hashed in zip(one, tokens[place].tolist(), strict=True):
            assert number.setdefault(gram, hashed) == hashed, "the same n-gram, the same number"
    assert len(set(number.values())) == len(number), "another n-gram, another number"


@given(TEXTS, st.integers(1, 4))
def test_a_text_has_as_many_shingles_as_words(texts: list[str], n: int) -> None:
    tokens = tokenize(texts)
    shingles = tokens.shingles(n)
    assert shingles.lengths.tolist() == tokens.lengths.tolist()
    for place, text in enumerate(texts):
        inner = tokens.ngrams(n)[place].tolist()
        assert shingles[place].tolist()[: len(inner)] == inner, text


@given(TEXTS, st.data())
def test_some_of_the_texts_can_be_taken(texts: list[str], data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, len(texts) - 1), unique=True) if texts else st.just([]))
    taken, alone = tokenize(texts).take(places), tokenize([texts[i] for i in places])
    assert taken.hashes.tolist() == alone.hashes.tolist()
    assert taken.starts.tolist() == alone.starts.tolist()


@given(st.text(st.one_of(st.characters(codec="ascii"), st.sampled_from("’'_")), max_size=60))
def test_the_fast_way_for_ascii_finds_the_same_words(text: str) -> None:
    assert words(text) == memory.words.tokens._pattern().findall(text.replace("’", "'").lower())
