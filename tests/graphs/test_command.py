"""The command from end to end."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import orjson
import pyarrow.parquet
import pytest
import yaml

from memory.journal.journal import Journal
from tests.endpoint import Asked, Endpoint, scrambled
from tests.helpers import NOTES, Workshop, at, begun_ids, planned, recorded_ids, write_scenario

LINE = [
    "id",
    "scenario",
    "round",
    "index",
    "seed",
    "brief",
    "evidence",
    "scores",
    "novelty",
    "revisions",
    "usage",
    "lineage",
]


@pytest.mark.parametrize(
    "scenario", ["support", "howto", "chain", "math", "code", "grounded", "extract", "evolve", "intents"]
)
def test_a_dry_run_makes_every_file(workshop: Workshop, scenario: str) -> None:
    ran = workshop.run("r", *planned(scenario), "llm.backend=scripted", "n=5", "round_size=3")
    assert ran.code == 0, ran.stderr
    assert {path.name for path in ran.out.iterdir() if not path.name.startswith("run.sqlite-")} == {
        "run.yaml", "run.sqlite", "dataset.jsonl", "dataset.parquet", "rejected.jsonl", "summary.json", "README.md",
        "certificate.json",
    }  # fmt: skip
    lines = ran.lines()
    assert len(lines) == 5
    dialogue = scenario in {"support", "grounded"}
    content = "messages" if dialogue else "fields"
    for line in lines:
        assert list(line) == [*LINE[:5], content, *LINE[5:]]
        assert {e["status"] for e in line["evidence"]} <= {"PASS", "UNVERIFIABLE", "ERROR"}
        assert set(line["evidence"][0]) == {"check", "version", "status", "detail"}
        if dialogue:
            assert [m["role"] for m in line["messages"]][:2] == ["user", "assistant"]
    assert pyarrow.parquet.read_table(ran.out / "dataset.parquet").num_rows == 5
    assert pyarrow.parquet.read_table(ran.out / "dataset.parquet")["id"].to_pylist() == [line["id"] for line in lines]

    summary = ran.summary()
    assert (summary["accepted"], summary["stopped_by"]) == (5, "target")
    for key in ("rejected", "undecided", "reasons", "calls", "tokens", "cost_usd", "diversity", "timings"):
        assert key in summary
    assert summary["rejected"] + summary["undecided"] == len(ran.lines("rejected.jsonl"))
    assert sum(summary["reasons"].values()) == len(ran.lines("rejected.jsonl"))
    assert set(summary["timings"]) >= {"run_s", "setup_s"}
    assert set(summary["calls"]) == set(summary["tokens"])
    for used in summary["tokens"].values():
        assert set(used) == {"prompt", "cached", "completion"}

    card = (ran.out / "README.md").read_text(encoding="utf-8")
    _, front, body = card.split("---\n", 2)
    assert isinstance(yaml.safe_load(front), dict)
    assert yaml.safe_load(front)["configs"][0]["data_files"]
    assert "scripted" in body
    assert "scripted placeholder text" in ran.stdout, "a dry run says that it is one"
    assert str(ran.out / "dataset.jsonl") in ran.stdout
    stored = yaml.safe_load((ran.out / "run.yaml").read_text())
    assert (stored["scenario"], stored["n"]) == (scenario, 5)
    for name in ("dataset.jsonl", "rejected.jsonl"):
        assert str(workshop.home).encode() not in (ran.out / name).read_bytes()


def test_usage_of_a_line_is_what_its_calls_cost(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    path = write_scenario(workshop.home / "talk")
    endpoint = serve()
    ran = workshop.run("r", f"scenario={path}", *at(endpoint.url), "n=2")
    total: Counter[str] = Counter()
    for line in [*ran.lines(), *ran.lines("rejected.jsonl")]:
        for role, used in line["usage"].items():
            total[role] += used["calls"]
    assert ran.code == 0
    for role, calls in ran.summary()["calls"].items():
        assert 0 < total[role] <= calls
    assert sum(ran.summary()["calls"].values()) == ran.summary()["requests"] == len(endpoint.asked)


def test_one_role_can_have_a_model_of_its_own(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    path = write_scenario(workshop.home / "talk")
    main, other = serve(), serve()
    ran = workshop.run(
        "r", f"scenario={path}", *at(main.url), "n=2",
        f"roles.judge.llm.base_url={other.url}", "roles.judge.llm.model=large",
    )  # fmt: skip
    assert ran.code == 0, ran.stderr
    calls = ran.summary()["calls"]
    assert len(other.asked) == calls["judge"] > 0
    assert len(main.asked) == sum(count for role, count in calls.items() if role != "judge")
    assert {asked.body["model"] for asked in other.asked} == {"large"}
    assert {asked.body["model"] for asked in main.asked} == {"fake"}
    assert all("scores" in str(asked.schema) for asked in other.asked)
    assert not any("scores" in str(asked.schema) for asked in main.asked)


def test_ctrl_c_leaves_valid_files_and_the_run_goes_on(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    words = ["scenario=chain", "n=24", "round_size=4", "lookahead=2", "concurrency=4", "memory.min_distance=0.2"]
    plain = workshop.run("plain", *words, *at(serve().url))
    calm = scrambled("c")
    process: Any = None

    async def interrupt(asked: Asked) -> Any:
        if asked.number == 30:
            os.kill(process.pid, signal.SIGINT)
        return await calm(asked)

    endpoint = serve(interrupt)
    process = workshop.start("r", *words, *at(endpoint.url))
    stopped = workshop.finish("r", process)
    assert stopped.code == 130, stopped.stderr
    assert "Traceback" not in stopped.stderr
    assert stopped.summary()["stopped_by"] == "interrupted"
    assert f"python -m graphs.run out={stopped.out}" in stopped.stdout
    assert Counter(recorded_ids(stopped)) == Counter(begun_ids(stopped.out))
    assert len(stopped.lines()) == stopped.summary()["accepted"] < 24
    assert sum(stopped.summary()["calls"].values()) == len(endpoint.asked), "calls in flight were let finish"
    endpoint.behaviour = calm
    resumed = workshop.run("r", f"out={stopped.out}")
    assert resumed.code == 0
    assert max(endpoint.seeds().values()) == 1, "nothing is asked twice"
    assert resumed.dataset() == plain.dataset()
    assert Counter(recorded_ids(resumed)) == Counter(begun_ids(resumed.out))


def test_a_second_ctrl_c_drops_the_calls_in_flight(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    """The endpoint never answers: only dropping the calls can end the run."""
    hanging = threading.Event()

    async def hang(asked: Asked) -> str:
        hanging.set()
        await asyncio.Event().wait()
        return ""

    process = workshop.start_fresh("r", "scenario=chain", "n=4", *at(serve(hang).url))
    assert hanging.wait(60)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    told = ""
    while "in flight may finish" not in told:
        line = process.stderr.readline()
        assert line, told
        told += line
    process.send_signal(signal.SIGINT)
    ran = workshop.finish("r", process)
    assert ran.code == 130, ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.summary()["accepted"] == 0
    assert Counter(recorded_ids(ran)) == Counter(begun_ids(ran.out))


def test_the_embedded_model_answers_for_real(workshop: Workshop) -> None:
    """No key, no network (a child of the tests may reach the loopback alone), whatever the model is worth."""
    process = workshop.start("r", *planned("support"), "n=1", "round_size=1", "lookahead=0", "budget.calls=2")
    ran = workshop.finish("r", process)
    assert ran.code in {0, 3}, ran.stderr
    summary = ran.summary()
    assert summary["accepted"] + summary["rejected"] + summary["undecided"] == 1
    assert sum(used["completion"] for used in summary["tokens"].values()) > 0
    journal = Journal(ran.out / "run.sqlite")
    try:
        answers = journal.call(lambda base: base.execute("SELECT role, answer FROM calls").fetchall())
    finally:
        journal.close()
    said = [orjson.loads(answer)["text"] for role, answer in answers if role in {"customer", "agent"}]
    assert any(len(text.split()) >= 3 for text in said)
    assert "gemma" in (ran.out / "README.md").read_text(encoding="utf-8").lower()


def test_a_run_of_a_scenario_given_by_a_relative_path_goes_on_from_anywhere(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_scenario(workshop.home / "s", NOTES)
    monkeypatch.chdir(workshop.home)
    assert workshop.run("run", "scenario=s/scenario.yaml", "llm.backend=scripted", "n=2").code == 0
    (workshop.home / "elsewhere").mkdir()
    monkeypatch.chdir(workshop.home / "elsewhere")
    assert workshop.run("run", "n=4").code == 0
