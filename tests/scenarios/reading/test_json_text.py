"""JSON of a user's: text stays text, a key is given once, and what no file can hold is refused with its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.errors import ScenarioError
from scenarios.reading.json_text import parse_json, read_rows

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
VALUES = st.recursive(
    TEXT | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=10,
)  # fmt: skip


@given(VALUES, st.booleans())
def test_what_is_written_as_json_comes_back(value: Any, ascii_only: bool) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=ascii_only)) == value


@given(st.lists(TEXT, max_size=4))
def test_every_row_is_a_line_of_its_own_whatever_separators_it_holds(texts: list[str]) -> None:
    assert [parse_json(json.dumps(text + "\u2028\u2029\x85")) for text in texts] == [
        f"{text}\u2028\u2029\x85" for text in texts
    ]


@given(st.text(max_size=40) | st.text('[]{}:,"\\u0d8e.-+ ntf', max_size=40))
def test_any_text_is_data_or_an_error_in_one_line(text: str) -> None:
    try:
        parse_json(text)
    except ValueError as error:
        assert str(error)
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"a": 1, "a": 2}', "the key 'a' is given twice"), ('{"b": [{"a": 1, "a": 1}]}', "the key 'a' is given twice"),
        ('{"a": NaN}', "NaN is no JSON"), ("[Infinity]", "Infinity is no JSON"), ("[-Infinity]", "-Infinity is no JSON"),
        ('"\\ud83d"', "half a character"), ('{"\\udc00": 1}', "half a character"), ('"\\u0000"', "NUL"),
        ("[" * 100_000, "nested too deeply"), ("[" * 70 + "]" * 70, "nested too deeply"), ("9" * 5000, "5000 digits"), ("{", "Expecting"),
        ("", "Expecting"), ("{'a': 1}", "Expecting"),
    ],
)  # fmt: skip
def test_broken_json_is_told(line: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_json(line)


def test_rows_keep_their_numbers_as_they_are_spelled_and_are_named_by_their_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes('\ufeff{"a": 1.10}\r\n\r\n{"a": "x\u2028y", "b": 1e3}\n'.encode())
    assert list(read_rows(path, spelled=True)) == [(1, {"a": "1.10"}), (3, {"a": "x\u2028y", "b": "1e3"})]
    assert list(read_rows(path)) == [(1, {"a": 1.1}), (3, {"a": "x\u2028y", "b": 1000.0})]
    path.write_text('{"a": 1}\n{"a": "\\ud800"}\n')
    with pytest.raises(ScenarioError, match=r"rows\.jsonl: line 2: broken JSON: holds half a character"):
        list(read_rows(path))
    assert parse_json('"\\ud83d\\ude00"') == "😀"
