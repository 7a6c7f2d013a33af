"""Conversations over documents: who is not briefed, what the verifier is asked of each sentence that cites, questions about cells."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agents.models.calls import Call
from graphs.sampling.decision import decide
from graphs.settings.templates import check_templates
from scenarios.errors import ScenarioError
from scenarios.loading import Loaded
from scenarios.records import Status
from scenarios.schema.roles import RoleKind
from tests.agents.conversation.test_making import make
from tests.conversations import conversation

HELP = "# Fees\n\nA day costs 4 euros.\n\n# Age\n\nOver 65 it is half.\n"
ROLES = {"customer": {"speaks_as": "user"}, "agent": {"speaks_as": "assistant", "briefed": False}}
SAYS = {
    0: "What does a day cost for me, at 70?",
    1: "It is 4 / 2 = 2 euros [rules-1][rules-2]. Nobody needs a ticket on Sundays [rules-1]! A day costs 4 euros [rules-1].",
    2: "Then I come on Sunday. [done]",
    3: "You are welcome.",
}  # fmt: skip
SCENE = {
    "situation": "They meet.",
    "outcome": "A SECRET END.",
    "parts": {"customer": {"goal": "You want a price.", "facts": []}},
}


def desk(folder: Path, **changes: Any) -> Loaded:
    (folder / "help").mkdir(parents=True, exist_ok=True)
    (folder / "help" / "rules.md").write_text(HELP, encoding="utf-8")
    given = {
        "documents": "help/", "policy": None, "roles": ROLES, "axes": {"kind": [{"name": "one", "plan": "One rule answers."}], "length": None},
        "conversation": {"cites": True, "messages": "4 to 4"},
    }  # fmt: skip
    return conversation(folder, **{**given, **changes})


def script(wrong: str = "") -> Any:
    def answer(call: Call) -> str | None:
        place = call.asker.step.rpartition("/")[2]
        if call.role == "writer":
            return json.dumps(SCENE)
        if call.role == "verifier":
            shape = call.answer_schema or {}
            asked = shape["$defs"]["Parts"]["properties"]
            parts = {key: dict.fromkeys(shape["$defs"][key]["properties"], key != wrong) for key in asked}
            whole = {key: True for key, one in shape["properties"].items() if one.get("type") == "boolean"}
            return json.dumps({**whole, "parts": parts, "turn": None, "reason": "No passage says it."})
        return SAYS[int(place)] if call.role in ROLES else None

    return answer


async def test_who_is_not_briefed_has_no_part_and_does_not_hear_the_end(tmp_path: Path) -> None:
    made, asked = await make(desk(tmp_path), script())
    assert made.scene is not None
    assert (made.scene.parts["agent"].goal, made.scene.parts["agent"].facts) == ("", ())
    writer = next(call for call in asked if call.role == "writer")
    assert "agent" not in json.dumps((writer.answer_schema or {})["$defs"]["Parts"])
    assert "for each speaker but agent" in writer.messages[0].content
    heard = {call.role: "\n".join(m.content for m in call.messages) for call in asked if call.role in ROLES}
    assert "A SECRET END." not in heard["agent"]
    assert "A SECRET END." in heard["customer"]
    assert "What you know of this case" not in made.system


async def test_each_sentence_that_cites_is_asked_about_in_the_one_call(tmp_path: Path) -> None:
    loaded = desk(tmp_path)
    made, asked = await make(loaded, script(wrong="claim_1_2"))
    (prompt,) = ["\n".join(m.content for m in call.messages) for call in asked if call.role == "verifier"]
    assert "- claim_1_1, in message 1: It is 4 / 2 = 2 euros [rules-1][rules-2]." in prompt
    assert "- claim_1_2, in message 1: Nobody needs a ticket on Sundays [rules-1]!" in prompt
    assert "- claim_1_3, in message 1: A day costs 4 euros [rules-1]." in prompt
    assert "line_1: message 1" in prompt
    found = {e.check: e for e in made.evidence}[RoleKind.VERIFIER]
    assert (found.status, found.turn) == (Status.FAIL, 1)
    assert found.detail == (
        "supported (claim_1_2): No passage says it. (of “Nobody needs a ticket on Sundays [rules-1]!”)"
    )
    assert decide(made, loaded.scenario).reason == "verifier"


@pytest.mark.parametrize("changes", [{"conversation": {"cites": False, "messages": "4 to 4"}}, {"documents": None}])
def test_where_no_sentence_can_be_told_to_cite_nothing_is_asked(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert "supported" not in desk(tmp_path, **changes).scenario.questions
    assert "supported" in desk(tmp_path).scenario.questions


async def test_a_question_may_be_about_the_cell(tmp_path: Path) -> None:
    asks = {"kind_met": "Is this so: {{ kind.plan }}"}
    loaded = desk(tmp_path, questions=asks)
    check_templates(loaded)
    _, asked = await make(loaded, script())
    (prompt,) = [call.messages[-1].content for call in asked if call.role == "verifier"]
    assert "- kind_met: Is this so: One rule answers." in prompt
    lacks = desk(tmp_path, questions=asks, axes={"kind": [{"name": "one", "plan": "One."}, {"name": "two"}]})
    with pytest.raises(ScenarioError, match=r"questions.kind_met.*plan"):
        check_templates(lacks)
