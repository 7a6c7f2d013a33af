"""What is the same for every target: the system message, the end, reasoning, and who spoke."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from pydantic import Field

from graphs.exporting.sample import Learned, Unfit
from scenarios.frozen import Frozen
from scenarios.messages import Message, Speech

_THOUGHT = re.compile(r"\A\s*<(think|thinking|reasoning)>(.*?)</\1>\s*", re.DOTALL)


class Reasoning(StrEnum):
    """What becomes of text that an assistant thought before it answered."""

    KEEP = "keep"
    """It stays where it is."""
    DROP = "drop"
    FIELD = "field"
    """It goes to a field of its own, if the target has one."""


class Names(StrEnum):
    """How it shows who spoke, if several speak in one role of the chat format."""

    PREFIX = "prefix"
    """Their messages begin with their names."""
    DROP = "drop"


class Last(StrEnum):
    """How a sample ends."""

    ASIS = "as_is"
    ASSISTANT = "assistant"
    """What follows the assistant's last message is cut."""


class Cannot(StrEnum):
    """What becomes of a sample that a target cannot express."""

    REFUSE = "refuse"
    """It is left out, and counted."""
    FLATTEN = "flatten"
    """What the target has no place for is left out of it, or becomes text, and is counted."""


class Shaping(Frozen):
    """What holds for every target."""

    system: str = Field("keep", description="the system message: keep, drop, or a text file that takes its place")
    ends_with: Last = Field(
        Last.ASSISTANT, description="assistant: what follows the assistant's last message is cut; as_is: nothing is"
    )
    reasoning: Reasoning = Field(
        Reasoning.KEEP,
        description="thinking before an answer: keep, drop, or field: apart from the answer, where a target has a place for it",
    )
    names: Names = Field(
        Names.PREFIX, description="prefix: names stand before the words if several speak on one side; drop: they do not"
    )
    cannot: Cannot = Field(
        Cannot.REFUSE,
        description="what a target cannot express: refuse, the sample is left out; flatten, it is left out of the sample",
    )


def shaped(sample: Learned, shape: Shaping, system: str | None, counts: Counter[str]) -> Learned:
    """The sample in its shape; `system` takes the place of the system message. `counts` learns what was changed. Raises Unfit."""
    messages = _with_system(sample.messages, shape, system)
    if messages[:1] != sample.messages[:1]:
        counts["system message left out" if shape.system == "drop" else "system message replaced"] += 1
    if not sample.chosen and shape.ends_with is Last.ASSISTANT:
        messages = _ended(messages, counts)
    messages = _named(messages, shape, counts)
    thoughts: list[str] = []
    if shape.reasoning is not Reasoning.KEEP:
        parted = [_parted(message) for message in messages]
        if any(thought for thought, _ in parted):
            counts["reasoning taken out of the answers"] += 1
        messages = tuple(rest for _, rest in parted)
        thoughts = [thought for thought, _ in parted] if shape.reasoning is Reasoning.FIELD else []
    sides = {
        side: tuple(_parted(message)[1] if shape.reasoning is not Reasoning.KEEP else message for message in found)
        for side, found in (("chosen", sample.chosen), ("rejected", sample.rejected))
    }
    return sample.model_copy(
        update={"messages": messages, "reasoning": tuple(thoughts) if any(thoughts) else (), **sides}
    )


def _with_system(messages: tuple[Message, ...], shape: Shaping, system: str | None) -> tuple[Message, ...]:
    rest = messages[1:] if messages and messages[0].role is Speech.SYSTEM else messages
    if shape.system == "drop":
        return rest
    if system is not None:
        return (Message(role=Speech.SYSTEM, content=system), *rest)
    return rest if rest is not messages and not messages[0].content else messages


def _ended(messages: tuple[Message, ...], counts: Counter[str]) -> tuple[Message, ...]:
    last = max((i for i, message in enumerate(messages) if message.role is Speech.ASSISTANT), default=None)
    if last is None:
        raise Unfit("no message of an assistant")
    if messages[last].tool_calls:
        last = max((i for i in range(last) if _closes(messages[i])), default=-1)
        if last < 0:
            raise Unfit("ends with a call that nobody answers")
    if last + 1 < len(messages):
        counts["messages behind the assistant's last words cut"] += 1
    return messages[: last + 1]


def _closes(message: Message) -> bool:
    return message.role is Speech.ASSISTANT and not message.tool_calls


def _named(messages: tuple[Message, ...], shape: Shaping, counts: Counter[str]) -> tuple[Message, ...]:
    """Messages whose words begin with a name, on each side on which several speak."""
    crowded = {
        role
        for role in (Speech.USER, Speech.ASSISTANT)
        if len({message.name for message in messages if message.role is role and message.name}) > 1
    }
    if not crowded or shape.names is Names.DROP:
        if crowded:
            counts["names of several speakers on one side left out"] += 1
        return messages
    counts["names put before the words, since several speak on one side"] += 1
    return tuple(
        message.model_copy(update={"content": f"{message.name}: {message.content}"})
        if message.role in crowded and message.name and message.content
        else message
        for message in messages
    )


def _parted(message: Message) -> tuple[str, Message]:
    """What was thought, and the message without it."""
    found = _THOUGHT.match(message.content) if message.role is Speech.ASSISTANT else None
    if found is None:
        return "", message
    return found[2].strip(), message.model_copy(update={"content": message.content[found.end() :]})


def alternating(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Messages of one role in a row as one, for targets whose sides take turns: words below each other, calls together.
    Results of tools stay as they are."""
    found: list[Message] = []
    for message in messages:
        before = found[-1] if found else None
        joins = before is not None and before.role is message.role and message.role in (Speech.USER, Speech.ASSISTANT)
        if before is None or not joins or before.tool_calls:
            found.append(message)
            continue
        words = "\n\n".join(filter(None, (before.content, message.content)))
        found[-1] = message.model_copy(update={"content": words, "name": None})
    return tuple(found)
