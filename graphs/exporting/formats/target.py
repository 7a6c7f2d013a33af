"""What a target has to say for itself. A new one is a file beside this one and a line in `registry.py`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import orjson

from graphs.exporting.sample import Heard, Learned, Lesson, Unfit, arguments_of, heard
from graphs.exporting.shaping import Cannot, alternating
from scenarios.frozen import Frozen
from scenarios.messages import Message, Speech

Row = dict[str, Any]


class ReadBack(Frozen):
    """How it was shown that rows load."""

    how: str
    """The readers that were run, or `checked by form`."""
    heard: tuple[tuple[Heard, ...], ...]
    """What they made of each row, in order."""
    run: bool = True
    """Whether a reader of the target's own was run."""
    notes: tuple[str, ...] = ()


class Target(ABC):
    """One target."""

    name: ClassVar[str]
    lessons: ClassVar[frozenset[Lesson]] = frozenset({Lesson.SFT})
    """What it can be taught by."""
    alternates: ClassVar[bool] = False
    """Whether its reader drops conversations whose sides do not take turns: then messages of one side in a row become one."""
    tools: ClassVar[bool] = True
    """Whether it has a place for tools."""
    weights: ClassVar[bool] = False
    """Whether it can say which of the assistant's messages are not trained on."""

    sample_weights: ClassVar[bool] = False
    """Whether it has a place for the weight that curation gave a sample."""

    def __init__(self, lesson: Lesson, cannot: Cannot, counts: Counter[str]) -> None:
        """`counts` learns what was changed so that it fits."""
        self.lesson, self.cannot, self.counts = lesson, cannot, counts

    def fitted(self, sample: Learned) -> Learned:
        """The sample as far as the target can express it. Raises Unfit."""
        if sample.calls_tools and not self.tools:
            self.flatten("calls of tools")
            sample = without_tools(sample)
        if sample.weighed and not self.weights and self.lesson is Lesson.SFT:
            self.flatten("weights of 0")
        if sample.weight not in {None, 1.0} and not self.sample_weights and self.lesson is Lesson.SFT:
            self.counts["weight of the sample, for which it has no place, left out"] += 1
        if self.alternates:
            sample = self._begun_by_user(self._with_system_first(sample))
            joined = alternating(sample.messages)
            if len(joined) < len(sample.messages):
                self.counts["messages of one side in a row joined"] += 1
            sample = sample.model_copy(update={"messages": joined, "reasoning": ()})
        return sample

    def _begun_by_user(self, sample: Learned) -> Learned:
        """The sample without what the assistant says before anybody else: its reader wants the user first. Raises Unfit."""
        messages = list(sample.messages)
        first = 1 if messages and messages[0].role is Speech.SYSTEM else 0
        end = next((i for i in range(first, len(messages)) if messages[i].role is Speech.USER), len(messages))
        if end == first or end == len(messages):
            return sample
        self.flatten("words of the assistant before the user's first")
        return sample.model_copy(update={"messages": (*messages[:first], *messages[end:])})

    def _with_system_first(self, sample: Learned) -> Learned:
        """The sample with no system message but the first: its reader has one place for it. Raises Unfit."""
        rest = tuple(message for message in sample.messages[1:] if message.role is not Speech.SYSTEM)
        if len(rest) == len(sample.messages[1:]):
            return sample
        self.flatten("a system message behind the first place")
        return sample.model_copy(update={"messages": (*sample.messages[:1], *rest)})

    def flatten(self, what: str) -> None:
        """Count what is left out of a sample. Raises Unfit if nothing may be."""
        if self.cannot is Cannot.REFUSE:
            raise Unfit(f"{what}, which it cannot express (cannot=flatten leaves them out)")
        self.counts[f"{what} left out of the sample"] += 1

    @abstractmethod
    def row(self, sample: Learned) -> Row:
        """A fitted sample in the target's form. Raises Unfit."""

    def files(self, parts: Mapping[str, Sequence[Row]]) -> dict[str, bytes]:
        """The files by name: by default a JSONL file for each part."""
        return {f"{name}.jsonl": jsonl(rows) for name, rows in parts.items()}

    @abstractmethod
    def read_back(self, folder: Path, parts: Sequence[str]) -> ReadBack:
        """What the target's own reader makes of the files, or what their form says if it is not installed."""

    def expected(self, sample: Learned) -> tuple[Heard, ...]:
        """What a reader should hear of a fitted sample."""
        return heard(sample.every)

    def checked_beforehand(self, rows: Sequence[Row]) -> tuple[str, ...]:
        """Warnings about all rows together."""
        return ()


def jsonl(rows: Sequence[Row]) -> bytes:
    """Rows as JSON lines."""
    return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def lines_in(path: Path) -> list[Row]:
    """The rows of a JSONL file that was just written."""
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def without_tools(sample: Learned) -> Learned:
    """The sample with its words alone: calls and results are gone."""

    def words(messages: Sequence[Message]) -> tuple[Message, ...]:
        said = (
            message.model_copy(update={"tool_calls": None}) for message in messages if message.role is not Speech.TOOL
        )
        return tuple(message for message in said if message.content or message.role is not Speech.ASSISTANT)

    return sample.model_copy(
        update={
            "messages": words(sample.messages), "chosen": words(sample.chosen), "rejected": words(sample.rejected), "tools": (), "reasoning": (),
        }
    )  # fmt: skip


def chat(message: Message, as_text: bool) -> Row:
    """A message in the chat format, its calls paired; `as_text`: their arguments are JSON text, else the objects that they are."""
    found: Row = {"role": message.role.value, "content": message.content}
    if message.role is Speech.TOOL:
        if message.name:
            found["name"] = message.name
        if message.tool_call_id:
            found["tool_call_id"] = message.tool_call_id
    if message.tool_calls:
        found["tool_calls"] = [call if as_text else _with_object(call) for call in message.tool_calls]
    return found


def _with_object(call: dict[str, Any]) -> dict[str, Any]:
    return {**call, "function": {**call["function"], "arguments": arguments_of(call)}}
