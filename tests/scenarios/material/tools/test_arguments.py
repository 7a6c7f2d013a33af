"""What is wrong with the arguments of a call, in words."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.material.tools.arguments import argument_fault
from scenarios.material.tools.spec import ToolSpec

SPEC = ToolSpec(
    name="book",
    parameters={
        "type": "object",
        "properties": {
            "id": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{4}$"},
            "count": {"type": "integer", "minimum": 1},
            "kind": {"enum": ["slow", "fast"]},
            "day": {"type": "string", "format": "date"},
            "to": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
        "required": ["id"],
        "additionalProperties": False,
    },
)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ('{"id": "AB-1234", "count": 2, "kind": "slow", "day": "2027-03-04", "to": {"city": "Oslo"}}', ""),
        ("", "the arguments are not JSON: Expecting value at character 1"),
        ("{'id': 1}", "the arguments are not JSON"),
        ('["AB-1234"]', "the arguments have to be one JSON object"),
        ('{"id": "AB-1234", "id": "AB-1235"}', "the key 'id' is given twice"),
        ('{"id": "AB-1234", "count": NaN}', "NaN is no JSON"),
        ("{}", "'id' is missing"),
        ('{"id": "AB-1234", "to": {}}', "'to.city' is missing"),
        ('{"id": 7}', "'id' has to be a text, and 7 is not"),
        ('{"id": "AB-1234", "count": "two"}', "'count' has to be a whole number, and \"two\" is not"),
        ('{"id": "AB-1234", "count": 0}', "'count': 0 is less than the minimum of 1"),
        ('{"id": "AB-1234", "kind": "quick"}', '\'kind\' has to be one of "slow", "fast", and is "quick"'),
        ('{"id": "AB-1234", "day": "soon"}', "'day' has to be a date, and \"soon\" is not"),
        ('{"id": "1234"}', "'id' has to match ^[A-Z]{2}-[0-9]{4}$, and \"1234\" does not"),
        ('{"id": "AB-1234", "cuont": 2}', "there is no argument 'cuont' (did you mean 'count'?)"),
        ('{"id": "' + "x" * 300_000 + '"}', "the arguments are longer than"),
        ('{"id": "AB-1234", "count": 123456789012345678901234567890}', ""),
        ('{"id": "AB-1234", "count": 1e999}', "a number that is too large"),
        ('{"id": "\udcff"}', "half a character"),
        ("[" * 500 + "]" * 500, "nested too deeply"),
    ],
)
def test_the_words_name_argument_and_fault(arguments: str, said: str) -> None:
    found = argument_fault(SPEC, arguments)
    assert said in found
    assert bool(said) == bool(found)
    assert "\n" not in found


def test_a_pattern_that_takes_too_long_is_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_long(*_: Any, **given: Any) -> None:
        assert given["timeout"] < 1
        raise TimeoutError

    monkeypatch.setattr("scenarios.material.tools.arguments.regex.search", too_long)
    assert argument_fault(SPEC, '{"id": "x"}') == ""


SIMPLE = st.sampled_from(
    [
        {"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "boolean"}, {"type": "null"},
        {"type": ["string", "null"]}, {"enum": ["a", 1, None]}, {"const": "x"}, {"type": "integer", "minimum": 3},
        {"type": "array", "items": {"type": "integer"}}, {"type": "object", "properties": {"k": {"type": "string"}}},
        {"anyOf": [{"type": "string"}, {"type": "integer"}]}, {},
    ]
)  # fmt: skip
NAMES = st.sampled_from(["a", "b", "c", "d.e", "f g", "ключ"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-10, 10)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(NAMES, SIMPLE, max_size=4), st.lists(NAMES, max_size=2, unique=True), st.booleans(),
    st.dictionaries(NAMES, VALUES, max_size=4),
)  # fmt: skip
def test_a_fault_is_found_if_and_only_if_the_schema_is_broken(
    properties: dict[str, Any], required: list[str], closed: bool, value: dict[str, Any]
) -> None:
    schema: dict[str, Any] = {"type": "object", "properties": properties, "required": required}
    if closed:
        schema["additionalProperties"] = False
    spec = ToolSpec(name="a", parameters=schema)
    found = argument_fault(spec, json.dumps(value))
    assert (not found) == jsonschema.Draft202012Validator(schema).is_valid(value)
    assert "\n" not in found


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=50).map(lambda raw: raw.decode("utf-8", "surrogateescape")))
def test_any_text_is_answered_in_words(arguments: str) -> None:
    assert isinstance(argument_fault(SPEC, arguments), str)
