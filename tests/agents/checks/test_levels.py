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


def test_a_sound_document_in_german_passes() -> None:
    one = yaml.safe_load((WRITTEN / "extract_german.yaml").read_text(encoding="utf-8"))[0]
    brief = brief_of(LOADED["extract"], one["seed"], one["cell"], 0, 0).model_copy(update={"language": "German"})
    found = run_checks(LOADED["extract"], Candidate(brief=brief, fields=one["fields"]), judged=True)
    assert {e.check: e.detail for e in found if e.status is Status.FAIL} == {}


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
    "a plan that is no JSON": ("code", lambda one: {"plan": "A function that counts."}, "function_planned"),
    "too few branches": ("howto", _plan(lambda plan: plan.update(branches=plan["branches"][:1])), "page_planned"),
    "one caveat twice": ("howto", _plan(lambda plan: plan.update(caveats=plan["caveats"][:1] * 2)), "page_planned"),
    "a step that is skipped": ("howto", lambda one: {"answer": one["fields"]["answer"].replace("\n3. ", "\n4. ")}, "steps_in_list"),
    "an answer that is too short": ("howto", lambda one: {"answer": one["fields"]["answer"][:600]}, "plain_language"),
    "a value that is not told": ("extract", _swap("text", "2,318.40", "2,418.40"), "values_stated"),
    "a name that is another": ("extract", _swap("text", "Ostrand", "Ostheim"), "values_stated"),
    "another day": ("extract", _swap("text", "On June 12, 2027", "On June 13, 2027"), "values_stated"),
    "a distractor that is not told": ("extract", _swap("text", "Gloria Tate, the", "the"), "distractors_stated"),
    "a value swapped with its distractor": ("extract", _swap("json", "2027-06-12", "2027-06-14"), "reader_agrees"),
    "a missing value filled": ("extract", _swap("json", '"witness": null', '"witness": "Gloria Tate"'), "reader_agrees"),
    "a value lost": ("extract", _swap("json", '"0471 226 80"', "null"), "reader_agrees"),
    "another truth value": ("extract", _swap("json", '"injured": false', '"injured": true'), "reader_agrees"),
    "another one of the list": ("extract", _swap("json", '"water"', '"storm"'), "reader_agrees"),
    "another number": ("extract", _swap("json", "2318.4", "2381.4"), "reader_agrees"),
    "a date in another notation": ("extract", _swap("json", "2027-06-12", "12.06.2027"), "json_fits"),
    "a day that there is not": ("extract", _swap("json", "2027-06-12", "2027-06-31"), "json_fits"),
    "a number as a text": ("extract", _swap("json", "2318.4", '"2318.40"'), "json_fits"),
    "a key that the schema has not": ("extract", _swap("json", '"witness"', '"who": "x", "witness"'), "json_fits"),
    "a key that the schema lets through": ("extract", lambda one: {"schema": one["fields"]["schema"].replace('"additionalProperties": false, ', ""), "json": one["fields"]["json"].replace('"witness"', '"who": "x", "witness"')}, "json_fits"),
    "one key twice": ("extract", _swap("json", '"witness"', '"police": null, "witness"'), "json_fits"),
    "a key in the text": ("extract", lambda one: {"schema": one["fields"]["schema"].replace('"deductible"', '"amt_own"'), "text": one["fields"]["text"] + " The amt_own is open."}, "no_keys_in_text"),
    "JSON in the text": ("extract", lambda one: {"text": one["fields"]["text"] + ' "place": "Ostrand"'}, "no_keys_in_text"),
    "rows of labels": ("extract", lambda one: {"text": "\n".join(f"- Place: {row}" for row in one["fields"]["text"].splitlines() if row)}, "no_keys_in_text"),
    "a document that is too short": ("extract", lambda one: {"text": one["fields"]["text"][:700]}, "plain_language"),
    "too few gaps": ("extract", _plan(lambda plan: plan["values"].update(witness="Jan Brodie", police="A-12", damage={**plan["values"]["damage"], "deductible": 150})), "values_planned"),
    "too few near values": ("extract", _plan(lambda plan: plan["distractors"].pop()), "values_planned"),
    "a distractor that is the value": ("extract", _plan(lambda plan: plan["distractors"][0].update(value="2027-06-12")), "values_planned"),
    "a distractor of another type": ("extract", _plan(lambda plan: plan["distractors"][0].update(value="next week")), "values_planned"),
    "a value that the schema refuses": ("extract", _plan(lambda plan: plan["values"].update(police=7)), "values_planned"),
    "a value that nobody would copy alike": ("extract", _plan(lambda plan: plan["values"].update(police="a " * 60)), "values_planned"),
    "a schema without a description": ("extract", _swap("schema", "File number that the police gave", ""), "schema_planned"),
    "a schema that looks elsewhere": ("extract", _swap("schema", '"title"', '"$ref": "http://127.0.0.1/x", "title"'), "schema_planned"),
    "a schema with a pattern": ("extract", _swap("schema", '"format": "date"', '"pattern": "(a+)+$"'), "schema_planned"),
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
    if name == "extract":
        one = next(sample for sample in SOUND[name] if "Ostrand" in sample["fields"]["text"])
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
    blind = {"solution": ("problem",), "function": ("specification",), "json": ("schema", "text")}
    for plan in LOADED[name].scenario.fields:
        if plan.name in blind:
            assert plan.sees == blind[plan.name]
            assert plan.by != "generator"
            assert "plan" not in LOADED[name].prompt(plan.prompt, Style.CHAT).sections[-1][1]
