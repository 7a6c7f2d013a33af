"""AutoGen's client over the gateway: tools and their calls both ways."""

from __future__ import annotations

from typing import Any

import pytest
from autogen_core import FunctionCall
from autogen_core.models import (
    AssistantMessage,
    CreateResult,
    FunctionExecutionResult,
    FunctionExecutionResultMessage,
    SystemMessage,
    UserMessage,
)
from autogen_core.tools import FunctionTool
from hypothesis import given
from hypothesis import strategies as st

from agents.models.autogen import GatewayClient, from_autogen, to_autogen
from agents.models.calls import Answer, Call, ToolCall
from agents.models.scripted import Scripted
from scenarios.messages import Message, Speech
from tests.helpers import a_call, a_tool, gateway_over

TOOLS = (a_tool("look"), a_tool("lend"))
CALLS = (ToolCall(id="id1", name="look", arguments='{"id": 1}'), ToolCall(id="id2", name="fly", arguments="{broken"))
WORDS = st.text(max_size=8)
MESSAGES = st.one_of(
    st.builds(Message, role=st.sampled_from([Speech.SYSTEM, Speech.USER, Speech.ASSISTANT]), content=WORDS),
    st.builds(Message, role=st.just(Speech.TOOL), content=WORDS, tool_call_id=WORDS),
    st.builds(
        lambda text, calls: Answer(text=text, tool_calls=tuple(calls)).message(),
        WORDS,
        st.lists(st.builds(ToolCall, id=WORDS, name=WORDS, arguments=WORDS), min_size=1, max_size=3),
    ),
)


class Told:
    """A transport that gives the same answer to all."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[Call] = []

    async def send(self, call: Call) -> Answer:
        """Answer."""
        self.asked.append(call)
        return self.answer

    async def close(self) -> None:
        """Nothing is held."""


async def create(told: Told | Scripted, *messages: Any, call: Call | None = None, **options: Any) -> CreateResult:
    """Ask through a client."""
    extra = {"call": call or a_call(tools=TOOLS)}
    return await GatewayClient(gateway_over(told)).create(messages, extra_create_args=extra, **options)


@given(MESSAGES)
def test_a_message_comes_back_from_autogen_as_it_was(message: Message) -> None:
    assert from_autogen(to_autogen(message)) == (message,)


async def test_calls_of_tools_are_the_content_and_words_beside_them_the_thought() -> None:
    found = await create(
        Told(Answer(text="One moment.", tool_calls=CALLS)), UserMessage(content="Look.", source="user")
    )
    assert found.content == [
        FunctionCall(id="id1", name="look", arguments='{"id": 1}'),
        FunctionCall(id="id2", name="fly", arguments="{broken"),
    ]
    assert (found.thought, found.finish_reason) == ("One moment.", "function_calls")


@pytest.mark.parametrize(("finish", "reason"), [("stop", "stop"), ("length", "length")])
async def test_a_text_is_a_text(finish: str, reason: str) -> None:
    found = await create(Told(Answer(text="Well.", finish=finish)), UserMessage(content="Look.", source="user"))
    assert (found.content, found.thought, found.finish_reason) == ("Well.", None, reason)


async def test_a_conversation_with_tools_reaches_the_gateway_with_its_ids() -> None:
    """As AutoGen writes it: the results of several calls are one message."""
    told = Told(Answer(text="It is Moby."))
    calls = [FunctionCall(id=each.id, name=each.name, arguments=each.arguments) for each in CALLS]
    results = [
        FunctionExecutionResult(content="Moby", name="look", call_id="id1", is_error=False),
        FunctionExecutionResult(content="no such tool", name="fly", call_id="id2", is_error=True),
    ]
    await create(
        told,
        SystemMessage(content="You lend books."),
        UserMessage(content="Look.", source="user"),
        AssistantMessage(content=calls, thought="Hm.", source="assistant"),
        FunctionExecutionResultMessage(content=results),
    )
    assert told.asked[0].messages == (
        Message(role=Speech.SYSTEM, content="You lend books."),
        Message(role=Speech.USER, content="Look."),
        Answer(text="Hm.", tool_calls=CALLS).message(),
        Message(role=Speech.TOOL, content="Moby", tool_call_id="id1"),
        Message(role=Speech.TOOL, content="no such tool", tool_call_id="id2"),
    )
    assert told.asked[0].tools == TOOLS


async def test_autogens_own_tools_take_the_place_of_the_calls() -> None:
    def look(id_: int) -> str:
        return str(id_)

    told = Told(Answer(text="Well."))
    await create(told, tools=[FunctionTool(look, description="To look."), {"name": "lend", "description": "To lend."}])
    first, second = (tool["function"] for tool in told.asked[0].tools)
    assert (first["name"], first["description"], list(first["parameters"]["properties"])) == (
        "look",
        "To look.",
        ["id_"],
    )
    assert second == {"name": "lend", "description": "To lend."}
    await create(told, tool_choice="none")
    assert told.asked[1].tools == ()
    with pytest.raises(ValueError, match="tool_choice"):
        await create(told, tool_choice="required")


async def test_a_stream_has_the_tools_too() -> None:
    client = GatewayClient(gateway_over(Scripted()))
    call = a_call(verbatim="look {}")
    (piece,) = [
        each
        async for each in client.create_stream([], tools=[{"name": "look"}], extra_create_args={"call": call})
        if isinstance(each, CreateResult)
    ]
    assert [each.name for each in piece.content if isinstance(each, FunctionCall)] == ["look"]
    assert client.model_info["function_calling"]
