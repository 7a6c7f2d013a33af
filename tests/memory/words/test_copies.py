"""Copies of texts that may not be repeated, against naive loops."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.words.copies import RUN, SHORTEST, Copied, SharedParts, SharedRuns, Source


def longest(left: list[str], right: list[str]) -> int:
    best = 0
    for i in range(len(left)):
        for j in range(len(right)):
            size = 0
            while i + size < len(left) and j + size < len(right) and left[i + size] == right[j + size]:
                size += 1
            best = max(best, size)
    return best


def mixture(rng: random.Random, sources: list[list[str]]) -> list[str]:
    """Words of its own and pieces of the sources."""
    text: list[str] = []
    for _ in range(rng.randint(0, 4)):
        text += [f"o{rng.randrange(50)}" for _ in range(rng.randint(0, 6))]
        if sources:
            source = rng.choice(sources)
            start = rng.randint(0, len(source))
            text += source[start : start + rng.randint(0, 20)]
    return text


@settings(deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 6))
def test_a_shared_run_is_found_where_there_is_one(seed: int, count: int) -> None:
    rng = random.Random(seed)
    rows = [
        [f"w{rng.randrange(30)}" for _ in range(rng.choice([0, 3, 7, 8, 11, 12, 13, 14, 30]))] for _ in range(count)
    ]
    text = mixture(rng, rows)
    runs = SharedRuns([Source(where=f"f:{place}", text=" ".join(row)) for place, row in enumerate(rows)])
    found = runs.find(" ".join(text))
    lengths = [longest(text, row) for row in rows]
    hits = {
        f"f:{place}": length
        for place, (row, length) in enumerate(zip(rows, lengths, strict=True))
        if len(row) >= SHORTEST and length >= min(RUN, len(row))
    }
    assert runs.passed_over == sum(len(row) < SHORTEST for row in rows)
    if not hits:
        assert found is None
        return
    assert found is not None
    assert found.nearest == max(hits, key=lambda name: hits[name])
    assert found.figure == hits[found.nearest]
    assert found.text.rstrip("…") in " ".join(text)
    assert len(found.text) <= 200


@pytest.mark.parametrize(("shared", "expected"), [(RUN - 1, None), (RUN, float(RUN))])
def test_the_run_itself_is_enough(shared: int, expected: float | None) -> None:
    row = [f"r{number}" for number in range(40)]
    found = SharedRuns([Source(where="b.jsonl:7", text=" ".join(row))]).find(
        " ".join(["Own,", *row[5 : 5 + shared], "own."])
    )
    assert (found and found.figure) == expected
    assert (found and found.nearest) == (expected and "b.jsonl:7")


@settings(deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 4), st.sampled_from([0.3, 0.5, 1.0]))
def test_a_shared_part_is_found_where_there_is_one(seed: int, count: int, least: float) -> None:
    rng = random.Random(seed)
    rows = [[f"w{rng.randrange(40)}" for _ in range(rng.choice([2, 9, 10, 25]))] for _ in range(count)]
    text = mixture(rng, rows)

    def grams(tokens: list[str]) -> set[tuple[str, ...]]:
        return {tuple(tokens[i : i + 3]) for i in range(len(tokens) - 2)}

    sizes = [min(len(grams(row)), len(grams(text))) for row in rows]
    parts = [
        len(grams(row) & grams(text)) / size if size >= SHORTEST else -1.0
        for row, size in zip(rows, sizes, strict=True)
    ]
    sources = [Source(where=f"demonstration {place}", text=" ".join(row)) for place, row in enumerate(rows)]
    found = SharedParts(sources, least).find(" ".join(text))
    if not parts or max(parts) < least:
        assert found is None
    else:
        assert found is not None
        assert found.nearest == f"demonstration {parts.index(max(parts))}"
        assert found.figure == pytest.approx(max(parts), abs=1e-6)


def test_a_demonstration_with_other_names_is_a_copy() -> None:
    shown = "Could you give me the order number? It is QF-6283, and my name is Helga. Thank you, Helga, I will look."
    made = "Could you give me the order number? It is AB-1111, and my name is Otto. Thank you, Otto, I will look."
    copied = SharedParts([Source(where="demonstration 1", text=shown)], 0.5).find(made)
    assert copied == Copied(
        nearest="demonstration 1",
        figure=copied.figure if copied else 0,
        text="could you give me the order number it is",
    )
    assert SharedRuns([Source(where="demonstration 1", text=shown)]).find(made) is None
