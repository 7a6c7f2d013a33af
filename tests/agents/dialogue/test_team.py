"""Teams: AutoGen lets the floor's speaker speak, and a speaker's call reaches the gateway as it is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from agents.dialogue.team import NoDraw, SpeakersAccess, run_team
from agents.models.calls import Answer, Call, ToolCall
from scenarios.messages import Message, Speech
from scenarios.records import Usage
from tests.helpers import a_call, a_tool, gateway_over

CALLS = (ToolCall(id="id1", name="look", arguments='{"id": 1}'), ToolCall(id="id2", name="fly", arguments="{broken"))
CALL = a_call(
    tools=(a_tool("look"), a_tool("lend")),
    messages=(
        Message(role=Speech.SYSTEM, content="You lend books."),
        Message(role=Speech.USER, content="Look."),
        Answer(text="Hm.", tool_calls=CALLS).message(),
        Message(role=Speech.TOOL, content="Moby", tool_call_id="id1"),
        Message(role=Speech.TOOL, content="no such tool", tool_call_id="id2"),
    ),
)


@dataclass
class Told:
    """A transport that gives the same answer to all."""

    answer: Answer
    asked: list[Call] = field(default_factory=list)

    async def send(self, call: Call) -> Answer:
        """Answer."""
        self.asked.append(call)
        return self.answer

    async def close(self) -> None:
        """Nothing is held."""


@dataclass
class Planned:
    """A floor with a list of turns; each speaker asks one call."""

    turns: list[str]
    spoken: list[str] = field(default_factory=list)
    heard: list[Answer] = field(default_factory=list)
    fails_at: int = -1

    def speaker(self) -> str:
        """The next of the list, and its last one for ever."""
        return self.turns[min(len(self.spoken), len(self.turns) - 1)]

    def over(self) -> bool:
        """When the list is."""
        return len(self.spoken) == len(self.turns)

    async def speak(self, access: SpeakersAccess) -> str:
        """Ask, and say nothing aloud."""
        if len(self.spoken) == self.fails_at:
            raise NoDraw("no_echo", "it repeats")
        role = self.speaker()
        self.heard.append(await access.ask(CALL.model_copy(update={"role": role, "seed": len(self.spoken)})))
        self.spoken.append(role)
        return ""


@pytest.mark.parametrize(
    "turns", [["a", "b", "a", "b"], ["b", "a"], ["b", "b", "a", "a", "b"], ["a"], ["a", "a", "a"], ["c", "a", "b"]]
)
async def test_the_floors_speaker_speaks_whatever_the_order(turns: list[str]) -> None:
    floor, access = Planned(turns), SpeakersAccess(gateway_over(Told(Answer(text="x"))))
    await run_team(floor, sorted(set(turns)), len(turns), access)
    assert floor.spoken == turns


async def test_a_team_takes_no_more_turns_than_it_may() -> None:
    floor = Planned(["a", "b", "a", "b"])
    await run_team(floor, ["a", "b"], 3, SpeakersAccess(gateway_over(Told(Answer(text="x")))))
    assert floor.spoken == ["a", "b", "a"]


async def test_a_call_and_its_answer_travel_as_they_are() -> None:
    told = Told(Answer(text="One moment.", tool_calls=CALLS, finish="length"))
    floor = Planned(["a"])
    await run_team(floor, ["a"], 1, SpeakersAccess(gateway_over(told)))
    (asked,), (heard,) = told.asked, floor.heard
    assert (asked.messages, asked.tools) == (CALL.messages, CALL.tools)
    assert asked.messages is CALL.messages
    assert (heard.text, heard.tool_calls, heard.finish) == ("One moment.", CALLS, "length")


async def test_what_was_spent_is_counted_by_role_also_where_a_team_gives_up() -> None:
    access = SpeakersAccess(gateway_over(Told(Answer(text="x", usage=Usage(calls=1, prompt_tokens=5)))))
    with pytest.raises(NoDraw, match="it repeats") as caught:
        await run_team(Planned(["a", "b", "a", "b"], fails_at=3), ["a", "b"], 4, access)
    assert caught.value.guard == "no_echo"
    assert {role: (used.calls, used.prompt_tokens) for role, used in access.spent.items()} == {
        "a": (2, 10),
        "b": (1, 5),
    }


async def test_a_cancelled_team_drops_the_call_under_way() -> None:
    class Hanging(Told):
        async def send(self, call: Call) -> Answer:
            begun.set()
            await asyncio.Event().wait()
            raise AssertionError

    begun = asyncio.Event()
    gateway = gateway_over(Hanging(Answer(text="")))
    task = asyncio.create_task(run_team(Planned(["a", "b"]), ["a", "b"], 2, SpeakersAccess(gateway)))
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert gateway.limit.in_flight == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}
