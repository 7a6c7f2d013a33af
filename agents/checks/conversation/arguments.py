"""The arguments of calls: their codes and names are those that who calls was given or has read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from agents.checks.check import NOTHING, Finding, Reading
from agents.checks.conversation.facts import known_to, others_secrets, says
from agents.checks.conversation.slips import misspelt_code, misspelt_name, signs
from scenarios.reading.json_text import parse_json
from scenarios.records import Candidate
from scenarios.scene import ConversationScene

_MADE_UP = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
"""An id that a caller makes itself."""
_CODE = re.compile(r"[A-Za-z]{1,6}[-_/]?\d[\dA-Za-z-]*")
"""An argument that is a code and nothing else: letters, then digits. Times, periods, places and queries hold digits, too."""
_LEAST_DIGITS = 4
_LEAST_OF_END = 8
"""Digits by which a telephone number is known without its first ones."""


def arguments_kept(reading: Reading) -> Finding:
    """No call of a tool has a code (letters, then digits) that its caller was not given and has not read, a code or name that
    looks like one of the scene's with a mistake, or what only another's notes have so far. Amounts, dates and words are left
    to who judges: they may follow from much."""
    made = reading.candidate
    for place, message in enumerate(made.messages):
        if not message.tool_calls:
            continue
        known = "\n".join(known_to(reading.loaded, made, place, message.name or ""))
        for call in message.tool_calls:
            for text in _texts(call["function"]["arguments"]):
                if found := _strange(text, known, made) or _private(text, known, made, message.name or ""):
                    return Finding(f"calls {call['function']['name']} and {found}", place)
    return NOTHING


def _strange(text: str, known: str, made: Candidate) -> str:
    language, scene = made.brief.language, made.scene or ConversationScene(situation="")
    if _MADE_UP.fullmatch(text) or signs(text) in signs(known) or _same_number(text, known):
        return ""
    values = [fact.value for part in scene.parts.values() for fact in part.facts]
    right = [value for value in values if says(value, known, language)]
    if found := misspelt_code(text, known, right, language) or misspelt_name(text, known, scene, language):
        return found
    if _CODE.fullmatch(text.strip()) and sum(map(str.isdigit, text)) >= _LEAST_DIGITS:
        return f"gives the number {text.strip()!r}, which it has from nowhere"
    return ""


def _private(text: str, known: str, made: Candidate, caller: str) -> str:
    language = made.brief.language
    for value, whose in others_secrets(made.scene, caller, language) if made.scene else ():
        if says(value, text, language) and not says(value, known, language):
            return f"gives {value!r}, which only {whose}"
    return ""


def _same_number(text: str, known: str) -> bool:
    """Whether a text is a telephone number that is known with another beginning."""
    row = signs(text)
    return row.isdigit() and len(row) > _LEAST_OF_END + 1 and row[-_LEAST_OF_END:] in signs(known)


def _texts(arguments: str) -> Iterator[str]:
    """The texts in the arguments of a call."""
    try:
        yield from _within(parse_json(arguments))
    except ValueError:
        return  # a call that cannot be read is drawn again for that


def _within(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _within(one)
    elif isinstance(value, list):
        for one in value:
            yield from _within(one)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)
