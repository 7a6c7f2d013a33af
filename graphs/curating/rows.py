"""Any JSONL file of samples, row by row: what a sample says, what it is labelled, what was said of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from evaluation.samples import rows_in, sample_of
from graphs.reviewing.verdicts import content_digest
from scenarios.errors import DatasetError, SettingsError, nearest
from scenarios.schema.languages import ENGLISH, LANGUAGE, code_of

LABELS = ("label", "intent", "category", "class")
"""What fields of labels are usually called."""
_CONTENT = ("messages", "fields")


@dataclass(frozen=True, slots=True)
class Subject:
    """One sample as curation sees it."""

    id: str
    text: str
    """Without the label."""
    label: str | None
    content: str
    scores: Mapping[str, float]
    answers: tuple[str, ...]
    """What several executions or prompt variants answered, if the row says so under `answers`."""
    languages: tuple[str, ...] = (code_of(ENGLISH),)
    """Codes of the languages that it is in: as its brief says, or else English."""


def read_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of a file, each with the words that name its line. Raises DatasetError."""
    for where, row in rows_in(path):
        if not isinstance(row, dict):
            raise DatasetError(f"{where}: a row is an object with messages, fields or text")
        yield where, row


def target_of(path: Path, given: str) -> str:
    """The name of the axis or field that is learned: the one given, else a field that is an axis, too, or is called like a label, else
    the only axis. Empty if nothing shows. Raises DatasetError, and SettingsError if the first row lacks the one given."""
    first = next(read_rows(path), None)
    if first is None:
        raise DatasetError(f"{path}: holds no sample")
    fields, axes = _parts(first[1])
    known = [name for name in dict.fromkeys([*fields, *axes]) if isinstance({**axes, **fields}[name], str | int | bool)]
    if given:
        if given not in known:
            raise SettingsError(
                f"target={given}: {first[0]} has neither a field nor an axis of this name{nearest(given, known)}; it has {', '.join(known[:20]) or 'none'}"
            )
        return given
    for names in ([name for name in fields if name in axes], [name for name in LABELS if name in fields], list(axes)):
        if len(names) == 1:
            return names[0]
    return ""


def read_subjects(path: Path, target: str) -> list[Subject]:
    """All samples of a file, in its order. Raises DatasetError, naming the line."""
    found, seen = [], Counter[str]()
    for where, row in read_rows(path):
        try:
            one = _subject(row, target, where)
        except ValueError as error:
            raise DatasetError(f"{where}: {error}") from None
        seen[one.id] += 1
        if seen[one.id] > 1:
            raise DatasetError(f"{where}: the id {one.id!r} is there twice; give each row an id of its own, or none")
        found.append(one)
    return found


def _subject(row: dict[str, Any], target: str, where: str) -> Subject:
    fields, axes = _parts(row)
    label = fields.get(target, axes.get(target)) if target else None
    if isinstance(label, dict | list | float):
        raise ValueError(
            f"{target}: is no label but {type(label).__name__}; labels are texts, whole numbers, true or false"
        )
    return Subject(
        str(row.get("id") or f"row-{where.rpartition(' ')[2]}"), sample_of(_without(row, target)).text,
        None if label is None or label == "" else str(label).lower() if isinstance(label, bool) else str(label),
        row_digest(row), _scores(row), tuple(map(str, answers)) if isinstance(answers := row.get("answers"), list) else (),
        languages_of(row),
    )  # fmt: skip


def languages_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The codes of the languages that a row says it is in, in its brief or under `language`; English if it says none."""
    brief = row.get("brief")
    cell = brief.get("cell") if isinstance(brief, dict) else None
    places = (brief, cell, row)
    named = [place[LANGUAGE] for place in places if isinstance(place, dict) and isinstance(place.get(LANGUAGE), str)]
    return tuple(dict.fromkeys(code_of(name) or name for name in named)) or (code_of(ENGLISH),)


def row_digest(row: Mapping[str, Any]) -> str:
    """What signals are tied to: messages and fields as verdicts are, or else the whole row but for what curation adds."""
    if any(key in row for key in _CONTENT):
        return content_digest(row)
    told = {key: value for key, value in row.items() if key not in {"weight", "curation"}}
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _parts(row: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """A row's fields, or what else it holds beside text, and its cell."""
    brief, fields = row.get("brief"), row.get("fields")
    cell = brief.get("cell") if isinstance(brief, dict) else None
    if not isinstance(fields, dict):
        fields = {
            key: value
            for key, value in row.items()
            if key in LABELS or (isinstance(value, str | int) and key not in {"id", "text", "prompt", "completion"})
        }
    return fields, cell if isinstance(cell, dict) else {}


def _without(row: dict[str, Any], target: str) -> dict[str, Any]:
    """A row without its label among the fields, so that nobody reads it off."""
    fields = row.get("fields")
    if not isinstance(fields, dict):
        return row
    return {**row, "fields": {name: text for name, text in fields.items() if name != target}}


def _scores(row: Mapping[str, Any]) -> dict[str, float]:
    given = row.get("scores")
    if not isinstance(given, dict):
        return {}
    return {str(name): float(value) for name, value in given.items() if type(value) in (int, float)}


def judges_of(scores: Mapping[str, float]) -> Mapping[str, Sequence[float]]:
    """The scores of each criterion; those of a panel are named JUDGE.CRITERION."""
    found: dict[str, list[float]] = {}
    for name, score in scores.items():
        found.setdefault(name.rpartition(".")[2], []).append(score)
    return found
