"""Any file of well-formed samples is curated: whatever its labels, numbers, ids, tools' calls and texts are, and whatever is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphs.curate import main
from graphs.curating.curation import Curating, curate
from graphs.curating.masking import masked_row
from graphs.curating.signals import Doubt
from scenarios.errors import DatasetError, SettingsError
from tests.graphs.curating.test_curate import lines, read, written

TEXT = st.sampled_from([
    "", " ", "the dog barks", "THE DOG barks!", "a hammer hits", "Ich bin a@firma.de, 030 12345678", "猫が好き", "مرحبا ٠١٠١٢٣٤٥٦٧٨", "\u202e\ufeff\u2028",
    "word " * 300, "1 2-" * 200, "{{ x }} <b>",
])  # fmt: skip
LABEL = st.sampled_from(["a", "b", "", None, 0, 1, True, False, 0.5, 2.0, 1e9, "a\u202e"])
CALL = st.fixed_dictionaries(
    {"id": st.just("c"), "function": st.fixed_dictionaries({"name": st.just("f"), "arguments": TEXT})}
)
MESSAGE = st.fixed_dictionaries(
    {"role": st.sampled_from(["system", "user", "assistant", "tool", "other"]), "content": st.none() | TEXT | st.just([{"type": "text", "text": "hi"}])},
    optional={"tool_calls": st.lists(CALL, max_size=2), "name": TEXT},
)  # fmt: skip
SAID = st.one_of(
    st.fixed_dictionaries({"text": TEXT}),
    st.fixed_dictionaries({"messages": st.lists(MESSAGE, max_size=4)}),
    st.fixed_dictionaries({"fields": st.dictionaries(st.sampled_from(["q", "label"]), TEXT, max_size=2)}),
    st.fixed_dictionaries({"prompt": TEXT, "completion": TEXT}),
    st.fixed_dictionaries(
        {"conversations": st.lists(st.fixed_dictionaries({"from": TEXT, "value": TEXT}), max_size=3)}
    ),
)
MORE = st.fixed_dictionaries(
    {},
    optional={
        "label": LABEL, "scores": st.dictionaries(st.sampled_from(["x", "one.x", "y"]), st.integers(0, 5) | st.none(), max_size=3),
        "answers": st.lists(LABEL, max_size=3), "language": st.sampled_from(["German", "de", "Klingon", ""]), "weight": LABEL,
    },
)  # fmt: skip
ROWS = st.lists(st.builds(lambda said, more: {**more, **said}, SAID, MORE), min_size=1, max_size=30)


@settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))
@given(
    rows=ROWS,
    target=st.sampled_from(["", "label", "scores.x"]),
    number=st.sampled_from([None, True, False]),
    mask=st.booleans(),
)
def test_any_samples_are_curated_or_refused_in_one_line(
    rows: list[dict[str, Any]], target: str, number: bool | None, mask: bool, tmp_path: Path
) -> None:
    path = written(tmp_path / "any.jsonl", rows)
    try:
        found = curate(Curating(path, target=target, number=number, mask=mask, drop=(Doubt.DUPLICATES, Doubt.CONFLICT)))
    except (DatasetError, SettingsError) as error:
        assert "\n" not in str(error)
        return
    kept = read(found.places.curated)
    assert len(read(found.places.signals)) == len(rows)
    assert len(kept) + len(found.dropped) == len(rows)
    assert all(row["weight"] >= 0 for row in kept)
    for row in kept if mask else ():
        assert "firma.de" not in orjson.dumps(row).decode()


@pytest.mark.parametrize("given_", [0, 7, "x", "../x", "ид\u2028"])
def test_ids_stay_what_they_are_and_what_is_none_is_numbered(given_: Any, tmp_path: Path) -> None:
    path = written(
        tmp_path / "ids.jsonl", [{"id": given_, "text": "a"}, {"id": None, "text": "b"}, {"id": True, "text": "c"}]
    )
    assert [one.id for one in curate(Curating(path)).signals] == [str(given_), "row-2", "row-3"]


def test_any_editor_wrote_it_and_a_weight_of_the_users_own_stays(tmp_path: Path) -> None:
    path = tmp_path / "crlf.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b'{"text": "one", "weight": 0.3}\r\n\r\n' + b'{"text": "two"}\r\n')
    kept = read(curate(Curating(path)).places.curated)
    assert [(row["text"], row["weight"]) for row in kept] == [("one", 0.3), ("two", 1.0)]


def test_a_tools_arguments_hold_personal_data_and_are_masked(tmp_path: Path) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "find", "arguments": '{"mail": "k@firma.de"}'}}
    talk = [{"role": "user", "content": "look"}, {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_1", "content": "K@firma.de is known"}]  # fmt: skip
    path = written(tmp_path / "calls.jsonl", [{"messages": talk[:2]}, {"messages": talk}])
    found = curate(Curating(path, mask=True))
    assert [one.personal for one in found.signals] == [("email",), ("email",)]
    second = read(found.places.curated)[1]["messages"]
    assert second[1]["tool_calls"][0]["function"]["arguments"] == '{"mail": "[EMAIL_1]"}'
    assert second[2] == {"role": "tool", "tool_call_id": "call_1", "content": "[EMAIL_1] is known"}
    assert masked_row({"messages": talk})["messages"] == second


def test_one_odd_sample_of_a_class_and_a_label_that_nobody_has(tmp_path: Path) -> None:
    rows = [
        *lines(),
        {"id": "lonely", "text": "something else", "label": "alone"},
        {"id": "bare", "text": "the dog barks"},
    ]
    found = {one.id: one for one in curate(Curating(written(tmp_path / "one.jsonl", rows))).signals}
    assert found["lonely"].student in {"pets", "tools"}
    assert (found["bare"].label, found["bare"].student, found["bare"].doubts) == (None, "pets", ())


def test_what_cannot_be_written_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "made.jsonl", [{"text": "a"}])

    def full(*_: Any, **__: Any) -> Any:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("graphs.curating.places.writing", full)
    assert main([f"out={path}"]) == 2
    assert "made.signals.jsonl: cannot be written (Read-only file system); give into=DIR" in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["made.jsonl"]
