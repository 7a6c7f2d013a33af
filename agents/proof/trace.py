"""A recorded dialogue played again: what was said and called, in order, with what the world makes of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import orjson
from pydantic import ValidationError

from agents.text.values import says
from scenarios.messages import Message, Speech
from scenarios.records import Candidate
from scenarios.worlds.blueprint import Action, Blueprint, Ending, PrivateCall, Side
from scenarios.worlds.replay import leaves, rule_broken
from scenarios.worlds.world import Access, Play, State, Tool, World, WorldBroken, failed


@dataclass(frozen=True)
class Flaw:
    """What a check of the proof finds wrong."""

    turn: int
    """The message at fault; the number of messages where something is missing at the end."""
    detail: str
    excusable: bool = False
    """It may be the consequence of an earlier fault of the other side."""
    at_end: bool = False
    """It is something missing, which only an ended dialogue can be blamed for."""
    late: bool = False
    """What is missing may still come at the end of the dialogue: nothing before it has to be made again."""


@dataclass(frozen=True)
class Spoken:
    """Words of one side."""

    turn: int
    side: Side
    text: str
    private: frozenset[str]
    """What the user might not hear then."""


@dataclass(frozen=True)
class Called:
    """A call of one side's tool, played again."""

    turn: int
    """The message that holds it; for a call of the user's, the message that came next."""
    action: Action
    """With its arguments as the tool reads them."""
    tool: Tool | None
    misfit: str
    """Why it fits no tool, or nothing."""
    recorded: str | None
    """The result in the record; None where there is none."""
    replayed: str
    """The result of playing it again."""
    broken: str
    """The rule of the policy that it breaks and how, or nothing."""
    private: frozenset[str]

    @property
    def side(self) -> Side:
        """Whose call it is."""
        return self.action.side

    @property
    def seen(self) -> str:
        """The result that its caller saw."""
        return self.replayed if self.recorded is None else self.recorded

    @property
    def failed(self) -> bool:
        """It was not done."""
        return failed(self.replayed)

    @property
    def wrote(self) -> bool:
        """It changed the state."""
        return self.tool is not None and self.tool.access is Access.WRITE and not self.failed


Event = Spoken | Called


@dataclass(frozen=True)
class Trace:
    """A dialogue in a world as it is proven."""

    world: World
    blueprint: Blueprint
    messages: tuple[Message, ...]
    private_calls: tuple[PrivateCall, ...]
    ending: Ending | None
    events: tuple[Event, ...]
    end: Mapping[str, Any]
    """The state after the last call, as JSON."""

    @cached_property
    def described(self) -> tuple[str, ...]:
        """What the world says of itself to whoever plays in it: its policy and its tools."""
        texts = (text for tool in self.world.tools for text in (tool.does, tool.request, *tool.claims))
        return (self.world.policy, *texts)

    @cached_property
    def things(self) -> tuple[str, ...]:
        """Things of the world in two words or more ('blue umbrella'), which nobody says without having been told."""
        plain = "\n".join(self.described)
        found = dict.fromkeys(leaf for leaf in leaves(self.blueprint.state) if " " in leaf)
        return tuple(sorted(leaf for leaf in found if not says(leaf, plain)))

    @cached_property
    def unknown_to_user(self) -> tuple[str, ...]:
        """Things of the world that the user does not say without having been told: names, whatever the policy says of them,
        and things in two words or more that are no choice of the world's own ('in transit')."""
        choices = choices_of(self.world.state)
        others = (value for values in self.world.instead.values() for value in values)
        found = {text for text in (*self.values, *others) if " " in text and (text not in choices or text[0].isupper())}
        return tuple(sorted(found))

    @cached_property
    def places(self) -> tuple[str, ...]:
        """Choices of the world in one word that are written as names, such as a branch."""
        return tuple(sorted(text for text in choices_of(self.world.state) if text.isalpha() and text[0].isupper()))

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The texts that stand in the state at the beginning, each once, without keys."""
        return tuple(dict.fromkeys(bare_leaves(self.blueprint.state)))

    def said(self, side: Side) -> list[Spoken]:
        """The words of one side."""
        return [event for event in self.events if isinstance(event, Spoken) and event.side is side]

    def called(self, side: Side) -> list[Called]:
        """The calls of one side."""
        return [event for event in self.events if isinstance(event, Called) and event.side is side]


def trace_of(world: World, candidate: Candidate) -> Trace:
    """Play a recorded dialogue on a fresh world. What cannot be read in it is left out (`tool_format` names it).

    Raises WorldBroken where the world's own module has a fault.
    """
    blueprint = candidate.brief.blueprint
    if blueprint is None:
        raise ValueError("a dialogue without a blueprint cannot be proven")
    stage = Play(world, blueprint.state)
    events: list[Event] = []
    private = world.private(stage.state, blueprint.subject)
    for step in _steps(candidate):
        if isinstance(step, Spoken):
            events.append(Spoken(step.turn, step.side, step.text, private))
            continue
        turn, action, recorded = step
        called = _play(stage, blueprint.subject, turn, action, recorded, private)
        events.append(called)
        if called.wrote:
            private = world.private(stage.state, blueprint.subject)
    return Trace(
        world,
        blueprint,
        candidate.messages,
        candidate.private_calls,
        candidate.ending,
        tuple(events),
        stage.snapshot(),
    )


_Step = Spoken | tuple[int, Action, str | None]


def _steps(candidate: Candidate) -> Iterator[_Step]:
    """Words and calls in the order in which they were made. The user's calls come before the message that they name."""
    waiting = sorted(candidate.private_calls, key=lambda call: call.before)
    for turn, message in enumerate(candidate.messages):
        while waiting and waiting[0].before <= turn:
            yield _of_user(waiting.pop(0))
        if message.role in (Speech.USER, Speech.ASSISTANT) and message.content.strip():
            yield Spoken(turn, Side(message.role.value), message.content, frozenset())
        for made in message.tool_calls or ():
            action = action_of(made)
            if action is not None and message.role is Speech.ASSISTANT:
                yield turn, action, _result(candidate.messages, turn, made.get("id"))
    yield from map(_of_user, waiting)


def _of_user(call: PrivateCall) -> _Step:
    return call.before, call.action.model_copy(update={"side": Side.USER}), call.result


def action_of(call: Mapping[str, Any]) -> Action | None:
    """A recorded call of the assistant's as an action; None where it cannot be read."""
    function = call.get("function")
    if not isinstance(function, Mapping):
        return None
    name, arguments = function.get("name"), function.get("arguments")
    if not isinstance(name, str) or not isinstance(arguments, str):
        return None
    try:
        given = orjson.loads(arguments)
    except orjson.JSONDecodeError:
        return None
    return Action(tool=name, arguments=given) if isinstance(given, dict) else None


def _result(messages: tuple[Message, ...], turn: int, id_: object) -> str | None:
    """The recorded result of a call, among the tool messages that follow it."""
    for message in messages[turn + 1 :]:
        if message.role is not Speech.TOOL:
            return None
        if message.tool_call_id == id_:
            return message.content
    return None


def _play(
    stage: Play, subject: str, turn: int, action: Action, recorded: str | None, private: frozenset[str]
) -> Called:
    tool = stage.world.tool(action.tool, action.side)
    read = as_read(stage.world, action)
    broken = rule_broken(stage, subject, read) if read is not None else ""
    replayed = stage.call(action)
    misfit = "" if read is not None else replayed
    return Called(turn, read or action, tool, misfit, recorded, replayed, broken, private)


def as_read(world: World, action: Action) -> Action | None:
    """An action with its arguments as its tool reads them, so that equal calls compare equal; None where it fits none."""
    tool = world.tool(action.tool, action.side)
    if tool is None:
        return None
    try:
        given = tool.arguments.model_validate(action.arguments)
    except ValidationError:
        return None
    return action.model_copy(update={"arguments": given.model_dump(mode="json")})


@lru_cache(maxsize=32)
def choices_of(state: type[State]) -> frozenset[str]:
    """The values that the fields of a world's state are chosen from."""
    return frozenset(_enumerated(state.model_json_schema()))


def _enumerated(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from (value for value in schema.get("enum", ()) if isinstance(value, str))
        for inner in schema.values():
            yield from _enumerated(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _enumerated(inner)


def bare_leaves(value: object) -> Iterator[str]:
    """Every text and number in a JSON value, without the keys of its objects."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from bare_leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from bare_leaves(inner)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def broken_world(error: WorldBroken) -> str:
    """The detail of evidence that a faulty world cannot give."""
    return f"the world has a fault: {error}"
