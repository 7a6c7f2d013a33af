"""YAML as data whose scalars stay text; all that is broken is one line, soon."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scenarios.reading.yaml_text import number_of, parse_yaml, typed

SPELLED = [
    "no", "yes", "on", "off", "No", "y", "true", "False", "12:30", "07710", "1.10", "1e3", "1_000", "0x1F", "0o17", "2026-11-28",
    "2026-02-30", "2026-13-45", ".inf", ".nan", "-0", "+1", "1.", ".5", "9" * 900, "=", "1 000", "3", "3.5", "Infinity",
]  # fmt: skip


@pytest.mark.parametrize("spelled", SPELLED)
def test_a_scalar_is_what_it_looks_like(spelled: str) -> None:
    assert parse_yaml(f"{{{spelled}: [{spelled}]}}") == {spelled: [spelled]}
    assert parse_yaml(f"- {spelled}") == [spelled]


def test_null_is_none_as_a_mappings_value_and_a_word_in_a_list() -> None:
    assert parse_yaml("{a: null, b: ~, c: , d: 'null', e: [null, ~]}") == {
        "a": None, "b": None, "c": None, "d": "null", "e": ["null", "~"]}  # fmt: skip
    assert parse_yaml("-\n- a") == [None, "a"]
    assert parse_yaml("") is None


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffe\uffff"), max_size=12)


@given(
    st.recursive(
        TEXT, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=12
    )
)
def test_what_is_written_as_yaml_comes_back(data: Any) -> None:
    assert parse_yaml(yaml.safe_dump(data, allow_unicode=True)) == data
    assert parse_yaml(yaml.safe_dump(data, allow_unicode=False)) == data


@given(st.text(max_size=60) | st.text("[]{}:,-&*!?|>'\"%@`# \n\tab<0.", max_size=60))
def test_any_text_is_data_or_an_error_in_one_line(text: str) -> None:
    try:
        parse_yaml(text)
    except ValueError as error:
        assert str(error)
        assert "\n" not in str(error)


@pytest.mark.parametrize("sign", ["\x85", "\u2028", "\u2029"])
def test_separators_of_other_kinds_end_no_line(sign: str) -> None:
    assert parse_yaml(f"a: one{sign}two\nb: \ue000") == {"a": f"one{sign}two", "b": "\ue000"}
    assert parse_yaml(f'"x{sign}y"') == f"x{sign}y"


LAUGHS = "\n".join(
    ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))]
)  # fmt: skip
BROKEN = {
    "a tag that runs": (
        "a: !!python/object/apply:os.system ['true']",
        "line 1: the tag .*python/object/apply.* does not fit",
    ),
    "a name of python's": ("- !!python/name:os.system", "does not fit"),
    "a number that is none": ("a: !!int x", "line 1: the tag !!int does not fit"),
    "a date": ("a: !!timestamp 2026-13-45", "!!timestamp does not fit"),
    "bytes": ("a: !!binary abc", "!!binary does not fit"),
    "a set": ("a: !!set {b, c}", "!!set does not fit"),
    "pairs": ("a: !!omap [b: c]", "!!omap does not fit"),
    "a tag of their own": ("a: !mine b", "!mine does not fit"),
    "a list as text": ("a: !!str [b]", "!!str does not fit"),
    "an alias of itself": ("a: &a [*a]", r"line 1: \*a is a part of what it stands for"),
    "an alias of itself, by a key": ("a: &a {b: {c: *a}}", "is a part of what it stands for"),
    "an alias of nothing": ("a:\n  - *b", r"line 2: nothing above has the anchor &b"),
    "aliases that multiply": (LAUGHS, "too much for one file"),
    "aliases of a long text": (f"a: &a {'x' * 100_000}\nb: [{', '.join(['*a'] * 200)}]", "too much for one file"),
    "too many": (f"[{'a,' * 300_000}]", "too much for one file"),
    "deep": ("[" * 20_000, "nested too deeply"),
    "deep mappings": ("{a: " * 200 + "}" * 200, "nested too deeply"),
    "a key twice": ("a: 1\nb: 2\na: 3", "line 3: the key 'a' is given twice"),
    "a key twice, in other quotation marks": ("{a: 1, 'a': 2}", "'a' is given twice"),
    "a list as a key": ("? [a]\n: b", "a key has to be a text"),
    "two documents": ("a: 1\n---\nb: 2", "line 2: a second document begins"),
    "a merge of no mapping": ("a: {<<: b}", "'<<' takes a mapping"),
    "a tab": ("a:\n\t- b", "line 2: begins with a tab"),
    "a tab under a text": ("a: b\n\tc: d", "line 2: begins with a tab"),
    "a tab after blanks": ("a:\n  b: c\n  \td: e", "tab"),
    "a tab before the first word": ("\ta: b", "line 1: begins with a tab"),
    "a control character": ("a: b\nc: \x07", r"line 2: the control character '\\x07'"),
    "half a character": ('a: "\\ud800"', "line 1"),
    "a NUL": ('- a\n- "\\0"', "line 2: holds a NUL character"),
    "an open list": ("a: [b, c", "line 1"),
    "an open text": ("a: 'b", "line 1"),
    "no key": ("a: b: c", "line 1"),
    "a reserved sign": ("a: @b", "line 1"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_broken_yaml_is_told_with_its_line(what: str) -> None:
    text, told = BROKEN[what]
    with pytest.raises(ValueError, match=told):
        parse_yaml(text)


def test_tags_that_fit_and_aliases_that_end_are_read() -> None:
    text = "a: &a {b: !!str 1.10, c: !!int 3}\nd: *a\ne: {<<: *a, c: own}\nf: {<<: [*a, {g: h}]}"
    first = {"b": "1.10", "c": "3"}
    assert parse_yaml(text) == {"a": first, "d": first, "e": {"b": "1.10", "c": "own"}, "f": {**first, "g": "h"}}
    assert list(parse_yaml(text)["f"]) == list(yaml.safe_load(text)["f"])


@pytest.mark.parametrize(
    "text", ["no", "1.10", "0.5", "3", "-7", "007", "1e3", "-0", "0.10", "12:30", "9" * 30, "1.", "1.0"]
)
def test_a_number_is_one_only_if_it_is_spelled_so(text: str) -> None:
    found = number_of(text)
    assert str(found) == text
    assert isinstance(found, str) == (text not in {"0.5", "3", "-7", "1.0"})


def test_digests_are_made_of_what_they_always_were_made_of() -> None:
    text = "{a: 0.10, b: [on, 3, no, x], c: '0.10', d: 1e3, e: null, f: 2026-13-45, g: {h: 12:30}}"
    found = {
        "a": 0.1,
        "b": [True, 3, False, "x"],
        "c": "0.10",
        "d": "1e3",
        "e": None,
        "f": "2026-13-45",
        "g": {"h": 750},
    }
    assert typed(parse_yaml(text)) == found
