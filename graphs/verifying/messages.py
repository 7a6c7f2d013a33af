"""The form of a line's messages: calls and their results, and who is said to have spoken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agents.dialogue.moves import Unreadable, action_of
from graphs.verifying.differences import NOTHING, Mismatch, differences
from scenarios.messages import Message, Speech, named
from scenarios.records import Brief
from scenarios.schema.scenario import Family, Scenario
from scenarios.worlds.blueprint import Action, Side
from scenarios.worlds.exemplar import call_messages


def check_messages(scenario: Scenario, brief: Brief, messages: Sequence[Message]) -> None:
    """Raise Mismatch unless messages have the form in which a scenario of their family makes them."""
    if scenario.family is Family.WORLD:
        _check_calls(messages)
    elif scenario.family is Family.CONVERSATION:
        _check_results(messages)
        for place, message in enumerate(messages):
            if message.role not in (
                Speech.TOOL,
                scenario.roles[message.name].speaks_as if message.name in scenario.speakers else None,
            ):
                raise Mismatch(f"messages[{place}].name", "a speaker of this side", message.name or NOTHING)
        return
    else:
        for place, message in enumerate(messages):
            if message.role not in (Speech.USER, Speech.ASSISTANT) or message.tool_calls or message.tool_call_id:
                raise Mismatch(f"messages[{place}]", "words of a speaker", message.model_dump(exclude_none=True))
    _check_names(scenario, brief, messages)


def _check_names(scenario: Scenario, brief: Brief, messages: Sequence[Message]) -> None:
    """Raise Mismatch unless each message names who spoke. In datasets of earlier versions none does."""
    if all(message.name is None for message in messages):
        return
    if scenario.family is Family.WORLD:
        due = [message.name for message in named(messages, scenario.sides)]
    else:
        due = [*(turn.speaker for turn in brief.turns[: len(messages)]), *[None] * (len(messages) - len(brief.turns))]
    for place, (message, name) in enumerate(zip(messages, due, strict=True)):
        if message.name != name:
            found = NOTHING if message.name is None else message.name
            raise Mismatch(f"messages[{place}].name", name or "nothing", found)


def _check_calls(messages: Sequence[Message]) -> None:
    """Raise Mismatch unless calls and results have the form in which they are made."""
    place = 0
    while place < len(messages):
        message, results = messages[place], list[str]()
        actions = [_called(call, place) for call in message.tool_calls or ()]
        for other in messages[place + 1 : place + 1 + len(actions)]:
            results += [other.content] if other.role is Speech.TOOL else []
        if len(results) != len(actions):
            raise Mismatch(f"messages[{place}].tool_calls", f"a result for each of {len(actions)} calls", len(results))
        due: Sequence[Message] = [Message(role=message.role, content=message.content)]
        if actions:
            due = call_messages(actions, results, place, message.content)
        if message.role is Speech.TOOL:
            raise Mismatch(f"messages[{place}]", "no result without its call", message.content)
        made = messages[place : place + len(due)]
        expected, found = ([one.sent() for one in some] for some in (due, made))
        if difference := next(differences(expected, found, "messages", place), None):
            raise difference
        place += len(due)


def _check_results(messages: Sequence[Message]) -> None:
    """Raise Mismatch unless each call of a tool is followed by its result, in order."""
    due = list[str]()
    for place, message in enumerate(messages):
        if message.role is Speech.TOOL:
            if not due or message.tool_call_id != due.pop(0):
                raise Mismatch(
                    f"messages[{place}]", "the result of the call before it", message.tool_call_id or NOTHING
                )
            continue
        if due:
            raise Mismatch(f"messages[{place}]", f"the result of the call {due[0]}", message.content)
        due = [str(call.get("id")) for call in message.tool_calls or ()]
    if due:
        raise Mismatch("messages", f"the result of the call {due[0]}", NOTHING)


def _called(call: Mapping[str, Any], place: int) -> Action:
    function = call.get("function")
    try:
        if not isinstance(function, dict):
            raise Unreadable("has no function")
        return action_of(str(function.get("name")), str(function.get("arguments")), Side.ASSISTANT)
    except Unreadable as error:
        raise Mismatch(f"messages[{place}].tool_calls", f"calls that can be read ({error})", call) from None
