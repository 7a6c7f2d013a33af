"""A writer that looks at live servers of tools before it sets the scene, so that the scene agrees with their records."""

from __future__ import annotations

import json
from pathlib import Path

from agents.cast import Cast
from agents.models.calls import HTTP_TOOLS, TOOLS, Answer, Call, Transport
from agents.models.endpoint.secret import Secret
from agents.models.gateway import Gateway
from agents.models.limits.in_flight import AdaptiveLimit
from agents.models.limits.ledger import Budget, Ledger
from agents.models.scripted import Scripted
from agents.tools.requests import ToolServers, ToolWay, asked_of
from agents.tools.results import failure, kept
from agents.tools.simulated import EarlierCall
from agents.tools.toolbox import Toolbox
from graphs.sampling.graph import make_candidate, sample_graph
from graphs.sampling.topology import topology_of
from scenarios.briefs import brief_of
from scenarios.loading import Loaded
from scenarios.material.tools.spec import Grade, HttpReach, ToolSpec
from scenarios.messages import Speech
from scenarios.records import Candidate
from tests.agents.conversation.test_making import Script, says
from tests.conversations import conversation
from tests.helpers import SCRIPTED, KeptInMemory, models

_NO_SECRET = Secret()
_ORDERS = {"orders": ["QP-36551", "QP-40028"]}
_ORDER = {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"], "additionalProperties": False}  # fmt: skip
_NONE = {"type": "object", "properties": {}, "additionalProperties": False}
LIST = ToolSpec(name="list_orders", description="All orders.", parameters=_NONE, writes=False, http=HttpReach(method="GET", path="/orders"))  # fmt: skip
FIND = ToolSpec(name="find_order", parameters=_ORDER, writes=False, http=HttpReach(method="GET", path="/order"))
CANCEL = ToolSpec(name="cancel_order", parameters=_ORDER, http=HttpReach(method="DELETE", path="/order"))


class Server:
    """A shop with two orders."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def send(self, call: Call) -> Answer:
        """Carry a call out."""
        name, arguments = asked_of(call)
        self.asked.append(name)
        if name == "list_orders":
            return kept(_ORDERS, _NO_SECRET).answer()
        known = arguments["order"] in _ORDERS["orders"]
        return (kept({"order": arguments["order"]}, _NO_SECRET) if known else failure("no such order")).answer()

    async def close(self) -> None:
        """Nothing is held."""


def with_orders(folder: Path) -> Loaded:
    """The shop's scenario with three tools that have a server."""
    loaded = conversation(folder, tools=[{"name": "x", "parameters": _NONE}], conversation={"messages": "4 to 4"})
    return loaded.model_copy(update={"tools": (LIST, FIND, CANCEL)})


async def make(loaded: Loaded, script: Script, way: ToolWay = ToolWay.RECORDED) -> tuple[Candidate, list[Call], Server]:
    scripted, server = Scripted(script), Server()
    transports: dict[tuple[str, str], Transport] = {
        SCRIPTED.where: scripted,
        (TOOLS, f"{HTTP_TOOLS}http://shop"): server,
    }
    gateway = Gateway(transports, KeptInMemory(), Ledger(Budget()), AdaptiveLimit(8), 2)
    box = Toolbox(loaded.tools, way, ToolServers(http="http://shop"), SCRIPTED)
    cell = {axis: plan.names[0] for axis, plan in loaded.scenario.axes.items()}
    machine = sample_graph(topology_of(loaded.scenario), Cast(loaded, gateway, models(loaded, SCRIPTED), box))
    made = await make_candidate(machine, brief_of(loaded, 7, cell, 0, 0))
    assert made.failure is None, made.failure
    return made, scripted.asked, server


async def test_the_writer_calls_what_only_reads_and_its_scene_keeps_what_it_saw(tmp_path: Path) -> None:
    script = says(
        "QP-40028 is late.", "I look.", "Thanks.", "Bye.", writer=["list_orders {}", 'find_order {"order": "QP-40028"}', SCENE]
    )  # fmt: skip
    made, asked, server = await make(with_orders(tmp_path), script)
    assert server.asked == ["list_orders", "find_order"]
    assert made.scene is not None
    assert [(one.name, one.arguments) for one in made.scene.looked] == [
        ("list_orders", "{}"), ("find_order", '{"order":"QP-40028"}')
    ]  # fmt: skip
    assert made.scene.looked[0] == EarlierCall("list_orders", "{}", '{"orders":["QP-36551","QP-40028"]}').looked_up()
    writers = [call for call in asked if call.role == "writer"]
    assert len(writers) == 3, "the scene that it writes behind the calls is taken as it is"
    assert writers[0].tool_names() == ("list_orders", "find_order"), "it changes nothing"
    assert "call tools first" in writers[0].messages[-1].content
    assert writers[2].messages[-1].role is Speech.TOOL
    assert made.usage["tools"].calls == 2
    assert made.grades == {}


async def test_a_scene_of_another_form_is_asked_for_with_what_was_shown(tmp_path: Path) -> None:
    script = says(
        "QP-40028 is late.", "I look.", "Thanks.", "Bye.", writer=["list_orders {}", "I have seen it.", SCENE]
    )
    made, asked, _ = await make(with_orders(tmp_path), script)
    last = [call for call in asked if call.role == "writer"][-1]
    assert last.answer_schema is not None
    assert not last.tools
    assert '1. list_orders {}\n   {"orders":["QP-36551","QP-40028"]}' in last.messages[-1].content
    assert "call tools first" not in last.messages[-1].content
    assert made.scene is not None
    assert made.scene.situation == "A parcel is late."


async def test_a_wrong_call_goes_nowhere_and_is_nothing_that_was_seen(tmp_path: Path) -> None:
    script = says(
        "QP-40028 is late.", "I look.", "Thanks.", "Bye.", writer=["find_order {}", 'find_order {"order": "X-1"}', SCENE]
    )  # fmt: skip
    made, asked, server = await make(with_orders(tmp_path), script)
    assert server.asked == ["find_order"]
    told = [call for call in asked if call.role == "writer"][1].messages[-1].content
    assert "order" in told
    assert made.scene is not None
    assert [one.arguments for one in made.scene.looked] == ['{"order":"X-1"}']


async def test_a_writer_that_only_calls_is_asked_for_its_scene_in_the_end(tmp_path: Path) -> None:
    writer = [*["list_orders {}"] * 4, SCENE]
    made, asked, server = await make(with_orders(tmp_path), says("QP-40028 is late.", "Bye.", writer=writer))
    assert len(server.asked) == 4
    assert len([call for call in asked if call.role == "writer"]) == 5
    assert made.scene is not None
    assert len(made.scene.looked) == 4


async def test_nothing_is_looked_up_if_results_are_simulated(tmp_path: Path) -> None:
    made, asked, server = await make(
        with_orders(tmp_path), says("QP-40028 is late.", "Bye.", writer=SCENE), ToolWay.SIMULATED
    )
    assert not server.asked
    assert made.scene is not None
    assert not made.scene.looked
    (writer,) = [call for call in asked if call.role == "writer"]
    assert "- cancel_order(order)" in writer.messages[0].content
    assert "The tools work on records" not in writer.messages[-1].content


async def test_a_real_call_that_wrote_stays_when_its_turn_is_repaired(tmp_path: Path) -> None:
    script = says(
        "QP-40028 is late.", 'cancel_order {"order": "QP-40028"}', "It is cancelled.", "What?", "Yes.", "I cancelled it at once, sorry.",
        writer=SCENE, critic=[json.dumps({"problems": [{"turn": 1, "problem": "It cancels unasked."}]}), '{"problems": []}'],
    )  # fmt: skip
    made, _, server = await make(with_orders(tmp_path), script)
    assert server.asked == ["cancel_order"]
    assert [message.content for message in made.messages if message.role is not Speech.TOOL][2] == "I cancelled it at once, sorry."  # fmt: skip
    assert list(made.grades.values()) == [Grade.RECORDED]


_PARTS = {"customer": {"goal": "You want it.", "facts": [{"what": "order", "value": "QP-40028", "said": True}]}, "agent": {"goal": ""}}  # fmt: skip
SCENE = json.dumps({"situation": "A parcel is late.", "outcome": "It comes.", "parts": _PARTS})
