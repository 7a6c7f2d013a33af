"""graphs.reject: a person's word is kept, honoured everywhere, and outlives kills and damage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

import colloquia
import graphs.running.rejecting
from graphs.reject import main
from graphs.sampling.decision import person_says
from graphs.trace import main as trace
from graphs.verify import main as verify
from memory.archive.archive import Archive, key_of
from memory.archive.chroma import open_directory
from memory.journal.journal import Journal
from memory.journal.rejections import rejected_for_good
from tests.helpers import Ran, Said, Workshop, planned, said_by

WORDS = (
    "scenario=chain",
    "llm.backend=scripted",
    "n=6",
    "round_size=2",
    "concurrency=2",
    "lookahead=0",
    "memory.min_distance=0.01",
)


@pytest.fixture(name="said")
def _said(capfd: pytest.CaptureFixture[str]) -> Said:
    return said_by(main, capfd)


@pytest.fixture(name="ran")
def _ran(workshop: Workshop) -> Ran:
    ran = workshop.run("r", *WORDS)
    assert ran.code == 0
    return ran


def ids_of(ran: Ran, name: str = "dataset.jsonl") -> list[str]:
    return [line["id"] for line in ran.lines(name)]


def remembered(ran: Ran) -> set[str]:
    """The ids of the run that the memory holds."""
    archive = Archive(open_directory(ran.out.with_name(f"{ran.out.name}-memory")), "chain")
    journal = Journal(ran.out / "run.sqlite")
    try:
        run = str(journal.meta("run"))
        return {id_.removeprefix(key_of(run, "")) for id_ in archive.neighbours(run)[1]}
    finally:
        journal.close()
        archive.close()


def test_a_rejected_sample_is_gone_everywhere_and_stays_gone(workshop: Workshop, ran: Ran, said: Said) -> None:
    first, *rest = ids_of(ran)
    assert remembered(ran) == {first, *rest}
    code, out, err = said(f"out={ran.out}", f"id={first[:-6]},{rest[2]}", "why=the date is wrong")
    assert (code, err) == (0, "")
    assert out.splitlines()[:2] == [f"rejected: {first}", f"rejected: {rest[2]}"]
    assert f"4 accepted samples are left; to make new ones in their place: python -m graphs.run out={ran.out}" in out
    left = [id_ for id_ in rest if id_ != rest[2]]
    assert ids_of(ran) == left
    gone = [line for line in ran.lines("rejected.jsonl") if line["stage"] == "person"]
    assert [(line["id"], line["verdict"], line["reason"], line["detail"]) for line in gone] == [
        (first, "rejected", "person", "the date is wrong"), (rest[2], "rejected", "person", "the date is wrong"),
    ]  # fmt: skip
    summary = ran.summary()
    assert (summary["accepted"], summary["reasons"]["person"], summary["stopped_by"]) == (4, 2, "target")
    assert "4 accepted samples" in (ran.out / "README.md").read_text(encoding="utf-8")
    assert remembered(ran) == set(left)
    assert verify([f"out={ran.out}"]) == 0
    assert trace([f"out={ran.out}", f"id={first}"]) == 0

    more = workshop.run("r")
    assert more.code == 0, more.stderr
    assert "note:" not in more.stderr
    assert len(ids_of(more)) == 6
    assert ids_of(more)[:4] == left
    assert not {first, rest[2]} & {*ids_of(more), *remembered(more)}
    assert verify([f"out={ran.out}"]) == 0
    assert workshop.run("r", "n=8").summary()["reasons"]["person"] == 2


def test_verify_says_whose_word_it_was(ran: Ran, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([f"out={ran.out}", f"id={ids_of(ran)[0]}", "why=no"]) == 0
    code, out, _ = said_by(verify, capfd)(f"out={ran.out}")
    assert code == 0
    assert "rejections by a person 1" in out


def test_verify_sees_a_distance_to_what_was_rejected(ran: Ran, capfd: pytest.CaptureFixture[str]) -> None:
    """A sample that was nearest to others is rejected: their distances are derived as ever, and another one differs."""
    near = next(line["novelty"]["nearest"] for line in ran.lines() if line["novelty"]["nearest"])
    assert main([f"out={ran.out}", f"id={near}", "why=no"]) == 0
    lines = ran.lines()
    one = next(line for line in lines if line["novelty"]["nearest"] == near)
    assert verify([f"out={ran.out}"]) == 0
    one["novelty"]["distance"] = round(one["novelty"]["distance"] + 0.001, 6)
    (ran.out / "dataset.jsonl").write_bytes(
        b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)
    )
    (ran.out / "certificate.json").unlink()
    code, out, _ = said_by(verify, capfd)(f"out={ran.out}")
    assert code == 4
    assert "novelty.distance" in out


@pytest.mark.parametrize("scenario", ["evolve", "support", "cloakroom"])
def test_what_was_made_of_a_rejected_sample_still_verifies(workshop: Workshop, scenario: str) -> None:
    ran = workshop.run("r", *planned(scenario), "llm.backend=scripted", "n=8", "round_size=2", "lookahead=0")
    assert ran.code == 0, ran.stderr
    for id_ in ids_of(ran)[:3]:
        assert main([f"out={ran.out}", f"id={id_}", "why=no"]) == 0
        assert verify([f"out={ran.out}"]) == 0
    assert workshop.run("r").code == 0
    assert verify([f"out={ran.out}"]) == 0
    assert verify([f"out={ran.out}", f"anew={workshop.home / 'anew'}"]) == 0


def test_what_is_said_of_mistakes(workshop: Workshop, ran: Ran, said: Said) -> None:
    before = workshop.folder()
    id_ = ids_of(ran)[0]
    for words, says in (
        ((), "out: is missing"),
        ((f"out={ran.out}",), "id: is missing"),
        ((f"out={ran.out}", f"id={id_}"), "why: is missing"),
        ((f"out={ran.out}", f"id={id_}", "why= "), "why: is empty"),
        ((f"out={ran.out}", "id=chain-zz", "why=no"), "no such sample"),
        ((f"out={ran.out}", "id=chain", "why=no"), "write more letters"),
        ((f"out={workshop.home}", f"id={id_}", "why=no"), "holds no run"),
        ((f"out={ran.out}", f"id={id_}", "wy=no"), "did you mean 'why'?"),
    ):
        code, out, err = said(*words)
        assert (code, out) == (2, "")
        assert says in err
        assert len(err.splitlines()) == 1
    after = workshop.folder()
    assert {name: data for name, data in after.items() if "-memory" not in name} == {
        name: data for name, data in before.items() if "-memory" not in name
    }


def test_what_was_not_accepted_cannot_be_rejected(workshop: Workshop, said: Said) -> None:
    ran = workshop.run("r", *WORDS[:-1], "memory.min_distance=0.9", "patience=2", "budget.samples=6")
    refused = ids_of(ran, "rejected.jsonl")[0]
    code, _, err = said(f"out={ran.out}", f"id={refused}", "why=no")
    assert code == 2
    assert "is not accepted: it was rejected at curate (novelty)" in err


def test_the_first_word_stands(ran: Ran, said: Said) -> None:
    id_ = ids_of(ran)[0]
    assert said(f"out={ran.out}", f"id={id_}", "why=the first")[0] == 0
    code, out, _ = said(f"out={ran.out}", f"id={id_}", "why=the second")
    assert code == 0
    assert f"was rejected before: {id_}" in out
    assert next(line for line in ran.lines("rejected.jsonl") if line["id"] == id_)["detail"] == "the first"


@pytest.mark.parametrize("how", ["again", "run"])
def test_a_kill_after_the_word_is_kept_loses_nothing(
    workshop: Workshop, ran: Ran, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    id_ = ids_of(ran)[0]

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(graphs.running.rejecting, "files_anew", killed)
        assert main([f"out={ran.out}", f"id={id_}", "why=no"]) == 130
    assert id_ in ids_of(ran), "the files are as they were"
    if how == "again":
        assert main([f"out={ran.out}", f"id={id_}", "why=no"]) == 0
    else:
        assert workshop.run("r").code == 0
    assert id_ not in ids_of(ran)
    assert id_ not in remembered(ran)
    assert verify([f"out={ran.out}"]) == 0


def test_a_decision_that_is_taken_anew_goes_by_what_was_said(workshop: Workshop, ran: Ran) -> None:
    """A damaged journal loses decisions; the answers are there, and would be accepted again."""
    id_ = ids_of(ran)[0]
    assert main([f"out={ran.out}", f"id={id_}", "why=no"]) == 0
    journal = Journal(ran.out / "run.sqlite")
    journal.forget_from(0, 0)
    assert rejected_for_good(journal) == {id_: "no"}
    journal.close()
    again = workshop.run("r")
    assert again.code == 0, again.stderr
    assert id_ not in ids_of(again)
    assert next(line for line in again.lines("rejected.jsonl") if line["id"] == id_)["detail"] == "no"
    assert verify([f"out={ran.out}"]) == 0


def test_many_rejections_do_not_look_like_a_run_that_makes_nothing(workshop: Workshop) -> None:
    ran = workshop.run("r", *WORDS, "patience=2")
    assert main([f"out={ran.out}", f"id={','.join(ids_of(ran))}", "why=all of them"]) == 0
    assert ids_of(ran) == []
    assert workshop.run("r").summary()["stopped_by"] == "target"


def test_from_python(ran: Ran) -> None:
    first, second, *_ = ids_of(ran)
    found = colloquia.reject(ran.out, first, "no")
    assert (found.rejected, found.already, found.accepted) == ((first,), (), 5)
    assert found.summary is not None
    assert found.summary["accepted"] == 5
    assert colloquia.reject(str(ran.out), [first, second], "no").rejected == (second,)
    with pytest.raises(colloquia.UserError, match="no such sample"):
        colloquia.reject(ran.out, "nobody", "no")


# -- a line that is deleted by hand ---------------------------------------------------------------------------------


def test_a_line_that_was_taken_out_by_hand_is_noticed(workshop: Workshop, ran: Ran, said: Said) -> None:
    lines = ran.dataset().splitlines(keepends=True)
    gone = orjson.loads(lines[1])["id"]
    (ran.out / "dataset.jsonl").write_bytes(lines[0] + b"".join(lines[2:]))
    again = workshop.run("r")
    note = next(line for line in again.stderr.splitlines() if line.startswith("note: "))
    assert f"taken out of dataset.jsonl by hand: {gone};" in note
    command = f"python -m graphs.reject out={ran.out} id={gone} why=…"
    assert command in note
    assert again.dataset() == b"".join(lines)
    assert said(*command.split()[3:])[0] == 0
    assert gone not in ids_of(ran)
    assert "note:" not in workshop.run("r").stderr


def test_the_last_line_is_noticed_if_the_run_had_ended(workshop: Workshop, ran: Ran) -> None:
    lines = ran.dataset().splitlines(keepends=True)
    (ran.out / "dataset.jsonl").write_bytes(b"".join(lines[:-1]))
    assert "taken out" in workshop.run("r").stderr
    (ran.out / "dataset.jsonl").write_bytes(b"".join(lines[:-1]))
    (ran.out / "certificate.json").unlink()
    assert "note:" not in workshop.run("r").stderr, "a kill may have come before it was added"


def test_words_that_a_person_wrote_into_the_file_are_kept(workshop: Workshop, ran: Ran) -> None:
    lines = ran.lines()
    lines[0]["fields"]["text"] = "Better words."
    edited = b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines) + b'{"id": "mine"}\n'
    (ran.out / "dataset.jsonl").write_bytes(edited)
    again = workshop.run("r")
    note = next(line for line in again.stderr.splitlines() if line.startswith("note: "))
    assert f"that were written by hand: 2 ({lines[0]['id']})" in note
    assert "dataset.edited-1.jsonl" in note
    assert (ran.out / "dataset.edited-1.jsonl").read_bytes() == edited
    assert b"Better words" not in again.dataset()
    (ran.out / "dataset.jsonl").write_bytes(edited)
    assert "dataset.edited-2.jsonl" in workshop.run("r").stderr


def test_a_reason_is_one_decision() -> None:
    assert (person_says("x").stage, person_says("x").reason, person_says("x").detail) == ("person", "person", "x")


def test_nothing_is_written_if_the_memory_is_in_use(ran: Ran, said: Said) -> None:
    store = open_directory(Path(f"{ran.out}-memory"))
    try:
        code, _, err = said(f"out={ran.out}", f"id={ids_of(ran)[0]}", "why=no")
    finally:
        store.close()
    assert code == 2
    assert "is in use by process" in err
    assert len(ids_of(ran)) == 6
