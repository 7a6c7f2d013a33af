"""Checks: the same pure functions over a whole candidate."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.checks.registry import check_names_known, refusing_checks, run_checks
from scenarios.briefs import plan_brief
from scenarios.errors import ScenarioError
from scenarios.records import Candidate, Evidence, Status
from tests.helpers import NOTES, a_candidate, loaded


def found(evidence: tuple[Evidence, ...]) -> dict[str, Status]:
    """Status by check."""
    return {one.check: one.status for one in evidence}


def test_each_fault_of_a_dialogue_fails_its_own_check(tmp_path: Path) -> None:
    scenario = loaded(tmp_path)
    brief = plan_brief(scenario, 0, 0, 0, 0)
    thing = brief.attributes["topic"]["name"]
    code = brief.facts["code"]
    good = [f"I come for {thing}.", "What is the code of it?", f"The code is {code}.", "Here it is, goodbye."]
    assert set(found(run_checks(scenario, a_candidate(brief, *good))).values()) == {Status.PASS}
    cases = {
        "complete": good[:3],
        "must_say": [*good[:2], "I do not know it.", good[3]],
        "facts_consistent": [*good[:3], "Here it is, number 77."],
        "no_repetition": [good[0], good[1], f"{good[2]}", good[1]],
    }
    for check, lines in cases.items():
        statuses = found(run_checks(scenario, a_candidate(brief, *lines)))
        assert statuses[check] is Status.FAIL, check
        assert {name for name, status in statuses.items() if status is Status.FAIL} == {check}
    swapped = a_candidate(brief, *good)
    swapped = swapped.model_copy(
        update={"messages": (*swapped.messages[:1], swapped.messages[0], *swapped.messages[2:])}
    )
    assert found(run_checks(scenario, swapped))["turn_order"] is Status.FAIL


def test_evidence_names_the_turn_at_fault(tmp_path: Path) -> None:
    scenario = loaded(tmp_path)
    brief = plan_brief(scenario, 0, 0, 0, 0)
    thing = brief.attributes["topic"]["name"]
    evidence = run_checks(scenario, a_candidate(brief, f"For {thing}.", "The code?", "I forgot.", "Bye now."))
    missed = next(one for one in evidence if one.check == "must_say")
    assert missed.turn == 2
    assert missed.detail.startswith("turn 2:")


def test_forced_ingredients_are_looked_for_one_by_one(tmp_path: Path) -> None:
    facts = {"use": {"words": ["a ladder", "fog", "Ida", "salt"], "count": 3}, "day": {"choice": ["Monday"]}}
    scenario = loaded(tmp_path, NOTES, facts=facts, checks=[{"name": "uses_ingredients"}])
    brief = plan_brief(scenario, 0, 0, 0, 0)
    one, two, three = brief.facts["use"].split(", ")
    good, bad = f"Once {one.upper()} met {two}; {three}!", f"Once {one} met {two}s."
    for text, wanted in ((good, Status.PASS), (bad, Status.FAIL)):
        (evidence,) = run_checks(scenario, Candidate(brief=brief, fields={"text": text}))
        assert evidence.status is wanted
    assert evidence.detail == f"does not use {two}, {three}"


@pytest.mark.parametrize("fields", [{}, {"text": ""}, {"text": "  \n"}])
def test_an_empty_field_fails(tmp_path: Path, fields: dict[str, str]) -> None:
    scenario = loaded(tmp_path, NOTES, checks=[{"name": "fields_present"}, {"name": "non_empty"}])
    candidate = Candidate(brief=plan_brief(scenario, 0, 0, 0, 0), fields=fields)
    assert set(found(run_checks(scenario, candidate)).values()) == {Status.FAIL}


def test_an_unknown_check_is_named_with_the_nearest(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, checks=[{"name": "must_sey"}])
    with pytest.raises(ScenarioError, match=r"'must_sey' is unknown \(did you mean 'must_say'\?\)"):
        check_names_known(scenario)


def test_a_draw_is_refused_by_the_checks_that_are_required_and_do_not_stand_aside(tmp_path: Path) -> None:
    checks = ["must_say", {"name": "no_repetition", "required": False}, "in_role"]
    scenario = loaded(tmp_path, checks=checks)
    assert refusing_checks(scenario, judged=False) == ["must_say", "in_role"]
    assert refusing_checks(scenario, judged=True) == ["must_say"]


PROSE = {"name": "text", "prompt": "text.jinja"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"checks": [{"name": "program_runs"}]}, "'program_runs' reads the field 'program', which the scenario lacks"),
        (
            {"checks": [{"name": "unit_matches"}], "fields": [{**PROSE, "name": "answer"}]},
            "'unit_matches' reads the brief's text 'unit', which the scenario lacks",
        ),
        (
            {"checks": [{"name": "non_empty", "field": "txt"}]},
            "the check 'non_empty' names 'txt', which is not a field",
        ),
        ({"checks": [{"name": "verifier", "field": "text"}]}, "'verifier' asks a model"),
        ({"fields": [{**PROSE, "by": "poet"}]}, "the field 'text' is written by 'poet', which is not a role"),
        ({"fields": [{**PROSE, "sees": ["text"]}]}, "the field 'text' sees 'text', which is not a field before it"),
        ({"fields": [{**PROSE, "kind": "code"}]}, "fields.0.kind"),
    ],
)
def test_a_check_or_field_that_does_not_fit_is_named(tmp_path: Path, changes: dict[str, object], words: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        check_names_known(loaded(tmp_path, NOTES, **changes))
    assert words in str(caught.value)


def test_the_guards_of_language_pass_over_what_is_no_prose(tmp_path: Path) -> None:
    names = ("plain_language", "no_repetition", "no_leak", "facts_consistent", "must_say")
    for kind, expected in (("prose", "plain_language"), ("exact", "must_say")):
        field = {**PROSE, "kind": kind, "must": ["total"]}
        scenario = loaded(tmp_path / kind, NOTES, fields=[field], checks=[{"name": name} for name in names])
        candidate = Candidate(brief=plan_brief(scenario, 0, 0, 0, 0), fields={"text": "x = 3\nx = 3\n# as an AI"})
        failed = [name for name, status in found(run_checks(scenario, candidate)).items() if status is Status.FAIL]
        assert expected in failed
        assert kind == "prose" or failed == ["must_say"]
