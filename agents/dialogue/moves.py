"""What a speaker of a dialogue in a world did: words, or calls of tools. Read from a model's answer, and shown to it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from agents.text.prose import tidied
from scenarios.messages import Message, Speech
from scenarios.schema.languages import ENGLISH
from scenarios.worlds.blueprint import Action, Ending, PrivateCall, Side
from scenarios.worlds.world import Tool

_TURN = re.compile(r"\s*(calls)?\s*:\s*(.*)", re.DOTALL)
_CALL = re.compile(r"(\w+)\s*(\{.*\})\s*", re.DOTALL)
SIGNAL = re.compile(r"\s*\[(done|stuck)\]\s*$", re.IGNORECASE)
"""How a speaker says behind its words that it is done, or gives up."""


class Unreadable(Exception):
    """An answer that is neither words nor calls; its text says why."""


@dataclass(frozen=True)
class DrawnMove:
    """One answer of a speaker: words, calls, or both."""

    text: str = ""
    actions: tuple[Action, ...] = ()
    ending: Ending | None = None
    """The signal that the user's words end with."""


def read_transcript(text: str, side: Side, label: str, language: str = ENGLISH, cut_off: bool = False) -> DrawnMove:
    """The answer of a model that goes on with a transcript after a speaker's label: `: words` or ` calls: name {json}`.

    Raises Unreadable.
    """
    found = _TURN.match(text.split("\n", 1)[0].removeprefix(label))
    if found is None:
        raise Unreadable("is neither words nor a call")
    calls, rest = found.groups()
    if not calls:
        return read_words(rest, side, label, language, cut_off)
    call = _CALL.fullmatch(rest)
    if call is None:
        raise Unreadable(f"holds a call that cannot be read: {rest[:80]!r}")
    return DrawnMove(actions=(action_of(call[1], call[2], side),))


def read_words(text: str, side: Side, label: str, language: str = ENGLISH, cut_off: bool = False) -> DrawnMove:
    """Words as they are said: as `tidied` leaves them, and with the user's signal taken out."""
    line = " ".join(text.split())
    ending: Ending | None = None
    if side is Side.USER and (signal := SIGNAL.search(line)):
        ending, line = Ending(signal[1].lower()), line[: signal.start()]
    line = tidied(line, label, language, cut_off)
    if not line:
        raise Unreadable("says nothing")
    return DrawnMove(text=line, ending=ending)


def action_of(name: str, arguments: str, side: Side) -> Action:
    """A call as a model wrote it. Raises Unreadable where the arguments are no JSON object."""
    try:
        given = orjson.loads(arguments or "{}")
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"calls {name} with broken JSON: {error}") from None
    if not isinstance(given, dict):
        raise Unreadable(f"calls {name} with something else than an object")
    return Action(tool=name, arguments=given, side=side)


def moves_made(messages: Iterable[Message], private: Sequence[PrivateCall]) -> int:
    """How many moves a dialogue has: words and calls."""
    return sum(len(m.tool_calls or ()) + bool(m.content) for m in messages if m.role is not Speech.TOOL) + len(private)


@dataclass(frozen=True)
class HeardLine:
    """One line of a dialogue as one side sees it."""

    label: str
    text: str
    kind: str = "said"
    """said, called or result."""


def lines_of(
    messages: Sequence[Message], private: Sequence[PrivateCall], labels: Mapping[Side, str], side: Side
) -> list[HeardLine]:
    """A dialogue as one side sees it: the words of both, and its own calls with their results."""
    lines: list[HeardLine] = []
    for place, message in enumerate(messages):
        if side is Side.USER:
            lines += _private_lines(private, place, labels)
        if message.role is Speech.TOOL:
            if side is Side.ASSISTANT:
                lines.append(HeardLine("", message.content, "result"))
            continue
        speaker = Side(message.role.value)
        if message.content:
            lines.append(HeardLine(labels[speaker], message.content))
        if side is Side.ASSISTANT:
            lines += [HeardLine(labels[speaker], _call_text(call), "called") for call in message.tool_calls or ()]
    if side is Side.USER:
        lines += _private_lines(private, len(messages), labels)
    return lines


def _private_lines(private: Sequence[PrivateCall], place: int, labels: Mapping[Side, str]) -> list[HeardLine]:
    """The user's calls before message `place`."""
    found: list[HeardLine] = []
    for call in private:
        if call.before == place:
            text = f"{call.action.tool} {orjson.dumps(call.action.arguments).decode()}"
            found += [HeardLine(labels[Side.USER], text, "called"), HeardLine("", call.result, "result")]
    return found


def _call_text(call: Mapping[str, Any]) -> str:
    function = call["function"]
    return f"{function['name']} {function['arguments']}"


def tool_lines(tools: Iterable[Tool]) -> list[dict[str, str]]:
    """Tools for a prompt that lists them in words: name, what it does, and its arguments."""
    return [
        {"name": tool.name, "does": tool.does, "arguments": ", ".join(tool.arguments.model_fields)} for tool in tools
    ]
