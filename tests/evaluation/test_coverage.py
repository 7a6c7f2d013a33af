"""Coverage of axes."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.coverage import coverage, evenness

CELLS = st.lists(st.fixed_dictionaries({"a": st.sampled_from("xyz"), "b": st.sampled_from("pq"), "c": st.just("one")}))


@given(CELLS)
def test_values_pairs_and_cells_are_counted(cells: list[dict[str, str]]) -> None:
    axes = {"a": ["x", "y", "z"], "b": ["p", "q"], "c": ["one"]}
    found = coverage(cells, axes)
    if not cells:
        assert found is None
        return
    assert found is not None
    pairs = {((m, cell[m]), (n, cell[n])) for cell in cells for m, n in itertools.combinations("abc", 2)}
    assert (found.pairs.met, found.pairs.possible) == (len(pairs), 6 + 3 + 2)
    assert (found.cells.met, found.cells.possible) == (len({(cell["a"], cell["b"]) for cell in cells}), 6)
    assert {name: share.met for name, share in found.values.items()} == {n: len({c[n] for c in cells}) for n in "abc"}
    assert found.values["c"].evenness is None, "one value can be neither even nor uneven"


def test_without_axes_only_what_was_met_is_known() -> None:
    found = coverage([{"a": "x", "b": "p"}, {"a": "y", "b": "p"}, {}])
    assert found is not None
    assert found.samples == 2
    assert (found.cells.met, found.cells.possible) == (2, 2)


def test_a_row_may_lack_an_axis() -> None:
    found = coverage([{"a": "x"}, {"a": "y", "b": "p"}], {"a": ["x", "y", "z"]})
    assert found is not None
    assert found.values["a"].met == 2
    assert found.values["a"].possible == 3
    assert (found.pairs.met, found.pairs.possible) == (1, 3)


@given(st.lists(st.integers(1, 20), min_size=1, max_size=6), st.integers(0, 5))
def test_evenness_is_normalised_entropy(counts: list[int], unmet: int) -> None:
    possible, total = len(counts) + unmet, sum(counts)
    found = evenness(counts, possible)
    if min(possible, total) < 2:
        assert found is None
        return
    entropy = -sum(c / total * math.log(c / total) for c in counts)
    assert found == pytest.approx(entropy / math.log(min(possible, total)))


def test_evenness_at_its_extremes() -> None:
    assert evenness([5, 5, 5], 3) == pytest.approx(1)
    assert evenness([7], 3) == 0
    assert evenness([1, 1, 1], 1000) == pytest.approx(1), "three samples cannot be more even than in three cells"
