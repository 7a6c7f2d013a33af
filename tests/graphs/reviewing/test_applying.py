"""What people said is carried out: in the journal, the files and the memory, once, and for the content that they saw."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphs.review import main
from graphs.reviewing.log import append_verdict, read_reviews
from graphs.reviewing.verdicts import PersonVerdict, Queue, Said, content_digest
from graphs.verify import main as verify
from tests.helpers import Ran, Workshop, said_by
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
