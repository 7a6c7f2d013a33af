"""Every target says what it read back, and nothing leaves a sample without being counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from graphs.exporting.exporting import Exported, ExportPlan, export
from graphs.exporting.formats.registry import TARGETS
from graphs.exporting.rendering import FAMILIES
from graphs.exporting.sample import Lesson
from graphs.exporting.shaping import Cannot, Last, Names, Reasoning, Shaping
from scenarios.errors import SettingsError
from tests.graphs.exporting.rows import CHATS, PAIRS, THREE, assistant, chats, user, write_rows


def exported(out: Path, into: Path, *targets: str, lesson: Lesson = Lesson.SFT, **shape: Any) -> dict[str, Exported]:
    plan = ExportPlan(out=out, targets=targets, into=into, lesson=lesson, shape=Shaping(**shape), split={"train": 1.0})
    return {one.target: one for one in export(plan, lambda line: None)[1]}


def rows_of(one: Exported, part: str = "train") -> dict[int, dict[str, Any]]:
    return {i: orjson.loads(line) for i, line in enumerate((one.folder / f"{part}.jsonl").read_bytes().splitlines())}


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Exported]:
    home = tmp_path_factory.mktemp("export")
    return exported(chats(home / "chats.jsonl"), home / "into", *TARGETS)


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_written_is_read_back_equal(every: dict[str, Exported], target: str) -> None:
    one = every[target]
    assert one.proved, one.told
    assert one.rows + sum(one.left_out.values()) == len(CHATS)


def test_what_a_target_cannot_express_is_left_out_and_counted(every: dict[str, Exported]) -> None:
    for target in ("trl", "openai", "axolotl", "mlx", "csv", "parquet"):
        assert every[target].left_out == {}, target
    assert sum(every["alpaca"].left_out.values()) == 2
    assert "calls of tools" in next(iter(every["alpaca"].left_out))
    assert "words beside calls" in next(iter(every["llamafactory"].left_out))


def test_arguments_are_objects_for_templates_and_text_for_openai(every: dict[str, Exported]) -> None:
    trl, openai = rows_of(every["trl"])[2], rows_of(every["openai"])[2]
    assert trl["messages"][1]["tool_calls"][1]["function"]["arguments"] == {"city": "Köln", "days": 2}
    assert json.loads(trl["tools"])[0]["function"]["name"] == "weather"
    assert json.loads(openai["messages"][1]["tool_calls"][0]["function"]["arguments"]) == {"city": "Bonn"}
    assert openai["parallel_tool_calls"] is True
    assert trl["messages"][1]["content"] == "I look at both.", "words beside calls stay"
    ids = [one["id"] for one in trl["messages"][1]["tool_calls"]]
    assert [message["tool_call_id"] for message in trl["messages"][2:4]] == ids
    assert all(len(id_) == 9 and id_.isalnum() for id_ in ids), "Mistral's templates want nine letters and digits"


def test_arrow_adds_no_empty_keys_to_arguments(every: dict[str, Exported], tmp_path: Path) -> None:
    import datasets

    loaded = datasets.load_dataset(str(every["trl"].folder), split="train", cache_dir=str(tmp_path))
    assert loaded[3]["messages"][1]["tool_calls"][0]["function"]["arguments"] == {"city": "Bonn", "days": 3}
    assert loaded[2]["messages"][1]["tool_calls"][0]["function"]["arguments"] == {"city": "Bonn"}


def test_chat_templates_are_run_and_those_that_refuse_are_named(every: dict[str, Exported]) -> None:
    assert "chat templates run (chatml, llama3, qwen2.5)" in every["trl"].how
    assert any(note.startswith("gemma: its chat template takes 6 of 9 rows (3 refused") for note in every["trl"].notes)
    assert set(FAMILIES) >= {"mistral", "gemma"}


def test_several_speakers_on_one_side_are_named_in_the_words(every: dict[str, Exported]) -> None:
    said = [message["content"] for message in rows_of(every["trl"])[1]["messages"]]
    assert said[0] == "ana: Did you see the film?"
    assert said[2] == "And what did you think?"
    turns = rows_of(every["sharegpt"])[1]["conversations"]
    assert turns[0] == {"from": "human", "value": "ana: Did you see the film?\n\nben: I did, twice."}


def test_the_files_beside_the_rows(every: dict[str, Exported]) -> None:
    info = json.loads((every["llamafactory"].folder / "dataset_info.json").read_text())
    assert info["colloquia_train"]["file_name"] == "train.jsonl"
    config = yaml.safe_load((every["axolotl"].folder / "axolotl.yaml").read_text())
    assert config["datasets"][0]["message_field_training"] == "training"
    flags = [message["training"] for message in rows_of(every["axolotl"])[0]["messages"]]
    assert flags == [False, False, True]
    assert not (every["sharegpt"].folder / "dataset_info.json").exists()


def test_what_cannot_be_expressed_is_flattened_if_asked(tmp_path: Path) -> None:
    found = exported(chats(tmp_path / "c.jsonl"), tmp_path / "into", "alpaca", "llamafactory", cannot=Cannot.FLATTEN)
    assert found["alpaca"].proved
    assert found["alpaca"].left_out == {}
    assert found["alpaca"].changed["calls of tools left out of the sample"] == 2
    assert found["llamafactory"].changed["words beside calls left out of the sample"] == 1
    observed = rows_of(found["llamafactory"])[2]["conversations"][2]
    assert json.loads(observed["value"]) == ['{"rain": true}', '{"rain": false}']


@pytest.mark.parametrize(("system", "first"), [("keep", "You help."), ("drop", None), ("mine.txt", "Be brief.")])
def test_the_system_message(tmp_path: Path, system: str, first: str | None) -> None:
    (tmp_path / "mine.txt").write_text("Be brief.\n")
    given = str(tmp_path / system) if system.endswith(".txt") else system
    found = exported(chats(tmp_path / "c.jsonl"), tmp_path / "into", "openai", system=given)["openai"]
    message = rows_of(found)[0]["messages"][0]
    assert (message["content"] if message["role"] == "system" else None) == first


def test_the_end_and_reasoning(tmp_path: Path) -> None:
    out = chats(tmp_path / "c.jsonl")
    cut = exported(out, tmp_path / "a", "openai")["openai"]
    assert cut.changed["messages behind the assistant's last words cut"] == 2
    assert rows_of(cut)[3]["messages"][-1]["content"] == "Booked."
    whole = exported(out, tmp_path / "b", "openai", ends_with=Last.ASIS)["openai"]
    assert rows_of(whole)[3]["messages"][-1]["content"] == "Thanks!"
    kept = exported(out, tmp_path / "c", "trl", reasoning=Reasoning.KEEP)["trl"]
    assert rows_of(kept)[8]["messages"][1]["content"].startswith("<think>")
    apart = exported(out, tmp_path / "d", "trl", reasoning=Reasoning.FIELD)["trl"]
    assert rows_of(apart)[8]["messages"][1] == {
        "role": "assistant",
        "content": "Four.",
        "reasoning_content": "Two and two.",
    }
    dropped = exported(out, tmp_path / "e", "trl", reasoning=Reasoning.DROP, names=Names.DROP)["trl"]
    assert rows_of(dropped)[8]["messages"][1] == {"role": "assistant", "content": "Four."}
    assert rows_of(dropped)[1]["messages"][0]["content"] == THREE[0]["content"]


@pytest.mark.parametrize("target", [name for name, one in TARGETS.items() if Lesson.DPO in one.lessons])
def test_pairs(tmp_path: Path, target: str) -> None:
    one = exported(write_rows(tmp_path / "p.jsonl", PAIRS), tmp_path / "into", target, lesson=Lesson.DPO)[target]
    assert one.proved, one.told
    assert one.rows == len(PAIRS)


@pytest.mark.parametrize("target", ["trl", "llamafactory"])
def test_single_verdicts(tmp_path: Path, target: str) -> None:
    rows = [{"prompt": [user(f"Q{i}?")], "completion": [assistant(f"A{i}.")], "label": i % 2 == 0} for i in range(4)]
    one = exported(write_rows(tmp_path / "k.jsonl", rows), tmp_path / "into", target, lesson=Lesson.KTO)[target]
    assert one.proved, one.told
    label = {"trl": "label", "llamafactory": "kto_tag"}[target]
    assert [row[label] for row in rows_of(one).values()] == [True, False, True, False]


def test_a_target_without_a_form_for_the_lesson_is_named_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match="to=mlx: has no form for lesson=dpo; these have one: axolotl, llamafactory"
    ):
        exported(write_rows(tmp_path / "p.jsonl", PAIRS), tmp_path / "into", "trl", "mlx", lesson=Lesson.DPO)
    assert not (tmp_path / "into").exists()


def test_another_export_takes_the_place_of_ours_and_of_nothing_else(tmp_path: Path) -> None:
    out, into = chats(tmp_path / "c.jsonl"), tmp_path / "into"
    exported(out, into, "openai")
    exported(out, into, "openai", "csv", system="drop")
    told = json.loads((into / "export.json").read_text())["targets"]
    assert [*told] == ["openai", "csv"]
    assert told["openai"]["shape"]["system"] == "drop"
    (into / "mlx").mkdir()
    (into / "mlx" / "mine.txt").write_text("mine")
    with pytest.raises(SettingsError, match="holds mlx, which no export put there"):
        exported(out, into, "mlx")
    assert (into / "mlx" / "mine.txt").read_text() == "mine"
    assert not [path for path in into.iterdir() if path.name.startswith(".")], "nothing half-made is left"


def test_one_odd_row_is_left_out_and_keeps_nothing_else_out(tmp_path: Path) -> None:
    broken = [
        {
            "id": "odd",
            "messages": [
                {"role": "user", "content": "x"},
                {"role": "tool", "content": "r"},
                {"role": "assistant", "content": "y"},
            ],
        }
    ]
    undeclared = [{"id": "bare", "messages": CHATS["alone"]["messages"]}]
    out = write_rows(tmp_path / "o.jsonl", [*broken, *undeclared, {"id": "fine", "messages": CHATS["two"]["messages"]}])
    found = exported(out, tmp_path / "into", "openai", "trl")
    assert found["openai"].left_out == {
        "a result that answers no call": 1,
        "calls of a tool that is not declared beside it": 1,
    }
    assert (found["openai"].rows, found["trl"].rows) == (1, 2)
    assert found["openai"].proved
    assert found["openai"].folder.stat().st_mode & 0o077, "others may read it, as the user's own mask says"


def test_what_a_kill_left_goes_with_the_next_export(tmp_path: Path) -> None:
    out, into = chats(tmp_path / "c.jsonl"), tmp_path / "into"
    (into / ".mlx-999999999").mkdir(parents=True)
    exported(out, into, "mlx")
    assert not [path for path in into.iterdir() if path.name.startswith(".")]


def test_a_field_of_any_length_is_read_back(tmp_path: Path) -> None:
    out = write_rows(tmp_path / "l.jsonl", [{"messages": [user("x"), assistant("long " * 60_000)]}])
    assert exported(out, tmp_path / "into", "csv")["csv"].proved


def test_an_assistant_that_opens_is_left_out_or_begins_later_if_asked(tmp_path: Path) -> None:
    talk = {"messages": [assistant("Welcome!"), user("Hi."), assistant("What is it?")]}
    out = write_rows(tmp_path / "o.jsonl", [talk])
    left = exported(out, tmp_path / "a", "sharegpt")["sharegpt"].left_out
    assert left == {
        "words of the assistant before the user's first, which it cannot express (cannot=flatten leaves them out)": 1
    }
    flat = exported(out, tmp_path / "b", "sharegpt", cannot=Cannot.FLATTEN)["sharegpt"]
    assert [turn["value"] for turn in rows_of(flat)[0]["conversations"]] == ["Hi.", "What is it?"]


def test_a_pair_of_equal_answers_teaches_nothing(tmp_path: Path) -> None:
    same = {**PAIRS[0], "rejected": PAIRS[0]["chosen"]}
    one = exported(write_rows(tmp_path / "p.jsonl", [same, PAIRS[1]]), tmp_path / "into", "trl", lesson=Lesson.DPO)[
        "trl"
    ]
    assert (one.rows, one.left_out) == (1, {"a pair whose answers are the same": 1})


def test_a_system_message_behind_the_first_place_is_the_reason_where_sides_take_turns(tmp_path: Path) -> None:
    rule = {"role": "system", "content": "Be brief."}
    two = {"messages": [rule, rule, user("Hi."), assistant("Yes?")]}
    middle = {"messages": [user("Hi."), assistant("Yes?"), rule, user("Why?"), assistant("So.")]}
    out = write_rows(tmp_path / "s.jsonl", [two, middle])
    why = "a system message behind the first place, which it cannot express (cannot=flatten leaves them out)"
    for target, one in exported(out, tmp_path / "a", "alpaca", "sharegpt", "llamafactory").items():
        assert one.left_out == {why: 2}, target
        assert one.told[0].endswith("no row: it can express none of the samples")
    flat = exported(out, tmp_path / "b", "sharegpt", cannot=Cannot.FLATTEN)["sharegpt"]
    assert flat.proved
    assert "in 2 samples: a system message behind the first place left out of the sample" in "\n".join(flat.told)
    assert [turn["value"] for turn in rows_of(flat)[1]["conversations"]] == ["Hi.", "Yes?", "Why?", "So."]


def test_an_empty_text_of_the_assistant_is_kept_and_said(every: dict[str, Exported], tmp_path: Path) -> None:
    assert every["openai"].changed["an empty text of the assistant, kept as it is"] == 1
    alone = exported(write_rows(tmp_path / "e.jsonl", [CHATS["empty"]]), tmp_path / "into", "openai")["openai"]
    assert alone.told[0].startswith("openai: 1 of 1 row read back")
    assert "  in 1 sample: an empty text of the assistant, kept as it is" in alone.told
    assert "  note: 1 row: OpenAI takes no training file of fewer than 10" in alone.told


def test_a_message_of_weight_0_is_not_trained_on_where_that_can_be_said(tmp_path: Path) -> None:
    weighed = {"messages": [user("Hi."), assistant("No.", weight=0), user("Again."), assistant("Yes.", weight=1)]}
    out = write_rows(tmp_path / "w.jsonl", [weighed, CHATS["two"]])
    found = exported(out, tmp_path / "a", "openai", "axolotl", "trl", "inspect", "csv")
    assert [m.get("weight") for m in rows_of(found["openai"])[0]["messages"]] == [None, 0, None, 1]
    assert [m.get("weight") for m in rows_of(found["openai"])[1]["messages"]] == [None, None, 1], (
        "in all rows or in none"
    )
    assert [m["training"] for m in rows_of(found["axolotl"])[0]["messages"]] == [False, False, False, True]
    assert found["trl"].left_out == {"weights of 0, which it cannot express (cannot=flatten leaves them out)": 1}
    assert [one.rows for one in found.values()] == [2, 2, 1, 2, 2]
    assert all(one.proved for one in found.values())
    flat = exported(out, tmp_path / "b", "trl", cannot=Cannot.FLATTEN)["trl"]
    assert flat.changed["weights of 0 left out of the sample"] == 1
