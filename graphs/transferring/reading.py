"""The texts with their labels: those of a dataset, and real ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluation.samples import rows_in
from graphs.curating.targets import LABELS
from graphs.transferring.parting import digest_of_words
from scenarios.errors import DatasetError, SettingsError, nearest
from scenarios.reading.tables import read_table

_TEXT = ("text", "utterance", "sentence", "message", "query", "question")
_MANY = 4
"""Labels that an error names."""


@dataclass(frozen=True)
class LabelledText:
    """One text with its label."""

    id: str
    text: str
    label: str
    cell: Mapping[str, str] = field(default_factory=dict)
    """Of a sample its cell; of a real row the columns that have the name of an axis."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Of a sample, all its fields."""
    weight: float = 1.0
    """Which `curate` gave the sample."""

    @property
    def digest(self) -> str:
        """A digest of the words of its text, whatever their case and marks."""
        return digest_of_words(self.text)


def read_datasets(paths: Sequence[Path], target: str) -> tuple[list[LabelledText], str]:
    """The samples of datasets' lines, and the target that was meant: `axis` or `field` by its name, or if it is empty the axis
    that is a field, too, or a field that is called like a label, or else the only axis. Raises DatasetError and SettingsError."""
    lines: list[tuple[str, Any]] = []
    for path in paths:
        before = len(lines)
        lines += rows_in(path)
        if len(lines) == before:
            raise DatasetError(f"{path}: holds no sample")
    rows = [_row(where, line, target) for where, line in lines]
    target = target or _meant(rows[0][1], rows[0][0], paths[0])
    found = []
    for (where, line), (cell, fields) in zip(lines, rows, strict=True):
        label = fields.get(target, cell.get(target))
        if label is None:
            known = list(dict.fromkeys([*fields, *cell]))
            raise SettingsError(
                f"target={target}: {where} has neither a field nor an axis of this name{nearest(target, known)}; it has {', '.join(known)}"
            )
        texts = [text for name, text in fields.items() if name != target] or _spoken(line)
        weight = float(line["weight"]) if "curation" in line and type(line.get("weight")) in {int, float} else 1.0
        found.append(LabelledText(str(line.get("id", where)), "\n".join(texts), label, cell, fields, max(0.0, weight)))
    return found, target


def _row(where: str, line: Any, target: str) -> tuple[dict[str, str], dict[str, str]]:
    """The cell of a line, and its fields: of one that was made elsewhere, its text and what is called like a label."""
    if not isinstance(line, dict):
        raise DatasetError(f"{where}: a line is an object with fields, messages or text")
    brief = line.get("brief")
    cell = brief.get("cell") if isinstance(brief, dict) else None
    names = dict.fromkeys(("text", target, *LABELS))
    fields = line.get("fields", {name: line[name] for name in names if isinstance(line.get(name), str | int)})
    return _texts(cell, f"{where}: brief.cell"), _texts(fields, f"{where}: fields")


def _texts(told: Any, where: str) -> dict[str, str]:
    if told is None:
        return {}
    if not isinstance(told, dict) or not all(isinstance(text, str | int) for text in told.values()):
        raise DatasetError(f"{where}: must be an object of names and texts")
    return {str(name): str(text).lower() if isinstance(text, bool) else str(text) for name, text in told.items()}


def _spoken(line: Mapping[str, Any]) -> list[str]:
    """What the user says in a conversation: what is to be understood."""
    turns = line.get("messages")
    said = [turn for turn in turns if isinstance(turn, dict)] if isinstance(turns, list) else []
    return [str(turn.get("content") or "") for turn in said if turn.get("role") == "user"]


def _meant(fields: Mapping[str, str], cell: Mapping[str, str], path: Path) -> str:
    for names in ([name for name in fields if name in cell], [name for name in fields if name in LABELS], list(cell)):
        if len(names) == 1:
            return names[0]
    known = ", ".join(dict.fromkeys([*fields, *cell])) or "none"
    raise SettingsError(
        f"target: is missing, and {path} does not show what is the label; write target=NAME, one of: {known}"
    )


def read_real(
    path: Path, target: str, columns: tuple[str, str], mapped: Mapping[str, str], known: Sequence[str], leave: bool
) -> tuple[list[LabelledText], int]:
    """The real texts of a file, and how many were left out. `columns` name those of text and label, if they are not empty;
    `mapped` gives the dataset's label of a real one. Labels that the dataset does not have are left out if `leave`.
    Raises ScenarioError for a file that cannot be read, DatasetError and SettingsError."""
    rows = list(read_table(path))
    if not rows:
        raise DatasetError(f"{path}: holds no row")
    head = [str(name) for name in rows[0][1]]
    text_at = _column(path, head, columns[0], _TEXT, "text_column")
    label_at = _column(path, head, columns[1], (target, *LABELS), "label_column")
    found, strange = [], Counter[str]()
    for number, row in rows:
        text, label = row.get(text_at), row.get(label_at)
        if not isinstance(text, str) or label is None or not text.strip():
            raise DatasetError(f"{path}: row {number}: lacks a text under {text_at!r} or a label under {label_at!r}")
        given = str(label).lower() if isinstance(label, bool) else str(label)
        ours = mapped.get(given, given)
        if ours not in known:
            strange[ours] += 1
            continue
        cell = {
            str(name): value
            for name, value in row.items()
            if isinstance(value, str) and name not in (text_at, label_at)
        }
        found.append(LabelledText(f"{path.name}:{number}", text.strip(), ours, cell))
    if strange and not leave:
        few = ", ".join(list(strange)[:_MANY]) + (f" and {len(strange) - _MANY} more" if len(strange) > _MANY else "")
        raise SettingsError(
            f"real={path}: has labels that the dataset lacks: {few}; map them with labels=FILE, a YAML file of REAL: OURS, or leave their rows out with others=leave"
        )
    if not found:
        raise DatasetError(f"{path}: no row has a label of the dataset, such as {', '.join(sorted(known)[:_MANY])}")
    return found, sum(strange.values())


def _column(path: Path, head: Sequence[str], named: str, usual: Sequence[str], key: str) -> str:
    if named:
        if named not in head:
            raise SettingsError(
                f"{key}={named}: {path} has no such column{nearest(named, head)}; it has {', '.join(head)}"
            )
        return named
    found = next((name for name in usual if name in head), None)
    if found is None:
        raise SettingsError(
            f"{key}: is missing, and {path} has none of {', '.join(usual)}; write {key}=NAME, one of: {', '.join(head)}"
        )
    return found
