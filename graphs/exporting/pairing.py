"""Calls of tools as every reader needs them: with ids of one form, each result behind its call, arguments that are an object."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NoReturn

from graphs.exporting.sample import Learned, Unfit
from scenarios.messages import Message, Speech

_LARGEST = 2**63
"""Readers of JSON keep no whole number above it."""


def paired(sample: Learned) -> Learned:
    """The sample with call ids of nine letters and digits, as Mistral's templates want them, numbered through it; each result has
    the id of its call, which is found by the id that it had, or else by its place. Raises Unfit if one has no call, if a call in the
    middle has no result, or if arguments are no JSON object."""
    count = 0
    found: dict[str, tuple[Message, ...]] = {}
    for side in ("messages", "chosen", "rejected"):
        begun = getattr(sample, side)
        # Both answers of a pair go on from the same words.
        open_before = _open(found["messages"]) if side != "messages" else []
        found[side], count = _paired(begun, count if side != "rejected" else _calls_in(found["messages"]), open_before)
    if found["chosen"] and found["chosen"] == found["rejected"]:
        raise Unfit("a pair whose answers are the same")
    return sample.model_copy(update=found)


def _paired(messages: Sequence[Message], count: int, waiting: list[tuple[str, str]]) -> tuple[tuple[Message, ...], int]:
    made = []
    for message in messages:
        if message.role is Speech.TOOL:
            if not waiting:
                raise Unfit("a result that answers no call")
            place = next((i for i, (old, _) in enumerate(waiting) if old and old == message.tool_call_id), 0)
            made.append(message.model_copy(update={"tool_call_id": waiting.pop(place)[1]}))
            continue
        if waiting:
            raise Unfit("a call that nobody answers")
        calls = []
        for call in message.tool_calls or ():
            id_ = f"call{count:05d}"
            count += 1
            waiting.append((str(call.get("id") or ""), id_))
            calls.append({"id": id_, "type": "function", "function": _checked(call)})
        made.append(message.model_copy(update={"tool_calls": tuple(calls) or None}))
    return tuple(made), count


def _open(messages: Sequence[Message]) -> list[tuple[str, str]]:
    """The calls at the end that wait for their results."""
    waiting: list[tuple[str, str]] = []
    for message in messages:
        if message.tool_calls:
            waiting = [(call["id"], call["id"]) for call in message.tool_calls]
        elif message.role is Speech.TOOL:
            waiting = [one for one in waiting if one[1] != message.tool_call_id]
        else:
            waiting = []
    return waiting


def _calls_in(messages: Sequence[Message]) -> int:
    return sum(len(message.tool_calls or ()) for message in messages)


def _checked(call: dict[str, Any]) -> dict[str, Any]:
    """A call's function with its arguments as JSON text. Raises Unfit."""
    function = call.get("function")
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        raise Unfit("a call without the name of a tool")
    given = function.get("arguments")
    try:
        value = json.loads(given, parse_constant=_no_number) if isinstance(given, str) else given
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Unfit("arguments of a call that are no JSON object")
    if _too_large(value):
        raise Unfit("a whole number in arguments that readers of JSON do not keep")
    return {"name": function["name"], "arguments": json.dumps(value, ensure_ascii=False, separators=(",", ":"))}


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _too_large(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_too_large, value.values()))
    if isinstance(value, list):
        return any(map(_too_large, value))
    return isinstance(value, int) and not -_LARGEST <= value < _LARGEST
