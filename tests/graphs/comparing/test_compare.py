"""Datasets compared from the command to the page: who is preferred, nothing paid twice, mistakes in one line, people's verdicts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from graphs.compare import main
from graphs.comparing.report import ComparisonReport
from graphs.reviewing.desk import ReviewDesk
from graphs.reviewing.verdicts import PersonVerdict, Queue, Said
from tests.endpoint import Endpoint
from tests.graphs.comparing.made import by, first, likes_good, lines, talk, two, write
from tests.helpers import Said as Spoken
from tests.helpers import said_by


@pytest.fixture
def compare(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Spoken:
    monkeypatch.chdir(tmp_path)
    return said_by(main, capfd)


def report_of(out: Path) -> ComparisonReport:
    return ComparisonReport.model_validate_json((out / "comparison.json").read_bytes())


def test_a_judge_of_known_preference_is_asked_once(
    tmp_path: Path, compare: Spoken, serve: Callable[..., Endpoint]
) -> None:
    server = serve(by(likes_good))
    good, bad = two(tmp_path)
    words = [f"a={good}", f"b={bad}", f"llm.base_url={server.url}", "llm.model=judge", "out=found", f"reference={bad}"]
    code, said, complained = compare(*words)
    assert code == 0, complained
    assert "“a” was preferred to “b” in 100 of 100 pairs" in said
    assert "12 won, 0 tied, 0 lost, of 12 pairs, paired by brief" in said
    assert len(server.asked) == 24
    found = report_of(tmp_path / "found")
    assert found.two[0].flips == 0
    assert found.examples[0].left.share == 1
    assert found.likeness[1].effects[next(iter(found.likeness[1].effects))].delta.value == 0
    page = (tmp_path / "found" / "comparison.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "How unlike real logs" in page
    assert "12 conversations beside 12." in page
    assert re.search(r"under the curve of [01]\.\d\d \([01]\.\d\d to [01]\.\d\d\) \(0\.5 if it cannot", page)
    assert "value=" not in page
    code, again, _ = compare(*words)
    assert (code, again) == (0, said)
    assert len(server.asked) == 24
    assert (tmp_path / "found" / "comparison.html").read_text(encoding="utf-8") == page


def test_a_judge_who_likes_the_first_place_says_nothing(
    tmp_path: Path, compare: Spoken, serve: Callable[..., Endpoint]
) -> None:
    server = serve(first)
    good, bad = two(tmp_path)
    code, said, _ = compare(f"a={good}", f"b={bad}", f"llm.base_url={server.url}", "llm.model=judge", "pairs=5")
    assert code == 0
    assert "In none of 5 pairs was “a” or “b” preferred." in said
    assert "the judge's answer turned with the order in 100 of 100 pairs" in said


def test_a_budget_stops_it_and_the_same_command_goes_on(
    tmp_path: Path, compare: Spoken, serve: Callable[..., Endpoint]
) -> None:
    server = serve(by(likes_good))
    good, bad = two(tmp_path)
    third = write(tmp_path / "third.jsonl", [talk(number, "GOOD and BAD") for number in range(12)])
    words = [f"a={good}", f"b={bad}", f"c={third}", f"llm.base_url={server.url}", "llm.model=judge", "concurrency=1"]
    code, _, _ = compare(*words, "budget.calls=20")
    assert code == 3
    asked = len(server.asked)
    assert asked <= 20
    assert "Not whole" in (tmp_path / "comparison" / "comparison.html").read_text(encoding="utf-8")
    code, said, _ = compare(*words)
    assert code == 0
    assert len(server.asked) == 72
    assert "the strongest first (Bradley–Terry)" in said
    found = report_of(tmp_path / "comparison")
    assert found.ranking is not None
    assert found.ranking.strengths[-1].name == "b"


def test_a_plan_asks_nobody(tmp_path: Path, compare: Spoken, serve: Callable[..., Endpoint]) -> None:
    server = serve(first)
    good, bad = two(tmp_path)
    code, said, _ = compare(
        f"a={good}", f"b={bad}", f"llm.base_url={server.url}", "llm.model=judge", "llm.price.prompt=1", "plan=yes"
    )
    assert code == 0
    assert "a (12 samples) and b (12): 12 of 12 possible pairs, paired by brief" in said
    assert "12 pairs in both orders, 24 calls" in said
    assert not server.asked
    assert not (tmp_path / "comparison").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["a=good.jsonl"], "name two datasets or more"),
        (["a=good.jsonl", "b=none.jsonl", "by=none"], "b=none.jsonl: is not there"),
        (["a=good.jsonl", "b=broken.jsonl", "by=none"], "broken.jsonl: line 1: a row needs one of"),
        (["a=good.jsonl", "b=bad.jsonl"], "by: nobody is named who says what is better"),
        (["a=good.jsonl", "b=bad.jsonl", "by=judge"], "by=judge: no judge is named"),
        (["a=good.jsonl", "b=bad.jsonl", "by=none", "llm.model=m"], "llm: nobody is asked with by=none"),
        (["a=good.jsonl", "b=bad.jsonl", "by=none", "pears=3"], "pears: unknown key"),
        (["a=good.jsonl", "b=bad.jsonl", "by=none", "pairs=0"], "pairs=0: "),
        (["a=good.jsonl", "b=bad.jsonl", "by=none", "plan=maybe"], "plan=maybe: is yes or no"),
        (["a=good.jsonl", "b=bad.jsonl", "by=none", "out=full"], "out=full: is not empty and holds no comparison"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, compare: Spoken, words: list[str], told: str) -> None:
    two(tmp_path, 2)
    (tmp_path / "broken.jsonl").write_text('{"other": 1}\n')
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").touch()
    code, said, complained = compare(*words)
    assert (code, said) == (2, "")
    assert complained.count("\n") == 1
    assert told in complained


def test_equal_datasets_are_said_to_be_equal(tmp_path: Path, compare: Spoken, serve: Callable[..., Endpoint]) -> None:
    server = serve(first)
    good, _ = two(tmp_path, 3)
    code, said, _ = compare(f"a={good}", f"b={good}", f"llm.base_url={server.url}", "llm.model=judge")
    assert code == 0
    assert "a and b hold the same samples, word for word" in said
    assert not server.asked


def test_people_compare_without_knowing_whose_samples_they_see(tmp_path: Path, compare: Spoken) -> None:
    good, bad = two(tmp_path, 6)
    words = [f"a={good}", f"b={bad}", "by=people", "out=people"]
    code, said, _ = compare(*words)
    assert code == 0
    assert "6 pairs of a and b wait for a person" in said
    shown = list(lines(tmp_path / "people" / "dataset.jsonl"))
    assert len(shown) == 12
    assert all(set(line) == {"id", "messages"} for line in shown)
    desk = ReviewDesk(tmp_path / "people")
    for item in desk.next(Queue.PAIRS, "ada", 6):
        left = "GOOD" in json.dumps(item.shown[0])
        desk.record(
            PersonVerdict(
                number=1, reviewer="ada", queue=Queue.PAIRS, sample=item.sample, against=item.against, content=item.content,
                said=Said.LEFT if left else Said.RIGHT,
            )
        )  # fmt: skip
    assert not desk.next(Queue.PAIRS, "ada", 6)
    code, said, _ = compare(*words)
    assert code == 0
    assert "6 won, 0 tied, 0 lost, of 6 pairs" in said


def test_what_a_dataset_says_is_text(tmp_path: Path, compare: Spoken, serve: Callable[..., Endpoint]) -> None:
    server = serve(by(likes_good))
    good = write(tmp_path / "g.jsonl", [talk(1, 'GOOD <script>alert("x")</script> \u202eleft {{ 1 + 1 }} &amp;')])
    bad = write(tmp_path / "b.jsonl", [talk(1, "BAD")])
    code, _, complained = compare(f"a={good}", f"b={bad}", f"llm.base_url={server.url}", "llm.model=judge")
    assert code == 0, complained
    page = (tmp_path / "comparison" / "comparison.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "\u202e" not in page
    assert "{{ 1 + 1 }} &amp;amp;" in page
    assert "default-src 'none'" in page
