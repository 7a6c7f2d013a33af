"""The checks of documents with their content as JSON: a model's schema, its plan of values, the document, and the JSON of one who
saw schema and document alone.

A plan says for each key of the schema what the document says of it, or null if it says nothing, and has distractors: values
beside a key that are not its value. What the words around a value mean is asked of the verifier.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, Field

from agents.checks.check import NOTHING, Check, Finding, Reading
from agents.checks.extract.nested import JsonType, SchemaNode, keys_of, misfit, node_of, nodes, read_object
from agents.checks.extract.stated import states
from agents.checks.extract.told import same
from agents.checks.extract.values import Spot, differences, key_of, spots, stray_key
from agents.checks.planned import PLAN, least, shaped

SCHEMA, TEXT, JSON = "schema", "text", "json"
_LONGEST = 90
"""Characters of a planned string: what is longer no two people would copy alike."""
_SHOWN = 4
"""Of what differs, so many places are named at once."""
_LINE = re.compile(r"^\s*(?:[-*•]\s*)?\**(?:[\w'’/-]+\s){0,4}[\w'’/-]*[^\W\d]\**\s*[:=]\**\s*\S")
_NOT_JSON = re.compile(r"[{}]|\"\s*:\s*[\"\d\[{tfn]|\bjson\b|\bnull\b", re.IGNORECASE)
_CODED = re.compile(r"_|[a-z][A-Z]")
"""A key that is no word of a document: 'due_date', 'dueDate'."""
_LOOK = "The JSON may be wrong in {}. Look again at the description, at what the document says and at whose value it is, and give just that."
"""What the reader of a document is shown, who has not seen the plan: the document may be at fault."""

Scalar = str | int | float | bool


class Distractor(BaseModel):
    """A value that the document says beside a key, and that is not the key's."""

    near: Annotated[str, Field(min_length=1, max_length=200)]
    value: Scalar
    what: Annotated[str, Field(min_length=4, max_length=300)]


class DocumentPlan(BaseModel):
    """What a model plans of a document."""

    document: Annotated[str, Field(min_length=20, max_length=1500)]
    values: dict[str, Any]
    distractors: list[Distractor] = Field(max_length=8)


def _schema(reading: Reading) -> SchemaNode | str:
    return node_of(reading.candidate.fields.get(SCHEMA, ""))


def _planned(reading: Reading) -> tuple[SchemaNode, DocumentPlan] | None:
    """The schema and the plan of a sample; None unless both can be read."""
    node = _schema(reading)
    plan, _ = shaped(reading, DocumentPlan)
    return None if isinstance(node, str) or plan is None else (node, plan)


def _schema_planned(reading: Reading) -> Finding:
    """The schema has a title, as many values, nested objects and lists of objects as the brief asks for, a date or a time, a closed
    list of values, and says of each value what is meant."""
    node = _schema(reading)
    if isinstance(node, str):
        return Finding(node)
    keys, parts = keys_of(node), [part for _, part in nodes(node)]
    if not node.title:
        return Finding("has no title that says what is read out of which documents")
    if bare := next((key for key, part in nodes(node) if (part.leaf or part.items) and not _described(node, key)), ""):
        return Finding(f"has no description of '{bare}'")
    lists = sum(part.items is not None and bool(part.items.properties) for part in parts)
    objects = sum(bool(part.properties) for part in parts) - lists - 1
    for name, found, what in (
        ("leaves", len(keys), "keys with a value of their own"),
        ("objects", objects, "objects within the object"),
        ("lists", lists, "lists of objects"),
    ):
        if found < least(reading, name):
            return Finding(f"has {found} {what} and not {least(reading, name)}")
    if not any(part.enum for part in keys.values()):
        return Finding("has no 'enum'")
    return NOTHING if any(part.form for part in keys.values()) else Finding("has no date")


def _described(node: SchemaNode, key: str) -> bool:
    """Whether the part under a key, or the list that it is the content of, has a description."""
    return any(len(part.description) > 2 for name, part in nodes(node) if name == key)


def _plan_sound(reading: Reading) -> Finding:
    """The plan's values fit the schema and can be copied from a document; as many keys as the brief asks for have none, and as many
    distractors stand beside a key of theirs, at least one of them beside one that has no value."""
    node = _schema(reading)
    plan, wrong = shaped(reading, DocumentPlan)
    if plan is None or isinstance(node, str):
        return Finding(wrong) if plan is None else NOTHING
    if unfit := misfit(reading.candidate.fields[SCHEMA], plan.values):
        return Finding(f"has 'values' with a fault: it {unfit}")
    found = list(spots(node, plan.values))
    if stray := stray_key(node, plan.values):
        return Finding(f"has the key '{stray}', which the schema does not name")
    if long := next((spot for spot in found if isinstance(spot.value, str) and len(spot.value) > _LONGEST), None):
        return Finding(
            f"has a value of more than {_LONGEST} characters under '{long.path}': plan what is copied word by word"
        )
    missing = list(dict.fromkeys(spot.key for spot in found if spot.value is None))
    if len(missing) < least(reading, "missing"):
        return Finding(f"has {len(missing)} keys without a value and not {least(reading, 'missing')}")
    if 2 * len(missing) > len(keys_of(node)):
        return Finding(f"has no value for {len(missing)} of {len(keys_of(node))} keys, which leaves little to read")
    return _distractors_sound(reading, node, plan, found)


def _distractors_sound(reading: Reading, node: SchemaNode, plan: DocumentPlan, found: list[Spot]) -> Finding:
    if len(plan.distractors) < least(reading, "distractors"):
        return Finding(f"has {len(plan.distractors)} distractors and not {least(reading, 'distractors')}")
    keys, beside_nothing = keys_of(node), False
    for one in plan.distractors:
        key = key_of(one.near)
        part = keys.get(key)
        if part is None:
            return Finding(f"has a distractor near '{one.near}', which is no key with a value of its own")
        if part.flag:
            return Finding(
                f"has a distractor near '{one.near}', of which a document has no near value: take a name, a number, a date or a code"
            )
        if wrong := _unlike(part, one.value):
            return Finding(f"has the distractor {one.value!r} near '{one.near}', which {wrong}")
        theirs = [spot for spot in found if spot.key == key]
        if any(same(one.value, spot.value) for spot in theirs):
            return Finding(f"has the distractor {one.value!r} near '{one.near}', which is a value of that key")
        beside_nothing |= any(spot.value is None for spot in theirs)
    return NOTHING if beside_nothing else Finding("has no distractor near a key without a value")


def _unlike(part: SchemaNode, value: Scalar) -> str:
    """Why a value could not be mistaken for one of a schema's part."""
    kinds: dict[JsonType, type | tuple[type, ...]] = {
        JsonType.STRING: str,
        JsonType.INTEGER: int,
        JsonType.NUMBER: (int, float),
    }
    if isinstance(value, bool) or not isinstance(value, kinds.get(part.type, ())):
        return f"is no {part.type}"
    shape = orjson.dumps({"type": part.type, **({"format": part.form} if part.form else {})}).decode()
    return "is written in another way" if misfit(shape, value) else ""


def _of_text(test: Callable[[Reading, SchemaNode, DocumentPlan, str], str]) -> Callable[[Reading], Finding]:
    """The check that holds a document against its plan, once both are made."""

    def find(reading: Reading) -> Finding:
        planned, text = _planned(reading), reading.candidate.fields.get(TEXT)
        return NOTHING if planned is None or text is None else Finding(test(reading, *planned, text))

    return find


def _stated(reading: Reading, node: SchemaNode, plan: DocumentPlan, text: str) -> str:
    """The document states each planned value but booleans and those of an enum: names and codes word by word, numbers, dates and
    times in any notation."""
    language = reading.candidate.brief.language
    missing = [
        spot
        for spot in spots(node, plan.values)
        if spot.value is not None and not states(spot.node, spot.value, text, language)
    ]
    return "; ".join(f"does not say {spot.value!r} ({spot.path})" for spot in missing[:_SHOWN])


def _distracts(reading: Reading, node: SchemaNode, plan: DocumentPlan, text: str) -> str:
    """The document states each distractor."""
    keys, language = keys_of(node), reading.candidate.brief.language
    for one in plan.distractors:
        part = keys.get(key_of(one.near))
        if part is not None and not _unlike(part, one.value) and not states(part, one.value, text, language):
            return f"does not say the distractor {one.value!r} ({one.what})"
    return ""


def _unkeyed(reading: Reading, node: SchemaNode, plan: DocumentPlan, text: str) -> str:
    """The document holds no JSON and no key of the schema that is no word, and most of its lines are not a label with a value."""
    if found := _NOT_JSON.search(text):
        return f"holds JSON: {found.group()!r}"
    names = dict.fromkeys(key.rpartition(".")[2] for key, _ in nodes(node))
    told = (name for name in names if _CODED.search(name))
    if key := next((name for name in told if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)), ""):
        return f"holds the key {key!r} of the schema"
    lines = [line for line in text.splitlines() if line.strip()]
    labelled = sum(_LINE.match(line) is not None for line in lines)
    if len(lines) > 1 and 2 * labelled >= len(lines):
        return f"is a list of labels with values ({labelled} of {len(lines)} lines), not a document in sentences"
    return ""


def _fits(reading: Reading) -> Finding:
    """The JSON is one object, valid against the schema (dates and times by their form, too), with no key twice and none that the
    schema does not name."""
    node, source = _schema(reading), reading.candidate.fields.get(JSON)
    if isinstance(node, str) or source is None:
        return NOTHING
    found = read_object(source)
    if isinstance(found, str):
        return Finding(found)
    if unfit := misfit(reading.candidate.fields[SCHEMA], found):
        return Finding(unfit)
    stray = stray_key(node, found)
    return Finding(f"has the key '{stray}', which the schema does not name") if stray else NOTHING


def _agrees(reading: Reading) -> Finding:
    """The JSON, whose writer saw schema and document alone, has each planned value, and none where none is planned."""
    planned, found = _planned(reading), read_object(reading.candidate.fields.get(JSON, ""))
    if planned is None or isinstance(found, str):
        return NOTHING
    node, plan = planned
    wrong = list(islice(differences(node, plan.values, found), _SHOWN))
    if not wrong:
        return NOTHING
    told = "; ".join(f"{path} is {_shown(read)}, and the plan has {_shown(meant)}" for path, meant, read in wrong)
    paths = ", ".join(dict.fromkeys(f"'{path}'" for path, _, _ in wrong))
    return Finding(
        f"Whoever read the document by the schema alone gave another JSON: {told}", again=_LOOK.format(paths)
    )


def _shown(value: Any) -> str:
    shown = orjson.dumps(value).decode()
    return shown if len(shown) <= 2 * _LONGEST else f"{shown[: 2 * _LONGEST]}…"


DOCUMENT_LEVEL: dict[str, Check] = {
    "schema_planned": Check(_schema_planned, fields=(SCHEMA,), texts=("leaves", "objects", "lists")),
    "values_planned": Check(_plan_sound, fields=(SCHEMA, PLAN), texts=("missing", "distractors")),
    "values_stated": Check(_of_text(_stated), fields=(SCHEMA, PLAN, TEXT)),
    "distractors_stated": Check(_of_text(_distracts), fields=(SCHEMA, PLAN, TEXT)),
    "no_keys_in_text": Check(_of_text(_unkeyed), fields=(SCHEMA, PLAN, TEXT)),
    "json_fits": Check(_fits, fields=(SCHEMA, JSON)),
    "reader_agrees": Check(_agrees, fields=(SCHEMA, PLAN, TEXT, JSON), at=(JSON, TEXT)),
}
"""The checks of scenarios with the fields schema, plan, text and json."""
