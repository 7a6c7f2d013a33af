"""What is exported: one sample as a trainer learns from it, before it takes the form of a target."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import orjson
from pydantic import Field

from scenarios.frozen import Frozen
from scenarios.messages import Message, Speech


class Lesson(StrEnum):
    """What a trainer learns from."""

    SFT = "sft"
    """Accepted samples, as they are (supervised fine-tuning)."""
    DPO = "dpo"
    """Pairs: after the same words one answer that is proven right and one that is proven wrong."""
    KTO = "kto"
    """Single answers, each with a verdict: good or bad."""


class Taught(Message):
    """A message that somebody else's file gave a weight: 0 says that it is not to be trained on."""

    weight: int


def is_trained(message: Message) -> bool:
    """Whether an assistant's message is to be trained on."""
    return message.role is Speech.ASSISTANT and not (isinstance(message, Taught) and message.weight == 0)


def is_mute(message: Message) -> bool:
    """Whether it is the assistant's, and says and calls nothing."""
    return message.role is Speech.ASSISTANT and not message.content.strip() and not message.tool_calls


class Learned(Frozen):
    """One sample of any lesson."""

    id: str
    messages: tuple[Message, ...]
    """The whole of it, or what stands before the answers."""
    chosen: tuple[Message, ...] = ()
    """Of a pair: the better answer. Of a single verdict: the answer."""
    rejected: tuple[Message, ...] = ()
    """Of a pair: the worse answer."""
    good: bool | None = None
    """Of a single verdict: what it says."""
    tools: tuple[dict[str, Any], ...] = ()
    """What the assistant may call, in OpenAI's form."""
    weight: float | None = Field(default=None, ge=0)
    """What `curate` made it count, beside others: a column of targets that have a place for it."""
    reasoning: tuple[str, ...] = ()
    """What the assistant thought, message by message of `messages`; empty texts for others. Nothing if it is not kept apart."""
    groups: frozenset[str] = Field(default=frozenset(), exclude=True)
    """What it shares with others, so that a split keeps them together: its parent, its passages, its blueprint."""

    branch: bool = Field(default=False, exclude=True)
    """It is equal to another sample up to one of its messages."""

    @property
    def every(self) -> tuple[Message, ...]:
        """All its messages."""
        return (*self.messages, *self.chosen, *self.rejected)

    @property
    def weighed(self) -> bool:
        """Whether a message of the assistant in it is not to be trained on."""
        return any(m.role is Speech.ASSISTANT and not is_trained(m) for m in self.messages)

    @property
    def calls_tools(self) -> bool:
        """Whether a tool is called in it."""
        return any(message.tool_calls or message.role is Speech.TOOL for message in self.every)


class Heard(Frozen):
    """What a reader makes of one message: what has to be equal before and after."""

    role: str
    text: str
    calls: tuple[tuple[str, str], ...] = ()
    """Name and arguments of each call; the arguments are JSON with sorted keys."""


class Unfit(ValueError):
    """A sample that a target cannot express; the text says why, in the words of a reason that others share."""


def arguments_of(call: dict[str, Any]) -> Any:
    """The arguments of a call as the value that they are; a text that is no JSON stays a text."""
    given = call["function"].get("arguments")
    if not isinstance(given, str):
        return given
    try:
        return orjson.loads(given)
    except orjson.JSONDecodeError:
        return given


def heard(messages: tuple[Message, ...]) -> tuple[Heard, ...]:
    """Messages as a reader should hear them."""
    return tuple(heard_as(m.role.value, m.content, m.tool_calls or ()) for m in messages)


def heard_as(role: str, text: str | None, calls: Any) -> Heard:
    """One message as it was read: its calls in OpenAI's form, with arguments as an object or as JSON text."""
    return Heard(
        role=role,
        text=text or "",
        calls=tuple((call["function"]["name"], sorted_json(arguments_of(call))) for call in calls or ()),
    )


def sorted_json(value: Any) -> str:
    """A value as JSON text, always in one order."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS).decode()
