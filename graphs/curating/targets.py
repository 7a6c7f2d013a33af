"""What a student learns of a row: a label or a number, of its fields, its brief, its judges or the people who reviewed it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from graphs.reviewing.log import REVIEWS, read_reviews
from graphs.reviewing.queues import decided
from graphs.reviewing.verdicts import PersonVerdict, Queue, standing
from scenarios.errors import DatasetError, SettingsError, nearest

LABELS = ("label", "intent", "category", "class")
"""What fields of labels are usually called."""
VERDICT = "verdict"
"""The target that stands for what people said in reviews.jsonl beside the dataset."""
SCORES = "scores."
"""Before a criterion: the target is what the judges gave for it, on the mean."""
Value = str | int | float | None
"""A target as it came; None: the row has none."""
_LARGEST = 1e15
_OF_THE_ROW = frozenset({"id", "text", "prompt", "completion", "weight"})
"""What is never learned."""


def target_among(rows: Iterable[tuple[str, Mapping[str, Any]]], path: Path, given: str) -> str:
    """The name of what is learned: the one given, else, by the first row, a field that is an axis, too, or is called like a label, else
    the only axis. Empty if nothing shows. Raises DatasetError, and SettingsError if no row has the one given."""
    first: tuple[str, Mapping[str, Any]] | None = None
    for where, row in rows:
        first = first or (where, row)
        if not given or given == VERDICT or _has(row, given):
            break
    else:
        if first is None:
            raise DatasetError(f"{path}: holds no sample")
        raise SettingsError(_unknown(given, *first))
    fields, axes = parts_of(first[1])
    if given == VERDICT and not _has(first[1], given):
        verdicts_for(path, given)
    if given:
        return given
    for names in ([name for name in fields if name in axes], [name for name in LABELS if name in fields], list(axes)):
        if len(names) == 1:
            return names[0]
    return ""


def _has(row: Mapping[str, Any], name: str) -> bool:
    fields, axes = parts_of(row)
    return name in _known(row) or {**axes, **fields}.get(name) is not None


def _known(row: Mapping[str, Any]) -> list[str]:
    """The names of what could be learned of a row."""
    fields, axes = parts_of(row)
    plain = [
        name for name in dict.fromkeys([*fields, *axes]) if isinstance({**axes, **fields}[name], str | int | float)
    ]
    return [*plain, *(f"{SCORES}{criterion}" for criterion in judges_of(scores_of(row)))]


def _unknown(given: str, where: str, row: Mapping[str, Any]) -> str:
    known = _known(row)
    return (
        f"target={given}: {where} has neither a field, an axis nor a score of this name, and no other row has"
        f"{nearest(given, known)}; it has {', '.join(known[:20]) or 'none'}"
    )


def value_of(row: Mapping[str, Any], target: str) -> Any:
    """The target's value in a row, as it stands there; None if it has none."""
    if not target:
        return None
    fields, axes = parts_of(row)
    if (value := fields.get(target, axes.get(target))) is not None or not target.startswith(SCORES):
        return value
    given = judges_of(scores_of(row)).get(target.removeprefix(SCORES))
    return sum(given) / len(given) if given else None


def as_label(value: Any, where: str, target: str) -> str | None:
    """A value as a label; None for none. Raises DatasetError."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if not isinstance(value, str | int):
        raise DatasetError(
            f"{where}: {target}: is no label but {_kind(value)}; labels are texts, whole numbers, true or false"
        )
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_number(value: Any, where: str, target: str) -> float | None:
    """A value as a number; None for none. Raises DatasetError."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
        raise DatasetError(f"{where}: {target}: is no number but {_kind(value)}; give all rows numbers, or none")
    return float(value)


def _kind(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false", float: "a number with a fraction"}
    return (
        "a number beyond all measure"
        if isinstance(value, int | float) and abs(value) > _LARGEST
        else kinds.get(type(value), "a whole number")
    )


def verdicts_for(path: Path, target: str) -> dict[str, str]:
    """What people say of the samples beside which their reviews lie, by the digest of the content: accept or reject. Those on which they
    differ have none. Raises RunDirError, and SettingsError if nobody said a word."""
    by: dict[str, list[PersonVerdict]] = {}
    for verdict in standing(read_reviews(path.parent)):
        if verdict.queue is not Queue.PAIRS and not verdict.planted:
            by.setdefault(verdict.content, []).append(verdict)
    found = {content: said.value for content, verdicts in by.items() if (said := decided(verdicts)) is not None}
    if not found:
        raise SettingsError(
            f"target={target}: no row has it, and {path.parent / REVIEWS} holds no verdicts; python -m graphs.review asks people for them"
        )
    return found


def parts_of(row: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """A row's fields, or what else it holds beside text, and its cell."""
    brief, fields = row.get("brief"), row.get("fields")
    cell = brief.get("cell") if isinstance(brief, dict) else None
    if not isinstance(fields, dict):
        fields = {
            key: value
            for key, value in row.items()
            if key in LABELS or (isinstance(value, str | int | float) and key not in _OF_THE_ROW)
        }
    return fields, cell if isinstance(cell, dict) else {}


def scores_of(row: Mapping[str, Any]) -> dict[str, float]:
    """Its scores by judge and criterion."""
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
