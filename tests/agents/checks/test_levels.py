"""Samples whose plan a model made: the checks let sound work of a careful writer pass, and refuse planted faults."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.checks.levels.sums import equations
from agents.checks.registry import run_checks
from scenarios.briefs import brief_of
from scenarios.loading import Loaded, load
from scenarios.records import Candidate, Status
from scenarios.schema.styles import Style

WRITTEN = Path(__file__).parent / "written"
NAMES = ("math", "code", "howto", "extract")
SOUND: dict[str, list[dict[str, Any]]] = {
    name: yaml.safe_load((WRITTEN / f"{name}_level.yaml").read_text(encoding="utf-8")) for name in NAMES
}
LOADED: dict[str, Loaded] = {name: load(name) for name in NAMES}


def found_in(name: str, one: dict[str, Any], **changes: str) -> dict[str, str]:
    """What the checks find in a written sample with some fields changed."""
    made = Candidate(brief=brief_of(LOADED[name], one["seed"], one["cell"], 0, 0), fields={**one["fields"], **changes})
    return {e.check: e.detail for e in run_checks(LOADED[name], made, judged=True) if e.status is Status.FAIL}


@pytest.mark.parametrize(("name", "place"), [(name, place) for name in NAMES for place in range(len(SOUND[name]))])
def test_sound_work_passes(name: str, place: int) -> None:
    assert found_in(name, SOUND[name][place]) == {}


def replanned(one: dict[str, Any], change: Callable[[dict[str, Any]], object]) -> str:
    """A sample's plan after a change."""
    plan = json.loads(one["fields"]["plan"])
    change(plan)
    return json.dumps(plan, ensure_ascii=False)


def _swap(field: str, old: str, new: str) -> Callable[[dict[str, Any]], dict[str, str]]:
    def changed(one: dict[str, Any]) -> dict[str, str]:
        assert old in one["fields"][field]
        return {field: one["fields"][field].replace(old, new)}

    return changed


def _plan(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], dict[str, str]]:
    return lambda one: {"plan": replanned(one, change)}


FAULTS: dict[str, tuple[str, Callable[[dict[str, Any]], dict[str, str]], str]] = {
    "a wrong equation": ("math", _swap("solution", "240 × 54 = 12,960", "240 × 54 = 12,860"), "equations_hold"),
    "another answer": ("math", _swap("solution", "answer is 417.5", "answer is 436.5"), "reasoning_agrees"),
    "no answer": ("math", _swap("solution", "The answer is", "So it is"), "answer_stated"),
    "an answer in another unit": ("math", _swap("solution", "is 417.5 euros", "is 417.5 metres"), "answer_stated"),
    "a distractor in the program": ("math", _swap("program", "cm_per_book = 54", "cm_per_book = 54 * 6"), "program_follows"),
    "a given number that does nothing": ("math", _swap("program", " - label_cost", ""), "program_follows"),
    "a number that nobody planned": ("math", _swap("problem", "6 days", "5 days"), "quantities_told"),
    "a number that is not told": ("math", _swap("problem", "54 centimetres", "half a metre"), "quantities_told"),
    "a second question": ("math", _swap("problem", "is full again.", "is full again, is it?"), "one_question"),
    "too few distractors": ("math", _plan(lambda plan: plan["distractors"].pop()), "problem_planned"),
    "too few steps": ("math", _plan(lambda plan: plan.update(steps=plan["steps"][:4])), "problem_planned"),
    "a plan with one number twice": ("math", _plan(lambda plan: plan["given"][1].update(value=560)), "problem_planned"),
    "half a thing": ("math", _plan(lambda plan: plan.update(whole=True)), "result_comes_out"),
    "a function that misses an edge": ("code", lambda one: {"function": slip(one)}, "hidden_cases_hold"),
    "an example that is not shown": ("code", _plan(lambda plan: plan["examples"].append(plan["held_out"].pop(0))), "examples_shown"),
    "a hidden case that is shown": ("code", lambda one: {"specification": one["fields"]["specification"] + "\n" + json.loads(one["fields"]["plan"])["held_out"][0]}, "examples_shown"),
    "a hidden case that is wrong": ("code", _plan(lambda plan: plan["held_out"].append(plan["held_out"].pop(0).split("==")[0] + "== [('x', 1)]")), "hidden_cases_hold"),
    "too few hidden cases": ("code", _plan(lambda plan: plan.update(held_out=plan["held_out"][:4])), "function_planned"),
    "one input in two cases": ("code", _plan(lambda plan: plan["held_out"].append(plan["held_out"][0])), "function_planned"),
    "a case that calls nothing": ("code", _plan(lambda plan: plan["held_out"].append("1 == 1")), "function_planned"),
    "tests that let mutants pass": ("code", lambda one: {"tests": "\n".join(one["fields"]["tests"].splitlines()[:3])}, "mutants_killed"),
    "a value that the document does not say": ("extract", _swap("text", "412.5", "421.5"), "values_stated"),
    "a name that became another": ("extract", _swap("text", "Talleres Ourense", "Talleres Orense"), "values_stated"),
    "a day that is not told": ("extract", _swap("text", "Tuesday, 16 April", "the Tuesday after"), "values_stated"),
    "a list item that is lost": ("extract", _swap("text", "P3, the small crate, has 60", "there is a small crate"), "values_stated"),
    "a distractor that is not told": ("extract", _swap("text", "398", "less"), "distractors_stated"),
    "a key in the document": ("extract", _swap("text", "depot has an address", "depot has a consignment_no"), "no_keys_in_text"),
    "JSON in the document": ("extract", _swap("text", "the small crate", "the small {crate}"), "no_keys_in_text"),
    "a list of labels": ("extract", lambda one: {"text": "\n".join(f"Label: value {i}" for i in range(40))}, "no_keys_in_text"),
    "a distractor that was read for the value": ("extract", _swap("json", "412.5", "398"), "reader_agrees"),
    "a missing value that was filled": ("extract", _swap("json", '"delay_cause"', '"expected_on": "2024-04-18", "delay_cause"'), "reader_agrees"),
    "a lost item of a list": ("extract", _swap("json", ', {"paper": "fumigation certificate"}', ""), "reader_agrees"),
    "a day with month and day exchanged": ("extract", _swap("json", "2024-04-09", "2024-09-04"), "reader_agrees"),
    "a day in another form": ("extract", _swap("json", "2024-04-09", "9 April 2024"), "json_fits"),
    "a key that the schema does not name": ("extract", _swap("json", '"delay_cause"', '"cause": "papers", "delay_cause"'), "json_fits"),
    "a key within a list that the schema does not name": ("extract", _swap("json", '"label": "P1"', '"label": "P1", "x": 1'), "json_fits"),
    "a planned key that the schema does not name": ("extract", _plan(lambda plan: plan["values"]["sender"].update(zip="1")), "values_planned"),
    "a value of no kind": ("extract", _swap("json", '"held"', '"stuck"'), "json_fits"),
    "too few missing values": ("extract", _plan(lambda plan: (plan["values"].update(expected_on="2024-05-02"), plan["values"]["contact"].update(mail="k@z.example"), plan["values"]["parcels"][2].update(content="lamps"), plan["values"]["papers"][1].update(needed_by="2024-04-23"))), "values_planned"),
    "a distractor that is a value": ("extract", _plan(lambda plan: plan["distractors"][1].update(value=412.5)), "values_planned"),
    "a distractor near no key": ("extract", _plan(lambda plan: plan["distractors"][1].update(near="weight")), "values_planned"),
    "a planned value that does not fit": ("extract", _plan(lambda plan: plan["values"].update(status="lost")), "values_planned"),
    "a schema without descriptions": ("extract", _swap("schema", '"description": "the sender\'s company name"', '"description": ""'), "schema_planned"),
    "a schema that looks elsewhere": ("extract", _swap("schema", '{"type": "string", "description": "the sender\'s company name"}', '{"$ref": "file:///etc/passwd"}'), "schema_planned"),
    "a plan that is no JSON": ("code", lambda one: {"plan": "A function that counts."}, "function_planned"),
    "too few branches": ("howto", _plan(lambda plan: plan.update(branches=plan["branches"][:1])), "page_planned"),
    "one caveat twice": ("howto", _plan(lambda plan: plan.update(caveats=plan["caveats"][:1] * 2)), "page_planned"),
    "a step that is skipped": ("howto", lambda one: {"answer": one["fields"]["answer"].replace("\n3. ", "\n4. ")}, "steps_in_list"),
    "an answer that is too short": ("howto", lambda one: {"answer": one["fields"]["answer"][:600]}, "plain_language"),
    "a limit that is not told": ("howto", _swap("instruction", "90", "some"), "must_say"),
}  # fmt: skip


def slip(one: dict[str, Any]) -> str:
    """The function of a sample without what it does at an edge."""
    source: str = one["fields"]["function"]
    for old, new in (("min(int(number), 15)", "int(number)"), (" > 15", " >= 15")):
        source = source.replace(old, new)
    return source


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_faults_are_refused(fault: str) -> None:
    name, change, check = FAULTS[fault]
    one = SOUND[name][0]
    if name == "math":
        one = next(sample for sample in SOUND[name] if "Hugo" in sample["fields"]["problem"])
    assert check in found_in(name, one, **change(one))


def test_equations_are_read_as_people_write_them() -> None:
    assert list(equations("1. 14 × 12 = 168 and 168 − 8 = 160.\n- €3.50 × 4 = €14.00, 100 / 7 ≈ 14.29")) == [
        ("14 * 12 = 168", True), ("168 - 8 = 160", True), ("3.50 * 4 = 14.00", True), ("100 / 7 = 14.29", True),
    ]  # fmt: skip
    assert [holds for _, holds in equations("240 × 15 % = 36; (14 + 6) x 12 = 241; 1,200 + 50 = 1,250")] == [
        True, False, True,
    ]  # fmt: skip
    assert list(equations("x = 5, the total = 12, 2 trays × 3 = 7")) == [], "what has words in it is passed over"


@pytest.mark.parametrize("name", NAMES)
def test_only_the_solver_of_a_plan_does_not_see_it(name: str) -> None:
    """Who proves a plan has not seen it: the solution's and the function's writer see the text alone."""
    blind = {"solution": ("problem",), "function": ("specification",)}
    for plan in LOADED[name].scenario.fields:
        if plan.name in blind:
            assert plan.sees == blind[plan.name]
            assert plan.by != "generator"
            assert "plan" not in LOADED[name].prompt(plan.prompt, Style.CHAT).sections[-1][1]
