"""Personas: the packaged library, and the reader of a user's own file. A persona is a value of an axis."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from scenarios.errors import ScenarioError
from scenarios.reading.files import read_text
from scenarios.reading.json_text import read_rows
from scenarios.reading.yaml_text import Plain, read_yaml
from scenarios.schema.axes import AxisValue

PACKAGED = Path(__file__).with_name("personas.yaml")
"""The library: name, age, work, region, knows, temper and writes of each persona."""
_MOST = 10_000
_SUFFIXES = (".yaml", ".yml", ".jsonl", ".csv")
_SEPARATORS = ",;\t"


@lru_cache(maxsize=1)
def packaged_personas() -> tuple[AxisValue, ...]:
    """The personas of the packaged library, in its order."""
    return read_personas(PACKAGED)


def read_personas(path: Path) -> tuple[AxisValue, ...]:
    """The personas of a file, in its order, as values of an axis: each with a `name` and any further texts, and a `weight`
    if some are wanted more often.

    YAML holds a list of mappings, JSONL an object a line, CSV a row a line below a row of names, separated by commas,
    semicolons or tabs. Raises ScenarioError in one line that names the file and the row, counted from 1.
    """
    rows = _rows(path)
    if not rows:
        raise ScenarioError(f"{path}: holds no persona; write a list of rows, each with a 'name'")
    if len(rows) > _MOST:
        raise ScenarioError(f"{path}: holds {len(rows)} personas; at most {_MOST} are possible")
    found: list[AxisValue] = []
    first: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        persona = _persona(row, f"{path}: row {number}")
        if persona.name in first:
            raise ScenarioError(
                f"{path}: row {number}: '{persona.name}' is the name of row {first[persona.name]} too; rename one"
            )
        first[persona.name] = number
        found.append(persona)
    return tuple(found)


def _rows(path: Path) -> list[Any]:
    kind = path.suffix.casefold()
    if kind == ".jsonl":
        return [row for _, row in read_rows(path, spelled=True)]
    if kind == ".csv":
        return _table(path)
    if kind not in _SUFFIXES:
        raise ScenarioError(f"{path}: is no file of personas; they stand in {', '.join(_SUFFIXES)}")
    rows = read_yaml(path)
    if rows is not None and not isinstance(rows, list):
        raise ScenarioError(f"{path}: holds no list; write a list of rows, each with a 'name'")
    return rows or []


def _table(path: Path) -> list[dict[str, Plain]]:
    """The rows of a CSV file below its names. Raises ScenarioError."""
    text = read_text(path)
    header = text.split("\n", 1)[0]
    separator = max(_SEPARATORS, key=header.count)
    try:
        lines = [line for line in csv.reader(text.splitlines(keepends=True), delimiter=separator, strict=True) if line]
    except csv.Error as error:
        raise ScenarioError(f"{path}: broken CSV: {error}") from None
    if not lines:
        return []
    names = [name.strip() for name in lines[0]]
    if "name" not in names:
        raise ScenarioError(f"{path}: its first row has no 'name'; begin with a row of names, such as name,age,work")
    if "" in names:
        raise ScenarioError(f"{path}: its first row has a column without a name; give it one")
    if twice := next((name for place, name in enumerate(names) if name in names[:place]), ""):
        raise ScenarioError(f"{path}: its first row has the name '{twice}' twice; rename one")
    rows = []
    for number, cells in enumerate(lines[1:], 1):
        if len(cells) > len(names):
            raise ScenarioError(
                f"{path}: row {number}: has {len(cells)} cells for {len(names)} names; put quotation marks around a text "
                f"that holds '{separator}'"
            )
        rows.append({name: Plain(cell.strip()) for name, cell in zip(names, cells, strict=False) if cell.strip()})
    return rows


def _persona(row: Any, where: str) -> AxisValue:
    if not isinstance(row, dict):
        raise ScenarioError(f"{where}: is no mapping; write 'name: …' and what else is known of the persona")
    name = row.get("name")
    if not isinstance(name, str) or not name.strip():
        raise ScenarioError(f"{where}: has no name; give each persona a short 'name' of its own")
    for key, value in row.items():
        if isinstance(value, list | dict):
            raise ScenarioError(
                f"{where}: '{key}' is a {'list' if isinstance(value, list) else 'mapping'}; write a text"
            )
    try:
        return AxisValue.model_validate({**row, "name": " ".join(name.split())})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ScenarioError(f"{where}: {place}: {first['msg'].removeprefix('Value error, ')}") from None
