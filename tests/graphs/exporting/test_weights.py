"""The weights that `curate` gives are columns of the targets that have a place for them."""

from __future__ import annotations

import csv
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest

from graphs.export import main as export


def test_weights_of_curated_samples_are_kept(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows = [
        {
            "id": f"s{n}", "messages": [{"role": "user", "content": f"hi {n}"}, {"role": "assistant", "content": "yes"}],
            "weight": n / 2, "curation": {"doubts": []},
        }
        for n in range(4)
    ]  # fmt: skip
    path = tmp_path / "curated.jsonl"
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    assert export([f"out={path}", "to=csv,parquet,trl,openai", f"into={tmp_path / 'made'}"]) == 0
    told = capfd.readouterr().out
    assert told.count("in 3 samples: weight of the sample, for which it has no place, left out") == 1, "openai's"
    wanted = [0.0, 0.5, 1.0, 1.5]
    with (tmp_path / "made" / "csv" / "train.csv").open(encoding="utf-8", newline="") as file:
        assert sorted(float(row["weight"]) for row in csv.DictReader(file)) == wanted
    table = pq.read_table(tmp_path / "made" / "parquet" / "train.parquet")
    assert sorted(table.column("weight").to_pylist()) == wanted
    lines = (tmp_path / "made" / "trl" / "train.jsonl").read_bytes().splitlines()
    assert sorted(orjson.loads(line)["weight"] for line in lines) == wanted
