"""What people said is carried out: in the journal, the files and the memory, once, and for the content that they saw."""

from __future__ import annotations

import sqlite3
import zlib
from pathlib import Path
from typing import Any

import pytest

import graphs.running.reviewed
from graphs.review import main
from graphs.reviewing.log import append_verdict, read_reviews
from graphs.reviewing.verdicts import PersonVerdict, Queue, Said, content_digest
from graphs.verify import main as verify
from tests.helpers import NOTES, Ran, Workshop, planned, said_by, write_scenario
from tests.helpers import Said as Spoken

WORDS = (
    "scenario=chain",
    "llm.backend=scripted",
    "n=5",
    "round_size=2",
    "concurrency=2",
    "lookahead=0",
    "memory.min_distance=0.01",
)


@pytest.fixture(name="ran")
def _ran(workshop: Workshop) -> Ran:
    ran = workshop.run("r", *WORDS)
    assert ran.code == 0
    return ran


@pytest.fixture(name="spoken")
def _spoken(capfd: pytest.CaptureFixture[str]) -> Spoken:
    return said_by(main, capfd)


def ids_of(ran: Ran, name: str = "dataset.jsonl") -> list[str]:
    return [line["id"] for line in ran.lines(name)]


def says(ran: Ran, id_: str, said: Said, reviewer: str = "ann", queue: Queue = Queue.ROUTED, **more: object) -> None:
    """Append what a reviewer says of a sample as it is now."""
    content = next(content_digest(line) for line in ran.lines() if line["id"] == id_)
    told = {"number": 1, "reviewer": reviewer, "queue": queue, "sample": id_, "content": content, "said": said}
    append_verdict(ran.out, lambda _: PersonVerdict.model_validate(told | more))


def test_a_rejection_reaches_the_files_once(workshop: Workshop, ran: Ran, spoken: Spoken) -> None:
    first, second, third, fourth, _ = ids_of(ran)
    says(ran, first, Said.REJECT, remark="the date is wrong", reasons=["facts"], turn=0)
    says(ran, second, Said.REJECT)
    says(ran, second, Said.ACCEPT, "bob")
    says(ran, second, Said.ACCEPT, "eve", Queue.ADJUDICATE)
    says(ran, third, Said.REJECT, planted="swapped")
    says(ran, fourth, Said.REJECT)
    says(ran, fourth, Said.UNDO, undoes=read_reviews(ran.out)[-1].number)
    code, out, err = spoken(f"out={ran.out}")
    assert (code, err) == (0, "")
    assert "not carried out yet: reject 1" in out
    code, out, err = spoken(f"out={ran.out}", "apply=yes")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == f"rejected: {first}"
    assert ids_of(ran)[:3] == [second, third, fourth]
    gone = [line for line in ran.lines("rejected.jsonl") if line["stage"] == "person"]
    assert [(line["id"], line["detail"]) for line in gone] == [(first, "facts: the date is wrong at turn 0 (ann)")]
    assert verify([f"out={ran.out}"]) == 0
    before = workshop.folder()
    code, out, _ = spoken(f"out={ran.out}", "apply=yes")
    assert (code, out.splitlines()[0]) == (0, "nothing is left to carry out")
    assert workshop.folder()["r/dataset.jsonl"] == before["r/dataset.jsonl"]


def test_the_next_session_carries_it_out_by_itself(workshop: Workshop, ran: Ran) -> None:
    first = ids_of(ran)[0]
    says(ran, first, Said.REJECT)
    more = workshop.run("r")
    assert more.code == 0, more.stderr
    assert "rejected by people in reviews: 1" in more.stderr
    assert first not in ids_of(more)
    assert len(ids_of(more)) == 5
    assert verify([f"out={ran.out}"]) == 0
    assert "rejected by people" not in workshop.run("r").stderr


def test_mistakes_are_one_line(ran: Ran, spoken: Spoken, tmp_path: Path) -> None:
    for words, says_ in (
        ((), "out: is missing"),
        ((f"out={ran.out}", "apply=now"), "neither yes nor no"),
        ((f"out={tmp_path / 'none'}", "apply=yes"), "holds no run"),
        ((f"out={tmp_path / 'none'}",), "cannot be read"),
    ):
        code, out, err = spoken(*words)
        assert (code, out) == (2, "")
        assert says_ in err
        assert len(err.splitlines()) == 1


def _text_of(line: dict[str, Any]) -> tuple[str, str]:
    """A text of a line that a person may change, and what an edit calls it."""
    if "fields" in line:
        name = list(line["fields"])[-1]
        return name, line["fields"][name]
    place = max(
        n for n, message in enumerate(line["messages"]) if message["role"] == "assistant" and message["content"]
    )
    return str(place), line["messages"][place]["content"]


@pytest.mark.parametrize("scenario", ["chain", "support"])
def test_an_edit_is_in_the_dataset_and_everything_else_agrees(
    workshop: Workshop, spoken: Spoken, scenario: str
) -> None:
    ran = workshop.run("r", *planned(scenario), *WORDS[1:])
    assert ran.code == 0, ran.stderr
    before = ran.lines()
    for line in before[:3]:
        key, text = _text_of(line)
        says(ran, line["id"], Said.ACCEPT, edit={key: f"{text} Thank you."}, remark="more polite")
    code, out, err = spoken(f"out={ran.out}", "apply=yes")
    assert (code, err) == (0, "")
    assert out.splitlines()[:3] == [f"edited: {line['id']}" for line in before[:3]]
    for line, old in zip(ran.lines(), before, strict=True):
        key, text = _text_of(old)
        assert _text_of(line) == (key, f"{text} Thank you." if old in before[:3] else text)
    assert verify([f"out={ran.out}"]) == 0
    kept = ran.lines("edited.jsonl")
    assert [_text_of(line) for line in kept] == [_text_of(line) for line in before[:3]]
    assert kept[0]["detail"] == "more polite (ann)"
    assert "People edited samples" in (ran.out / "README.md").read_text(encoding="utf-8")
    assert spoken(f"out={ran.out}", "apply=yes")[1].startswith("nothing is left")
    was = (ran.out / "edited.jsonl").read_bytes()
    (ran.out / "edited.jsonl").write_bytes(was.replace(b"polite", b"honest"))
    assert verify([f"out={ran.out}"]) == 4
    (ran.out / "edited.jsonl").write_bytes(was)
    more = workshop.run("r", "n=8")
    assert more.code == 0, more.stderr
    assert ids_of(more)[:5] == ids_of(ran)[:5]
    assert _text_of(more.lines()[0]) == _text_of(ran.lines()[0])
    assert verify([f"out={ran.out}"]) == 0
    key, text = _text_of(ran.lines()[0])
    says(ran, before[0]["id"], Said.ACCEPT, edit={key: f"{text} Again."})
    says(ran, before[1]["id"], Said.REJECT)
    assert spoken(f"out={ran.out}", "apply=yes")[0] == 0
    assert len(ran.lines("edited.jsonl")) == 4
    assert verify([f"out={ran.out}"]) == 0


def test_an_edit_that_cannot_be_is_refused_in_a_line_and_changes_nothing(ran: Ran, spoken: Spoken) -> None:
    first, second, third, *_ = ran.lines()
    key, _ = _text_of(first)
    says(ran, first["id"], Said.ACCEPT, edit={key: second["fields"][key]} | dict(second["fields"]))
    says(ran, second["id"], Said.ACCEPT, edit={"other": "text"})
    says(ran, third["id"], Said.ACCEPT, edit={key: "  "})
    before = (ran.out / "dataset.jsonl").read_bytes()
    code, out, _ = spoken(f"out={ran.out}", "apply=yes")
    assert code == 0
    assert f"not edited: {first['id']}: it is too near to another: distance 0.0 to {second['id']}" in out
    assert f"not edited: {second['id']}: the edit names 'other', which is no field of the sample" in out
    assert f"not edited: {third['id']}: the edit leaves {key} empty" in out
    assert (ran.out / "dataset.jsonl").read_bytes() == before
    assert not (ran.out / "edited.jsonl").exists()


@pytest.mark.parametrize("scenario", ["notes", "support", "cloakroom"])
def test_what_is_to_be_made_again_is_with_the_remark(workshop: Workshop, spoken: Spoken, scenario: str) -> None:
    words = [f"scenario={write_scenario(workshop.home / 's', NOTES)}"] if scenario == "notes" else planned(scenario)
    ran = workshop.run("r", *words, "llm.backend=scripted", "n=4", "round_size=2", "lookahead=0")
    assert ran.code == 0, ran.stderr
    line = ran.lines()[1]
    says(ran, line["id"], Said.REJECT, redo=True, remark="too {{ polite }} by half")
    assert f"rejected: {line['id']}, to be made again" in spoken(f"out={ran.out}", "apply=yes")[1]
    more = workshop.run("r")
    assert more.code == 0, more.stderr
    (again,) = [one for one in more.lines() if one["lineage"] == [line["id"]]]
    assert again["brief"]["advice"] == "too {{ polite }} by half"
    assert again["brief"]["cell"] == line["brief"]["cell"]
    asked = [bytes(row) for row in _questions(ran.out, again["id"])]
    assert any(b"too {{ polite }} by half" in question for question in asked)
    assert not any(b"too {{ polite }} by half" in bytes(row) for row in _questions(ran.out, more.lines()[0]["id"]))
    assert verify([f"out={ran.out}"]) == 0
    last = workshop.run("r", "n=6")
    assert last.code == 0, last.stderr
    assert sum(one["lineage"] == [line["id"]] for one in (*last.lines(), *last.lines("rejected.jsonl"))) == 1


def _questions(out: Path, sample: str) -> list[bytes]:
    """What models were asked for a sample."""
    base = sqlite3.connect(out / "run.sqlite")
    try:
        rows = base.execute("SELECT question FROM calls WHERE sample = ?", (sample,)).fetchall()
    finally:
        base.close()
    return [zlib.decompress(row[0]) for row in rows]


def test_what_came_later_is_compared_with_the_edited_sample(workshop: Workshop, spoken: Spoken) -> None:
    """Later samples may be nearer to it now, those that were rejected for being too near included."""
    words = ("memory.min_distance=0.7", "patience=9", "budget.samples=14")
    ran = workshop.run("r", *WORDS[:2], "n=6", *WORDS[3:-1], *words)
    lines, refused = ran.lines(), [line for line in ran.lines("rejected.jsonl") if line["reason"] == "novelty"]
    key, text = _text_of(lines[0])
    says(ran, lines[0]["id"], Said.ACCEPT, edit={key: f"{text} {_text_of(refused[0])[1]}"})
    code, out, _ = spoken(f"out={ran.out}", "apply=yes")
    assert code == 0
    assert f"edited: {lines[0]['id']}" in out
    again = next(line for line in ran.lines("rejected.jsonl") if line["id"] == refused[0]["id"])
    assert again["novelty"]["nearest"] == lines[0]["id"]
    assert f"to {lines[0]['id']} is under 0.7" in again["detail"]
    assert verify([f"out={ran.out}"]) == 0
    assert workshop.run("r").code in {0, 3}
    assert verify([f"out={ran.out}"]) == 0


@pytest.mark.parametrize("how", ["again", "run"])
def test_a_kill_while_it_is_carried_out_loses_nothing(
    workshop: Workshop, ran: Ran, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    first, second, *_ = ran.lines()
    key, text = _text_of(second)
    says(ran, first["id"], Said.REJECT)
    says(ran, second["id"], Said.ACCEPT, edit={key: f"{text} Thank you."})

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(graphs.running.reviewed, "files_anew", killed)
        assert main([f"out={ran.out}", "apply=yes"]) == 130
    assert ran.lines()[0] == first, "the files are as they were"
    assert (main([f"out={ran.out}", "apply=yes"]) if how == "again" else workshop.run("r").code) == 0
    assert first["id"] not in ids_of(ran)
    assert _text_of(ran.lines()[0]) == (key, f"{text} Thank you.")
    assert verify([f"out={ran.out}"]) == 0
