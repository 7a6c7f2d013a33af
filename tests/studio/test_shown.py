"""What the page gets of a run: the same figures and samples as its files hold, by ids that the server made."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import orjson
import pytest
from yarl import URL

from evaluation.coverage import coverage
from graphs.files.rundir import JOURNAL
from memory.journal.journal import Journal
from memory.journal.reading import JournalReader, read_journal
from memory.journal.rejections import reject_for_good
from scenarios.records import Record
from scenarios.schema.axes import Exclusion
from studio.runs.index import RowChanges
from studio.runs.open_run import OpenRun, RunLine
from studio.runs.pairs import pair_coverage, pair_table
from studio.runs.rows import SampleRow
from studio.runs.sample_map import two_directions
from studio.serving import app
from studio.serving.answers import json_bytes
from tests.studio.conftest import Client, Served


def lines(out: Path, name: str) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in (out / name).read_bytes().splitlines()]


async def ask(client: Client, path: str) -> Any:
    answer = await client.get(f"/api{path}")
    assert (answer.status, answer.content_type) == (200, "application/json"), await answer.text()
    return await answer.json()


async def id_of(client: Client, name: str) -> str:
    return next(str(one["id"]) for one in await ask(client, "/runs") if one["name"] == name)


@pytest.mark.parametrize("name", ["talk", "notes"])
async def test_the_figures_are_those_of_the_summary(name: str, home: Path, served: Served) -> None:
    summary = orjson.loads((home / name / "summary.json").read_bytes())
    async with served(home) as client:
        run = await id_of(client, name)
        line = next(one for one in await ask(client, "/runs") if one["name"] == name)
        found = (await ask(client, f"/runs/{run}"))["figures"]
    for shown in (line, found):
        assert [shown[key] for key in ("accepted", "rejected", "undecided")] == [
            summary[key] for key in ("accepted", "rejected", "undecided")
        ]
    for key in ("reasons", "mistakes", "calls", "tokens"):
        assert found[key] == summary[key], key
    assert found["refused"] == {check: one["draws"] for check, one in summary["refused_draws"]["by_check"].items()}
    assert sum(one["calls"] for one in found["spent"]) == sum(summary["calls"].values())
    assert found["summary"] == summary
    assert (found["left"], found["running"], found["scenario_error"]) == (0, False, "")
    assert (name == "notes") == bool(found["rejected"])


async def test_the_list_holds_every_sample_and_the_search_finds_words(home: Path, served: Served) -> None:
    out = home / "notes"
    due = {one["id"]: one for one in (*lines(out, "dataset.jsonl"), *lines(out, "rejected.jsonl"))}
    async with served(home) as client:
        run = await id_of(client, "notes")
        changes = (await ask(client, f"/runs/{run}/rows?since=0"))["changes"]
        rows = {row["id"]: row for row in changes["rows"]}
        assert list(rows) == sorted(due, key=lambda id_: (due[id_]["round"], due[id_]["index"]))
        for id_, line in due.items():
            row = rows[id_]
            assert (row["verdict"], row["reason"]) == (line.get("verdict", "accepted"), line.get("reason", ""))
            assert {axis: values[row["cell"][at]] for at, (axis, values) in enumerate(changes["axes"].items())} == line[
                "brief"
            ]["cell"]
        again = (await ask(client, f"/runs/{run}/rows?since={changes['version']}"))["changes"]
        assert (again["rows"], again["gone"], again["left"]) == ([], [], 0)
        wanted = changes["rows"][0]["begins"].split()[:2]
        found = await ask(client, f"/runs/{run}/search?words={quote(' '.join(wanted).upper())}")
        texts = {rows[id_]["place"]: " ".join(line["fields"].values()).lower() for id_, line in due.items()}
        assert set(found["places"]) >= {
            place for place, text in texts.items() if all(word.lower() in text for word in wanted)
        }
        assert (await ask(client, f"/runs/{run}/search?words=nobody-said-this"))["places"] == []


async def test_a_sample_comes_whole_and_with_its_calls_in_their_order(home: Path, served: Served) -> None:
    records = read_journal(home / "talk" / JOURNAL, lambda reading: list(reading.records()))
    async with served(home) as client:
        run = await id_of(client, "talk")
        for record in records:
            brief = record.candidate.brief
            shown = await ask(client, f"/runs/{run}/samples/{brief.round}-{brief.index}")
            assert (shown["id"], shown["verdict"], shown["brief"]["cell"]) == (brief.id, record.verdict, brief.cell)
            assert [one["content"] for one in shown["messages"]] == [one.content for one in record.candidate.messages]
            assert shown["evidence"] == [one.model_dump(mode="json") for one in record.candidate.evidence]
            calls = await ask(client, f"/runs/{run}/samples/{brief.round}-{brief.index}/calls")
            rows = read_journal(home / "talk" / JOURNAL, lambda reading, id_=brief.id: reading.calls(id_))  # type: ignore[misc]
            assert [(one["step"], one["role"]) for one in calls] == [(row.step, row.role) for row in rows]
            assert all(one["messages"] and one["answer"]["content"] for one in calls)


async def test_no_request_names_a_file(home: Path, served: Served) -> None:
    async with served(home) as client:
        run = await id_of(client, "talk")
        odd = (
            "../run.yaml",
            "/etc/passwd",
            "talk",
            str(home / "talk"),
            "%00",
            "0-0/../../run.yaml",
            "9" * 400,
            "-1--1",
        )
        for word in (quote(one, safe="") for one in odd):
            for path in (
                f"/api/runs/{word}",
                f"/api/runs/{run}/samples/{word}",
                f"/page/{word}",
                f"/api/runs/{word}/rows",
            ):
                answer = await client.get(URL(path, encoded=True))
                assert answer.status == 404, path
                assert set(await answer.json()) == {"error"}
        assert (await client.get(f"/api/runs/{run}/rows?since=../x")).status == 409


async def test_what_is_no_run_is_one_line_and_the_others_are_shown(tmp_path: Path, home: Path, served: Served) -> None:
    runs = tmp_path / "runs"
    (runs / "deep" / "er").mkdir(parents=True)
    (runs / "deep" / "er" / "talk").symlink_to(home / "talk")
    files = {
        "broken": (JOURNAL, b"SQLite format 3\0 and then nothing"),
        "foreign": ("dataset.jsonl", b"{}\n"),
        "list": ("run.yaml", b"- 1\n"),
    }
    for name, (file, text) in files.items():
        (runs / name).mkdir()
        (runs / name / file).write_bytes(text)
    (runs / "<b>linked").mkdir()
    (runs / "<b>linked" / JOURNAL).symlink_to("/etc/passwd")
    async with served(runs) as client:
        found = {one["name"]: one for one in await ask(client, "/runs")}
        assert set(found) == {*files, "<b>linked"}, "no link is followed"
        assert all(one["error"] and "\n" not in one["error"] for one in found.values())
        for one in found.values():
            answer = await client.get(f"/api/runs/{one['id']}/rows")
            assert answer.status == 409
            assert "\n" not in (await answer.json())["error"]


async def test_a_run_that_goes_on_is_followed(tmp_path: Path, home: Path, served: Served) -> None:
    records = read_journal(home / "notes" / JOURNAL, lambda reading: list(reading.records()))
    out = tmp_path / "going"
    out.mkdir()
    (out / "run.yaml").write_bytes((home / "notes" / "run.yaml").read_bytes())
    journal = Journal(out / JOURNAL)
    try:
        async with served(out, one=True) as client:
            (line,) = await ask(client, "/runs")

            async def rows(since: int) -> tuple[int, dict[str, str], list[str]]:
                changes = (await ask(client, f"/runs/{line['id']}/rows?since={since}"))["changes"]
                return changes["version"], {row["id"]: row["verdict"] for row in changes["rows"]}, changes["gone"]

            def begin(record: Record) -> str:
                journal.call(lambda base: put_brief(base, record))
                return record.candidate.brief.id

            first, second = begin(records[0]), begin(records[1])
            version, found, _ = await rows(0)
            assert found == {first: "under way", second: "under way"}
            reject_for_good(journal, [records[0]], {})
            version, found, gone = await rows(version)
            assert (found, gone) == ({first: records[0].verdict}, [])
            other = records[0].model_copy(update={"reason": "person", "verdict": records[-1].verdict})
            reject_for_good(journal, [other], {})
            version, found, _ = await rows(version)
            assert found == {first: other.verdict}
            journal.call(lambda base: base.execute("DELETE FROM briefs WHERE place = 1") and None)
            assert (await rows(version))[1:] == ({}, ["0-1"])
    finally:
        journal.close()


def put_brief(base: Any, record: Record) -> None:
    from memory.journal.tables import brief_row, put

    put(base, "briefs", [brief_row(record.candidate.brief)])


async def test_a_fault_of_ours_is_one_line_and_its_traceback_in_the_log(
    tmp_path: Path, home: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(run: OpenRun) -> None:
        raise KeyError("<b>\n\x1b[31m")

    monkeypatch.setattr(app, "run_figures", fail)
    async with served(home, log=tmp_path) as client:
        answer = await client.get(f"/api/runs/{await id_of(client, 'talk')}")
        assert (answer.status, answer.content_type) == (500, "application/json")
        told = (await answer.json())["error"]
        assert told.startswith("a fault of ours: KeyError")
        assert str(tmp_path / "colloquia.log") in told
        assert "\n" not in told
    assert "Traceback" in (tmp_path / "colloquia.log").read_text(encoding="utf-8")


def test_text_that_no_utf8_holds_is_answered_all_the_same() -> None:
    """A folder's name may be of bytes that are no text; a record's JSON may hold half of a pair."""
    line = RunLine(id="r", name="\udcff broken")
    assert orjson.loads(json_bytes([line, {"rows": (line,)}]))[0]["name"] == "? broken"
    row = SampleRow(place="0-0", id="\ud800", round=0, index=0, verdict="accepted", cell=())
    assert orjson.loads(json_bytes(RowChanges(1, [row], [], 0, {})))["rows"][0]["id"] == "?"


def test_coverage_of_pairs_is_that_of_the_evaluation(home: Path) -> None:
    run = OpenRun("r", "talk", home / "talk")
    found = pair_coverage(run)
    cells = [one["brief"]["cell"] for one in lines(home / "talk", "dataset.jsonl")]
    due = coverage(cells, found.axes)
    assert due is not None
    assert (sum(one.met for one in found.shares), sum(one.possible for one in found.shares)) == (
        due.pairs.met,
        due.pairs.possible,
    )
    assert (found.samples, found.cells) == (due.samples, due.cells.met)
    table = pair_table(run, 0, 1)
    assert table is not None
    assert sum(map(sum, table.counts)) == len(cells)
    assert pair_table(run, 0, 0) is pair_table(run, 0, 9) is None


def test_a_pair_that_makes_no_sense_is_marked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = OpenRun("r", "talk", home / "talk")
    loaded = run.scenario.loaded()
    assert loaded is not None
    met = {tuple(one["brief"]["cell"].items()) for one in lines(home / "talk", "dataset.jsonl")}
    topic, mood = next(
        (a, b)
        for a in ("a map", "a bell", "a coat")
        for b in ("calm", "glad")
        if (("topic", a), ("mood", b)) not in met
    )
    rule = Exclusion(axes={"topic": (topic,), "mood": (mood,)})
    excluding = loaded.model_copy(update={"scenario": loaded.scenario.model_copy(update={"exclude": (rule,)})})
    monkeypatch.setattr(run.scenario, "loaded", lambda: excluding)
    table = pair_table(run, 0, 1)
    assert table is not None
    assert table.counts[table.rows.index(topic)][table.columns.index(mood)] == -1
    assert sum(one.possible for one in pair_coverage(run).shares) == 5


async def test_the_topology_says_how_many_samples_went_where(home: Path, served: Served) -> None:
    summary = orjson.loads((home / "talk" / "summary.json").read_bytes())
    async with served(home) as client:
        found = await ask(client, f"/runs/{await id_of(client, 'talk')}/topology")
    nodes = {node["name"]: node for node in found["nodes"]}
    ended = summary["accepted"] + summary["rejected"]
    assert (nodes["end"]["samples"], found["whole"], found["broken_off"]) == (ended, ended, 0)
    for name, node in nodes.items():
        into = sum(edge["samples"] for edge in found["edges"] if edge["target"] == name)
        out_of = sum(edge["samples"] for edge in found["edges"] if edge["source"] == name)
        assert node["samples"] == into + ended * (name == "generate") == out_of + ended * (name == "end"), name
    assert sum(node["tokens"] for node in nodes.values()) == sum(
        used["prompt"] + used["completion"] for used in summary["tokens"].values()
    )
    assert all(
        edge["back"] == (nodes[edge["target"]]["row"] <= nodes[edge["source"]]["row"]) for edge in found["edges"]
    )


async def test_the_map_holds_every_accepted_sample(home: Path, served: Served) -> None:
    async with served(home) as client:
        found = await ask(client, f"/runs/{await id_of(client, 'talk')}/map")
    due = [f"{one['round']}-{one['index']}" for one in lines(home / "talk", "dataset.jsonl")]
    assert (found["places"], len(found["xs"]), found["note"]) == (due, len(due), "")
    assert max(map(abs, [*found["xs"], *found["ys"]])) == 1


def test_two_directions_are_the_principal_components() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(40, 6)).astype(np.float32) * np.array([9, 5, 1, 1, 1, 1], np.float32)
    points, shown = two_directions(vectors)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    left, sizes, _ = np.linalg.svd(unit - unit.mean(axis=0), full_matrices=False)
    due = left[:, :2] * sizes[:2]
    assert shown == pytest.approx((sizes[:2] ** 2).sum() / (sizes**2).sum(), abs=1e-6)
    assert np.allclose(np.abs(points), np.abs(due) / np.abs(due).max(), atol=1e-5)
    for few in (0, 1, 2):
        assert two_directions(vectors[:few])[0].shape == (few, 2)


async def test_it_says_where_the_words_are_that_reject(home: Path, served: Served) -> None:
    async with served(home) as client:
        found = await ask(client, f"/runs/{await id_of(client, 'talk')}/advice")
    assert found["checks"]["judge"] == (
        "the prompts of who writes; if 'judge' is wrong, its own prompt, reader.jinja, and 'rubric' in scenario.yaml"
    )
    assert "checks" in found["checks"]["no_repetition"]
    assert "min_distance" in found["checks"]["novelty"]


def test_the_reader_of_parts_takes_what_the_whole_record_has(home: Path) -> None:
    from studio.runs.recorded import ListedRecord

    whole = read_journal(home / "talk" / JOURNAL, lambda reading: list(reading.records()))
    marks = read_journal(home / "talk" / JOURNAL, JournalReader.marks)
    parts = read_journal(home / "talk" / JOURNAL, lambda reading: list(reading.parts_at(sorted(marks), ListedRecord)))
    assert [part.candidate.text() for _, part in parts] == [record.candidate.text() for record in whole]
    assert [part.candidate.usage for _, part in parts] == [record.candidate.usage for record in whole]
