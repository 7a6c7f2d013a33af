"""What a call of a tool gives: JSON text, its grade, and whether it is an error. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import orjson
from pydantic import ValidationError

from agents.models.calls import Answer, ToolCall
from agents.models.endpoint.secret import Secret
from scenarios.frozen import Frozen
from scenarios.messages import Message, Speech
from scenarios.records import Usage

MOST_CONTENT = 32_000
"""Characters of a result: a conversation has to hold it."""


class Grade(StrEnum):
    """What stands behind a result."""

    PROVED = "proved"
    """A world's own state."""
    RECORDED = "recorded"
    """A real call, kept in the run's journal."""
    SIMULATED = "simulated"
    """A model answered in the tool's place: no proof of anything."""


class ToolResult(Frozen):
    """What a call of a tool gave."""

    content: str
    """JSON text."""
    grade: Grade
    error: bool = False
    """The tool said that it failed; the assistant sees it."""

    def message(self, called: ToolCall) -> Message:
        """The result as a message."""
        return Message(role=Speech.TOOL, content=self.content, name=called.name, tool_call_id=called.id)


class Kept(Frozen):
    """A result as an answer's text holds it, in the journal."""

    content: str
    error: bool = False

    def answer(self) -> Answer:
        """The answer to keep."""
        return Answer(text=self.model_dump_json(), usage=Usage(calls=1))


def kept_in(answer: Answer) -> Kept:
    """The result in an answer. Raises ValueError if there is none."""
    try:
        return Kept.model_validate_json(answer.text)
    except ValidationError as error:
        raise ValueError(f"the journal holds no result of a tool: {error.errors()[0]['msg']}") from None


def kept(value: Any, secret: Secret, *, error: bool = False) -> Kept:
    """A JSON value that a tool gave, as it is kept: without secrets, and no larger than a conversation may hold."""
    try:
        content = orjson.dumps(value).decode()
    except (orjson.JSONEncodeError, UnicodeDecodeError):
        return failure("the result is no JSON")
    content = secret.out_of_answer(content)
    if secret.shows_in(content):
        return failure("the result is withheld: it holds the key of the server in another form")
    if len(content) > MOST_CONTENT:
        return failure(
            f"the result has {len(content):,} characters, more than the {MOST_CONTENT:,} possible; ask for less"
        )
    return Kept(content=content, error=error)


def failure(text: str) -> Kept:
    """The result of a call that failed, in words."""
    return Kept(content=orjson.dumps({"error": text}).decode(), error=True)


def is_failure(content: str) -> bool:
    """Whether a result is nothing but an error in words."""
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        return False
    return isinstance(value, dict) and set(value) == {"error"} and isinstance(value["error"], str)
