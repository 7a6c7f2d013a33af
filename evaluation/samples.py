"""Samples from a JSONL file, also one that was made elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scenarios.errors import DatasetError
from scenarios.reading.files import lines_of, read_text
from scenarios.reading.json_text import parse_json

_INSTRUCTIONS = {"system", "developer"}
"""Who speaks what is no part of a sample: the same words in every row would pass for a lack of diversity."""
_NOT_SPOKEN = ("system", "developer", "tool")
_ROUNDS = 2**31
"""No run has more; a larger number is something else."""
_SHAPES = "messages, conversations, prompt and completion, fields, text"


@dataclass(frozen=True, slots=True)
class Sample:
    """What is measured of a row."""

    text: str
    """Its lines or fields, in order, one below the other."""
    cell: Mapping[str, str] = field(default_factory=dict)
    """One value an axis, where the row has `brief.cell`."""
    round: int | None = None
    said: tuple[tuple[str, str], ...] = ()
    """Of the messages with a name, who spoke and what."""


def rows_in(path: Path) -> Iterator[tuple[str, Any]]:
    """The values of a JSONL file of any size, each with the words that name its line. Raises DatasetError."""
    for number, line in lines_of(read_text(path, DatasetError, most=None)):
        where = f"{path}: line {number}"
        try:
            yield where, parse_json(line)
        except ValueError as error:
            raise DatasetError(f"{where}: no JSON ({error})") from None


def read_samples(path: Path) -> list[Sample]:
    """The samples of a JSONL file, in its order; empty lines are passed over.

    A row holds `messages` (role and content), `conversations` (from and value), `prompt` and `completion`, `fields`
    (name and text) or `text`. System messages are left out. Raises DatasetError, naming the line.
    """
    samples = []
    for where, row in rows_in(path):
        try:
            samples.append(sample_of(row))
        except ValueError as error:
            raise DatasetError(f"{where}: {error}") from None
    if not samples:
        raise DatasetError(f"{path}: holds no sample")
    return samples


def sample_of(row: Any) -> Sample:
    """What is measured of a row. Raises ValueError, which says what is wrong with it."""
    if not isinstance(row, dict):
        raise ValueError(f"a row is an object with {_SHAPES}, not {_kind(row)}")
    brief = row.get("brief")
    cell = brief.get("cell") if isinstance(brief, dict) else None
    number = row.get("round")
    return Sample(
        "\n".join(_lines(row)),
        {name: str(value) for name, value in cell.items()} if isinstance(cell, dict) else {},
        number if type(number) is int and 0 <= number < _ROUNDS else None,
        tuple(_said(row)),
    )


def _said(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Who says what in a row's messages, which are known to be such."""
    for turn in row.get("messages", ()):
        name, content = turn.get("name"), turn.get("content")
        if turn.get("role") in _NOT_SPOKEN or not isinstance(name, str) or not isinstance(content, str):
            continue
        if content.strip():
            yield name, content


def _lines(row: dict[str, Any]) -> list[str]:
    for key in ("messages", "conversations"):
        if key in row:
            return _turns(row[key], key)
    if "prompt" in row and "completion" in row:
        return [line for key in ("prompt", "completion") for line in _side(row[key], key)]
    if "fields" in row:
        if not isinstance(row["fields"], dict):
            raise ValueError(f"fields: must be an object of names and texts, not {_kind(row['fields'])}")
        return [_text(text, f"fields.{name}") for name, text in row["fields"].items()]
    if "text" in row:
        return [_text(row["text"], "text")]
    has = f"only {', '.join(list(row)[:5])}" if row else "nothing"
    raise ValueError(f"a row needs one of {_SHAPES}; this one has {has}")


def _turns(turns: Any, key: str) -> list[str]:
    if not isinstance(turns, list):
        raise ValueError(f"{key}: must be a list of turns, not {_kind(turns)}")
    lines = []
    for place, turn in enumerate(turns):
        where = f"{key}[{place}]"
        if not isinstance(turn, dict):
            raise ValueError(f"{where}: must be an object, not {_kind(turn)}")
        content = next((name for name in ("content", "value") if name in turn), None)
        if content is None and "tool_calls" not in turn:
            raise ValueError(f"{where}: has neither content nor value")
        speaker = turn.get("role", turn.get("from"))
        if content is not None and not (isinstance(speaker, str) and speaker in _INSTRUCTIONS):
            lines.append(_content(turn[content], f"{where}.{content}"))
    return lines


def _side(value: Any, key: str) -> list[str]:
    return _turns(value, key) if isinstance(value, list) else [_text(value, key)]


def _content(value: Any, where: str) -> str:
    """A text, the texts among parts, or nothing: a message that only calls a tool says nothing."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(_text(part["text"], where) for part in value if isinstance(part, dict) and "text" in part)
    return _text(value, where)


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{where}: must be a text, not {_kind(value)}")
    return value


def _kind(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")
