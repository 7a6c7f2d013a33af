"""A tool's result by a model that answers in its place: under the tool's schema, and in keeping with the conversation so far."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import orjson
from pydantic import ConfigDict, model_validator

from agents.models.calls import ToolCall
from agents.tools.requests import plain
from agents.tools.results import is_failure
from scenarios.frozen import Frozen
from scenarios.loading import shared_prompt
from scenarios.material.tools.arguments import value_fault
from scenarios.material.tools.spec import ToolSpec
from scenarios.messages import Message, Speech
from scenarios.scene import LookedUp

_PROMPT = shared_prompt("tool.chat.jinja")
_FAILED = {
    "type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"], "additionalProperties": False,
}  # fmt: skip


@dataclass(frozen=True)
class EarlierCall:
    """A call of this conversation, and what it gave."""

    name: str
    arguments: str
    """In one way of writing them, if they can be read."""
    result: str

    def looked_up(self) -> LookedUp:
        """The call as a scene keeps it that rests on it."""
        digest = hashlib.blake2b(self.result.encode(), digest_size=8).hexdigest()
        return LookedUp(name=self.name, arguments=self.arguments, digest=digest)


def earlier_calls(messages: Sequence[Message]) -> tuple[EarlierCall, ...]:
    """The calls of a conversation that have a result, in the order of their results."""
    return tuple(_earlier(messages))


def _earlier(messages: Sequence[Message]) -> Iterator[EarlierCall]:
    asked: dict[str, dict[str, Any]] = {}
    for message in messages:
        for call in message.tool_calls or ():
            asked[call["id"]] = call["function"]
        if message.role is Speech.TOOL and (function := asked.get(message.tool_call_id or "")):
            yield EarlierCall(function["name"], _written(function["arguments"]), message.content)


def _written(arguments: str) -> str:
    try:
        return plain(arguments)
    except ValueError:
        return arguments


def known_result(
    spec: ToolSpec, called: ToolCall, earlier: Sequence[EarlierCall], writing: frozenset[str]
) -> str | None:
    """What an equal call of a tool that only reads gave before, if nothing was written since; `writing` are the tools that
    write."""
    if spec.writes:
        return None
    arguments = plain(called.arguments)
    for one in reversed(earlier):
        if one.name == spec.name and one.arguments == arguments:
            return one.result
        if one.name in writing and not is_failure(one.result):
            return None
    return None


def messages_for(
    spec: ToolSpec, called: ToolCall, earlier: Sequence[EarlierCall], facts: Mapping[str, str]
) -> tuple[Message, ...]:
    """What the model is asked that answers in the tool's place."""
    return _PROMPT.messages(
        {
            "tool": {"name": spec.name, "description": spec.description, "writes": spec.writes},
            "returns": orjson.dumps(spec.returns).decode() if spec.returns else "",
            "facts": dict(facts),
            "earlier": [vars(one) for one in earlier],
            "arguments": plain(called.arguments),
        }
    )


class SimulatedAnswer(Frozen):
    """What such a model answers: `ok` and the result, or the tool's error."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    returns: ClassVar[dict[str, Any]] = {}
    ok: bool
    result: Any

    @model_validator(mode="after")
    def _fits(self) -> SimulatedAnswer:
        schema = self.returns if self.ok else _FAILED
        if wrong := value_fault(schema, self.result):
            raise ValueError(f"result: {wrong}")
        return self


def answer_shape(spec: ToolSpec) -> type[SimulatedAnswer]:
    """The form of the answer for a tool: a result of its schema, or of any object if it has none."""
    return _shape(orjson.dumps(spec.returns or {"type": "object"}))


@lru_cache(maxsize=512)
def _shape(returns: bytes) -> type[SimulatedAnswer]:
    schema = orjson.loads(returns)
    whole = {
        "type": "object",
        "properties": {"ok": {"type": "boolean"}, "result": {"anyOf": [schema, _FAILED]}},
        "required": ["ok", "result"],
        "additionalProperties": False,
    }

    class _Answer(SimulatedAnswer):
        returns: ClassVar[dict[str, Any]] = schema

        @classmethod
        def model_json_schema(cls, *_: Any, **__: Any) -> dict[str, Any]:
            return whole

    return _Answer
