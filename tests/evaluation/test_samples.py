"""Rows from everywhere, and what is said of those that are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.samples import Sample, read_samples, sample_of
from scenarios.errors import DatasetError


def written(path: Path, *rows: Any) -> Path:
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return path


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "A"}, {"role": "assistant", "content": "B"}]}, "A\nB"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "A"}, {"type": "image_url"}]}]}, "A"),
        ({"messages": [{"role": "assistant", "content": None, "tool_calls": []}, {"role": "tool", "content": "B"}]}, "\nB"),
        ({"messages": [{"role": "assistant", "tool_calls": []}]}, ""),
        ({"conversations": [{"from": "system", "value": "S"}, {"from": "human", "value": "A"}, {"from": "gpt", "value": "B"}]}, "A\nB"),
        ({"prompt": "A", "completion": "B"}, "A\nB"),
        ({"prompt": [{"role": "user", "content": "A"}], "completion": [{"role": "assistant", "content": "B"}]}, "A\nB"),
        ({"fields": {"question": "A", "answer": "B"}}, "A\nB"),
        ({"text": "A", "other": 3}, "A"),
    ],
)  # fmt: skip
def test_every_shape_of_row_is_read(row: dict[str, Any], text: str, tmp_path: Path) -> None:
    assert read_samples(written(tmp_path / "made.jsonl", row)) == [Sample(text)]


def test_round_and_cell_are_read_where_they_are(tmp_path: Path) -> None:
    row = {"text": "A", "round": 3, "brief": {"cell": {"topic": "x", "level": 2}}}
    assert read_samples(written(tmp_path / "a.jsonl", row)) == [Sample("A", {"topic": "x", "level": "2"}, 3)]
    for odd in ("third", -1, 2**63, True, 1.5):
        row = {"text": "A", "round": odd, "brief": "none"}
        assert read_samples(written(tmp_path / "b.jsonl", row)) == [Sample("A")]


def test_empty_lines_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "made.jsonl"
    path.write_text('\n{"text": "A"}\n  \n{"text": "B"}')
    assert [sample.text for sample in read_samples(path)] == ["A", "B"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "no JSON"),
        ("[1]", "not a list"),
        ('"text"', "not a text"),
        ("{}", "this one has nothing"),
        ('{"question": "x", "answer": "y"}', "this one has only question, answer"),
        ('{"prompt": "x"}', "this one has only prompt"),
        ('{"messages": "x"}', "messages: must be a list of turns, not a text"),
        ('{"messages": ["x"]}', "messages[0]: must be an object"),
        ('{"messages": [{"role": "user"}]}', "messages[0]: has neither content nor value"),
        ('{"messages": [{"role": "user", "content": 5}]}', "messages[0].content: must be a text, not a number"),
        ('{"conversations": [{"from": "gpt", "value": {}}]}', "conversations[0].value: must be a text, not an object"),
        ('{"fields": ["x"]}', "fields: must be an object"),
        ('{"fields": {"a": null}}', "fields.a: must be a text, not null"),
        ('{"text": true}', "text: must be a text, not true or false"),
        ('{"prompt": 1, "completion": "x"}', "prompt: must be a text"),
    ],
)
def test_the_line_that_is_wrong_is_named(line: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "made.jsonl"
    path.write_text(f'{{"text": "A"}}\n\n{line}\n')
    with pytest.raises(DatasetError) as told:
        read_samples(path)
    assert str(told.value).startswith(f"{path}: line 3: ")
    assert reason in str(told.value)


def test_a_file_that_cannot_be_read_or_is_empty(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n")
    (tmp_path / "binary.jsonl").write_bytes(b"\xff\xfe\x00")
    for path, reason in ((tmp_path, "cannot be read"), (tmp_path / "none", "cannot be read"),
                         (tmp_path / "empty.jsonl", "holds no sample"), (tmp_path / "binary.jsonl", "line 1")):  # fmt: skip
        with pytest.raises(DatasetError, match=reason):
            read_samples(path)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "A", "system"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["role", "content", "from", "value", "text", "tool_calls", "cell"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from(["messages", "conversations", "prompt", "completion", "fields", "text", "brief", "round"]),
        _JSON,
    )
)
def test_whatever_the_row_it_is_a_sample_or_told_in_a_line(row: dict[str, Any]) -> None:
    try:
        assert isinstance(sample_of(row), Sample)
    except ValueError as error:
        assert "\n" not in str(error)
