"""Coverage of axes."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.coverage import coverage, evenness
from scenarios.schema.axes import Axis, Exclusion, makes_sense
from scenarios.schema.space import Space

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


@given(
    st.lists(
        st.dictionaries(st.sampled_from("abc"), st.lists(st.sampled_from("xyz"), min_size=1), min_size=2), max_size=4
    ),
    st.lists(st.fixed_dictionaries(dict.fromkeys("abc", st.sampled_from("xyz")))),
)
def test_what_makes_no_sense_is_not_possible(excluded: list[dict[str, list[str]]], made: list[dict[str, str]]) -> None:
    axes = {name: Axis.model_validate(list("xyz")) for name in "abc"}
    space = Space(axes, [Exclusion.model_validate(each) for each in excluded])
    cells = [cell for cell in made if makes_sense(cell, space.exclusions)]
    found = coverage(cells, dict.fromkeys("abc", "xyz"), space.exclusions)
    if found is None:
        return
    assert found.pairs.possible == len(space.combinations)
    sensible = [
        cell
        for cell in itertools.product("xyz", repeat=3)
        if makes_sense(dict(zip("abc", cell, strict=True)), space.exclusions)
    ]
    assert found.cells.possible == len(sensible)


def test_what_was_met_is_possible_whatever_the_scenario_says_today() -> None:
    found = coverage(
        [{"a": "x", "b": "p"}], {"a": ["x"], "b": ["p", "q"]}, [Exclusion(axes={"a": ("x",), "b": ("p",)})]
    )
    assert found is not None
    assert (found.pairs.met, found.pairs.possible, found.cells.possible) == (1, 2, 2)


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
