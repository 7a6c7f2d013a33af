"""The command, over runs and over files that were made elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graphs.export import main
from tests.conversations import write_conversation
from tests.graphs.exporting.rows import PAIRS, TWO, chats, write_rows
from tests.helpers import Workshop, said_by


def test_a_world_gets_its_policy_and_its_tools(workshop: Workshop, capfd: pytest.CaptureFixture[str]) -> None:
    ran = workshop.run("r", "scenario=library", "llm.backend=scripted", "n=2")
    code, said, complained = said_by(main, capfd)(f"out={ran.out}", "to=openai")
    assert code == 0, complained
    assert said.startswith("openai: 2 of 2 rows read back, 0 dropped, tool calls and texts equal")
    row = json.loads((ran.out / "export" / "openai" / "train.jsonl").read_text().splitlines()[0])
    assert row["messages"][0]["content"].startswith("You work at the desk of a public library")
    assert "find_member" in {tool["function"]["name"] for tool in row["tools"]}
    assert row["messages"][-1]["role"] == "assistant"
    again = workshop.run("r", "n=3", "out=" + str(ran.out))
    assert again.code == 0, "an export in a run's directory is in nobody's way"


def test_free_conversations_and_fields(workshop: Workshop, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    talk = workshop.run("t", f"scenario={write_conversation(tmp_path / 'mine')}", "llm.backend=scripted", "n=2")
    code, said, complained = said_by(main, capfd)(f"out={talk.out}", "to=sharegpt,csv", f"into={tmp_path / 'a'}")
    assert (code, said.count("2 of 2 rows")) == (0, 2), complained
    tasks = workshop.run("m", "scenario=howto", "base_models=true", "llm.backend=scripted", "n=2")
    code, said, complained = said_by(main, capfd)(f"out={tasks.out}", "to=alpaca", f"into={tmp_path / 'b'}")
    assert (code, said.count("2 of 2 rows")) == (0, 1), complained
    made = json.loads((tmp_path / "b" / "alpaca" / "train.jsonl").read_text().splitlines()[0])
    fields = json.loads((tasks.out / "dataset.jsonl").read_text().splitlines()[0])["fields"]
    assert (made["instruction"], made["output"]) == (fields["instruction"], fields["answer"])


def test_only_what_a_check_proved_wrong_is_a_bad_answer(tmp_path: Path, workshop: Workshop) -> None:
    from graphs.exporting.reading import Reader
    from graphs.exporting.sample import Lesson

    ran = workshop.run("r", "scenario=chain", "llm.backend=scripted", "n=1")
    base: dict[str, Any] = {"messages": TWO, "verdict": "rejected"}
    rows = [
        {**base, "id": "proven", "evidence": [{"check": "turn_order", "status": "FAIL"}]},
        {**base, "id": "opinion", "evidence": [{"check": "verifier", "status": "FAIL"}]},
        {**base, "id": "near", "evidence": [{"check": "turn_order", "status": "PASS"}]},
        {**base, "id": "broken", "verdict": "undecided", "evidence": [{"check": "turn_order", "status": "FAIL"}]},
    ]
    write_rows(ran.out / "rejected.jsonl", rows)
    write_rows(ran.out / "dataset.jsonl", [{"id": "fine", "messages": TWO}])
    found = Reader(ran.out).read(Lesson.KTO)
    assert [(one.id, one.good) for one in found] == [("fine", True), ("proven", False)]


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ({"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Yes?"}], "system": "Be kind."}, ["Be kind.", "Hi", "Yes?"]),
        ({"prompt": "Hi", "completion": "Yes?"}, ["Hi", "Yes?"]),
        ({"instruction": "Add.", "input": "1 2", "output": "3", "system": "You add.", "history": [["Hi", "Hello."]]}, ["You add.", "Hi", "Hello.", "Add.\n1 2", "3"]),
        ({"instruction": "Hi", "output": "Yes?"}, ["Hi", "Yes?"]),
        ({"fields": {"question": "Hi", "answer": "Yes?"}}, ["Hi", "Yes?"]),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}, {"role": "model", "content": "Yes?"}]}, ["Hi", "Yes?"]),
    ],
)  # fmt: skip
def test_rows_that_were_made_elsewhere(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], row: dict[str, Any], shown: list[str]
) -> None:
    out = write_rows(tmp_path / "theirs.jsonl", [row])
    code, _, complained = said_by(main, capfd)(f"out={out}", "to=openai")
    assert code == 0, complained
    made = json.loads((tmp_path / "theirs-export" / "openai" / "train.jsonl").read_text())
    assert [message["content"] for message in made["messages"]] == shown


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["to=openai"], "out: is missing"),
        (["out={out}"], "to: is missing; write to=TARGET"),
        (["out={out}", "to=trll"], "to=trll: unknown target (did you mean 'trl'?)"),
        (["out={out}", "to=trl", "lesson=ppo"], "lesson=ppo: is one of sft, dpo, kto"),
        (["out={out}", "to=trl", "split=9"], "split=9: write two or three numbers"),
        (["out={out}", "to=trl", "split=50/60"], "split=50/60: the parts come to 110, and 100 is all"),
        (["out={out}", "to=trl", "names=loud"], "names=loud"),
        (["out={out}", "to=trl", "system=no.txt"], "no.txt: cannot be read"),
        (["out={out}", "to=openai", "lesson=dpo"], "line 1: holds no pair; write lesson=sft"),
        (["out=nowhere", "to=trl"], "out=nowhere: is not there"),
        (["out={pairs}", "to=openai"], "line 1: holds a pair; write lesson=dpo"),
        (["out={odd}", "to=openai"], "odd.jsonl: line 2: which field is asked and which is the answer? It has a, b"),
        (["out={odd}", "to=openai", "prompt=z"], "line 2: has no field 'z' (prompt=z); it has a, b"),
        (["out={bad}", "to=openai"], "bad.jsonl: line 1: no JSON"),
        (["out={label}", "to=trl", "lesson=kto"], "label.jsonl: line 1: label: 'no' is neither true nor false"),
        (["out={picture}", "to=trl"], "picture.jsonl: line 1: the content of a message has a part that is no text"),
        (["out={weight}", "to=openai"], "weight.jsonl: line 1: weight: 0.5 is neither 0 nor 1"),
        (["out={who}", "to=openai"], "who.jsonl: line 1: a message is by 'narrator'; known are system, user"),
        (["out={out}", "to=trl", "into={bad}/sub"], "cannot be written"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], words: list[str], complaint: str
) -> None:
    (tmp_path / "bad.jsonl").write_text("{not json\n")
    places = {
        "out": chats(tmp_path / "out.jsonl"), "pairs": write_rows(tmp_path / "pairs.jsonl", PAIRS),
        "odd": write_rows(tmp_path / "odd.jsonl", [{"messages": TWO}, {"a": "1", "b": "2"}]), "bad": tmp_path / "bad.jsonl",
        "label": write_rows(tmp_path / "label.jsonl", [{"prompt": "Hi", "completion": "Yes?", "label": "no"}]),
        "picture": write_rows(tmp_path / "picture.jsonl", [{"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]}]),
        "weight": write_rows(tmp_path / "weight.jsonl", [{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "No", "weight": 0.5}]}]),
        "who": write_rows(tmp_path / "who.jsonl", [{"messages": [{"role": "narrator", "content": "Once."}]}]),
    }  # fmt: skip
    before = sorted(tmp_path.iterdir())
    code, _, complained = said_by(main, capfd)(*(word.format(**places) for word in words))
    assert code == 2
    assert complaint in complained
    assert "Traceback" not in complained
    assert sorted(tmp_path.iterdir()) == before
