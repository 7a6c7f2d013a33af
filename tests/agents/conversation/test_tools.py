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
