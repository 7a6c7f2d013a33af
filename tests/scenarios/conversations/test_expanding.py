"""A short scenario of a conversation made whole: what it gets, what replaces what, and what its user hears of mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scenarios.briefs import plan_brief
from scenarios.conversations.expanding import is_conversation
from scenarios.errors import ScenarioError
from scenarios.loading import load
from scenarios.schema.scenario import Family
from tests.conversations import SHORT, conversation, write_conversation


def test_ten_lines_are_a_whole_scenario(tmp_path: Path) -> None:
    loaded = conversation(tmp_path)
    scenario = loaded.scenario
    assert scenario.family is Family.CONVERSATION
    assert scenario.description == SHORT["about"]
    assert set(scenario.roles) == {"customer", "agent", "writer", "critic", "verifier", "judge"}
    assert {"customer", "reason", "outcome", "length", "mood", "wording", "knowledge", "habit"} == set(scenario.axes)
    assert len(scenario.axes["customer"].values) >= 200
    assert "within 30 days" in scenario.policy
    assert scenario.roles["agent"].sees == ("policy", "passages", "tools")
    assert scenario.roles["customer"].sees == ()
    assert plan_brief(loaded, 0, 0, 0, 0).messages is not None


@pytest.mark.parametrize(
    ("data", "whether"),
    [
        ({"about": "x"}, True),
        ({"conversation": {}}, True),
        ({"family": "conversation"}, True),
        ({"about": "x", "turns": []}, False),
        ({"family": "fields", "about": "x"}, False),
        ({"description": "x"}, False),
    ],
)
def test_what_a_conversation_is_known_by(data: dict[str, Any], whether: bool) -> None:
    assert is_conversation(data) is whether


def test_each_part_is_replaced_by_its_name_and_left_out_by_null(tmp_path: Path) -> None:
    scenario = conversation(
        tmp_path,
        axes={"mood": ["calm"], "habit": None, "length": None},
        rubric={"natural": "Is it?", "rich": None},
        questions={"founded": None},
        roles={**SHORT["roles"], "judge": {"decoding": {"chat": {"max_tokens": 77}}}},
        conversation={"messages": "3 to 5"},
    ).scenario
    assert list(scenario.axes["mood"].names) == ["calm"]
    assert {"habit", "length"}.isdisjoint(scenario.axes)
    assert scenario.rubric["natural"] == "Is it?"
    assert "rich" not in scenario.rubric
    assert "founded" not in scenario.questions
    assert scenario.roles["judge"].decoding["chat"].max_tokens == 77
    assert scenario.roles["judge"].prompt.chat == "@judge.chat.jinja"


def test_without_lengths_there_is_a_plain_range(tmp_path: Path) -> None:
    assert plan_brief(conversation(tmp_path, axes={"length": None}), 0, 0, 0, 0).messages == (6, 14)


def test_without_a_policy_nobody_is_asked_about_it(tmp_path: Path) -> None:
    scenario = conversation(tmp_path, policy=None).scenario
    assert "policy_kept" not in scenario.questions
    assert scenario.policy == ""


def test_a_policy_may_be_the_text_itself(tmp_path: Path) -> None:
    assert conversation(tmp_path, policy="No refunds.").scenario.policy == "No refunds."


def test_documents_become_passages_of_which_several_ground_a_conversation(tmp_path: Path) -> None:
    write_conversation(tmp_path)
    help_ = tmp_path / "help"
    help_.mkdir()
    (help_ / "refunds.md").write_text(
        "# Refunds\n\n## Deadline\n\nSend it back within 30 days.\n\n## Postage\n\nPostage is 4.90 euros.\n"
    )
    (help_ / "hours.txt").write_text("We are there from nine to five.\n")
    loaded = conversation(tmp_path, documents="help/", conversation={"passages": 2})
    assert set(loaded.scenario.axes["passage"].names) == {one.id for one in loaded.passages}
    brief = plan_brief(loaded, 0, 0, 0, 0)
    assert brief.passages[0] == brief.cell["passage"]
    assert len(brief.passages) == 2
    assert len(set(brief.passages)) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"roles": {"customer": {"speaks_as": "user"}}}, "two to six roles"),
        ({"roles": {"a": {"speaks_as": "user"}, "b": {"speaks_as": "user"}}}, "all 2 speak as the user"),
        ({"roles": {}}, "needs roles that speak"),
        ({"roles": {**SHORT["roles"], "customer": {"speaks_as": "user", "knows": ["odrer"]}}, "facts": {"order": {"pattern": "##"}}}, "'odrer' is no fact (did you mean 'order'?)"),
        ({"conversation": {"opens": "custmer"}}, "'custmer' is no role that speaks (did you mean 'customer'?)"),
        ({"conversation": {"messages": "14 to 6"}}, "no range of messages"),
        ({"conversation": {"ordre": "alternate"}}, "ordre"),
        ({"policy": "polcy.md"}, "'polcy.md', which does not exist (did you mean 'policy.md'?)"),
        ({"documents": "hlp/"}, "'hlp/', which does not exist"),
        ({"documents": ["a.md"]}, "documents: names a folder or a file"),
        ({"axes": {"customer": ["Ann"]}, "roles": {**SHORT["roles"], "customer": {"speaks_as": "user", "personas": "p.yaml"}}}, "axes.customer"),
        ({"conversation": {"how": "whole"}, "tools": [{"name": "a", "description": "b", "parameters": {"type": "object", "properties": {}}}]}, "'whole' calls no tools"),
        ({"checks": "no_leak"}, "checks: is a list"),
        ({"axes": ["a"]}, "axes: is a mapping"),
        ({"policy": "../secret.md"}, "outside the scenario's folder"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_that_names_the_place(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    path = write_conversation(tmp_path, **changes)
    with pytest.raises(ScenarioError) as error:
        plan_brief(load(str(path)), 0, 0, 0, 0)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
