"""Checks of a text with its JSON: the fields `text` and `json`, the planned facts and the cell's schema.

A planned fact has the name of the schema's key that it maps to. A field that is not made yet fails nothing here:
`fields_present` tells what is missing in the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from agents.checks.check import NOTHING, Check, Finding, Reading
from agents.checks.extract.schemas import gold, schema_of, shape_of, validator_of
from agents.checks.extract.told import absent, flag_absent, is_flag, places, plain_of, same
from agents.checks.guards import no_repetition, plain_language

TEXT, JSON = "text", "json"
_MAX_JSON = 8_000
_LINE = re.compile(r"^\s*[-*]?\s*[\"']?(?:[\w-]+\s){0,3}[\w-]*[^\W\d][\"']?\s*[:=]\s*\S")
_NOT_JSON = re.compile(r"[{}\[\]]|\"\s*:\s*[\"\d\[{tfn]|\bjson\b", re.IGNORECASE)


def _of(name: str, test: Callable[[Reading, str], str]) -> Callable[[Reading], Finding]:
    """The check that applies `test` to a field, once it is made."""

    def find(reading: Reading) -> Finding:
        made = reading.candidate.fields.get(name)
        return Finding(test(reading, made)) if made is not None else NOTHING

    return find


def _of_json(test: Callable[[Reading, dict[str, Any], str], str]) -> Callable[[Reading], Finding]:
    """The check that compares the JSON's object with the text. A JSON that is no object fails `json_valid` alone."""

    def find(reading: Reading) -> Finding:
        found = parsed(reading.candidate.fields.get(JSON, ""))
        return Finding(test(reading, found, reading.candidate.fields.get(TEXT, ""))) if found is not None else NOTHING

    return find


def parsed(source: str) -> dict[str, Any] | None:
    """The object that a JSON text holds, or None."""
    try:
        found = orjson.loads(source) if len(source) <= _MAX_JSON else None
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _prose(reading: Reading, text: str) -> str:
    """The text is plain sentences, not a list of keys and values."""
    lines = [line for line in text.splitlines() if line.strip()]
    if lines and 2 * sum(_LINE.match(line) is not None for line in lines) >= len(lines):
        return "is a list of keys and values, not a text"
    passage = next(one for name, (_, one) in zip(_made(reading), reading.passages, strict=True) if name == TEXT)
    keyed = re.findall(r"\b[\w ]{1,24}: ", text)
    if len(keyed) > 2:
        return f"is a row of keys and values, not a text: {keyed[0]!r}"
    return plain_language(passage).fault


def _fresh(reading: Reading, text: str) -> str:
    """The text repeats neither itself nor a demonstration."""
    passage = next(one for name, (_, one) in zip(_made(reading), reading.passages, strict=True) if name == TEXT)
    return no_repetition(passage).fault


def _made(reading: Reading) -> list[str]:
    plans = {plan.name for plan in reading.loaded.scenario.fields}
    return [name for name in reading.candidate.fields if name in plans]


def _apart(reading: Reading, text: str) -> str:
    """The text holds no JSON and no brackets."""
    found = _NOT_JSON.search(text)
    return f"holds JSON: {found.group()!r}" if found else ""


def _tells(reading: Reading, text: str) -> str:
    """The text tells every planned fact but booleans and enums, which may be put in other words."""
    shape = shape_of(schema_of(reading.candidate.brief))
    for key, value in gold(reading.candidate.brief).items():
        if missing := absent(shape.properties[key], value, text):
            return f"does not tell the {_worded(key)}: {missing}"
    return ""


def _valid(reading: Reading, source: str) -> str:
    """The JSON is one object, valid against the schema."""
    if len(source) > _MAX_JSON:
        return f"is longer than {_MAX_JSON} characters"
    if parsed(source) is None:
        return "is no JSON object"
    if twice := _twice(source):
        return f"has the key {twice!r} twice"
    error = min(
        validator_of(schema_of(reading.candidate.brief)).iter_errors(orjson.loads(source)), key=str, default=None
    )
    if error is None:
        return ""
    where = ".".join(map(str, error.absolute_path))
    return f"{where + ': ' if where else ''}{error.message[:200]}"


def _twice(source: str) -> str:
    """A key that stands in the JSON twice: a parser would drop one of them."""
    keys = re.findall(r'"((?:[^"\\]|\\.)*)"\s*:', re.sub(r':\s*"(?:[^"\\]|\\.)*"', ": 0", source))
    return next((key for place, key in enumerate(keys) if key in keys[:place]), "")


def _no_extra(reading: Reading, found: dict[str, Any], text: str) -> str:
    """The JSON has no key that the schema does not name, even if the schema allows more."""
    unknown = [key for key in found if key not in shape_of(schema_of(reading.candidate.brief)).properties]
    return f"has the key {unknown[0]!r}, which the schema does not name" if unknown else ""


def _in_text(reading: Reading, found: dict[str, Any], text: str) -> str:
    """The text holds every value of the JSON but booleans and enums, in a form that fits its type."""
    shape = shape_of(schema_of(reading.candidate.brief))
    for key, value in found.items():
        if key in shape.properties and (missing := absent(shape.properties[key], value, text)):
            return f"{key!r}: {missing}"
    return ""


def _kept(reading: Reading, found: dict[str, Any], text: str) -> str:
    """The JSON has every planned fact under its own key."""
    planned = gold(reading.candidate.brief)
    for key, value in planned.items():
        if key not in found:
            return f"leaves out {key!r}"
        if not same(found[key], value):
            owner = next((other for other, its in planned.items() if other != key and same(found[key], its)), "")
            return (
                f"puts the value of {owner!r} under {key!r}" if owner else f"{key!r} is {found[key]!r}, not {value!r}"
            )
    return ""


def _flags(reading: Reading, text: str) -> str:
    """A phrase of the schema tells every planned boolean and enum, and none tells another value of it."""
    shape = shape_of(schema_of(reading.candidate.brief))
    for key, value in gold(reading.candidate.brief).items():
        if is_flag(shape.properties[key]) and (missing := flag_absent(shape.properties[key], value, text)):
            return f"does not tell {_worded(key)}: {missing}"
    return ""


def _in_place(reading: Reading, text: str) -> str:
    """Words that go with one key stand nearest to its value, and not to another key's, in their sentence."""
    plain = plain_of(text)
    shape, planned = shape_of(schema_of(reading.candidate.brief)), gold(reading.candidate.brief)
    near = {key: plan.near for key, plan in shape.properties.items() if plan.near and key in planned}
    spots = [(key, place, width) for key in near for place, width in places(shape.properties[key], planned[key], plain)]
    told: dict[str, set[str]] = {key: set() for key in near}
    for owner, cues in near.items():
        for cue in cues:
            if nearest := min(_distances(plain, cue, spots), default=None):
                told[nearest[1]].add(owner)
    for key, owners in told.items():
        if owners and key not in owners:
            return f"tells the {_worded(key)} where the {_worded(min(owners))} should stand"
    return ""


def _distances(plain: str, cue: str, spots: list[tuple[str, int, int]]) -> Iterator[tuple[int, str]]:
    """How far the values of keys are from a cue word that stands in their sentence and in none of them; a value behind the word
    is nearer than one before it."""
    for found in re.finditer(rf"(?<!\w){re.escape(cue.lower())}(?!\w)", plain):
        if any(place <= found.start() < place + width for _, place, width in spots):
            continue
        start = max((end.end() for end in re.finditer(r"[.!?]\s", plain[: found.start()])), default=0)
        rest = re.search(r"[.!?](?:\s|$)", plain[found.end() :])
        end = found.end() + rest.start() if rest else len(plain)
        for key, place, width in spots:
            if start <= place < end:
                after = place - found.end()
                yield after if after >= 0 else 3 * max(0, found.start() - place - width) + 1, key


def _worded(key: str) -> str:
    """A key as a reader of the text would call it."""
    return key.replace("_", " ")


EXTRACTION: dict[str, Check] = {
    "text_is_prose": Check(_of(TEXT, _prose), early=True),
    "fresh_text": Check(_of(TEXT, _fresh), early=True),
    "json_apart": Check(_of(TEXT, _apart), early=True),
    "facts_told": Check(_of(TEXT, _tells), version=2, early=True),
    "flags_told": Check(_of(TEXT, _flags), early=True, meaning=True),
    "facts_in_place": Check(_of(TEXT, _in_place), version=2, early=True, meaning=True),
    "json_valid": Check(_of(JSON, _valid), early=True),
    "no_extra_keys": Check(_of_json(_no_extra), early=True),
    "values_in_text": Check(_of_json(_in_text), version=2, early=True),
    "facts_kept": Check(_of_json(_kept), version=2, early=True),
}
"""The checks of a text with its JSON, by name."""
