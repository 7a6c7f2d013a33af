"""What a call of a tool gives: JSON text, its grade, and whether it is an error. Pure."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from agents.models.calls import Answer, ToolCall
from agents.models.endpoint.secret import Secret
from agents.tools.json_text import read, written
from scenarios.errors import RunDirError
from scenarios.frozen import Frozen
from scenarios.material.tools.spec import Grade
from scenarios.messages import Message, Speech
from scenarios.records import Usage

MOST_CONTENT = 32_000
"""Characters of a result: a conversation has to hold it."""


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
    """The result in an answer. Raises RunDirError if the journal holds another one."""
    try:
        return Kept.model_validate_json(answer.text)
    except ValidationError as error:
        why = " ".join(error.errors()[0]["msg"].split())
        raise RunDirError(
            f"run.sqlite: an answer of a tool is not as a run writes it ({why}); restore the file"
        ) from None


def kept(value: Any, secret: Secret, *, error: bool = False) -> Kept:
    """A JSON value that a tool gave, as it is kept: without secrets, and no larger than a conversation may hold."""
    try:
        content = written(value)
    except ValueError:
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
    return Kept(content=written({"error": text}), error=True)


def is_failure(content: str) -> bool:
    """Whether a result is nothing but an error in words."""
    try:
        value = read(content)
    except ValueError:
        return False
    return isinstance(value, dict) and set(value) == {"error"} and isinstance(value["error"], str)
