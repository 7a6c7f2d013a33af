"""Rows of a table as the values of an axis: every format gives the same, and each fault is one line with its place."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import Dataset, DatasetDict
from hypothesis import given
from hypothesis import strategies as st

from graphs.campaign.forbidden import logged
from memory.words.copies import SharedRuns
from scenarios.errors import ScenarioError
from scenarios.loading import load
from scenarios.reading.mixes import Columns, read_mix
from tests.helpers import NOTES, write_scenario

ROWS = [
    {"subject": "refund", "team": "money", "message": "I never got the money back; it is, well, gone", "hour": 9},
    {"subject": "card lost", "team": "cards", "message": 'He said "no"\nand left', "hour": 10},
    {"subject": "refund", "team": "money", "message": "استرداد 返金 👩‍💻", "hour": 11},
]
LOGS = Columns(name="subject", text="message")


def put(folder: Path, form: str) -> Path:
    path = folder / f"logs.{form}"
    if form in {"csv", "tsv", "semicolon.csv"}:
        out = io.StringIO()
        writer = csv.DictWriter(out, list(ROWS[0]), delimiter={"csv": ",", "tsv": "\t"}.get(form, ";"))
        writer.writeheader()
        writer.writerows(ROWS)
        path.write_bytes(b"\xef\xbb\xbf" + out.getvalue().encode())
    elif form == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    elif form == "yaml":
        path.write_text(json.dumps(ROWS, ensure_ascii=False), encoding="utf-8")
    elif form == "parquet":
        pq.write_table(pa.Table.from_pylist(ROWS), path)
    elif form == "disk":
        Dataset.from_list(ROWS).save_to_disk(path, num_shards=2)
    elif form == "dict":
        DatasetDict(train=Dataset.from_list(ROWS)).save_to_disk(path)
    else:
        (path / "data").mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist(ROWS[:2]), path / "data" / "train-00000-of-00002.parquet")
        pq.write_table(pa.Table.from_pylist(ROWS[2:]), path / "data" / "train-00001-of-00002.parquet")
    return path


@pytest.mark.parametrize("form", ["csv", "semicolon.csv", "tsv", "jsonl", "yaml", "parquet", "disk", "dict", "hub"])
def test_every_format_gives_the_mix_of_the_rows(tmp_path: Path, form: str) -> None:
    mix = read_mix(put(tmp_path, form), LOGS)
    assert [(value["name"], value["weight"], value["team"]) for value in mix.values] == [
        ("refund", 2, "money"), ("card lost", 1, "cards"),
    ]  # fmt: skip
    assert "hour" not in mix.values[0], "what differs between the rows of a name is not its attribute"
    assert all("message" not in value for value in mix.values)
    assert [text for _, text in mix.uncopied] == [row["message"] for row in ROWS]


def test_a_column_of_weights_is_added_up(tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    path.write_text("topic,count\na,3\nb,0.5\na,4\n")
    mix = read_mix(path, Columns(name="topic", weight="count"))
    assert mix.values == ({"name": "a", "weight": 7.0}, {"name": "b", "weight": 0.5})


@given(st.lists(st.sampled_from(["a", "b,c", 'd"', "e;f", "返金", "x\ty"]), min_size=1, max_size=60))
def test_weights_are_the_frequencies(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    path = tmp_path_factory.mktemp("rows") / "t.csv"
    out = io.StringIO()
    csv.writer(out).writerows([["id", "subject"], *enumerate(names)])
    path.write_text(out.getvalue(), encoding="utf-8", newline="")
    mix = read_mix(path, Columns(name="subject"))
    wanted = Counter(" ".join(name.split()) for name in names)
    assert {value["name"]: value["weight"] for value in mix.values} == wanted


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("subjekt\nx\n", "row 2: has no column 'subject' (did you mean 'subjekt'?)"),
        ("subject,n\nx,1\ny\n", "row 3: has 1 fields and 2 columns"),
        ("subject,subject\nx,1\n", "row 1: the columns need names"),
        ("subject,n\n,1\n", "row 2: column 'subject' is empty"),
        ("subject,n\nx,none\n", "row 2: column 'n' is 'none', which is no number above 0"),
        ("subject,n\nx,0\n", "no number above 0"),
        ("subject,n\nx,nan\n", "no number above 0"),
        ('subject,n\n"x,1\n', "broken CSV"),
        ("subject,n\n", "has no rows"),
        ("", "row 1: the columns need names"),
        ("subject,n\n" + "".join(f"s{n},1\n" for n in range(1001)), "name a column with fewer, such as a category"),
    ],
)
def test_a_fault_is_told_with_file_row_and_column(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(ScenarioError) as caught:
        read_mix(path, Columns(name="subject", weight="n"))
    assert told in str(caught.value)
    assert "t.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_broken_tables_and_several_splits_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(ScenarioError, match=r"a\.parquet: cannot be read"):
        read_mix(tmp_path / "a.parquet", LOGS)
    rows = Dataset.from_list(ROWS)
    DatasetDict(train=rows, test=rows).save_to_disk(tmp_path / "two")
    with pytest.raises(ScenarioError, match=r"several splits \(test, train\); name one, such as two/test"):
        read_mix(tmp_path / "two", LOGS)
    assert read_mix(tmp_path / "two" / "train", LOGS).values
    (tmp_path / "none").mkdir()
    with pytest.raises(ScenarioError, match="holds no data set"):
        read_mix(tmp_path / "none", LOGS)
    pq.write_table(pa.table({"subject": [["a"]]}), tmp_path / "l.parquet")
    with pytest.raises(ScenarioError, match="column 'subject' holds a list"):
        read_mix(tmp_path / "l.parquet", Columns(name="subject"))


def test_logs_are_an_axis_whose_wording_no_sample_copies(tmp_path: Path) -> None:
    said = "I have waited for my refund since the third of May and nobody ever answers the phone"
    path = write_scenario(tmp_path, NOTES, axes={"topic": {"file": "logs.csv", "name": "subject", "text": "message"}})
    (tmp_path / "logs.csv").write_text(f"subject,message\nrefund,{said}\nrefund,short\ncard,other\n")
    scenario = load(str(path))
    assert scenario.scenario.axes["topic"].weights == (2, 1)
    assert said not in scenario.scenario.model_dump_json()
    copied = SharedRuns(logged(scenario)).find(f"Hello. {said}!")
    assert copied is not None
    assert copied.nearest == "logs.csv:2"
    with pytest.raises(ScenarioError, match=r"unknown field 'colour'"):
        load(
            str(write_scenario(tmp_path, NOTES, axes={"topic": {"file": "logs.csv", "colour": "x", "name": "subject"}}))
        )
