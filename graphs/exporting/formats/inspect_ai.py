"""Inspect's dataset of samples: `input` is the conversation up to the assistant's last message, `target` is that message."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import orjson

from graphs.exporting.formats.target import ReadBack, Row, Target, lines_in
from graphs.exporting.sample import Heard, Learned, Unfit, arguments_of, heard_as, sorted_json
from scenarios.messages import Message, Speech


class InspectAi(Target):
    """inspect_ai's json_dataset; its content is never null, and a call is `{id, function, arguments}`."""

    name = "inspect"
    weights = True  # nothing is trained with it

    def row(self, sample: Learned) -> Row:
        last = sample.messages[-1] if sample.messages else None
        if last is None or last.role is not Speech.ASSISTANT or last.tool_calls:
            raise Unfit("it does not end with words of the assistant")
        return {
            "id": sample.id,
            "input": [_turn(message) for message in sample.messages[:-1]],
            "target": last.content,
            "metadata": {"tools": orjson.dumps(sample.tools).decode()} if sample.tools else {},
        }

    def read_back(self, folder: Path, parts: Sequence[str]) -> ReadBack:
        found = []
        for part in parts:
            for row in lines_in(folder / f"{part}.jsonl"):
                heard = [_heard(turn) for turn in row["input"]]
                found.append((*heard, heard_as("assistant", row["target"], None)))
        return ReadBack(how="checked by form (inspect_ai's samples)", heard=tuple(found), run=False)


def _turn(message: Message) -> Row:
    found: Row = {"role": message.role.value, "content": message.content}
    if message.tool_calls:
        found["tool_calls"] = [
            {"id": call["id"], "function": call["function"]["name"], "arguments": arguments_of(call)}
            for call in message.tool_calls
        ]
    if message.role is Speech.TOOL:
        found |= {"tool_call_id": message.tool_call_id, **({"function": message.name} if message.name else {})}
    return found


def _heard(turn: Row) -> Heard:
    calls = tuple((call["function"], sorted_json(call["arguments"])) for call in turn.get("tool_calls", ()))
    return Heard(role=turn["role"], text=turn["content"], calls=calls)
