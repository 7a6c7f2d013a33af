"""curate: flags, weights and files; the input as it was, the same bytes twice, and one line for a mistake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphs.curate import main
from graphs.curating.curation import Curating, curate, dropping
from graphs.curating.measuring import learnable
from graphs.curating.rows import read_subjects, target_of
from graphs.curating.signals import Doubt, SampleSignals
from graphs.curating.targets import judges_of
from scenarios.errors import DatasetError, RunDirError, SettingsError

PETS = ("the dog barks at the gate", "a puppy wants its walk", "the kennel is loud", "dogs fetch a stick")
TOOLS = ("the hammer hits a nail", "a saw cuts the plank", "tighten the bolt", "the drill needs a bit")
WRONG = {"pets-3", "tools-5"}


def lines(count: int = 12) -> list[dict[str, Any]]:
    """Texts on two subjects, two of them with the other's label."""
    found = []
    for place in range(count):
        for label, texts in (("pets", PETS), ("tools", TOOLS)):
            id_ = f"{label}-{place}"
            other = "tools" if label == "pets" else "pets"
            text = f"{texts[place % 4]}, said number {['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'][place]} of {texts[(place + 1) % 4]}"
            found.append({"id": id_, "text": text, "label": other if id_ in WRONG else label})
    return found


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return path


def read(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def test_wrong_labels_are_flagged_and_only_what_is_named_is_dropped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = lines()
    rows.append({"id": "again", "text": rows[0]["text"], "label": rows[0]["label"]})
    path = written(tmp_path / "made.jsonl", rows)
    before = path.read_bytes()
    assert main([f"out={path}", "drop=student,duplicates"]) == 0
    told = capsys.readouterr().out
    assert path.read_bytes() == before
    signals = {row["id"]: row for row in read(tmp_path / "made.signals.jsonl")}
    assert list(signals) == [row["id"] for row in rows]
    worst = sorted(signals.values(), key=lambda row: row["rank"])
    assert {row["id"] for row in worst[:2]} == WRONG
    for id_ in WRONG:
        assert signals[id_]["margin"] < 0
        assert "student" in signals[id_]["doubts"]
    assert signals["again"]["copy_of"] == "pets-0"
    kept = read(tmp_path / "made.curated.jsonl")
    left = {row["id"] for row in kept}
    assert set(signals) - left == {
        id_ for id_, row in signals.items() if {"student", "duplicates"} & set(row["doubts"])
    }
    assert WRONG | {"again"} <= set(signals) - left
    assert kept[0] == {
        **rows[0],
        "weight": signals["pets-0"]["weight"],
        "curation": {"doubts": signals["pets-0"]["doubts"]},
    }
    assert "again: duplicates" in told
    assert "pets-3: student" in told
    first = (tmp_path / "made.signals.jsonl").read_bytes(), (tmp_path / "made.curated.jsonl").read_bytes()
    assert main([f"out={path}", "drop=student,duplicates"]) == 0
    assert first == ((tmp_path / "made.signals.jsonl").read_bytes(), (tmp_path / "made.curated.jsonl").read_bytes())


def test_a_curated_file_is_curated_again_as_the_first_was(tmp_path: Path) -> None:
    path = written(tmp_path / "made.jsonl", lines())
    first = curate(Curating(out=path))
    second = curate(Curating(out=first.places.curated))
    assert first.signals == second.signals


def test_judges_and_answers_of_records_become_signals(tmp_path: Path) -> None:
    path = written(
        tmp_path / "scored.jsonl",
        [
            {"messages": [{"role": "user", "content": "hello"}], "scores": {"one.kind": 5, "two.kind": 1, "one.rich": 3, "two.rich": 3}},
            {"fields": {"q": "1 + 1", "a": "2"}, "answers": ["2", "2", "3"]},
        ],
    )  # fmt: skip
    talk, sum_ = curate(Curating(out=path)).signals
    assert (talk.judge_mean, talk.judge_spread, talk.doubts) == (3.0, 1.0, ())
    assert (sum_.judge_mean, sum_.judge_spread, sum_.doubts) == (None, None, (Doubt.ANSWERS,))
    assert sum_.answers_agreement == pytest.approx(1 / 3, abs=1e-6)
    assert judges_of({"one.kind": 5, "two.kind": 1, "rich": 3}) == {"kind": [5, 1], "rich": [3]}


def test_the_label_shows_itself_and_is_no_part_of_the_text(tmp_path: Path) -> None:
    row = {
        "id": "a",
        "fields": {"utterance": "where is my card", "intent": "card"},
        "brief": {"cell": {"intent": "card", "length": "short"}},
    }
    path = written(tmp_path / "intents.jsonl", [row])
    assert target_of(path, "") == "intent"
    assert target_of(path, "length") == "length"
    (one,) = read_subjects(path, "intent")
    assert (one.text, one.label) == ("where is my card", "card")
    assert target_of(written(tmp_path / "plain.jsonl", [{"text": "hello"}]), "") == ""
    with pytest.raises(SettingsError, match=r"target=lenght: .*length"):
        target_of(path, "lenght")


def test_a_student_needs_enough_labels_that_repeat() -> None:
    assert not learnable(["a"] * 40)
    assert not learnable(["a", "b"] * 9)
    assert not learnable([str(place) for place in range(40)])
    assert learnable(["a", "b"] * 10)


def signal(id_: str, *doubts: Doubt, copy_of: str | None = None) -> SampleSignals:
    found = (*doubts, Doubt.DUPLICATES) if copy_of else doubts
    return SampleSignals(id=id_, content="", doubts=found, copy_of=copy_of)


def test_a_copy_takes_the_place_of_what_goes_for_another_reason() -> None:
    signals = [signal("a", Doubt.AUM), signal("b", copy_of="a"), signal("c", copy_of="a"), signal("d")]
    assert dropping(signals, []) == {}
    assert dropping(signals, [Doubt.DUPLICATES]) == {"b": Doubt.DUPLICATES, "c": Doubt.DUPLICATES}
    assert dropping(signals, [Doubt.DUPLICATES, Doubt.AUM]) == {"a": Doubt.AUM, "c": Doubt.DUPLICATES}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "out: is missing"),
        (["out=nothing.jsonl"], "is not there"),
        (["out=made.jsonl", "drop=amu"], "drop=amu: unknown; did you mean 'aum'?"),
        (["out=made.jsonl", "drop="], "drop: is empty"),
        (["out=made.jsonl", "drop=,"], "drop=,: names nothing"),
        (["out=made.jsonl", "seed=-1"], "seed=-1"),
        (["out=made.jsonl", "into=nowhere"], "into=nowhere: is not a directory"),
        (["out=made.jsonl", "target=lable"], "target=lable"),
        (["out=."], "holds no run"),
        (["out=twice.jsonl"], "line 2: the id 'a' is there twice"),
        (["out=odd.jsonl"], "line 1"),
        (["out=huge.jsonl"], "line 2: holds a whole number beyond 64 bits; write it as a text"),
        (["out=held.jsonl"], "was not written by graphs.curate"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_and_writes_nothing(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "made.jsonl", lines(1))
    written(tmp_path / "held.jsonl", lines(1))
    written(tmp_path / "twice.jsonl", [{"id": "a", "text": "one"}, {"id": "a", "text": "two"}])
    written(tmp_path / "odd.jsonl", [{"nothing": [1]}])
    (tmp_path / "huge.jsonl").write_text(f'{{"text": "a"}}\n{{"text": "b", "n": {2**64}}}\n', encoding="utf-8")
    (tmp_path / "held.curated.jsonl").write_text("mine\n", encoding="utf-8")
    before = sorted((path.name, path.read_bytes()) for path in tmp_path.iterdir())
    assert main(words) == 2
    heard = capsys.readouterr().err.splitlines()[-1]
    assert heard.startswith("colloquia: ")
    assert told.split(";")[0] in heard
    assert sorted((path.name, path.read_bytes()) for path in tmp_path.iterdir()) == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2), max_leaves=4,
)  # fmt: skip
ROW = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("id", "text", "label", "fields", "messages", "scores", "answers", "brief"), JSON)
)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW | JSON, max_size=3))
def test_any_file_is_curated_or_refused_in_one_line(rows: list[Any], tmp_path: Path) -> None:
    path = written(tmp_path / "any.jsonl", rows)
    before = path.read_bytes()
    try:
        found = curate(Curating(out=path))
    except (DatasetError, SettingsError, RunDirError) as error:
        assert "\n" not in str(error)
    else:
        assert len(read(found.places.signals)) == len(read(found.places.curated)) == len(rows)
    assert path.read_bytes() == before
    assert not list(tmp_path.glob(".*.partial"))


def test_personal_data_is_found_in_the_samples_language_dropped_and_masked(tmp_path: Path) -> None:
    mine = {"role": "user", "content": "Ich bin a@firma.de, Tel. 030 12345678"}
    said = {"role": "assistant", "content": "A@firma.de, richtig? Sonst hilfe@example.com."}
    brief = {"language": "German", "cell": {}, "facts": {"mail": "a@firma.de"}}
    rows: list[dict[str, Any]] = [
        {"id": "one", "messages": [mine, said], "brief": brief},
        {"id": "two", "messages": [said | {"content": "Write to help@example.com."}]},
    ]
    path = written(tmp_path / "chats.jsonl", rows)
    found = curate(Curating(path, drop=(Doubt.PERSONAL,)))
    assert [one.personal for one in found.signals] == [("email", "phone"), ()]
    assert dict(found.dropped) == {"one": Doubt.PERSONAL}
    kept = curate(Curating(path, mask=True)).places.curated.read_bytes().splitlines()
    first = orjson.loads(kept[0])
    assert [message["content"] for message in first["messages"]] == [
        "Ich bin [EMAIL_1], Tel. [PHONE_1]", "[EMAIL_1], richtig? Sonst hilfe@example.com.",
    ]  # fmt: skip
    assert first["brief"]["facts"] == {"mail": "[EMAIL_1]"}
    assert first["messages"][0]["role"] == "user"
    assert "firma" not in kept[0].decode()
    assert orjson.loads(kept[1])["messages"] == rows[1]["messages"]
    assert orjson.loads(path.read_bytes().splitlines()[0]) == rows[0], "the input stays"
