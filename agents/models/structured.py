"""Structured answers: asked for by schema, always validated here, repaired once, then an error."""

from __future__ import annotations

import contextlib
import json
import re
from functools import cache
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from agents.models.calls import Answer, Call, ModelAccess
from scenarios.errors import AnswerInvalid
from scenarios.messages import Message, Speech
from scenarios.records import Usage

T = TypeVar("T", bound=BaseModel)


async def ask_structured(gateway: ModelAccess, call: Call, shape: type[T], *, repair: bool = True) -> tuple[T, Usage]:
    """Ask for an answer of `shape`; returns it with what it cost.

    Raises AnswerInvalid where the answer and its repair both break the schema; else as Gateway.ask.
    """
    found, answer = await ask_with_answer(gateway, call, shape, repair=repair)
    return found, answer.usage


async def ask_with_answer(gateway: ModelAccess, call: Call, shape: type[T], *, repair: bool = True) -> tuple[T, Answer]:
    """As `ask_structured`; returns what was read with the answer that it stands in, whose usage is that of all requests."""
    call = call.model_copy(update={"answer_schema": _schema(shape)})
    answer = await gateway.ask(call)
    try:
        return parse(answer.text, shape), answer
    except ValueError as error:
        wrong = str(error)
    if not repair:
        raise AnswerInvalid(f"{call.role}: no valid JSON: {wrong}{_hint(call, answer)}", answer.usage)
    said = Message(role=Speech.ASSISTANT, content=answer.text or "(nothing)")
    request = Message(role=Speech.USER, content=_request(answer, wrong))
    asker = call.asker.model_copy(update={"step": f"{call.asker.step}/repair"})
    again = await gateway.ask(call.model_copy(update={"messages": (*call.messages, said, request), "asker": asker}))
    try:
        return parse(again.text, shape), again.model_copy(update={"usage": answer.usage + again.usage})
    except ValueError as error:
        raise AnswerInvalid(
            f"{call.role}: no valid JSON after one repair: {error}{_hint(call, again)}", answer.usage + again.usage
        ) from None


def _request(answer: Answer, wrong: str) -> str:
    """What the repair turn asks for."""
    if answer.finish == "length":
        return "That answer was too long and was cut off. Answer again with the JSON object alone, and much shorter."
    return f"That answer does not fit: {wrong}\nAnswer again with the JSON object alone."


def _hint(call: Call, answer: Answer) -> str:
    """What the user can do about an answer that was cut off."""
    if answer.finish != "length":
        return ""
    return f" (cut off at {call.decoding.max_tokens} tokens; roles.{call.role}.llm.max_tokens=… allows more)"


@cache
def _schema(shape: type[BaseModel]) -> dict[str, Any]:
    return shape.model_json_schema()


_LIKE_JSON = re.compile(r"\{\s*(?:[\"'“]|\w+\s*:|\})")
"""How an object begins. Other braces are words around it."""
_SHOWN = 200
"""Characters of an error that are shown."""


def parse(text: str, shape: type[T]) -> T:
    """The first complete JSON object in `text` as a `shape`. Raises ValueError, in one line, where there is none that fits."""
    began = _LIKE_JSON.search(text)
    if began is None:
        raise ValueError("there is no JSON object")
    try:
        # What is in an object that breaks off is not looked for: a part must not stand for the whole.
        _, end = json.JSONDecoder().raw_decode(text, began.start())
        found = orjson.loads(text[began.start() : end])
    except ValueError as error:
        raise ValueError(f"broken JSON: {error}"[:_SHOWN]) from None
    except RecursionError:
        raise ValueError("broken JSON: it is nested too deeply") from None
    try:
        return shape.model_validate(found)
    except ValidationError as error:
        wrong = error.errors()[0]
    with contextlib.suppress(
        ValidationError, RecursionError
    ):  # strict forms make the model say null for what it leaves out
        return shape.model_validate(_without_nulls(found))
    raise ValueError(f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}")


def _without_nulls(value: Any) -> Any:
    """A JSON value without the properties that are null."""
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: _without_nulls(each) for key, each in value.items() if each is not None}
