"""What a document states in whatever notation, and where two JSONs of one schema differ."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agents.checks.extract.nested import SchemaNode, misfit, node_of, read_object
from agents.checks.extract.stated import states
from agents.checks.extract.values import differences, spots

DAY, TIME, NUMBER, TEXT = (
    SchemaNode.model_validate(part)
    for part in (
        {"type": "string", "format": "date"},
        {"type": "string", "format": "time"},
        {"type": "number"},
        {"type": "string"},
    )
)


@pytest.mark.parametrize(
    ("node", "value", "text", "language"),
    [
        (DAY, "2027-05-03", "on 3 May, as in all of 2027", "English"),
        (DAY, "2027-05-03", "the 3rd of May 2027", "English"),
        (DAY, "2027-05-03", "Monday, May 3, 2027", "English"),
        (DAY, "2027-05-03", "bis 03.05.2027", "German"),
        (DAY, "2027-05-03", "on 3.5.27", "English"),
        (DAY, "2027-05-03", "am 3. Mai 2027", "German"),
        (DAY, "2027-05-01", "le 1er mai 2027", "French"),
        (DAY, "2027-05-03", "el 3 de mayo de 2027", "Spanish"),
        (DAY, "2027-05-03", "2027年5月3日", "Japanese"),
        (TIME, "14:30", "at 2.30 pm", "English"),
        (TIME, "14:30", "at half past two", "English"),
        (TIME, "14:30", "um 14.30 Uhr", "German"),
        (TIME, "14:30", "à 14 h 30", "French"),
        (TIME, "14:30", "at 1430 hours", "English"),
        (NUMBER, 1284.6, "EUR1,284.60 in all", "English"),
        (NUMBER, 1284.6, "1.284,60 Euro", "German"),
        (NUMBER, 1250, "1'250 francs", "English"),
        (NUMBER, 45000, "45 000 euros", "English"),
        (NUMBER, 88, "kept at 28–88 °C", "English"),
        (NUMBER, 30.5, "20x30.5 cm", "English"),
        (NUMBER, -13.2, "at −13.2 °C", "English"),
        (NUMBER, 14.5, "14½ hours", "English"),
        (NUMBER, 45, "forty-five crates", "English"),
        (NUMBER, 2, "twice a day", "English"),
        (TEXT, "Ines Holt", "> Ines\n> Holt wrote", "English"),
        (TEXT, "KT-4471", "**KT-4471**.", "English"),
        (TEXT, "O'Neill & Sons Ltd.", "from O’Neill & Sons Ltd, here", "English"),
        (TEXT, "東京本社", "会議は東京本社で開く", "Japanese"),
    ],
)
def test_values_are_found_as_people_write_them(node: SchemaNode, value: Any, text: str, language: str) -> None:
    assert states(node, value, text, language)


@pytest.mark.parametrize(
    ("node", "value", "text"),
    [
        (DAY, "2027-05-03", "on 3 May 2026"),
        (DAY, "2027-05-03", "on 4 May 2027"),
        (TIME, "14:30", "at 15:30"),
        (NUMBER, 1284.6, "1,248.60 euros"),
        (TEXT, "KT-4471", "KT-4470"),
        (TEXT, "Ines Holt", "Ines Holtz"),
    ],
)
def test_other_values_are_not(node: SchemaNode, value: Any, text: str) -> None:
    assert not states(node, value, text, "English")


def schema(**properties: Any) -> str:
    """The schema of an object."""
    return json.dumps({"type": "object", "properties": properties})


PEOPLE = {
    "type": "array",
    "items": {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}},
}


@pytest.mark.parametrize(
    ("part", "planned", "found", "where"),
    [
        ({"type": "string"}, "the Mill House", "Mill house", []),
        ({"type": ["number", "null"]}, None, 0, ["x"]),
        ({"type": ["number", "null"]}, 12, 12.0, []),
        ({"type": "boolean"}, True, None, ["x"]),
        ({"type": "array", "items": {"type": "string"}}, [], None, []),
        ({"type": "array", "items": {"type": "string"}}, ["a", "b"], ["b", "a"], ["x[0]", "x[1]"]),
        ({"type": "array", "items": {"type": "string"}, "uniqueItems": True}, ["a", "b"], ["b", "a"], []),
        ({"type": "array", "items": {"type": "string"}, "uniqueItems": True}, ["a", "b"], ["b", "c"], ["x"]),
        (PEOPLE, [{"name": "Ann", "age": 3}, {"name": "Bo"}], [{"name": "Ann"}, {"name": "Bo", "age": None}], ["x[0].age"]),
        (PEOPLE, [{"name": "Ann"}, {"name": "Bo"}], [{"name": "Ann"}], ["x"]),
        ({"type": "object", "properties": {"y": {"type": "string"}}}, None, {"y": None}, []),
    ],
)  # fmt: skip
def test_what_differs_is_named_by_its_place(part: Any, planned: Any, found: Any, where: list[str]) -> None:
    node = node_of(schema(x=part))
    assert isinstance(node, SchemaNode)
    assert [path for path, _, _ in differences(node, {"x": planned}, {"x": found})] == where


def test_what_is_not_known_has_a_place_too() -> None:
    node = node_of(schema(a={"type": "object", "properties": {"b": {"type": "string"}}}, x=PEOPLE))
    assert isinstance(node, SchemaNode)
    found = [(spot.path, spot.key, spot.value) for spot in spots(node, {"x": [{"name": "Ann"}]})]
    assert found == [("a.b", "a.b", None), ("x[0].name", "x.name", "Ann"), ("x[0].age", "x.age", None)]


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ({"$ref": "#"}, "properties.x"),
        ({"type": "string", "pattern": "(a+)+$"}, "pattern"),
        ({"type": ["string", "null"], "enum": ["a", "b"]}, "has null in its list"),
        ({"type": "array", "items": {"type": "array", "items": {"type": "string"}}}, "does not hold lists"),
        ({"type": "object"}, "has 'properties'"),
        ({"type": "string", "format": "email"}, "format"),
    ],
)
def test_a_schema_holds_only_what_can_be_read(part: Any, wrong: str) -> None:
    said = node_of(schema(x=part))
    assert isinstance(said, str)
    assert wrong in said


def test_hostile_json_is_refused() -> None:
    assert read_object('{"a": 1, "a": 2}') == "has the key 'a' twice"
    assert read_object('{"a": NaN}') == read_object("[1]") == "is no JSON object"
    assert "too deeply" in str(read_object('{"a":' * 400 + "1" + "}" * 400))
    assert "longer" in str(read_object(json.dumps({"a": "b" * 20_000})))
    assert misfit(schema(x={"type": "string", "format": "time"}), {"x": "25:00"})
    assert not misfit(schema(x={"type": "string", "format": "time"}), {"x": "07:05"})
