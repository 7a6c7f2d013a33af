"""The filters of templates."""

from __future__ import annotations

import json

import pytest

from scenarios.errors import ScenarioError
from scenarios.templates import render
from scenarios.templating.filters import an
from tests.helpers import planned_form


@pytest.mark.parametrize(
    ("noun", "said"),
    [
        ("dog", "a dog"), ("event listing", "an event listing"), ("umbrella", "an umbrella"), ("uniform", "a uniform"),
        ("used bicycle", "a used bicycle"), ("hour", "an hour"), ("house", "a house"), ("X-ray", "an X-ray"),
        ("MP", "an MP"), ("Marta", "a Marta"), ("one-way ticket", "a one-way ticket"), ("8-hour day", "an 8-hour day"),
        ("11 o'clock train", "an 11 o'clock train"), ("110-page book", "a 110-page book"), ("European", "a European"),
        ("ukulele", "a ukulele"), ("unusual day", "an unusual day"), ("Egg", "an Egg"),
    ],
)  # fmt: skip
def test_the_article_fits_the_noun(noun: str, said: str) -> None:
    assert an(noun) == said
    assert render("{{ noun | an }}", {"noun": noun}, "x") == said


def test_a_schema_is_shown_without_our_own_keywords() -> None:
    schema = planned_form("extract").scenario.axes["kind"].values[1].attributes()["schema"]
    assert "x-near" in schema
    shown = render("{{ schema | public_schema }}", {"schema": schema}, "x")
    assert "x-" not in shown
    assert list(json.loads(shown)["properties"]) == list(json.loads(schema)["properties"])
    with pytest.raises(ScenarioError, match="x:"):
        render("{{ schema | public_schema }}", {"schema": "{"}, "x")


def test_no_plan_of_extract_says_a_before_a_vowel() -> None:
    from scenarios.briefs import plan_brief

    loaded = planned_form("extract")
    for number in range(120):
        notes = plan_brief(loaded, 5, 0, number, number).texts["notes"].lower()
        assert not any(f" a {vowel}" in f" {notes}" for vowel in "aeio"), notes
