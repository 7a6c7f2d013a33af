"""Alpaca's form: `instruction`, `input`, `output`, earlier turns as `history`, and `system`. It has no place for tools."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from graphs.exporting.formats.target import ReadBack, Row, Target, lines_in
from graphs.exporting.sample import Heard, Learned, Unfit, heard_as
from scenarios.messages import Speech


class Alpaca(Target):
    """Alpaca's rows, with LLaMA-Factory's `history` and `system`."""

    name = "alpaca"
    alternates = True
    tools = False

    def row(self, sample: Learned) -> Row:
        messages = list(sample.messages)
        system = messages.pop(0).content if messages and messages[0].role is Speech.SYSTEM else ""
        roles = [message.role for message in messages]
        if not roles or roles != [Speech.USER, Speech.ASSISTANT] * (len(roles) // 2):
            raise Unfit("its sides do not take turns from the user to the assistant")
        said = [message.content for message in messages]
        history = [[said[i], said[i + 1]] for i in range(0, len(said) - 2, 2)]
        return {"instruction": said[-2], "input": "", "output": said[-1], "system": system, "history": history}

    def read_back(self, folder: Path, parts: Sequence[str]) -> ReadBack:
        found = tuple(_heard(row) for part in parts for row in lines_in(folder / f"{part}.jsonl"))
        return ReadBack(how="checked by form (Alpaca's fields)", heard=found, run=False)


def _heard(row: Row) -> tuple[Heard, ...]:
    asked = "\n".join(filter(None, (row["instruction"], row["input"])))
    turns = [*row["history"], [asked, row["output"]]]
    before = [heard_as("system", row["system"], None)] if row["system"] else []
    return (
        *before,
        *(heard_as(role, text, None) for pair in turns for role, text in zip(("user", "assistant"), pair, strict=True)),
    )
