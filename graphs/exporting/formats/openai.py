"""OpenAI's fine-tuning files: `messages` with arguments as JSON text, or `input` with two outputs.

The service itself cannot be asked without an upload, so rows are checked by its published rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from graphs.exporting.formats.target import ReadBack, Row, Target, chat, lines_in
from graphs.exporting.sample import Heard, Learned, Lesson, Unfit, heard, heard_as, is_trained
from graphs.files.wording import many
from scenarios.messages import Speech

_LEAST_ROWS = 10
_ROLES = {"system", "user", "assistant", "tool"}


class OpenAi(Target):
    """OpenAI, and those who read its files: Azure, Together, Fireworks."""

    name = "openai"
    lessons = frozenset({Lesson.SFT, Lesson.DPO})
    weights = True

    def row(self, sample: Learned) -> Row:
        declared = {tool["function"]["name"] for tool in sample.tools}
        if any(
            call["function"]["name"] not in declared for message in sample.every for call in message.tool_calls or ()
        ):
            raise Unfit("calls of a tool that is not declared beside it")
        asked: Row = {"messages": [chat(message, as_text=True) for message in sample.messages]}
        for message in asked["messages"]:
            message.pop("name", None)
            if message.get("tool_calls") and not message["content"]:
                message["content"] = None
        if sample.tools:
            asked["tools"] = list(sample.tools)
            asked["parallel_tool_calls"] = any(len(message.tool_calls or ()) > 1 for message in sample.every)
        if self.lesson is Lesson.SFT:
            for message, said in zip(sample.messages, asked["messages"], strict=True):
                if sample.weighed and message.role is Speech.ASSISTANT:
                    said["weight"] = int(is_trained(message))
            return asked
        for side in (sample.chosen, sample.rejected):
            if len(side) != 1 or side[0].role is not Speech.ASSISTANT:
                raise Unfit("an answer of a pair is not one message of the assistant")
        return {
            "input": asked,
            "preferred_output": [chat(message, as_text=True) for message in sample.chosen],
            "non_preferred_output": [chat(message, as_text=True) for message in sample.rejected],
        }

    def checked_beforehand(self, rows: Sequence[Row]) -> tuple[str, ...]:
        if len(rows) < _LEAST_ROWS:
            return (f"{many(len(rows), 'row')}: OpenAI takes no training file of fewer than {_LEAST_ROWS}",)
        return ()

    def files(self, parts: Mapping[str, Sequence[Row]]) -> dict[str, bytes]:
        said = [m for rows in parts.values() for row in rows for m in row.get("messages", ())]
        if any("weight" in message for message in said):  # some of its readers want it in all rows or in none
            for message in said:
                if message["role"] == "assistant":
                    message.setdefault("weight", 1)
        return super().files(parts)

    def expected(self, sample: Learned) -> tuple[Heard, ...]:
        return heard(sample.every if self.lesson is Lesson.DPO else sample.messages)

    def read_back(self, folder: Path, parts: Sequence[str]) -> ReadBack:
        found = []
        for part in parts:
            for row in lines_in(folder / f"{part}.jsonl"):
                asked = row.get("input", row)
                said = [*asked["messages"], *row.get("preferred_output", ()), *row.get("non_preferred_output", ())]
                _check_form(said, asked)
                found.append(tuple(heard_as(m["role"], m["content"], m.get("tool_calls")) for m in said))
        return ReadBack(how="checked by form (OpenAI's published rules)", heard=tuple(found), run=False)


def _check_form(messages: Sequence[dict[str, Any]], asked: dict[str, Any]) -> None:
    """Raise ValueError if a row breaks OpenAI's rules."""
    open_calls: set[str] = set()
    declared = {tool["function"]["name"] for tool in asked.get("tools", ())}
    for message in messages:
        if message["role"] not in _ROLES or not isinstance(message["content"], str | None):
            raise ValueError(f"a message of {message['role']}")
        if message["content"] is None and not message.get("tool_calls"):
            raise ValueError("a message without words and without calls")
        for call in message.get("tool_calls", ()):
            if (
                not isinstance(orjson.loads(call["function"]["arguments"]), dict)
                or call["function"]["name"] not in declared
            ):
                raise ValueError(
                    f"a call of {call['function']['name']}, which is not declared, or whose arguments are no object"
                )
            open_calls.add(call["id"])
        if message["role"] == "tool" and message["tool_call_id"] not in open_calls:
            raise ValueError("a result that answers no call")
