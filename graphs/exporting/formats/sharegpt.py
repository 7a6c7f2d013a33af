"""ShareGPT's form as most readers know it: `conversations` of `from` and `value`, `system` and `tools` beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from graphs.exporting.formats.llamafactory import LlamaFactory, by_form
from graphs.exporting.formats.target import ReadBack, Row, Target, lines_in
from graphs.exporting.sample import Lesson


class ShareGpt(LlamaFactory):
    """As LLaMA-Factory reads it, without its dataset_info.json."""

    name = "sharegpt"
    lessons = frozenset({Lesson.SFT})

    def files(self, parts: Mapping[str, Sequence[Row]]) -> dict[str, bytes]:
        return Target.files(self, parts)

    def read_back(self, folder: Path, parts: Sequence[str]) -> ReadBack:
        found = tuple(by_form(row) for part in parts for row in lines_in(folder / f"{part}.jsonl"))
        return ReadBack(how="checked by form (sides take turns)", heard=found, run=False)
