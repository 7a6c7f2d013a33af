"""Tables: one row a sample, its messages and tools as JSON text, and its first question and last answer in columns of their own."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from graphs.exporting.formats.target import ReadBack, Row, Target, chat
from graphs.exporting.reading_back import datasets_installed, loaded_file
from graphs.exporting.sample import Heard, Learned, Taught, heard_as
from scenarios.messages import Message, Speech

_COLUMNS = ("id", "prompt", "answer", "messages", "tools")


def _weighed(message: Message) -> Row:
    weight = {"weight": message.weight} if isinstance(message, Taught) else {}
    return {**chat(message, as_text=True), **weight}


class Csv(Target):
    """A CSV file with a row of names, in UTF-8."""

    name = "csv"
    weights = True
    sample_weights = True

    def row(self, sample: Learned) -> Row:
        said = {role: [m.content for m in sample.messages if m.role is role and m.content] for role in Speech}
        return {
            "id": sample.id,
            "prompt": next(iter(said[Speech.USER]), ""),
            "answer": next(reversed(said[Speech.ASSISTANT]), ""),
            "messages": orjson.dumps([_weighed(message) for message in sample.messages]).decode(),
            "tools": orjson.dumps(sample.tools).decode() if sample.tools else "",
            **({} if sample.weight is None else {"weight": sample.weight}),
        }

    def files(self, parts: Mapping[str, Sequence[Row]]) -> dict[str, bytes]:
        return {f"{name}.csv": _csv(rows) for name, rows in parts.items()}

    def read_back(self, folder: Path, parts: Sequence[str]) -> ReadBack:
        rows: list[dict[str, Any]] = []
        csv.field_size_limit(sys.maxsize)
        for part in parts:
            with (folder / f"{part}.csv").open(encoding="utf-8", newline="") as file:
                rows += list(csv.DictReader(file))
        return ReadBack(how="read by Python's csv", heard=_heard(rows))


class Parquet(Csv):
    """A Parquet file, for pandas, DuckDB and the hub's viewer."""

    name = "parquet"

    def files(self, parts: Mapping[str, Sequence[Row]]) -> dict[str, bytes]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        found = {}
        for name, rows in parts.items():
            whole = io.BytesIO()
            schema = pa.schema([(name, pa.float64() if name == "weight" else pa.string()) for name in _columns(rows)])
            pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), whole)
            found[f"{name}.parquet"] = whole.getvalue()
        return found

    def read_back(self, folder: Path, parts: Sequence[str]) -> ReadBack:
        if datasets_installed():
            rows = [row for part in parts for row in loaded_file(folder / f"{part}.parquet", "parquet")]
            return ReadBack(how="read by datasets", heard=_heard(rows))
        import pyarrow.parquet as pq

        rows = [row for part in parts for row in pq.read_table(folder / f"{part}.parquet").to_pylist()]
        return ReadBack(how="read by pyarrow", heard=_heard(rows))


def _columns(rows: Sequence[Row]) -> tuple[str, ...]:
    """The columns of rows: with a weight if any has one."""
    return (*_COLUMNS, "weight") if any("weight" in row for row in rows) else _COLUMNS


def _csv(rows: Sequence[Row]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _columns(rows), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _heard(rows: Sequence[Mapping[str, Any]]) -> tuple[tuple[Heard, ...], ...]:
    return tuple(
        tuple(heard_as(m["role"], m["content"], m.get("tool_calls")) for m in orjson.loads(row["messages"]))
        for row in rows
    )
