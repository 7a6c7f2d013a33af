"""The same rows by columns, with a fixed schema: dataset.parquet, which the dataset card names, and preferences.parquet.

Readers of JSON lines guess a schema from the first rows and fail at a later one that differs, the `datasets` library at the
first block of 10 MB. Here every column has its type in advance; what differs from row to row by nature is JSON text.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import orjson

from graphs.files.rundir import DATASET, writing

PARQUET = "dataset.parquet"
PAIRS_PARQUET = "preferences.parquet"
_BATCH = 8 * 1024 * 1024


def write_parquet(out: Path, fields: Collection[str], scores: Collection[str], talks: bool = False) -> None:
    """Write dataset.parquet from dataset.jsonl. `fields` and `scores` are the names that its records have.

    They are columns of structs, left out if there are no names; records with fields have no messages. `talks`: free
    conversations have a scene, grades and cites, too. The brief and the usage are JSON text, and so is the choice among several
    candidates, if the records tell of one. Raises OSError.
    """
    import pyarrow as pa

    text, number, whole = pa.string(), pa.float64(), pa.int64()
    evidence = pa.struct([("check", text), ("version", whole), ("status", text), ("detail", text)])
    private = pa.struct([("before", whole), ("tool", text), ("arguments", text), ("result", text)])
    made = ("fields", pa.struct([(name, text) for name in fields])) if fields else ("messages", _messages(talks))
    talk = [("scene", text), ("grades", text)] if talks else []
    chosen = [("choice", text)] if _tells(out / DATASET, "choice") else []
    scored = [("scores", pa.struct([(name, number) for name in scores]))] if scores else []
    schema = pa.schema(
        [
            ("id", text), ("scenario", text), ("round", whole), ("index", whole), ("seed", whole), made, *scored, *chosen,
            ("brief", text), ("private_calls", pa.list_(private)), ("ending", text), *talk, ("evidence", pa.list_(evidence)),
            ("novelty", pa.struct([("nearest", text), ("distance", number)])), ("revisions", whole), ("usage", text),
            ("lineage", pa.list_(text)),
        ]
    )  # fmt: skip
    _write(out / DATASET, out / PARQUET, schema, ("brief", "usage", "grades", "choice"))


def _tells(rows: Path, name: str) -> bool:
    """Whether the first record has something under a name that all of a run's records have, or none."""
    with rows.open("rb") as file:
        first = file.readline()
    return bool(first) and name in orjson.loads(first)


def write_pairs_parquet(rows: Path, made: Path) -> None:
    """Write preferences.parquet from preferences.jsonl; the tools are JSON text. Raises OSError."""
    import pyarrow as pa

    text = pa.string()
    sides = [(name, _messages()) for name in ("prompt", "chosen", "rejected")]
    schema = pa.schema([("id", text), *sides, ("tools", text), ("check", text), ("reason", text)])
    _write(rows, made, schema, ("tools",))


def _messages(cites: bool = False) -> Any:
    import pyarrow as pa

    text = pa.string()
    function = pa.struct([("name", text), ("arguments", text)])
    call = pa.struct([("id", text), ("type", text), ("function", function)])
    return pa.list_(
        pa.struct(
            [
                ("role", text),
                ("content", text),
                ("name", text),
                ("tool_calls", pa.list_(call)),
                ("tool_call_id", text),
                *([("cites", pa.list_(text))] if cites else []),
            ]
        )
    )


def _write(rows: Path, made: Path, schema: Any, as_json: Collection[str]) -> None:
    import pyarrow.parquet as pq

    loads: Callable[[bytes], dict[str, Any]] = orjson.loads
    with rows.open("rb") as file, writing(made) as whole, pq.ParquetWriter(whole, schema) as writer:
        while batch := [loads(line) for line in file.readlines(_BATCH)]:
            for row in batch:
                row.update({name: orjson.dumps(row[name]).decode() for name in as_json if name in row})
            writer.write_table(_table(batch, schema))


def _table(batch: list[dict[str, Any]], schema: Any) -> Any:
    """The rows as a table; keys that the schema does not have are left out. By way of JSON: `Table.from_pylist` loads
    pandas where it is installed, a third of a second."""
    import pyarrow as pa
    import pyarrow.json as pj

    text = b"\n".join(map(orjson.dumps, batch))
    return pj.read_json(
        pa.BufferReader(text),
        read_options=pj.ReadOptions(use_threads=False, block_size=len(text) + 1),
        parse_options=pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
    ).select(schema.names)
