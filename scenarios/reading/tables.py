"""Rows of a file of the user's, as a mapping of columns to values each: CSV, JSONL, YAML, Parquet, or a data set that Hugging
Face's `datasets` wrote to disk."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from scenarios.errors import ScenarioError
from scenarios.reading.bounded import lines_of, read_bounded
from scenarios.reading.files import decoded
from scenarios.reading.json_text import parse_json
from scenarios.reading.yaml_text import read_yaml

MOST_ROWS = 1_000_000
_MOST_CSV = 128 * 1024 * 1024
_MOST_SIGNS = 256 * 1024 * 1024
"""Characters of all texts of a table, unpacked."""
_COLUMNS = (".parquet", ".arrow")
_SHARD = re.compile(r"[-.]\d{5}-of-\d{5}.*$|\.[^.]+$")
_DELIMITERS = ",;\t|"

Row = dict[str, Any]


def read_table(path: Path) -> Iterator[tuple[int, Row]]:
    """The rows with their numbers: of a file of lines the line's, else the row's, from 1.

    Raises ScenarioError in one line that names the file and the row: it cannot be read, is of no known kind, has a row that
    does not fit its columns, more than MOST_ROWS rows, or several splits.
    """
    signs = 0
    for count, (number, row) in enumerate(_rows(path), 1):
        signs += sum(len(value) for value in row.values() if isinstance(value, str))
        if count > MOST_ROWS or signs > _MOST_SIGNS:
            raise ScenarioError(
                f"{path}: has more than {MOST_ROWS:,} rows or {_MOST_SIGNS:,} characters; keep a part of it"
            )
        yield number, row


def _rows(path: Path) -> Iterator[tuple[int, Row]]:
    try:
        if path.is_dir():
            yield from _dataset(path)
        elif path.suffix == ".csv":
            yield from _csv(path)
        elif path.suffix == ".tsv":
            yield from _csv(path, "\t")
        elif path.suffix in _COLUMNS:
            yield from enumerate(_columns(path), 1)
        elif path.suffix == ".jsonl":
            yield from _jsonl(path)
        elif path.suffix in {".yaml", ".yml"}:
            yield from _yaml(path)
        else:
            raise ScenarioError(f"{path}: is of no known kind; give .csv, .tsv, .jsonl, .yaml or .parquet")
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror or error}") from None


def _csv(path: Path, delimiter: str = "") -> Iterator[tuple[int, Row]]:
    try:
        text = decoded(read_bounded(path, _MOST_CSV))
    except ValueError as error:
        raise ScenarioError(f"{path}: cannot be read: {error}") from None
    head = text.split("\n", 1)[0]
    # What parts the header into most columns parts the rest: a sniffer is misled by commas in texts.
    mark = delimiter or max(_DELIMITERS, key=lambda each: len(next(csv.reader([head], delimiter=each), [])))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    try:
        columns = [name.strip() for name in next(reader, [])]
        if not all(columns) or len(set(columns)) < len(columns) or not columns:
            raise ScenarioError(f"{path}: row 1: the columns need names, each another one")
        while True:
            begin = reader.line_num + 1
            fields = next(reader, None)
            if fields is None:
                return
            if fields and len(fields) != len(columns):
                raise ScenarioError(
                    f"{path}: row {begin}: has {len(fields)} fields and {len(columns)} columns, parted by {mark!r}; put texts that hold it into quotation marks"
                )
            if fields:
                yield begin, dict(zip(columns, fields, strict=True))
    except csv.Error as error:
        raise ScenarioError(f"{path}: row {reader.line_num}: broken CSV: {error}") from None


def _jsonl(path: Path) -> Iterator[tuple[int, Row]]:
    for number, line in enumerate(lines_of(path), 1):
        try:
            text = decoded(line).strip()
            row = parse_json(text, spelled=True) if text else {}
        except ValueError as error:
            raise ScenarioError(f"{path}: row {number}: broken JSON: {error}") from None
        if text:
            yield number, _mapping(path, number, row)


def _yaml(path: Path) -> Iterator[tuple[int, Row]]:
    rows = read_yaml(path)
    if not isinstance(rows, list):
        raise ScenarioError(f"{path}: a file for an axis holds a list of rows")
    yield from ((number, _mapping(path, number, row)) for number, row in enumerate(rows, 1))


def _mapping(path: Path, number: int, row: Any) -> Row:
    if not isinstance(row, dict):
        raise ScenarioError(f"{path}: row {number}: is not a mapping of columns to values")
    return row


def _columns(path: Path) -> Iterator[Row]:
    from scenarios.reading.columns import rows_of  # pyarrow takes as long to load as all the rest

    yield from rows_of(path)


def _dataset(folder: Path) -> Iterator[tuple[int, Row]]:
    """The rows of a data set on disk: of `save_to_disk`, or Parquet files as the hub has them."""
    home = folder / "data" if (folder / "data").is_dir() else folder
    entries = sorted(islice(home.iterdir(), 10_000))
    files = [path for path in entries if path.suffix == ".parquet"]
    files = files or [
        path for path in entries if path.suffix == ".arrow" and not path.name.startswith(("indices", "cache-"))
    ]
    inner = [path.name for path in entries if path.is_dir() and (path / "dataset_info.json").is_file()]
    if not files and len(inner) == 1:
        yield from _dataset(home / inner[0])
        return
    splits = sorted({_SHARD.sub("", path.name) for path in files}) if files else inner
    if not splits:
        raise ScenarioError(f"{folder}: holds no data set; name a file, or a folder with .parquet or .arrow files")
    if len(splits) > 1:
        one = inner[0] if not files else files[0].relative_to(folder).as_posix()
        raise ScenarioError(
            f"{folder}: has several splits ({', '.join(splits)[:200]}); name one, such as {folder.name}/{one}"
        )
    outside = next((path for path in files if not path.resolve().is_relative_to(folder.resolve())), None)
    if outside is not None:
        raise ScenarioError(f"{outside}: is a link that leaves the folder; copy what it stands for into the folder")
    number = 0
    for path in files:
        for row in _columns(path):
            number += 1
            yield number, row
