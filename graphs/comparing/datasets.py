"""A dataset to compare: its samples with what pairs them, what a judge or a person is shown, and their length and format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from evaluation.samples import Sample, rows_in, sample_of
from graphs.files.rundir import dataset_in
from graphs.pages.lines import SideLine
from graphs.reviewing.verdicts import content_digest
from scenarios.errors import DatasetError

_OPENS = {"user", "human"}
_SIDES = {
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "tool": "tool",
    "observation": "tool",
}
_SYSTEM = {"system", "developer"}
_BETWEEN = "\x1f"


@dataclass(frozen=True, slots=True)
class Piece:
    """One sample of a dataset."""

    id: str
    """By its content alone, so that nothing in it says which dataset it is of."""
    name: str
    """Its id in its dataset, or the number of its line."""
    sample: Sample
    lines: tuple[SideLine, ...]
    shown: Mapping[str, Any]
    """The line's messages or fields, as the review page shows them."""
    brief: str
    """Equal for samples of one brief; empty if the line has none."""
    prompt: str
    """The first words of the user, or the prompt; empty if there are none."""
    cell: str

    @property
    def turns(self) -> tuple[str, ...]:
        """What is said, turn by turn, without tools; of fields each."""
        return tuple(line.text for line in self.lines if not line.folded)


@dataclass(frozen=True, slots=True)
class Dataset:
    """The samples of a dataset under the letter or word that it was given."""

    name: str
    path: Path
    pieces: tuple[Piece, ...]

    @property
    def contents(self) -> frozenset[str]:
        """The contents of its samples."""
        return frozenset(piece.id for piece in self.pieces)


def read_dataset(name: str, given: Path) -> Dataset:
    """The samples of a run directory or of a JSONL file, also one that was made elsewhere. Raises DatasetError and RunDirError,
    which name the line."""
    path = dataset_in(given, name)
    pieces = []
    for number, (where, row) in enumerate(rows_in(path), start=1):
        try:
            sample = sample_of(row)
            pieces.append(_piece(row, sample, number))
        except ValueError as error:
            raise DatasetError(f"{where}: {error}") from None
    if not pieces:
        raise DatasetError(f"{path}: holds no sample")
    return Dataset(name, given, tuple(pieces))


def _piece(row: Mapping[str, Any], sample: Sample, number: int) -> Piece:
    lines = tuple(_lines(row))
    shown = _shown(row, lines)
    brief = row.get("brief")
    cell = _cell(sample.cell)
    return Piece(
        id=content_digest(shown)[:24], name=str(row.get("id", number)), sample=sample, lines=lines, shown=shown,
        brief=_brief(brief, row, cell) if isinstance(brief, dict) else "",
        prompt=next((line.text.strip() for line in lines[:1] if line.side == "user"), ""), cell=cell,
    )  # fmt: skip


def _cell(cell: Mapping[str, str]) -> str:
    return _BETWEEN.join(f"{axis}={value}" for axis, value in sorted(cell.items()))


def _brief(brief: Mapping[str, Any], row: Mapping[str, Any], cell: str) -> str:
    """What makes a brief the same one in two datasets: its id, its seed and its cell."""
    id_, seed = brief.get("id", row.get("id", "")), brief.get("seed", row.get("seed", ""))
    return _BETWEEN.join((str(id_), str(seed), cell)) if id_ != "" else ""


def _shown(row: Mapping[str, Any], lines: tuple[SideLine, ...]) -> dict[str, Any]:
    if isinstance(row.get("messages"), list):
        return {"messages": row["messages"]}
    if isinstance(row.get("fields"), dict):
        return {"fields": row["fields"]}
    if "conversations" in row or "prompt" in row:
        return {"messages": [{"role": line.side, "content": line.text} for line in lines]}
    return {"fields": {"text": row["text"]}}


def _lines(row: Mapping[str, Any]) -> Iterator[SideLine]:
    """A row's lines, which are known to be such."""
    for key in ("messages", "conversations"):
        if key in row:
            yield from _turns(row[key])
            return
    if "prompt" in row and "completion" in row:
        for key, side in (("prompt", "user"), ("completion", "assistant")):
            if isinstance(row[key], list):
                yield from _turns(row[key])
            else:
                yield SideLine(who=side, side=side, text=row[key])
        return
    for name, text in (row["fields"] if "fields" in row else {"text": row["text"]}).items():
        yield SideLine(who=str(name).replace("_", " "), side="field", text=text)


def _turns(turns: list[dict[str, Any]]) -> Iterator[SideLine]:
    for turn in turns:
        role = str(turn.get("role", turn.get("from", "")))
        if role in _SYSTEM:
            continue
        who, side = str(turn.get("name") or role or "turn"), _SIDES.get(role, "field")
        content = turn.get("content", turn.get("value"))
        if isinstance(content, list):
            content = "\n".join(part["text"] for part in content if isinstance(part, dict) and "text" in part)
        if content:
            yield SideLine(who=who.replace("_", " "), side=side, text=content, folded=side == "tool")
        for call in turn.get("tool_calls") or ():
            yield SideLine(who=f"{who} calls", side="tool", text=_called(call), folded=True)


def _called(call: Any) -> str:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict):
        return orjson.dumps(call, default=str).decode()
    arguments = function.get("arguments", "")
    return f"{function.get('name', '')} {arguments if isinstance(arguments, str) else orjson.dumps(arguments).decode()}"
