"""Right-to-left, CJK and emoji text is the same in every file."""

from __future__ import annotations

from pathlib import Path

import orjson
import pyarrow.parquet as pq
import yaml

from graphs.files.dataset import write_dataset
from graphs.files.parquet import PARQUET
from graphs.files.rundir import DATASET
from scenarios.briefs import plan_brief
from scenarios.records import Record, Verdict
from tests.helpers import REPO, a_candidate, loaded

CHAT: dict[str, list[str]] = yaml.safe_load((REPO / "tests/agents/text/chat.yaml").read_text(encoding="utf-8"))


def test_every_script_and_emoji_goes_unchanged_through_the_files(tmp_path: Path) -> None:
    scenario = loaded(tmp_path / "scenario")
    odd = [
        "a\u200db \u202eabc\u202c 👩🏽‍🚒🏳️‍🌈",
        "e\u0301 ﬁ ｱｲｳ ①",
        "line\nline\u2028line\x85",
        "שלום 123 (abc) العربية ٤٥",
    ]
    chats = [*CHAT.values(), odd]
    records = [
        Record(verdict=Verdict.ACCEPTED, candidate=a_candidate(plan_brief(scenario, 0, 0, place, 0), *lines))
        for place, lines in enumerate(chats)
    ]
    out = tmp_path / "out"
    out.mkdir()
    write_dataset(out, records, scenario)
    rows = [orjson.loads(line) for line in (out / DATASET).read_bytes().split(b"\n") if line]
    assert [[message["content"] for message in row["messages"]] for row in rows] == chats
    table = pq.read_table(out / PARQUET).to_pylist()
    assert [[message["content"] for message in row["messages"]] for row in table] == chats
