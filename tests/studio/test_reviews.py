"""The review mode's routes: who may post, what is taken, and that a verdict is on the disk once when it is acknowledged."""

from __future__ import annotations

import io
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from graphs.files.rundir import JOURNAL
from graphs.reviewing.log import REVIEWS, read_reviews
from graphs.reviewing.verdicts import PersonVerdict, Queue, Said, content_digest
from memory.journal.reading import read_journal
from scenarios.records import Evidence, Record, Status
from studio.reviewing.desks import RunDesk
from studio.reviewing.posted import LARGEST, PostedVerdict, UnfitError, posted
from studio.reviewing.showing import ShownItem, edit_checked, shown_item
from studio.runs.open_run import OpenRun
from tests.studio.conftest import Client, Served


class Reviewing:
    """A client at the review mode of one run."""

    def __init__(self, client: Client, run: str, out: Path) -> None:
        self.client, self.run, self.out = client, run, out
        self.own = f"http://127.0.0.1:{client.port}"

    async def next(self, queue: str = "audit", reviewer: str = "Ada", **more: Any) -> dict[str, Any]:
        """What is next in a queue."""
        query = {"reviewer": reviewer, "queue": queue, "count": "6", **more}
        answer = await self.client.get(f"/api/runs/{self.run}/review/next", params=query)
        assert answer.status == 200, await answer.text()
        found: dict[str, Any] = await answer.json()
        return found

    async def post(self, value: Any, path: str = "verdicts", **headers: str) -> tuple[int, dict[str, Any]]:
        """Post as the page does, with other headers if some are given; an empty one is left out."""
        told = {
            "Origin": self.own,
            "Content-Type": "application/json",
            "X-Colloquia-Change": "yes",
            "Sec-Fetch-Site": "same-origin",
        }
        told |= {name.replace("_", "-"): text for name, text in headers.items()}
        body = io.BytesIO(value if isinstance(value, bytes) else orjson.dumps(value))
        sent = {name: text for name, text in told.items() if text}
        answer = await self.client.post(
            f"/api/runs/{self.run}/review/{path}", data=body, headers=sent, skip_auto_headers=["Content-Type"]
        )
        return answer.status, await answer.json()


def said_of(item: dict[str, Any], said: str = "accept", key: str = "key-00001", **more: Any) -> dict[str, Any]:
    """A verdict on an item, as the page posts it."""
    same = {name: item[name] for name in ("queue", "sample", "against", "content", "repeat", "seed")}
    return {"reviewer": "Ada", **same, "said": said, "key": key, "seconds": 1.5, **more}


@pytest.fixture(name="reviewing")
async def _reviewing(home: Path, served: Served, tmp_path: Path) -> AsyncIterator[Reviewing]:
    shutil.copytree(home / "talk", tmp_path / "runs" / "talk")
    async with served(tmp_path / "runs") as client:
        runs = await (await client.get("/api/runs")).json()
        yield Reviewing(client, runs[0]["id"], tmp_path / "runs" / "talk")


async def test_a_verdict_is_in_the_file_before_it_is_acknowledged_and_a_retry_is_kept_once(
    reviewing: Reviewing,
) -> None:
    first, second, *_ = (await reviewing.next())["items"]
    told = said_of(first, "reject", flag=True, reasons=["wrong tone"], turn=1, remark="Too short.", redo=True)
    assert await reviewing.post(told) == (200, {"number": 1})
    (kept,) = read_reviews(reviewing.out)
    assert (kept.said, kept.flag, kept.reasons, kept.turn, kept.remark, kept.redo, kept.seconds) == (
        Said.REJECT, True, ("wrong tone",), 1, "Too short.", True, 1.5,
    )  # fmt: skip
    assert (kept.sample, kept.content, kept.key) == (first["sample"], first["content"], "key-00001")
    assert await reviewing.post(told) == (200, {"number": 1}), "its answer was lost, and the page asks again"
    assert await reviewing.post(said_of(second, key="key-00002")) == (200, {"number": 2})
    assert len(read_reviews(reviewing.out)) == 2
    progress = (await reviewing.next())["progress"]
    assert (progress["done"], progress["accepted"], progress["rejected"], progress["lines"]) == (2, 1, 1, 2)


async def test_undo_names_what_it_takes_back_and_a_lost_answer_takes_nothing_more_back(reviewing: Reviewing) -> None:
    first, second, *_ = (await reviewing.next())["items"]
    for number, item in enumerate((first, second), start=1):
        await reviewing.post(said_of(item, key=f"key-0000{number}"))
    last = await (await reviewing.client.get(f"/api/runs/{reviewing.run}/review/last?reviewer=Ada&queue=audit")).json()
    assert (last["verdict"]["key"], last["item"]["sample"]) == ("key-00002", second["sample"])
    undo = said_of(first, "undo", "undo-0001", undoes="key-00001")
    assert await reviewing.post(undo) == await reviewing.post(undo) == (200, {"number": 3})
    assert read_reviews(reviewing.out)[2].undoes == 1
    assert (await reviewing.next())["progress"]["done"] == 1
    status, told = await reviewing.post(said_of(first, "undo", "undo-0002", undoes="key-of-nobody"))
    assert (status, len(read_reviews(reviewing.out))) == (422, 3)
    assert "nothing was taken back" in told["error"]


async def test_an_audit_sends_nothing_that_checks_and_judges_said(reviewing: Reviewing) -> None:
    page = await reviewing.next("audit")
    assert page["conversation"]
    for item in page["items"]:
        shown = item["left"]
        assert shown["messages"]
        assert shown["brief"]["facts"]
        assert not any(
            shown[name]
            for name in ("evidence", "scores", "problems", "drafts", "refused", "usage", "nearest", "revisions")
        )
    line = orjson.loads((reviewing.out / "dataset.jsonl").read_bytes().splitlines()[0])
    assert line["evidence"], "there was something to hide"
    bound = page["progress"]["bound"]
    assert (bound["share"], bound["void"]) == (1.0, "")
    assert isinstance(bound["clean_until"], int)


async def test_two_reviewers_are_given_different_samples_and_both_are_kept(reviewing: Reviewing) -> None:
    (ada, *_) = (await reviewing.next(count="1"))["items"]
    (bo, *_) = (await reviewing.next(reviewer="Bo", count="1"))["items"]
    assert ada["sample"] != bo["sample"]
    await reviewing.post(said_of(ada))
    await reviewing.post({**said_of(bo), "reviewer": "Bo"})
    assert [(one.reviewer, one.sample) for one in read_reviews(reviewing.out)] == [
        ("Ada", ada["sample"]),
        ("Bo", bo["sample"]),
    ]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": ""}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Sec_Fetch_Site": "none"}, 403),
        ({"X_Colloquia_Change": ""}, 403),
        ({"Content_Type": "text/plain"}, 403),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 403),
        ({"Cookie": "colloquia=wrong"}, 403),
    ],
    ids=str,
)  # fmt: skip
async def test_only_our_own_page_may_post(headers: dict[str, str], status: int, reviewing: Reviewing) -> None:
    item = (await reviewing.next())["items"][0]
    for path in ("verdicts", "check"):
        if "Cookie" in headers:
            reviewing.client.session.cookie_jar.clear()
        assert (await reviewing.post(said_of(item), path, **headers))[0] == status
    assert not (reviewing.out / REVIEWS).exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"content": "0" * 64}, {"content": "short"}, {"sample": "talk-of-nobody"}, {"sample": 3}, {"reviewer": ""},
        {"reviewer": " Ada"}, {"reviewer": "A\nB"}, {"queue": "all"}, {"said": "left"}, {"said": "undo"}, {"turn": -1},
        {"turn": "1"}, {"turn": True}, {"flag": 1}, {"seconds": "1"}, {"seconds": 1e9}, {"reasons": "one"},
        {"reasons": ["x"] * 21}, {"reasons": [""]}, {"remark": "x" * 20_001}, {"redo": True}, {"edit": {}}, {"number": 7},
        {"planted": "swap"}, {"dataset": "0" * 64}, {"at": "1999"}, {"key": "short"}, {"key": "with space in it"}, {"against": "other"},
        {"undoes": "key-00001"}, {"seed": -1},
    ],
    ids=str,
)  # fmt: skip
async def test_what_is_no_verdict_is_refused_for_good(changes: dict[str, Any], reviewing: Reviewing) -> None:
    item = (await reviewing.next())["items"][0]
    status, told = await reviewing.post({**said_of(item), **changes})
    assert status == 422
    assert told["error"].count("\n") == 0
    assert not (reviewing.out / REVIEWS).exists()


async def test_a_body_is_bounded_and_json(reviewing: Reviewing) -> None:
    for body, status in (
        (b"{", 422),
        (b"[]", 422),
        (b"\xff", 422),
        (b"", 422),
        (b"[" * 100_000, 422),
        (b" " * (LARGEST + 1), 413),
    ):
        assert (await reviewing.post(body))[0] == status
    assert not (reviewing.out / REVIEWS).exists()


async def test_a_disk_that_fails_is_no_refusal_for_good(reviewing: Reviewing) -> None:
    item = (await reviewing.next())["items"][0]
    (reviewing.out / REVIEWS).mkdir()
    status, told = await reviewing.post(said_of(item))
    assert (status, REVIEWS in told["error"]) == (409, True)


@pytest.mark.parametrize(
    "query",
    [
        "reviewer=&queue=audit",
        "reviewer=Ada&queue=best",
        "reviewer=Ada&queue=audit&seed=x",
        "reviewer=Ada&queue=audit&goal=2",
    ],
)
async def test_a_question_that_makes_no_sense_is_a_line(query: str, reviewing: Reviewing) -> None:
    answer = await reviewing.client.get(f"/api/runs/{reviewing.run}/review/next?{query}")
    assert (answer.status, list(await answer.json())) == (409, ["error"])


async def test_an_edit_is_checked_and_what_people_said_is_shown(reviewing: Reviewing) -> None:
    item = (await reviewing.next("audit"))["items"][0]
    edit = {"0": "Short."}
    status, told = await reviewing.post({"sample": item["sample"], "content": item["content"], "edit": edit}, "check")
    assert status == 200
    assert {one["check"] for one in told["failing"]} - set(told["already"]) == {"must_say"}
    assert told["refused"].startswith("must_say: ")
    for wrong in ({"9": "x"}, {"-1": "x"}, {"one": "x"}):
        assert (await reviewing.post({"sample": item["sample"], "content": item["content"], "edit": wrong}, "check"))[
            0
        ] == 422
    await reviewing.post(said_of(item, edit=edit))
    said = await (
        await reviewing.client.get(f"/api/runs/{reviewing.run}/review/said", params={"sample": item["sample"]})
    ).json()
    assert [(one["reviewer"], one["said"], one["edit"]) for one in said] == [("Ada", "accept", edit)]


async def test_hostile_words_reach_the_page_as_text_and_the_file_as_one_line(reviewing: Reviewing) -> None:
    words = ["<script>window.owned=1</script>", "\u202egnp.exe\u2066", "a\u2028b\nc", "x" * 19_000]
    items = (await reviewing.next())["items"]
    for number, (word, item) in enumerate(zip(words, items, strict=False)):
        told = said_of(item, "reject", f"hostile-{number}", remark=word, reasons=[word[:100]])
        assert (await reviewing.post(told))[0] == 200
    kept = read_reviews(reviewing.out)
    assert [one.remark for one in kept] == words[: len(items)]
    answer = await reviewing.client.get(f"/api/runs/{reviewing.run}/review/said", params={"sample": items[0]["sample"]})
    assert answer.content_type == "application/json"
    assert (await answer.json())[0]["remark"] == words[0]


def test_an_edit_names_a_field_or_a_message_of_the_line(home: Path) -> None:
    run = OpenRun("r", "notes", home / "notes")
    record: Record = read_journal(run.path / "run.sqlite", lambda reading: next(iter(reading.records())))
    name, text = next(iter(record.candidate.fields.items()))
    prepared = run.scenario.loaded()
    assert prepared is not None
    with pytest.raises(UnfitError, match="no field"):
        edit_checked(record, prepared, content_digest(record.line()), {"nothing": "x"})
    with pytest.raises(UnfitError, match="has changed"):
        edit_checked(record, prepared, "0" * 64, {name: "Other."})
    found = edit_checked(record, prepared, content_digest(record.line()), {name: text})
    assert {one.check for one in found.failing} == set(found.already)
    assert all(isinstance(one, Evidence) and one.status is not Status.PASS for one in found.failing)


def test_a_posted_verdict_is_strict() -> None:
    told = {
        "reviewer": "Ada",
        "queue": "pairs",
        "sample": "a",
        "against": "b",
        "content": "0" * 64,
        "said": "left",
        "key": "key-00001",
    }
    verdict = posted(PostedVerdict, orjson.dumps(told))
    assert (verdict.queue, verdict.said) == (Queue.PAIRS, Said.LEFT)
    assert verdict.verdict(None).against == "b"
    for changes in ({"said": "accept"}, {"against": ""}, {"edit": {"0": "x"}}):
        with pytest.raises(UnfitError):
            posted(PostedVerdict, orjson.dumps({**told, **changes}))


@pytest.mark.parametrize("name", ["talk", "notes"])
def test_a_planted_copy_looks_like_a_sample_and_is_kept_as_one_that_was_planted(
    home: Path, tmp_path: Path, name: str
) -> None:
    out = tmp_path / name
    shutil.copytree(home / name, out)
    desk = RunDesk(OpenRun("r", name, out), plant=0.5)
    lines = {line["id"]: line for line in map(orjson.loads, (out / "dataset.jsonl").read_bytes().splitlines())}
    seen: list[PersonVerdict] = []
    while (items := desk.desk.next(Queue.AUDIT, "Ada")) and len(seen) < 20:
        item = items[0]
        shown = read_journal(out / JOURNAL, lambda reading, item=item: shown_item(reading, item, 0))  # type: ignore[misc]
        assert set(shown.model_dump()) == {*ShownItem.model_fields}
        told = {
            "queue": item.queue,
            "sample": item.sample,
            "content": item.content,
            "repeat": item.repeat,
            "key": f"key-{len(seen):05}",
        }
        kept = desk.keep(PostedVerdict.model_validate({**told, "reviewer": "Ada", "said": Said.REJECT}))
        assert bool(kept.planted) is (content_digest(lines[item.sample]) != item.content)
        seen.append(kept)
    assert any(one.planted for one in seen)
    assert {one.sample for one in seen if not one.planted} == lines.keys()
