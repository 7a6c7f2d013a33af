"""Any JSONL file of samples, row by row: what a sample says, what it is labelled, what was said of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from evaluation.samples import rows_in, sample_of
from evaluation.signals.personal import personal_in
from graphs.curating.targets import LABELS as LABELS  # what fields of labels are usually called
from graphs.curating.targets import VERDICT, Value, as_label, as_number, scores_of, target_among, value_of, verdicts_for
from graphs.reviewing.verdicts import content_digest
from scenarios.errors import DatasetError
from scenarios.schema.languages import ENGLISH, LANGUAGE, code_of

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
    personal: tuple[str, ...] = ()
    """Kinds of personal data in what is said, arguments of tools' calls included."""
    number: float | None = None
    """What a scorer learns in place of a label: then there is no label."""


def read_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of a file, each with the words that name its line. Raises DatasetError."""
    for where, row in rows_in(path):
        if not isinstance(row, dict):
            raise DatasetError(f"{where}: a row is an object with messages, fields or text")
        try:
            orjson.dumps(row)
        except TypeError:
            raise DatasetError(f"{where}: holds a whole number beyond 64 bits; write it as a text") from None
        yield where, row


def target_of(path: Path, given: str) -> str:
    """The name of what is learned of a file's samples, as `target_among` its rows."""
    return target_among(read_rows(path), path, given)


def read_subjects(path: Path, target: str, number: bool | None = None) -> list[Subject]:
    """All samples of a file, in its order. `number` says whether the target is one; None: it is if any sample's has a fraction, or if
    judges gave it. Raises DatasetError, naming the line."""
    found, seen = [], Counter[str]()
    said = verdicts_for(path, target) if target == VERDICT else {}
    targets: list[tuple[str, Value]] = []
    for where, row in read_rows(path):
        value = value_of(row, target)
        if value is None and target == VERDICT:
            value = said.get(row_digest(row))
        try:
            one = _subject(row, target, where)
        except ValueError as error:
            raise DatasetError(f"{where}: {error}") from None
        seen[one.id] += 1
        if seen[one.id] > 1:
            raise DatasetError(f"{where}: the id {one.id!r} is there twice; give each row an id of its own, or none")
        found.append(one)
        targets.append((where, value))
    if number is None:
        number = any(isinstance(value, float) for _, value in targets)
    learned = (
        as_number(value, where, target) if number else as_label(value, where, target) for where, value in targets
    )
    return [
        replace(one, number=value) if isinstance(value, float) else replace(one, label=value)
        for one, value in zip(found, learned, strict=True)
    ]


def _subject(row: dict[str, Any], target: str, where: str) -> Subject:
    text, languages, given = sample_of(_without(row, target)).text, languages_of(row), row.get("id")
    named = given if (isinstance(given, str) and given) or type(given) in {int, float} else None
    answers = row.get("answers")
    said = "\n".join([text, *_called(row.get("messages"))])
    kinds = {span.kind.value for span in personal_in(said, languages) if not span.reserved}
    return Subject(
        f"row-{where.rpartition(' ')[2]}" if named is None else str(named), text, None, row_digest(row), scores_of(row),
        tuple(map(str, answers)) if isinstance(answers, list) else (), languages, tuple(sorted(kinds)),
    )  # fmt: skip


def _called(messages: Any) -> Iterator[str]:
    """The arguments of tools' calls, which are no part of what is said and hold what was said all the same."""
    for message in messages if isinstance(messages, list) else ():
        if isinstance(message, dict) and message.get("tool_calls"):
            yield orjson.dumps(message["tool_calls"]).decode()


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


def _without(row: dict[str, Any], target: str) -> dict[str, Any]:
    """A row without its label among the fields, so that nobody reads it off."""
    fields = row.get("fields")
    if not isinstance(fields, dict):
        return row
    return {**row, "fields": {name: text for name, text in fields.items() if name != target}}
