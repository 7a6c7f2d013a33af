"""Data that is written as YAML is read back as the same."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from graphs.showing.yaml_text import entry, indented, yaml_lines
from scenarios.loading import scenario_names, scenario_path
from scenarios.reading.yaml_text import Plain, number_of, parse_yaml, read_yaml

_WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")) | st.sampled_from("\n "), max_size=150)
_KEYS = st.text("abcxyz_:#' ", min_size=1, max_size=20)
_PLAIN = st.sampled_from(
    ["12", "1.10", "no", "12:30", "07710", "a b", "true", "1e5", "-", "~x", "=", "2026-01-01"]
).map(Plain)
_LEAVES = _WORDS | _PLAIN | st.none()
_DATA = st.dictionaries(
    _KEYS,
    st.recursive(
        _LEAVES,
        lambda inner: (
            st.lists(inner.filter(lambda one: one is not None), max_size=4) | st.dictionaries(_KEYS, inner, max_size=4)
        ),
        max_leaves=12,
    ),
    max_size=5,
)


def text_of(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def kinds(data: Any) -> Any:
    """The data with each scalar's kind: a number stays one, and a text in quotation marks does not become one."""
    if isinstance(data, dict):
        return {key: kinds(value) for key, value in data.items()}
    if isinstance(data, list):
        return [kinds(value) for value in data]
    return (data, number_of(data) if isinstance(data, Plain) else data)


@given(_DATA)
def test_what_is_written_is_read_back(data: dict[str, Any]) -> None:
    assert (parse_yaml(text_of(yaml_lines(data))) or {}) == data


@given(_KEYS, _DATA | _LEAVES, st.sampled_from(["", "yours"]))
def test_an_entry_with_a_comment_is_read_back(key: str, value: Any, comment: str) -> None:
    text = text_of(["outer:", *indented(entry(key, value, comment))])
    assert parse_yaml(text) == {"outer": {key: value}}


def test_every_scenario_that_ships_is_read_back_with_its_numbers() -> None:
    for name in scenario_names():
        data = read_yaml(scenario_path(name))
        assert kinds(parse_yaml(text_of(yaml_lines(data)))) == kinds(data), name
