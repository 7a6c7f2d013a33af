"""MLX-LM: a folder with train.jsonl, valid.jsonl and test.jsonl of `messages` and `tools`. It finds `prompt` with `completion`
before `messages`, so that no row has those."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from graphs.exporting.formats.target import ReadBack, Row, Target, chat, lines_in
from graphs.exporting.rendering import installed, rendered
from graphs.exporting.sample import Learned, heard_as


class Mlx(Target):
    """MLX-LM's `mlx_lm.lora --data FOLDER`."""

    name = "mlx"

    def row(self, sample: Learned) -> Row:
        found: Row = {"messages": [chat(message, as_text=False) for message in sample.messages]}
        if sample.tools:
            found["tools"] = list(sample.tools)
        return found

    def read_back(self, folder: Path, parts: Sequence[str]) -> ReadBack:
        rows = [row for part in parts for row in lines_in(folder / f"{part}.jsonl")]
        heard = tuple(
            tuple(heard_as(m["role"], m["content"], m.get("tool_calls")) for m in row["messages"]) for row in rows
        )
        missing = [f"{name}.jsonl" for name in ("train", "valid") if name not in parts]
        notes: tuple[str, ...] = tuple(
            f"{name} is not there: MLX-LM trains without it; write split=90/10" for name in missing
        )
        if not installed():
            return ReadBack(how="checked by form (JSON lines)", heard=heard, run=False, notes=notes)
        shown = rendered([(row["messages"], row.get("tools")) for row in rows])
        return ReadBack(
            how="JSON lines read, chat templates run as MLX-LM does", heard=heard, notes=(*shown.told, *notes)
        )
