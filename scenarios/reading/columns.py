"""Rows of files that hold columns: Parquet, and Arrow as `datasets` writes it to disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from scenarios.errors import ScenarioError
from scenarios.reading.bounded import opened

_BATCH = 512


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a .parquet or .arrow file, in its order. Raises ScenarioError if it is broken, and OSError."""
    try:
        yield from _parquet(path) if path.suffix == ".parquet" else _arrow(path)
    except pa.ArrowException as error:
        raise ScenarioError(f"{path}: cannot be read: {' '.join(str(error).split())[:200]}; write it anew") from None


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    with opened(path) as file:
        table = pq.ParquetFile(file)
        for batch in table.iter_batches(batch_size=_BATCH):
            yield from batch.to_pylist()


def _arrow(path: Path) -> Iterator[dict[str, Any]]:
    with opened(path) as file:
        for batch in pa.ipc.open_stream(file):
            for begin in range(0, batch.num_rows, _BATCH):
                yield from batch.slice(begin, _BATCH).to_pylist()
