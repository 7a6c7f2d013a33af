"""Tools in free conversations: calls, their results and grades, and who sees them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from agents.cast import Cast
from agents.models.calls import Answer, Call, ToolCall
from agents.models.scripted import Scripted
from agents.tools.toolbox import Toolbox
from graphs.sampling.graph import make_candidate, sample_graph
from graphs.sampling.topology import topology_of
from scenarios.briefs import brief_of
from scenarios.loading import Loaded
from scenarios.messages import Speech
from scenarios.records import Candidate
from tests.agents.conversation.test_making import WRITER, Script, says
from tests.conversations import conversation
from tests.helpers import SCRIPTED, gateway_over, models, scripted_gateway

FIND = {
    "name": "find_order",
    "description": "Looks an order up.",
    "writes": False,
    "parameters": {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"], "additionalProperties": False},
    "returns": {"type": "object", "properties": {"paid": {"type": "string"}}, "required": ["paid"]},
}  # fmt: skip
PAID = json.dumps({"ok": True, "result": {"paid": "48.20 euros"}})
ASKED = 'find_order {"order": "QP-36551"}'


class Greedy(Scripted):
    """A model that calls its tools two hundred times at once."""

    async def send(self, call: Call) -> Answer:
        answer = await super().send(call)
        asked = ToolCall(id="c", name="find_order", arguments='{"order": "QP-36551"}')
        return answer.model_copy(update={"text": "", "tool_calls": (asked,) * 200}) if call.tools else answer


async def make(loaded: Loaded, script: Script, many: bool = False) -> tuple[Candidate, list[Call]]:
    gateway, scripted = scripted_gateway(script)
    if many:
        scripted = Greedy(script)
        gateway = gateway_over(scripted)
    cast = Cast(loaded, gateway, models(loaded, SCRIPTED), Toolbox(loaded.tools, model=SCRIPTED))
    cell = {axis: plan.names[0] for axis, plan in loaded.scenario.axes.items()}
    made = await make_candidate(sample_graph(topology_of(loaded.scenario), cast), brief_of(loaded, 7, cell, 0, 0))
    assert made.failure is None, made.failure
    return made, scripted.asked


def with_tools(folder: Path, **changes: Any) -> Loaded:
    return conversation(folder, tools=[FIND], conversation={"messages": "4 to 4"}, **changes)


async def test_a_call_and_its_result_stand_before_the_words_that_rest_on_them(tmp_path: Path) -> None:
    script = says(
        "QP-36551 is late.", ASKED, "You paid 48.20 euros.", "Right.", "It is on its way.", writer=WRITER, tools=PAID
    )
    made, asked = await make(with_tools(tmp_path), script)
    assert [message.role for message in made.messages] == [Speech.USER, Speech.ASSISTANT, Speech.TOOL, Speech.ASSISTANT, Speech.USER, Speech.ASSISTANT]  # fmt: skip
    call, result = made.messages[1], made.messages[2]
    assert call.tool_calls is not None
    assert result.tool_call_id == call.tool_calls[0]["id"]
    assert json.loads(result.content) == {"paid": "48.20 euros"}
    assert list(made.grades.values()) == ["simulated"]
    simulated = next(one for one in asked if one.role == "tools")
    assert "QP-36551" in simulated.messages[-1].content
    customers = [one for one in asked if one.role == "customer"]
    assert all("48.20" not in json.dumps([m.sent() for m in one.messages]) for one in customers[:1])
    assert not any(one.tools for one in customers)
    assert all(message.role is not Speech.TOOL for one in customers for message in one.messages)
    assert not made.slips


async def test_a_call_that_breaks_its_schema_is_drawn_again(tmp_path: Path) -> None:
    script = says(
        "QP-36551 is late.", 'find_order {"number": 7}', ASKED, "You paid 48.20 euros.", writer=WRITER, tools=PAID
    )
    made, asked = await make(with_tools(tmp_path), script)
    (slip,) = made.slips
    assert slip.check == "tool_calls"
    assert "order" in slip.problem
    agents = [one for one in asked if one.role == "agent"]
    assert "order" in agents[1].messages[-1].content


async def test_what_a_tool_gave_is_known_to_who_called_it_alone(tmp_path: Path) -> None:
    script = says(
        "QP-36551 is late.", "You paid 52.30 euros.", ASKED, "You paid 48.20 euros.", writer=WRITER, tools=PAID
    )
    made, _ = await make(with_tools(tmp_path), script)
    assert [slip.check for slip in made.slips] == ["values_kept"]
    assert made.messages[3].content == "You paid 48.20 euros."


async def test_calls_without_measure_are_drawn_again_before_anybody_pays_for_them(tmp_path: Path) -> None:
    made, asked = await make(with_tools(tmp_path), says("QP-36551 is late.", writer=WRITER, tools=PAID), many=True)
    assert {slip.check for slip in made.slips} == {"tool_calls"}
    assert "at once" in made.slips[0].problem
    assert not [call for call in asked if call.role == "tools"]


REMARK = [json.dumps({"problems": [{"turn": 1, "problem": "No tool was asked."}]}), '{"problems": []}']


async def test_a_repair_may_call_the_tool_that_was_not_called(tmp_path: Path) -> None:
    script = says(
        "QP-36551 is late.", "I looked: it is paid.", "Right.", "It comes.", ASKED, "You paid 48.20 euros.",
        writer=WRITER, tools=PAID, critic=REMARK,
    )  # fmt: skip
    made, asked = await make(with_tools(tmp_path), script)
    assert [message.role for message in made.messages] == [Speech.USER, Speech.ASSISTANT, Speech.TOOL, Speech.ASSISTANT, Speech.USER, Speech.ASSISTANT]  # fmt: skip
    assert [message.content for message in made.messages if not message.tool_calls][2:] == ["You paid 48.20 euros.", "Right.", "It comes."]  # fmt: skip
    assert list(made.grades.values()) == ["simulated"]
    again = next(call for call in asked if call.asker.step.startswith("refine/1"))
    assert again.tools
    assert "call the tool first" in again.messages[-1].content


async def test_a_wrong_call_goes_with_its_result(tmp_path: Path) -> None:
    first, second = (PAID, json.dumps({"ok": True, "result": {"paid": "51.10 euros"}}))
    script = says(
        "QP-36551 is late.", ASKED, "You paid 48.20 euros.", "Right.", "It comes.", "You are paid up.",
        writer=WRITER, tools=[first, second], critic=REMARK,
    )  # fmt: skip
    made, asked = await make(with_tools(tmp_path), script)
    assert [message.content for message in made.messages] == ["QP-36551 is late.", "You are paid up.", "Right.", "It comes."]  # fmt: skip
    assert made.grades == {}
    again = next(call for call in asked if call.asker.step.startswith("refine/1"))
    assert not any(message.role is Speech.TOOL for message in again.messages)


async def test_a_refused_call_is_shown_with_what_is_wrong_and_may_be_made_again(tmp_path: Path) -> None:
    script = says(
        "QP-36551 is late.", 'find_order {"order": "QP-36515"}', ASKED, "You paid 48.20 euros.", writer=WRITER, tools=PAID
    )  # fmt: skip
    made, asked = await make(with_tools(tmp_path), script)
    (slip,) = made.slips
    assert slip.check == "arguments_kept"
    again = [one for one in asked if one.role == "agent"][1]
    assert again.messages[-2].content == '[calls find_order {"order": "QP-36515"}]'
    assert "QP-36515" in again.messages[-1].content
    assert made.messages[3].content == "You paid 48.20 euros."


async def test_words_beside_a_call_are_checked_as_others_are(tmp_path: Path) -> None:
    class Talking(Scripted):
        async def send(self, call: Call) -> Answer:
            answer = await super().send(call)
            beside = (
                "You paid 99.10 euros, I look." if len([one for one in self.asked if one.tools]) == 1 else "I look."
            )
            return answer.model_copy(update={"text": beside}) if answer.tool_calls else answer

    loaded = with_tools(tmp_path)
    script = says("QP-36551 is late.", ASKED, ASKED, "You paid 48.20 euros.", writer=WRITER, tools=PAID)
    gateway = gateway_over(Talking(script))
    cast = Cast(loaded, gateway, models(loaded, SCRIPTED), Toolbox(loaded.tools, model=SCRIPTED))
    cell = {axis: plan.names[0] for axis, plan in loaded.scenario.axes.items()}
    made = await make_candidate(sample_graph(topology_of(loaded.scenario), cast), brief_of(loaded, 7, cell, 0, 0))
    assert [slip.check for slip in made.slips] == ["values_kept"]
    assert made.messages[1].content == "I look."


async def test_a_simulated_tool_knows_the_rules_and_whose_words_are_whose(tmp_path: Path) -> None:
    _, asked = await make(with_tools(tmp_path), says("QP-36551 is late.", ASKED, writer=WRITER, tools=PAID))
    told = next(one for one in asked if one.role == "tools").messages[-1].content
    assert "- its rules: Refunds are possible within 30 days." in told
    assert "- order, as customer knows it: QP-36551" in told
    assert "- the case, as who calls it knows it: You want it." in told


async def test_those_who_judge_are_shown_the_tools_and_asked_of_them(tmp_path: Path) -> None:
    _, asked = await make(with_tools(tmp_path), says("QP-36551 is late.", ASKED, writer=WRITER, tools=PAID))
    verifier = next(one for one in asked if one.role == "verifier")
    assert "- find_order(order): Looks an order up." in verifier.messages[0].content
    assert "tools_used" in verifier.messages[1].content
    plain = conversation(tmp_path / "plain")
    assert "tools_used" not in plain.scenario.questions
    assert "arguments_kept" not in [plan.name for plan in plain.scenario.checks]
