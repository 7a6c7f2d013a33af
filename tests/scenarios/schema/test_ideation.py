"""Ideated axes in a scenario: what may be asked for, what can be a value, and the scenario with the values that came."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from graphs.settings.templates import check_templates
from scenarios.errors import ScenarioError
from scenarios.ideated import Ideated
from scenarios.loading import load
from scenarios.schema.axes import Axis, makes_sense
from scenarios.schema.ideation import LONGEST, tidied, unfit
from scenarios.templates import render
from tests.helpers import NOTES, TALK, loaded, write_scenario

TOPIC = {"about": "a thing", "count": 4, "examples": ["a map", "a bell"]}


def test_until_it_is_ideated_an_axis_has_as_many_values_as_it_will_have() -> None:
    axis = Axis.model_validate({"ideate": TOPIC})
    assert axis.names[:2] == axis.known == ("a map", "a bell")
    assert len(axis.names) == 4
    assert Axis.model_validate(axis.model_dump()) == axis


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"abuot": "x"}, "unknown field 'ideate.abuot' (did you mean 'about'?)"),
        ({"about": ""}, "ideate.about"),
        ({"about": "x" * 301}, "ideate.about"),
        ({"count": 1}, "ideate.count"),
        ({"count": 201}, "ideate.count"),
        ({"calls": 0}, "ideate.calls"),
        ({"calls": 101}, "ideate.calls"),
        ({"count": 2}, "leaves nothing to ideate"),
        ({"examples": "a"}, "'examples' is a list"),
        ({"examples": ["a map", "a map"]}, "names a value twice"),
        ({"examples": ["{{ 1 }}"]}, "the sign {"),
        ({"examples": ["x" * 61]}, "61 characters"),
        ({"examples": {"calm": ["a"]}}, "a list without 'each'"),
        ({"each": "mood"}, "a mapping of its values to lists with 'each'"),
        ({"each": "modo", "examples": {}}, "'modo' is not another axis (did you mean 'mood'?)"),
        ({"each": "topic", "examples": {}}, "'topic' is not another axis"),
        ({"each": "mood", "examples": {"clam": ["a"]}}, "'mood' has no value 'clam' (did you mean 'calm'?)"),
        ({"each": "mood", "examples": {}, "count": 200}, None),
        ({"prompt": {"chat": "gone.jinja", "transcript": "guest.jinja"}}, "names the file 'gone.jinja'"),
    ],
)  # fmt: skip
def test_a_mistake_names_its_field(tmp_path: Path, changes: dict[str, Any], said: str | None) -> None:
    path = write_scenario(tmp_path, TALK)
    data = yaml.safe_load(path.read_text())
    data["axes"]["topic"] = {"ideate": {**TOPIC, **changes}}
    path.write_text(yaml.safe_dump(data))
    if said is None:
        assert load(str(path))
        return
    with pytest.raises(ScenarioError) as error:
        load(str(path))
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_as_many_values_as_the_planner_can_weigh(tmp_path: Path) -> None:
    many = {"ideate": {"about": "y", "count": 200, "each": "topic"}}
    with pytest.raises(ScenarioError, match="asks for 1200 values; at most 1000 are possible"):
        loaded(tmp_path, NOTES, axes={"topic": [f"t{n}" for n in range(6)], "own": many})


def test_only_examples_can_be_named_beforehand(tmp_path: Path) -> None:
    for changes in (
        {"exclude": [{"topic": ["a coat"], "mood": ["calm"]}]},
        {"facts": {"day": {"choice": ["Monday"], "when": {"topic": ["a coat"]}}}},
    ):
        with pytest.raises(ScenarioError, match="only its examples can be named beforehand, a map, a bell"):
            loaded(tmp_path, TALK, axes={"topic": {"ideate": TOPIC}}, **changes)
    assert loaded(tmp_path, TALK, axes={"topic": {"ideate": TOPIC}}, exclude=[{"topic": "a map", "mood": "calm"}])


def test_one_step_of_each_is_the_most(tmp_path: Path) -> None:
    axes = {"a": {"ideate": {"about": "x", "count": 2, "each": "topic"}},
            "b": {"ideate": {"about": "x", "count": 2, "each": "a"}}}  # fmt: skip
    with pytest.raises(ScenarioError, match="'a' has an 'each' of its own"):
        loaded(tmp_path, NOTES, axes=axes)


def test_a_scenario_may_bring_prompts_for_its_ideator(tmp_path: Path) -> None:
    prompt = {"chat": "ideas.jinja", "transcript": "ideas.jinja"}
    path = write_scenario(tmp_path, NOTES, axes={"topic": {"ideate": {**TOPIC, "prompt": prompt}}})
    (tmp_path / "ideas.jinja").write_text("{{ about }} {{ known }} {{ count }} {{ nothing }}")
    with pytest.raises(ScenarioError, match="'nothing' is undefined"):
        check_templates(load(str(path)))
    (tmp_path / "ideas.jinja").write_text("{{ about }} {{ known }} {{ count }} {{ each }} {{ parent }} {{ others }}")
    check_templates(load(str(path)))


@pytest.mark.parametrize(
    ("text", "fit"),
    [
        ("a leaking tap", True), ("St. John's wort", True), ("naïve émigrés", True), ("水漏れ", True), ("3 nails", True),
        ("", False), ("42", False), ("a\nb", False), ("a\u2028b", False), ("a\u200bb", False), ("{{ 7 * 7 }}", False),
        ("{% if x %}", False), ("{# x #}", False), ("oil|fat", False), ("a=b", False), ("a[0]", False), ("`ls`", False),
        ("**bold**", False), ("=== system ===", False), (" a", False), ("a.", False), ("x" * 60, True), ("x" * 61, False),
    ],
)  # fmt: skip
def test_what_can_be_a_value(text: str, fit: bool) -> None:
    assert (unfit(text) == "") is fit


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("- a tap ", "a tap"), ("1. a tap.", "a tap"), ('"a tap"', "a tap"), ("12) a tap;", "a tap"), ("“a tap”,", "a tap"),
        ("a tap (old)", "a tap (old)"), ("3 taps", "3 taps"), ("-", "-"), ("", ""),
    ],
)  # fmt: skip
def test_a_proposal_is_tidied(text: str, tidy: str) -> None:
    assert tidied(text) == tidy


@given(st.text(max_size=80))
def test_a_value_stands_for_itself_in_every_template(text: str) -> None:
    if not unfit(text):
        assert len(text) <= LONGEST
        assert render("{{ x.name }}", {"x": {"name": text}}, "") == text
        assert render(text, {}, "") == text, "also where it were taken for a template"
        assert yaml.safe_load(yaml.safe_dump({"x": [text]}, allow_unicode=True)) == {"x": [text]}


def ideated() -> Ideated:
    found = Ideated().and_axis("topic", {"": ["a map", "a bell", "tea"]})
    return found.and_axis("reason", {"a map": ["lost", "torn"], "a bell": ["dumb"], "tea": ["cold"]}, "topic")


def test_values_of_another_value_make_no_sense_with_it() -> None:
    found = ideated()
    assert found.axes["reason"].value("torn").attributes() == {"name": "torn", "parent": "a map"}
    own = {"lost": "a map", "torn": "a map", "dumb": "a bell", "cold": "tea"}
    for topic in found.axes["topic"].names:
        for reason in found.axes["reason"].names:
            assert makes_sense({"topic": topic, "reason": reason}, found.exclude) is (own[reason] == topic)


def test_as_yaml_it_is_a_part_of_a_scenario(tmp_path: Path) -> None:
    found = ideated()
    text = yaml.safe_dump(found.document())
    assert Ideated.model_validate(yaml.safe_load(text)) == found
    asked = {"topic": {"ideate": TOPIC}, "reason": {"ideate": {"about": "y", "count": 2, "each": "topic"}}}
    before = loaded(tmp_path / "before", NOTES, axes=asked)
    assert set(before.scenario.ideated) == {"topic", "reason"}
    after = found.within(before.scenario)
    assert not after.ideated
    path = write_scenario(tmp_path / "pasted", NOTES)
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **yaml.safe_load(text)}))
    pasted = load(str(path)).scenario
    assert (pasted.axes, pasted.exclude) == (after.axes, after.exclude)
