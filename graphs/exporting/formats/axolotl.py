"""Axolotl's `chat_template` rows, with a flag for each message that says whether it is trained on, and a config to paste.

Arguments and tools are JSON text, which Axolotl parses itself, so that Arrow sees one type in every row.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import yaml

from graphs.exporting.formats.target import ReadBack, Row, Target, chat, lines_in, without_tools
from graphs.exporting.reading_back import datasets_installed, loaded_file
from graphs.exporting.sample import Learned, Lesson, Unfit, heard_as, is_trained
from scenarios.messages import Message


class Axolotl(Target):
    """Axolotl's reader of chat templates; its preference form has no place for tools."""

    name = "axolotl"
    lessons = frozenset({Lesson.SFT, Lesson.DPO})
    weights = True

    def fitted(self, sample: Learned) -> Learned:
        if self.lesson is Lesson.DPO and (sample.tools or sample.calls_tools):
            self.flatten("tools of a pair")
            sample = without_tools(sample)
            if not sample.chosen or not sample.rejected:
                raise Unfit("its pair differs in calls alone")
        return super().fitted(sample)

    def row(self, sample: Learned) -> Row:
        if self.lesson is Lesson.DPO:
            if len(sample.chosen) != 1 or len(sample.rejected) != 1:
                raise Unfit("an answer of a pair is not one message of the assistant")
            return {
                "messages": [chat(message, as_text=True) for message in sample.messages],
                "chosen": chat(sample.chosen[0], as_text=True),
                "rejected": chat(sample.rejected[0], as_text=True),
            }
        found: Row = {"messages": [_flagged(message) for message in sample.messages]}
        if sample.tools:
            found["tools"] = orjson.dumps(sample.tools).decode()
        if sample.reasoning:
            for message, thought in zip(found["messages"], sample.reasoning, strict=True):
                message["reasoning_content"] = thought or None
        return found

    def files(self, parts: Mapping[str, Sequence[Row]]) -> dict[str, bytes]:
        if self.lesson is Lesson.DPO:
            entry: dict[str, Any] = {
                "type": "chat_template.default", "field_messages": "messages", "field_chosen": "chosen", "field_rejected": "rejected",
            }  # fmt: skip
            config: dict[str, Any] = {"rl": "dpo"}
        else:
            entry = {
                "type": "chat_template", "field_messages": "messages", "field_tools": "tools", "message_field_training": "training",
                "roles_to_train": [], "message_property_mappings": {"role": "role", "content": "content"},
            }  # fmt: skip
            config = {"chat_template": "tokenizer_default"}
        for key, part in (("datasets", "train"), ("test_datasets", "valid")):
            if parts.get(part):
                # A copy: YAML would write what is the same twice as a reference.
                config[key] = [{"path": f"{part}.jsonl", "ds_type": "json", "split": "train", **copy.deepcopy(entry)}]
        text = "# To paste into Axolotl's config; paths are from this folder.\n" + yaml.safe_dump(
            config, sort_keys=False
        )
        return {**super().files(parts), "axolotl.yaml": text.encode()}

    def read_back(self, folder: Path, parts: Sequence[str]) -> ReadBack:
        found = []
        for part in parts:
            path = folder / f"{part}.jsonl"
            read = datasets_installed() and path.stat().st_size > 0
            for row in loaded_file(path, "json") if read else lines_in(path):
                said = [*row["messages"], *(row[side] for side in ("chosen", "rejected") if side in row)]
                found.append(tuple(heard_as(m["role"], m.get("content"), m.get("tool_calls")) for m in said))
        how = "read by datasets" if datasets_installed() else "checked by form"
        return ReadBack(
            how=f"{how}; Axolotl's own reader not run: its form is checked",
            heard=tuple(found),
            run=datasets_installed(),
        )


def _flagged(message: Message) -> Row:
    return {**chat(message, as_text=True), "training": is_trained(message)}
