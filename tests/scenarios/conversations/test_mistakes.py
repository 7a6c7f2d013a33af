"""What is wrong with a short scenario is one line with the place; what only looks odd is not wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from scenarios.briefs import plan_brief
from scenarios.errors import ScenarioError
from scenarios.loading import Loaded, load
from tests.helpers import changed

BANK: dict[str, Any] = {
    "name": "bank",
    "about": "A customer talks to a bank.",
    "policy": "policy.md",
    "roles": {"customer": {"speaks_as": "user"}, "assistant": {"speaks_as": "assistant"}},
    "axes": {"reason": ["a lost card", "a fee"]},
}
LEFT_OUT = "(left out)"
"""Stands for null, which `changed` takes for a key that goes."""


def loaded(folder: Path, **changes: Any) -> Loaded:
    """The scenario with changes, and a few files beside it."""
    text = yaml.safe_dump(changed(BANK, changes), sort_keys=False).replace(LEFT_OUT, "null")
    (folder / "scenario.yaml").write_text(text, encoding="utf-8")
    for name, content in {
        "policy.md": "No refund over 50 euros.",
        "empty.md": " \n",
        "refunds.pdf": "%PDF",
        "nameless.yaml": "- {name: Ana}\n- {age: 30}\n",
        "nobody.jsonl": "",
        "personas.yaml": "- {name: Ana}\n",
    }.items():
        (folder / name).write_text(content, encoding="utf-8")
    return load(str(folder))


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"about": None}, "about: is missing; say in a sentence what happens in the conversations"),
    ({"about": ""}, "about: is missing; say in a sentence"),
    ({"about": ["a", "b"]}, "about: is no text; say in a sentence"),
    ({"about": None, "abuot": "A chat."}, "unknown field 'abuot' (did you mean 'about'?)"),
    ({"description": "The same."}, "'about' and 'description' are the same; leave 'description' out"),
    ({"document": "kb/"}, "unknown field 'document' (did you mean 'documents'?)"),
    ({"roles": {"customer": "user"}}, "roles.customer: is no mapping; write such as {speaks_as: user}"),
    ({"roles": {"customer": {"speek_as": "user"}}}, "roles.customer.speek_as: unknown field (did you mean 'speaks_as'?); a role has"),
    ({"roles": {"customer": {"persona": "x"}}}, "roles.customer.persona: unknown field (did you mean 'personas'?)"),
    ({"roles": {"critic": {"promt": "x"}}}, "roles.critic.promt: unknown field (did you mean 'prompt'?)"),
    ({"roles": {"boss": {}}}, "roles.boss: neither speaks nor is asked for anything; add 'speaks_as: user' or"),
    ({"roles": {"critik": {"prompt": "x.jinja"}}}, "roles.critik: neither speaks nor is asked for anything (did you mean 'critic'?)"),
    ({"roles": {"boss": {"who": "the boss"}}}, "roles.boss.who: is for roles that speak; add 'speaks_as: user'"),
    ({"roles": {"boss": {"personas": "packaged"}}}, "roles.boss.personas: is for roles that speak"),
    ({"roles": {"boss": {"goal": "You want peace."}}}, "roles.boss.goal: is for roles that speak"),
    ({"roles": {"boss": {"briefed": False}}}, "roles.boss.briefed: is for roles that speak"),
    ({"roles": {"moderator": {"required": "false"}}}, "roles.moderator: nobody asks it; add 'order: moderator' under 'conversation'"),
    ({"roles": {"partner": {"speaks_as": "user", "who": "a Customer"}, "customer": {"who": "a  customer"}}},
     "roles.partner.who: is that of 'customer', too, so that nobody can tell the two apart"),
    ({"roles": {"a": {"speaks_as": "user", "label": "You"}, "b": {"speaks_as": "user", "label": "you"}}}, "roles.b.label: is that of 'a', too"),
    ({"roles": {"critick": LEFT_OUT}}, "roles.critick: is empty, which leaves out a default, but none has that name (did you mean 'critic'?)"),
    ({"questions": {"founded_on": LEFT_OUT}}, "questions.founded_on: is empty, which leaves out a default, but none has that name (did you mean 'founded'?)"),
    ({"rubric": {"kind": LEFT_OUT}}, "rubric.kind: is empty, which leaves out a default, but none has that name; the defaults are natural, coherent"),
    ({"axes": {"modd": LEFT_OUT}}, "axes.modd: is empty, which leaves out a default, but none has that name (did you mean 'mood'?)"),
    ({"facts": {"sum": LEFT_OUT}}, "facts.sum: is empty"),
    ({"conversation": {"hwo": LEFT_OUT}}, "conversation.hwo: is empty"),
    ({"checks": {"ends_well": LEFT_OUT}}, "checks.ends_well: is empty, which leaves out a default, but none has that name (did you mean 'ended_well'?)"),
    ({"checks": {"no_leak": False}}, "checks.no_leak: is a mapping such as {required: false}, or null to leave it out"),
    ({"checks": "no_leak"}, "checks: is a list of names, or a mapping of them; 'NAME: null' leaves one out"),
    ({"conversation": {"opens": "clerk"}}, "conversation.opens: 'clerk' is no role that speaks"),
    ({"conversation": {"opens": "critic"}}, "conversation.opens: 'critic' does not speak: add 'speaks_as' to roles.critic"),
    ({"conversation": {"closes": "asistant"}}, "conversation.closes: 'asistant' is no role that speaks (did you mean 'assistant'?)"),
    ({"roles": {"assistant": {"speaks_as": "user"}, "partner": {"speaks_as": "user"}}},
     "roles: all 3 speak as the user, and none as the assistant: write 'speaks_as: assistant'"),
    ({"roles": {"assistant": None}}, "roles: a conversation has two to six roles with 'speaks_as', not 1"),
    ({"roles": {"customer": LEFT_OUT}}, "roles.customer: is empty"),
    ({"policy": "refunds.md"}, "names the file 'refunds.md', which does not exist"),
    ({"policy": "empty.md"}, "policy: the file 'empty.md' is empty; leave the key out if there is no policy"),
    ({"policy": " "}, "policy: the text is empty"),
    ({"policy": "refunds.pdf"}, "policy: 'refunds.pdf' is no .md or .txt file; save the policy as one of them"),
    ({"policy": ["a", "b"]}, "policy: is no text; write it, or name a .md or .txt file"),
    ({"policy": "../policy.md"}, "'../policy.md' lies outside the scenario's folder"),
    ({"roles": {"customer": {"personas": "nameless.yaml"}}}, "nameless.yaml: row 2: has no name; give each persona a short 'name' of its own"),
    ({"roles": {"customer": {"personas": "nobody.jsonl"}}}, "nobody.jsonl: holds no persona"),
    ({"roles": {"customer": {"personas": "policy.md"}}}, "policy.md: is no file of personas"),
    ({"roles": {"customer": {"personas": "packagd"}}}, "roles.customer.personas: 'packagd' is no file of personas, such as personas.yaml; 'packaged' stands for the library (did you"),
    ({"roles": {"customer": {"personas": [{"name": "Ana"}, {"age": 30}]}}}, "roles.customer.personas: row 2: has no name"),
    ({"roles": {"customer": {"personas": []}}}, "roles.customer.personas: name a file, write 'packaged', or a list of personas"),
    ({"roles": {"customer": {"personas": "personas.yaml"}}, "axes": {"customer": ["new", "old"]}},
     "axes.customer: is the axis of the personas of 'customer'; rename yours"),
    ({"axes": {"critic": ["mild", "strict"]}}, "axes.critic: 'critic' is a role that does not speak; rename the axis"),
    ({"axes": {"tone": [{"name": "odd", "cutomer": "You are odd."}]}},
     "axes.tone: the value 'odd' has a text for 'cutomer', which is no speaker (did you mean 'customer'?)"),
    ({"axes": {"tone": [{"name": "odd", "asistant": "You are odd."}]}}, "has a text for 'asistant', which is no speaker (did you mean 'assistant'?)"),
    ({"conversation": {"messages": "14 to 6"}},
     "conversation.messages: '14 to 6' is no range of messages such as '6 to 14', from 2 to 200; did you mean '6 to 14'?"),
    ({"conversation": {"messages": "many"}}, "conversation.messages: 'many' is no range of messages such as '6 to 14'"),
    ({"axes": {"length": [{"name": "odd", "messages": "9 to 4"}]}}, "axes.length: the value 'odd': messages: '9 to 4' is no range"),
    ({"axes": {"length": ["short", "long"]}}, "axes.length: the value 'short': messages: '' is no range of messages"),
    ({"axes": {"length": LEFT_OUT}, "conversation": {"messages": "{{ lenght.messages }}"}},
     "conversation.messages: '{{ lenght.messages }}' names 'lenght', which is not an axis; write such as '6 to 14'"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "complaint"), MISTAKES, ids=[complaint[:60] for _, complaint in MISTAKES])
def test_a_mistake_is_one_line_with_the_place(tmp_path: Path, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        loaded(tmp_path, **changes)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)
    assert ".yaml" in str(caught.value) or ".jsonl" in str(caught.value) or "policy.md" in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"roles": {"partner": {"speaks_as": "user"}}},
        {"roles": {"expert": {"speaks_as": "assistant"}}, "conversation": {"order": "alternate"}},
        {"axes": {"outcome": LEFT_OUT}},
        {"axes": {"customer": ["new", "old"]}},
        {
            "axes": {"tone": [{"name": "odd", "customers": "many"}]},
            "roles": {"customer": {"goal": "With {{ tone.customers }}."}},
        },
        {"axes": {"length": LEFT_OUT}},
        {"checks": {"no_leak": LEFT_OUT, "no_repetition": {"required": False}}},
        {"conversation": {"order": "moderator"}, "roles": {"moderator": {"required": False}}},
        {"policy": None},
        {"about": None, "description": "A chat."},
        {"policy": "No refund. No credit.", "about": "A chat with 10.50 in it.\n"},
        {"questions": {"policy_kept": LEFT_OUT}},
        {"roles": {"customer": {"personas": LEFT_OUT}}},
    ],
    ids=str,
)
def test_what_only_looks_odd_is_not_wrong(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert plan_brief(loaded(tmp_path, **changes), 0, 0, 0, 0).messages is not None


def test_the_axis_of_a_speaker_can_be_left_out_as_its_personas_can(tmp_path: Path) -> None:
    for changes in ({"axes": {"customer": LEFT_OUT}}, {"roles": {"customer": {"personas": LEFT_OUT}}}):
        assert "customer" not in loaded(tmp_path, **changes).scenario.axes


def test_without_the_axis_outcome_the_writer_says_how_it_ends(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, axes={"outcome": LEFT_OUT}).scenario
    assert "outcome" not in scenario.axes
    assert "outcome_reached" in scenario.questions


def test_a_mapping_of_checks_leaves_one_out_and_changes_another(tmp_path: Path) -> None:
    plans = {
        check.name: check.required
        for check in loaded(tmp_path, checks={"no_leak": LEFT_OUT, "facts_kept": {"required": False}}).scenario.checks
    }
    assert "no_leak" not in plans
    assert plans["facts_kept"] is False
    assert plans["verifier"] is True
