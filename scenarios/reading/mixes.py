"""The values of an axis out of a table's rows, in the mix that the rows have."""

from __future__ import annotations

import math
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import Field

from scenarios.errors import ScenarioError, nearest
from scenarios.frozen import Frozen
from scenarios.reading.files import unwritable
from scenarios.reading.tables import Row, read_table

MOST_VALUES = 1000
"""Values of an axis out of a file: the planner weighs each of them for every cell."""
_LONGEST = 2000
_HEAVIEST, _LIGHTEST = 1e6, 1e-6
_PLAIN = str | int | float | bool | Decimal | date | time


class Columns(Frozen):
    """Which columns of a file an axis is made of."""

    name: str = Field(default="name", min_length=1)
    """The value's name. Rows of one name are one value."""
    weight: str = ""
    """How often it is wanted, added up over its rows. Without one, the rows are counted."""
    text: str = ""
    """What somebody wrote: no sample may copy its wording, and no prompt shows it."""


class Mix(Frozen):
    """The values of an axis, and the texts that no sample may copy."""

    values: tuple[dict[str, Any], ...]
    uncopied: tuple[tuple[str, str], ...] = ()
    """Each with its file and row."""


def read_mix(path: Path, columns: Columns) -> Mix:
    """The values of the column `name`, in the order in which they are first met, weighted as the rows have them.

    Further columns that say the same in all rows of a name are its attributes. Raises ScenarioError in one line with the
    file, the row and the column.
    """
    weights: dict[str, float] = {}
    further: dict[str, dict[str, Any]] = {}
    uncopied: list[tuple[str, str]] = []
    weighed = columns.weight
    for number, row in read_table(path):
        if not weights and not weighed and columns.name == "name" and "weight" in row:
            weighed = "weight"
        where = f"{path}: row {number}"
        name = " ".join(_text(row, columns.name, where).split())
        if not name:
            raise ScenarioError(f"{where}: column '{columns.name}' is empty; fill it in, or leave the row out")
        if len(name) > _LONGEST:
            raise ScenarioError(
                f"{where}: column '{columns.name}' has {len(name)} characters; at most {_LONGEST} can be"
            )
        weights[name] = weights.get(name, 0.0) + (_weight(row, weighed, where) if weighed else 1.0)
        if len(weights) > MOST_VALUES:
            raise ScenarioError(
                f"{where}: column '{columns.name}' has more than {MOST_VALUES} values, which is as many as an axis takes; "
                "name a column with fewer, such as a category, or call the rare ones 'other'"
            )
        if columns.text and (text := _text(row, columns.text, where).strip()):
            uncopied.append((f"{path.name}:{number}", text))
        own = {
            key: value for key, value in row.items() if key not in {*columns.model_dump().values(), "name", "weight"}
        }
        kept = further.setdefault(name, {key: value for key, value in own.items() if isinstance(value, _PLAIN)})
        further[name] = {key: value for key, value in kept.items() if own.get(key) == value}
    if not weights:
        raise ScenarioError(f"{path}: has no rows; an axis needs at least one")
    scale = max(1.0, max(weights.values()) / _HEAVIEST)
    values = tuple(
        {"name": name, "weight": max(_LIGHTEST, weight / scale), **_shown(further[name])}
        for name, weight in weights.items()
    )
    return Mix(values=values, uncopied=tuple(uncopied))


def _cell(row: Row, column: str, where: str) -> Any:
    if column not in row:
        raise ScenarioError(f"{where}: has no column '{column}'{nearest(column, map(str, row))}")
    return row[column]


def _text(row: Row, column: str, where: str) -> str:
    value = _cell(row, column, where)
    if value is not None and not isinstance(value, _PLAIN):
        raise ScenarioError(f"{where}: column '{column}' holds a {type(value).__name__}; name a column of texts")
    text = "" if value is None else str(value)
    if why := unwritable(text):
        raise ScenarioError(f"{where}: column '{column}' {why}")
    return text


def _weight(row: Row, column: str, where: str) -> float:
    text = _text(row, column, where)
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not (math.isfinite(weight) and weight > 0):
        raise ScenarioError(f"{where}: column '{column}' is '{text[:60]}', which is no number above 0")
    return weight


def _shown(further: dict[str, Any]) -> dict[str, Any]:
    return {key: value if isinstance(value, str | int | bool | float) else str(value) for key, value in further.items()}
