"""TRL: conversational rows with `messages`, or `prompt` with `chosen` and `rejected`, or with `completion` and `label`.

Arguments of calls are objects, as chat templates expect them; the tools are JSON text, which TRL parses. README.md declares
the columns, so that `datasets` adds no empty keys to the arguments of other rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import yaml

from graphs.exporting.formats.target import ReadBack, Row, Target, chat, lines_in
from graphs.exporting.reading_back import datasets_installed, loaded_rows
from graphs.exporting.rendering import installed, rendered
from graphs.exporting.sample import Heard, Learned, Lesson, heard_as
from scenarios.messages import Message

_SIDES = {
    Lesson.SFT: ("messages",), Lesson.DPO: ("prompt", "chosen", "rejected"), Lesson.KTO: ("prompt", "completion"),
}  # fmt: skip


class Trl(Target):
    """TRL's SFTTrainer, DPOTrainer and KTOTrainer; transformers' chat templates."""

    name = "trl"
    lessons = frozenset(Lesson)
    sample_weights = True

    def row(self, sample: Learned) -> Row:
        found: Row = {}
        for side, messages in zip(_SIDES[self.lesson], self._sides(sample), strict=True):
            found[side] = [chat(message, as_text=False) for message in messages]
        if self.lesson is Lesson.SFT and sample.reasoning:
            for message, thought in zip(found["messages"], sample.reasoning, strict=True):
                if thought:
                    message["reasoning_content"] = thought
        if self.lesson is Lesson.KTO:
            found["label"] = bool(sample.good)
        if sample.weight is not None:
            found["weight"] = sample.weight
        if sample.tools:
            found["tools"] = orjson.dumps(sample.tools).decode()
        return found

    def _sides(self, sample: Learned) -> tuple[tuple[Message, ...], ...]:
        every = {
            "messages": sample.messages, "prompt": sample.messages, "chosen": sample.chosen, "rejected": sample.rejected,
            "completion": sample.chosen,
        }  # fmt: skip
        return tuple(every[side] for side in _SIDES[self.lesson])

    def files(self, parts: Mapping[str, Sequence[Row]]) -> dict[str, bytes]:
        return {**super().files(parts), "README.md": self._declared(parts)}

    def _declared(self, parts: Mapping[str, Sequence[Row]]) -> bytes:
        """What `datasets` needs to know of the columns."""
        rows = [row for found in parts.values() for row in found]
        if not rows:
            return b"---\nlicense: other\n---\n"
        keys = list(dict.fromkeys(key for row in rows for key in row))
        features: list[dict[str, Any]] = []
        for key in keys:
            if key == "tools":
                features.append({"name": key, "dtype": "string"})
            elif key == "weight":
                features.append({"name": key, "dtype": "float64"})
            elif key == "label":
                features.append({"name": key, "dtype": "bool"})
            else:
                # Each message is JSON of its own: other messages lend it no keys.
                features.append({"name": key, "list": "json"})
        splits = {"train": "train", "valid": "validation", "test": "test"}
        files = [{"split": splits.get(name, name), "path": f"{name}.jsonl"} for name, found in parts.items() if found]
        told = {"dataset_info": {"features": features}, "configs": [{"config_name": "default", "data_files": files}]}
        return f"---\n{yaml.safe_dump(told, sort_keys=False)}---\n".encode()

    def read_back(self, folder: Path, parts: Sequence[str]) -> ReadBack:
        if datasets_installed():
            rows, how = loaded_rows(folder, parts), "read by datasets"
        else:
            rows, how = [row for part in parts for row in lines_in(folder / f"{part}.jsonl")], "checked by form"
        heard = tuple(tuple(_heard(row, _SIDES[self.lesson])) for row in rows)
        if not installed():
            return ReadBack(
                how=f"{how}; chat templates not run: pip install 'colloquia[export]'",
                heard=heard,
                run=datasets_installed(),
            )
        talks = [
            (
                [message for side in _SIDES[self.lesson][:2] for message in row[side]],
                orjson.loads(row["tools"]) if row.get("tools") else None,
            )
            for row in rows
        ]
        shown = rendered(talks)
        full = [family for family in shown.whole if shown.whole[family] == shown.rows]
        notes = (*shown.told, *(f"{one}: its words were changed by the template" for one in shown.changed[:5]))
        return ReadBack(
            how=f"{how}, chat templates run ({', '.join(full) or 'none takes all'})", heard=heard, notes=notes
        )


def _heard(row: Row, sides: Sequence[str]) -> list[Heard]:
    return [
        heard_as(message["role"], message.get("content"), message.get("tool_calls"))
        for side in sides
        for message in row[side]
    ]
