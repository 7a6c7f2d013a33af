"""dataset.parquet: the dataset by columns."""

from __future__ import annotations

from pathlib import Path

import orjson

from graphs.files.rundir import DATASET, writing


def write_parquet(out: Path) -> None:
    """dataset.parquet: lists and scores as columns of their own, the brief and the usage as JSON text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    text, number = pa.string(), pa.float64()
    evidence = pa.struct([("check", text), ("version", pa.int64()), ("status", text), ("detail", text)])
    function = pa.struct([("name", text), ("arguments", text)])
    call = pa.struct([("id", text), ("type", text), ("function", function)])
    message = pa.struct(
        [("role", text), ("content", text), ("name", text), ("tool_calls", pa.list_(call)), ("tool_call_id", text)]
    )
    private = pa.struct([("before", pa.int64()), ("tool", text), ("arguments", text), ("result", text)])
    schema = pa.schema(
        [
            ("id", text), ("scenario", text), ("round", pa.int64()), ("index", pa.int64()), ("seed", pa.int64()),
            ("messages", pa.list_(message)),
            ("fields", pa.map_(text, text)), ("brief", text), ("private_calls", pa.list_(private)), ("ending", text), ("evidence", pa.list_(evidence)),
            ("scores", pa.map_(text, number)), ("novelty", pa.struct([("nearest", text), ("distance", number)])),
            ("revisions", pa.int64()), ("usage", text), ("lineage", pa.list_(text)),
        ]
    )  # fmt: skip
    with (
        (out / DATASET).open("rb") as file, writing(out / "dataset.parquet") as made, pq.ParquetWriter(made, schema) as writer,
    ):  # fmt: skip
        while batch := [orjson.loads(line) for line in file.readlines(8 * 1024 * 1024)]:
            for row in batch:
                row["brief"], row["usage"] = orjson.dumps(row["brief"]).decode(), orjson.dumps(row["usage"]).decode()
                for name in ("fields", "scores"):
                    row[name] = list(row.get(name, {}).items())
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
