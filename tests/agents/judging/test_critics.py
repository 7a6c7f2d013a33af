"""A critic's answer: its prompt and its schema describe the same one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import scenarios.shipped
from agents.judging.critic import critique_of
from agents.models.structured import parse
from agents.views import prompt_messages, sample_view
from scenarios.briefs import plan_brief
from scenarios.loading import Loaded, load
from scenarios.messages import Message
from scenarios.records import Candidate, Problem
from scenarios.schema.plans import AnswerKind
from scenarios.schema.roles import MOST_PROBLEMS, RoleKind, judging_roles
from scenarios.schema.styles import Style
from tests.helpers import planned_form

_FOLDER = Path(str(scenarios.shipped.__file__)).parent
SHIPPED = sorted(path.name for path in _FOLDER.iterdir() if (path / "scenario.yaml").is_file())
CRITICS = [
    pytest.param(loaded, role, style, id=f"{name}-{'planned-' if form else ''}{role}-{style}")
    for name in SHIPPED
    for form, loaded in enumerate({one.file: one for one in (load(name), planned_form(name))}.values())
    for role, kind in judging_roles(loaded.scenario).items()
    if kind is RoleKind.CRITIC and loaded.scenario.roles[role].answer is AnswerKind.JSON
    for style in Style
    if loaded.scenario.conversation is None and loaded.scenario.roles[role].prompt.of(style)
]


def prompt_of(loaded: Loaded, role: str, style: Style) -> str:
    """What a critic is shown of a sample in which a check found something."""
    brief = plan_brief(loaded, 0, 0, 0, 0)
    made = Candidate(
        brief=brief,
        fields={plan.name: "A text." for plan in loaded.scenario.fields},
        messages=tuple(
            Message(role=loaded.scenario.roles[turn.speaker].speaks_as or "user", content="A line.")
            for turn in brief.turns
        ),
        problems=(Problem(problem="comes to 5 and not to 6", turn=0, check="planned_result"),),
    )
    plan = loaded.scenario.roles[role]
    return "\n".join(one.content for one in prompt_messages(loaded, plan, style, sample_view(loaded, plan, made)))


def keys_of(shape: dict[str, Any]) -> dict[str, Any]:
    """The keys of a problem in a schema."""
    keys: dict[str, Any] = shape["$defs"]["NamedProblem"]["properties"]
    return keys


@pytest.mark.parametrize(("loaded", "role", "style"), CRITICS)
def test_a_critics_prompt_shows_the_answer_that_its_schema_asks_for(loaded: Loaded, role: str, style: Style) -> None:
    fields = tuple(plan.name for plan in loaded.scenario.fields)
    schema, prompt = critique_of(fields).model_json_schema(), prompt_of(loaded, role, style)
    shown = [json.loads(found) for found in re.findall(r'\{"problems": \[.*?\]\}', prompt)]
    named = [problem for one in shown for problem in one["problems"]]
    assert named, "the prompt shows a problem"
    for problem in named:
        assert set(problem) == set(keys_of(schema))
        assert problem.get("field") in (None, *fields)
        assert parse(json.dumps({"problems": [problem]}), critique_of(fields))
    assert ("field" in keys_of(schema)) is bool(fields)
    if style is Style.CHAT:
        assert f"At most {schema['properties']['problems']['maxItems']} problems" in prompt
        assert f'"{"field" if fields else "turn"}" is ' in prompt
        known = {*fields, "field", "problem", "problems", "turn"}
        assert set(re.findall(r'"(\w+)"', prompt[prompt.index("Answer with JSON") :].split("\n")[0])) <= known


@pytest.mark.parametrize("name", ["math", "extract"])
def test_a_critic_is_shown_what_was_computed_and_may_say_whose_fault_it_is(name: str) -> None:
    prompt = prompt_of(planned_form(name), "critic", Style.CHAT)
    assert "Found by computing, and surely so" in prompt
    assert f"- {planned_form(name).scenario.fields[0].name}: It comes to 5 and not to 6." in prompt


def test_a_field_that_is_none_is_the_whole_and_the_schema_offers_those_that_are() -> None:
    shape = critique_of(("text", "json"))
    offered = keys_of(shape.model_json_schema())["field"]["anyOf"]
    assert offered == [{"type": "string", "enum": ["text", "json"]}, {"type": "null"}]
    for said in ('"title"', '"JSON"', "null"):
        assert parse(f'{{"problems": [{{"field": {said}, "problem": "x"}}]}}', shape)
    assert parse('{"problems": [{"turn": 2, "problem": "x"}]}', shape), "a key that is not asked for is passed over"
    assert "field" not in keys_of(critique_of(()).model_json_schema())


def test_a_critic_names_a_bounded_number_of_problems() -> None:
    many = {"problems": [{"turn": 1, "problem": "x"}] * (MOST_PROBLEMS + 1)}
    with pytest.raises(ValueError, match="at most 6"):
        parse(json.dumps(many), critique_of(()))
