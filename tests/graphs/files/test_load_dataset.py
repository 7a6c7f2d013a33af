"""A run's directory loads with `datasets.load_dataset`, of any size, also if a nested part shows up in a late row only.

The newest `datasets` is in the test extras; `benchmarks/load_dataset.py` tries the oldest one that reads a card's `configs`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graphs.files.card import write_card
from graphs.files.dataset import write_dataset
from graphs.files.parquet import _table
from memory.journal.journal import Journal
from scenarios.loading import load
from scenarios.records import Novelty, Record, Slip, Verdict
from tests.helpers import PLANNED, Ran, Workshop, planned

BLOCK = 10 * 1024 * 1024
"""`datasets` reads JSON lines in blocks of this size, and guesses the schema from the first."""
NESTED = ("messages", "fields", "scores", "evidence", "novelty", "lineage", "private_calls")


def records_of(ran: Ran) -> list[Record]:
    """The accepted records of a run."""
    journal = Journal(ran.out / "run.sqlite")
    try:
        return [record for record in journal.records() if record.verdict is Verdict.ACCEPTED]
    finally:
        journal.close()


def many(some: list[Record], size: int) -> Iterator[Record]:
    """Records of at least `size` bytes together: the first half is bare where a record can be, the second as they are."""
    there = 0
    for place in itertools.count():
        if there >= size:
            return
        record = some[place % len(some)]
        brief = record.candidate.brief.model_copy(update={"id": f"s-{place:08d}", "index": place})
        record = record.model_copy(update={"candidate": record.candidate.model_copy(update={"brief": brief})})
        record = bare(record) if there < size / 2 else with_all(record)
        there += len(orjson.dumps(record.line()))
        yield record


def bare(record: Record) -> Record:
    """The record with nothing that one can do without."""
    made = record.candidate
    made = made.model_copy(update={"private_calls": (), "ending": None, "evidence": made.evidence[:1]})
    return record.model_copy(update={"candidate": made, "novelty": Novelty(), "lineage": ()})


def with_all(record: Record) -> Record:
    """The record with a neighbour, a lineage and, in a world, a refused draw."""
    made = record.candidate
    if made.messages and made.brief.blueprint:
        wrong = made.messages[1].model_copy(update={"content": "That makes 44.44 euros and 44 cents."})
        slip = Slip(place=1, messages=(wrong,), check="invented", problem="It was wrong.")
        made = made.model_copy(update={"slips": (slip,)})
    novelty = Novelty(nearest="s-00000000", distance=0.5)
    return record.model_copy(update={"candidate": made, "novelty": novelty, "lineage": ("s-00000001",)})


def written(ran: Ran, name: str, home: Path, size: int) -> Path:
    """The files of a run of `size` bytes, made of the records of a short one."""
    home.mkdir()
    loaded = load(PLANNED if name == "support" else name)
    write_dataset(home, many(records_of(ran), size), loaded)
    summary = {"accepted": 1, "rejected": 0, "undecided": 0, "stopped_by": "target", "given_up": []}
    write_card(home, loaded, models={}, summary=summary, standings={})
    return home


def without_nones(value: Any) -> Any:
    """A value without the keys that a table adds to have all columns in all rows."""
    if isinstance(value, dict):
        return {key: without_nones(inner) for key, inner in value.items() if inner is not None}
    return [without_nones(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", ["support", "howto", "courier"])
def test_a_run_loads_whole_with_every_field(workshop: Workshop, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    ran = workshop.run("r", *planned(name), "llm.backend=scripted", "n=6")
    home = written(ran, name, workshop.home / "big", int(BLOCK * 1.1))
    assert (home / "dataset.jsonl").stat().st_size > BLOCK
    found = datasets.load_dataset(str(home), cache_dir=str(workshop.home / "cache"))["train"]
    lines = [orjson.loads(line) for line in (home / "dataset.jsonl").read_bytes().splitlines()]
    assert found["id"] == [line["id"] for line in lines]
    for place in (0, len(lines) // 2 + 1, len(lines) - 1):
        row, line = found[place], lines[place]
        assert orjson.loads(row["brief"]) == line["brief"]
        assert orjson.loads(row["usage"]) == line["usage"]
        for key in NESTED:
            assert (without_nones(row.get(key)) or None) == (without_nones(line.get(key)) or None), key
        assert set(row) - {"private_calls", "ending"} <= set(line)
    if name == "courier":
        pairs = datasets.load_dataset(str(home), "preferences", cache_dir=str(workshop.home / "cache"))["train"]
        first = orjson.loads((home / "preferences.jsonl").read_bytes().splitlines()[0])
        assert without_nones(pairs[0]["chosen"]) == first["chosen"]
        assert orjson.loads(pairs[0]["tools"]) == first["tools"]


def test_the_columns_are_of_fixed_types_that_any_reader_has(workshop: Workshop) -> None:
    ran = workshop.run("r", *planned("support"), "llm.backend=scripted", "n=3")
    schema = pq.read_schema(written(ran, "support", workshop.home / "few", 40_000) / "dataset.parquet")
    assert not any(pa.types.is_map(field.type) or pa.types.is_null(field.type) for field in schema)
    assert schema == pq.read_schema(ran.out / "dataset.parquet")
    card = (ran.out / "README.md").read_text(encoding="utf-8")
    assert "data_files: dataset.parquet\n" in card


def test_the_card_of_a_world_names_its_pairs_only_if_there_are_any(workshop: Workshop) -> None:
    ran = workshop.run("r", "scenario=courier", "llm.backend=scripted", "n=1")
    assert "config_name: preferences" not in (ran.out / "README.md").read_text(encoding="utf-8")
    assert pq.read_table(ran.out / "preferences.parquet").num_rows == 0
    many_ = written(ran, "courier", workshop.home / "many", 60_000)
    assert "data_files: preferences.parquet" in (many_ / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["support", "howto", "courier", "chain"])
def test_a_dataset_without_rows_has_the_columns_of_one_with_rows(
    workshop: Workshop, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`datasets` makes no table of no rows, whatever the file; as a stream it loads, and so it does with pyarrow."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    words = [*planned(name), "llm.backend=scripted"]
    none = workshop.run("none", *words, "n=2", "budget.calls=1")
    assert none.summary()["accepted"] == 0
    some = workshop.run("some", *words, "n=2")
    table = pq.read_table(none.out / "dataset.parquet")
    assert (table.num_rows, table.schema) == (0, pq.read_schema(some.out / "dataset.parquet"))
    streams = [datasets.load_dataset(str(ran.out), streaming=True)["train"] for ran in (none, some)]
    assert [len(list(stream)) for stream in streams] == [0, 2]
    assert streams[0].features == streams[1].features
    card = (none.out / "README.md").read_text(encoding="utf-8")
    assert "streaming=True" in card
    assert "streaming=True" not in (some.out / "README.md").read_text(encoding="utf-8")


def test_rows_become_the_table_that_pyarrow_makes_of_them() -> None:
    text = pa.string()
    call = pa.struct([("id", text), ("arguments", text)])
    schema = pa.schema(
        [
            ("id", text),
            ("n", pa.int64()),
            ("calls", pa.list_(call)),
            ("scores", pa.struct([("a", pa.float64())])),
            ("no", text),
        ]
    )
    texts = ["2024-01-01", "1", "true", "null", "", "\x00", 'é\u2028\n"\\', "😀" * 50]
    rows = [
        {"id": said, "n": number, "calls": calls, "scores": scores, "beside": {"z": 1}}
        for said, number in zip(texts, (0, -1, 2**62, 2**63 - 1, -(2**63), 1, 2, 3), strict=True)
        for calls in (None, [], [{"id": said, "arguments": "{}"}, {"id": None, "arguments": said}])
        for scores in (None, {"a": 1}, {"a": None}, {"a": 0.1}, {"a": 1e-300})
    ]
    assert _table(rows, schema).equals(pa.Table.from_pylist(rows, schema=schema))
