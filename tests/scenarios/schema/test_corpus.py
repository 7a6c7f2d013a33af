"""Corpora: what is read, what is refused, and how questions are drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from agents.checks.registry import run_checks
from scenarios.briefs import plan_brief
from scenarios.errors import ScenarioError
from scenarios.loading import Loaded, load
from scenarios.messages import Message, Speech
from scenarios.records import Candidate
from scenarios.schema.corpus import kinds_of
from tests.helpers import TALK, planned_form, write_scenario

PASSAGE: dict[str, Any] = {
    "id": "shop",
    "title": "A shop",
    "text": "The shop opens at nine. It sells tea and maps.",
    "answerable": [
        {"ask": "What does it sell?", "spans": ["It sells tea and maps"], "key": "tea and maps"},
        {
            "ask": "When does it open?",
            "spans": ["The shop opens at nine"],
            "key": "nine",
            "then": {"ask": "And what is sold?", "spans": ["It sells tea and maps"], "key": "tea and maps"},
        },
    ],
    "unanswerable": [{"ask": "Who owns it?"}],
}


def a_corpus(
    folder: Path, passages: list[dict[str, Any]], ask: str = "answerable", name: str = "corpus.yaml"
) -> Loaded:
    """A scenario with this corpus."""
    path = write_scenario(folder, TALK, corpus={"file": name, "ask": ask})
    lines = b"\n".join(map(orjson.dumps, passages)) + b"\n"
    (folder / name).write_bytes(lines if name.endswith("l") and "json" in name else yaml.safe_dump(passages).encode())
    return load(str(path))


def test_yaml_and_jsonl_are_read_alike(tmp_path: Path) -> None:
    one = a_corpus(tmp_path / "a", [PASSAGE])
    other = a_corpus(tmp_path / "b", [PASSAGE], name="corpus.jsonl")
    assert one.corpus == other.corpus
    assert [value.name for value in one.scenario.axes["passage"].values] == ["shop"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"answerable": [{"ask": "When?", "spans": ["at ten"], "key": "ten"}]}, "'at ten'"),
        ({"answerable": [{"ask": "When?", "spans": ["at nine"], "key": "ten"}]}, "key 'ten'"),
        ({"answerable": [{"ask": "When.", "spans": ["at nine"], "key": "nine"}]}, "?"),
        ({"answerable": []}, "answerable"),
        ({"text": 'The shop is called "Nine" and is quite old.'}, "notation"),
        ({"title": "a | b"}, "notation"),
        ({"id": "The Shop"}, "id"),
        ({"author": "me"}, "author"),
        ({"text": "x" * 5000}, "text"),
    ],
)
def test_what_is_wrong_in_a_corpus_is_told_in_one_line(tmp_path: Path, change: dict[str, Any], word: str) -> None:
    with pytest.raises(ScenarioError, match=r"corpus\.yaml") as told:
        a_corpus(tmp_path, [{**PASSAGE, **change}])
    assert word in str(told.value)
    assert "\n" not in str(told.value)


def test_two_passages_of_one_id_and_an_axis_of_the_same_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="the same id"):
        a_corpus(tmp_path, [PASSAGE, PASSAGE])
    path = write_scenario(tmp_path, TALK, corpus={"file": "corpus.yaml", "ask": ""}, axes={"passage": ["x"]})
    (tmp_path / "corpus.yaml").write_text(yaml.safe_dump([PASSAGE]))
    with pytest.raises(ScenarioError, match="axes: 'passage'"):
        load(str(path))


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system ['x']", "[{id: [}", "[" * 5000])
def test_a_corpus_cannot_run_code_and_broken_files_are_told(tmp_path: Path, tag: str) -> None:
    path = write_scenario(tmp_path, TALK, corpus={"file": "corpus.yaml", "ask": ""})
    (tmp_path / "corpus.yaml").write_text(tag)
    with pytest.raises(ScenarioError, match=r"corpus\.yaml"):
        load(str(path))
    path = write_scenario(tmp_path, TALK, corpus={"file": "corpus.jsonl", "ask": ""})
    (tmp_path / "corpus.jsonl").write_text("{]\n")
    with pytest.raises(ScenarioError, match="broken JSON"):
        load(str(path))
    path = write_scenario(tmp_path, TALK, corpus={"file": "../corpus.yaml", "ask": ""})
    with pytest.raises(ScenarioError, match="outside"):
        load(str(path))


@pytest.mark.parametrize(
    ("plan", "word"),
    [("answerabel", "did you mean"), ("follow_up", "right after"), ("unanswerable follow_up", "right after")],
)
def test_a_plan_of_questions_is_checked(plan: str, word: str) -> None:
    with pytest.raises(ScenarioError, match=word):
        kinds_of(plan, "talk: corpus.ask")


def test_a_passage_with_too_few_questions_is_named(tmp_path: Path) -> None:
    scenario = a_corpus(tmp_path, [PASSAGE], "unanswerable unanswerable")
    with pytest.raises(ScenarioError, match="'shop' has too few questions"):
        plan_brief(scenario, 0, 0, 0, 0)


def test_questions_are_drawn_by_the_seed_and_carry_their_plan(tmp_path: Path) -> None:
    scenario = a_corpus(tmp_path, [PASSAGE], "answerable follow_up answerable unanswerable")
    facts = plan_brief(scenario, 0, 0, 0, 0).facts
    assert facts == plan_brief(scenario, 0, 0, 0, 0).facts
    assert [facts[f"question_{n}"] for n in (1, 2, 3, 4)] == [
        "When does it open?", "And what is sold?", "What does it sell?", "Who owns it?",
    ]  # fmt: skip
    assert facts["span_4"] == facts["key_4"] == ""
    assert facts["right_1"] == 'The shop opens at nine. Source: "The shop opens at nine".'


def test_no_question_is_asked_twice_and_every_question_is_met() -> None:
    scenario = planned_form("grounded")
    assert scenario.corpus is not None
    met = set()
    for number in range(1500):
        brief = plan_brief(scenario, 1, 0, number, number)
        asked = [text for name, text in brief.facts.items() if name.startswith("question_")]
        assert len(set(asked)) == len(asked) == len(brief.turns) // 2
        met |= {(brief.cell["passage"], ask) for ask in asked}
    every = {
        (passage.id, one.ask)
        for passage in scenario.corpus.passages
        for one in (*passage.answerable, *passage.unanswerable, *(a.then for a in passage.answerable if a.then))
    }
    assert met == every


@pytest.mark.parametrize("name", ["grounded", "extract"])
def test_evidence_is_the_same_from_what_is_stored(name: str) -> None:
    """A verifier without the run has the scenario and the record: the bytes of the evidence are the same."""
    for number in range(6):
        brief = plan_brief(load(name), 4, 0, number, number)
        roles = (Speech.USER, Speech.ASSISTANT)
        lines = [
            brief.facts.get(f"{'right' if n % 2 else 'question'}_{n // 2 + 1}", "") for n in range(len(brief.turns))
        ]
        made = Candidate(
            brief=brief,
            messages=tuple(
                Message(role=roles[n % 2], content=line + " Yes." * (n == 3)) for n, line in enumerate(lines)
            ),
            fields={"text": brief.texts.get("notes", ""), "json": "{}"} if name == "extract" else {},
        )
        stored = Candidate.model_validate_json(made.model_dump_json())
        one, other = run_checks(load(name), made), run_checks(load(name), stored)
        assert [e.model_dump_json() for e in one] == [e.model_dump_json() for e in other]
        assert any(e.detail for e in one)
