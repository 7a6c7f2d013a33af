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
from agents.checks.extract.told import absent, flag_absent, is_firm, is_flag, places, plain_of, same
from agents.checks.guards import no_repetition, plain_language
from scenarios.records import Status

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


def _of_json(test: Callable[[Reading, dict[str, Any], str], str | Finding]) -> Callable[[Reading], Finding]:
    """The check that compares the JSON's object with the text. A JSON that is no object fails `json_valid` alone."""

    def find(reading: Reading) -> Finding:
        found = parsed(reading.candidate.fields.get(JSON, ""))
        if found is None:
            return NOTHING
        return _found(test(reading, found, reading.candidate.fields.get(TEXT, "")))

    return find


def _found(outcome: str | Finding) -> Finding:
    return Finding(outcome) if isinstance(outcome, str) else outcome


def parsed(source: str) -> dict[str, Any] | None:
    """The object that a JSON text holds, or None."""
    try:
        found = orjson.loads(source) if len(source) <= _MAX_JSON else None
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _unread(reading: Reading) -> bool:
    """Whether the sample is in another language than its facts, which are then not found word by word."""
    return any(passage.translated for _, passage in reading.passages)


def _as_far_as_read(find: Callable[[Reading], Finding]) -> Callable[[Reading], Finding]:
    """The check that finds nothing wrong only if it could compare everything."""

    def found(reading: Reading) -> Finding:
        outcome = find(reading)
        if (outcome is not NOTHING and outcome.detail) or not _unread(reading):
            return outcome
        detail = f"what is told in words of {reading.candidate.brief.language} was not compared"
        return Finding(detail, given=Status.UNVERIFIABLE)

    return found


def _of_own_words(find: Callable[[Reading], Finding]) -> Callable[[Reading], Finding]:
    """The check that looks for words of the schema, which a sample in another language than its facts has not got."""

    def found(reading: Reading) -> Finding:
        if not _unread(reading):
            return find(reading)
        return Finding(f"the schema's words are not {reading.candidate.brief.language}", given=Status.UNVERIFIABLE)

    return found


def _prose(reading: Reading, text: str) -> str:
    """The text is plain sentences, not a list of keys and values."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and 2 * sum(_LINE.match(line) is not None for line in lines) >= len(lines):
        return "is a list of keys and values, not a text"
    passage = next(one for name, (_, one) in zip(_made(reading), reading.passages, strict=True) if name == TEXT)
    keyed = re.findall(r"\b[\w ]{1,24}: ", text)
    if len(keyed) > 2:
        return f"is a row of keys and values, not a text: {keyed[0]!r}"
    # A letter ends with a name.
    ended = f"{text.rstrip()}." if text.rstrip()[-1:].isalpha() else text
    return plain_language(passage.model_copy(update={"text": ended})).fault


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
        if _unread(reading) and not is_firm(shape.properties[key], value):
            continue
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
    return f"does not fit the schema: {where + ': ' if where else ''}{error.message[:200]}"


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
        if value is None or (
            key in shape.properties and _unread(reading) and not is_firm(shape.properties[key], value)
        ):
            continue
        if key in shape.properties and (missing := absent(shape.properties[key], value, text)):
            return f"has a value under {key!r} that the text does not say: {missing}"
    return ""


def _kept(reading: Reading, found: dict[str, Any], text: str) -> Finding:
    """The JSON has every planned fact under its own key."""
    planned, shape = gold(reading.candidate.brief), shape_of(schema_of(reading.candidate.brief))
    for key, value in planned.items():
        if found.get(key) is None:
            return Finding(_differs(reading, key, "nothing"), again=_LOOK.format(key))
        if _unread(reading) and not is_firm(shape.properties[key], value, in_text=False):
            continue
        if not same(found[key], value):
            return Finding(_differs(reading, key, orjson.dumps(found[key]).decode()), again=_LOOK.format(key))
    return NOTHING


_LOOK = "may be wrong in {!r}: look again at what the text says of it, and give just that"
"""What the reader of a text is shown, who has not seen the facts: the value of the JSON is the text's, right or wrong."""


def _differs(reading: Reading, key: str, value: str) -> str:
    return f"The JSON that was read out of the text has {value} under {key!r}, where the notes have {reading.candidate.brief.facts[key]!r}"


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
    "text_is_prose": Check(_of(TEXT, _prose), at=(TEXT,), early=True),
    "fresh_text": Check(_of(TEXT, _fresh), at=(TEXT,), early=True),
    "json_apart": Check(_of(TEXT, _apart), at=(TEXT,), early=True),
    "facts_told": Check(_as_far_as_read(_of(TEXT, _tells)), version=3, at=(TEXT,), early=True),
    "flags_told": Check(_of_own_words(_of(TEXT, _flags)), at=(TEXT,), early=True, meaning=True),
    "facts_in_place": Check(_of_own_words(_of(TEXT, _in_place)), version=2, at=(TEXT,), early=True, meaning=True),
    "json_valid": Check(_of(JSON, _valid), version=2, at=(JSON,), early=True),
    "no_extra_keys": Check(_of_json(_no_extra), at=(JSON,), early=True),
    "values_in_text": Check(_as_far_as_read(_of_json(_in_text)), version=3, at=(JSON,), early=True),
    "facts_kept": Check(_as_far_as_read(_of_json(_kept)), version=3, at=(JSON, TEXT), early=True),
}
"""The checks of a text with its JSON, by name."""
