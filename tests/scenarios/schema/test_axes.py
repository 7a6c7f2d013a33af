"""Axes: every form becomes a list of values, and mistakes are errors."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scenarios.schema.axes import Axis, Exclusion, Numbers, completed, makes_sense, tuples_of


def names(given: Any) -> list[str]:
    return [value.name for value in Axis.model_validate(given).values]


def test_every_form_gives_values() -> None:
    assert names(["a", {"name": "b", "text": "x"}]) == ["a", "b"]
    assert names({"values": ["a", 2]}) == ["a", "2"]
    weighted = Axis.model_validate({"weighted": {"rare": 1, "common": 9}})
    assert [(value.name, value.weight) for value in weighted.values] == [("rare", 1.0), ("common", 9.0)]
    tree = Axis.model_validate(
        {"tree": {"sport": {"ball": ["tennis", "golf"], "water": [{"name": "rowing", "boats": "yes"}]}}}
    )
    assert [value.attributes() for value in tree.values] == [
        {"name": "tennis", "parent": "ball", "path": "sport / ball"},
        {"name": "golf", "parent": "ball", "path": "sport / ball"},
        {"name": "rowing", "boats": "yes", "parent": "water", "path": "sport / water"},
    ]
    assert names({"numbers": {"least": 18, "most": 80, "bins": 3}}) == ["18 to 38", "39 to 59", "60 to 80"]


@pytest.mark.parametrize(
    "wrong",
    [
        [], {}, 3, "a", ["a", "a"], {"values": []}, {"weighted": {"a": 0}}, {"weighted": {"a": -1}}, {"tree": "x"}, {"tree": {"a": 3}},
        {"numbers": {"least": 3, "most": 3}}, {"numbers": {"least": 1, "most": 3, "bins": 5}}, {"valves": ["a"]},
        {"ideate": {"ask": "x"}}, {"tree": {"a": ["x"], "b": ["x"]}}, {"values": ["a"], "weighted": {"a": 1}}, {"file": 3},
        {"weighted": ["a"]}, {"values": "a"}, {"numbers": 3},
    ],
)  # fmt: skip
def test_a_mistake_is_an_error(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        Axis.model_validate(wrong)


@given(st.integers(-1000, 1000), st.integers(1, 500), st.integers(1, 20))
def test_bins_of_whole_numbers_hold_each_number_once(least: int, span: int, bins: int) -> None:
    if span + 1 < bins:
        return
    values = Numbers(least=least, most=least + span, bins=bins).values()
    assert len(values) == bins
    held = [number for value in values for number in range(value["low"], value["high"] + 1)]
    assert held == list(range(least, least + span + 1))


@given(st.floats(-100, 100), st.floats(0.01, 100), st.integers(1, 20))
def test_bins_of_other_numbers_join(least: float, span: float, bins: int) -> None:
    values = Numbers(least=least, most=least + span, bins=bins, whole=False).values()
    assert values[0]["low"] == least
    assert values[-1]["high"] == pytest.approx(least + span)
    assert all(left["high"] == right["low"] for left, right in pairwise(values))


@given(st.integers(-50, 50), st.floats(0.01, 1000), st.integers(1, 9), st.booleans(), st.integers(0, 2**62))
def test_a_number_lies_in_its_bin(least: int, span: float, bins: int, whole: bool, seed: int) -> None:
    most = least + int(span) + bins if whole else least + span
    axis = Axis.model_validate({"numbers": {"least": least, "most": most, "bins": bins, "whole": whole}})
    for value in axis.values:
        found = axis.attributes(value.name, seed)
        assert found == axis.attributes(value.name, seed)
        assert float(found["low"]) <= float(found["number"]) <= float(found["high"])
        assert not whole or found["number"] == str(int(found["number"]))


def test_a_number_is_drawn_anew_for_each_seed() -> None:
    axis = Axis.model_validate({"numbers": {"least": 0, "most": 9, "bins": 2}})
    assert {axis.attributes("0 to 4", seed)["number"] for seed in range(60)} == set("01234")


def test_what_is_completed_makes_sense() -> None:
    axes = dict.fromkeys("xyz", ("a", "b"))
    rules = [Exclusion.model_validate({"x": "a", "y": "a"}), Exclusion.model_validate({"x": "b", "y": "a"})]
    assert completed(axes, rules, {}) == {"x": "a", "y": "b", "z": "a"}
    assert completed(axes, rules, {"y": "a"}) is None
    assert completed({**axes, "y": ("a",)}, rules, {}) is None
    assert completed({**axes, "z": ()}, rules, {}) is None
    assert completed(axes, rules, {"z": "b"}) == {"x": "a", "y": "b", "z": "b"}


def test_exclusions_forbid_what_holds_all_of_them() -> None:
    rules = [Exclusion.model_validate({"age": ["child"], "job": ["pilot", "judge"]})]
    assert not makes_sense({"age": "child", "job": "pilot"}, rules)
    assert makes_sense({"age": "adult", "job": "pilot"}, rules)
    assert makes_sense({"age": "child"}, rules)
    assert Exclusion.model_validate({"age": "child", "job": "pilot"}).forbids({"age": "child", "job": "pilot"})
    with pytest.raises(ValidationError):
        Exclusion.model_validate({"age": ["child"]})


def test_combinations_of_a_cell() -> None:
    cell = {"a": "1", "b": "2", "c": "3"}
    assert len(list(tuples_of(cell, 2))) == 3
    assert list(tuples_of({"a": "1"}, 2)) == [(("a", "1"),)]
