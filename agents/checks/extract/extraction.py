"""Checks of a text with its JSON: the fields `text` and `json`, the planned facts and the cell's schema.

A planned fact has the name of the schema's key that it maps to. A field that is not made yet fails nothing here:
`fields_present` tells what is missing in the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import orjson

from agents.checks.check import NOTHING, Check, Finding, Reading
from agents.checks.extract.schemas import Property, Type, gold, placed_dates, schema_of, shape_of, validator_of
from agents.checks.guards import no_repetition, plain_language
from agents.text.numbers import tokens

TEXT, JSON = "text", "json"
_MAX_JSON = 8_000
_LINE = re.compile(r"^\s*[-*]?\s*[\"']?(?:[\w-]+\s){0,3}[\w-]*[^\W\d][\"']?\s*[:=]\s*\S")
_NOT_JSON = re.compile(r"[{}\[\]]|\"\s*:\s*[\"\d\[{tfn]|\bjson\b", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.,/:-])\d[\d,]*(?:\.\d+)?(?![\w/:-]|[.,]\d)")


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
    """The text tells every planned fact."""
    shape = shape_of(schema_of(reading.candidate.brief))
    for key, value in gold(reading.candidate.brief).items():
        if missing := absent(shape.properties[key], value, text):
            return f"does not tell {key!r}: {missing}"
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
    """The text holds every value of the JSON, in a form that fits its type."""
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


def _in_place(reading: Reading, text: str) -> str:
    """A value whose key has words of its own stands nearer to them than to another key's, in its sentence."""
    plain = " ".join(text.lower().split())
    shape = shape_of(schema_of(reading.candidate.brief))
    for key, value in gold(reading.candidate.brief).items():
        plan = shape.properties[key]
        if not plan.near:
            continue
        distances = [
            (distance, other)
            for place, width in _places(plan, value, plain)
            for other, theirs in shape.properties.items()
            for distance in _distances(plain, place, width, theirs.near)
        ]
        if (
            distances
            and min(distances)[1] != key
            and not any(distance == min(distances)[0] and other == key for distance, other in distances)
        ):
            return f"tells {key!r} by the words of {min(distances)[1]!r}"
        if not distances:
            return f"does not tell {key!r} by any of {', '.join(map(repr, plan.near))}"
    return ""


def _distances(plain: str, place: int, width: int, cues: tuple[str, ...]) -> Iterator[int]:
    """How far cue words are from a value, within its sentence; what stands before it is nearer than what follows."""
    start = max((end.end() for end in re.finditer(r"[.!?]\s", plain[:place])), default=0)
    rest = re.search(r"[.!?](?:\s|$)", plain[place + width :])
    end = place + width + rest.start() if rest else len(plain)
    for cue in cues:
        for found in re.finditer(rf"(?<!\w){re.escape(cue.lower())}(?!\w)", plain[start:end]):
            before = place - (start + found.end())
            yield before if before >= 0 else 3 * max(0, start + found.start() - place - width) + 1


def _places(plan: Property, value: Any, plain: str) -> list[tuple[int, int]]:
    """Where a value stands in the plain text, and how wide it is."""
    if plan.format == "date":
        return [(place, 10) for day, place in placed_dates(plain) if day.isoformat() == value]
    if plan.type in {Type.INTEGER, Type.NUMBER}:
        return [
            (found.start(), len(found[0]))
            for found in _NUMBER.finditer(plain)
            if _decimal(found[0]) == Decimal(str(value))
        ]
    phrases = plan.cues.get(str(value), (str(value),))
    return [
        (found.start(), len(found[0]))
        for phrase in phrases
        for found in re.finditer(rf"(?<!\w){re.escape(phrase.lower())}(?!\w)", plain)
    ]


def absent(plan: Property, value: Any, text: str) -> str:
    """Why a value is not in the text, or an empty string.

    Strings: the same words, whatever the case and spacing. Numbers: the same number, in digits (1,250 is 1250) or
    words. Dates: the same day, as `agents.checks.extract.schemas.dates` reads it. Lists: each item. Booleans and enums with `x-cues`:
    a cue of the value is there and none of another one.
    """
    plain = " ".join(text.lower().split())
    if isinstance(value, bool) or plan.cues or plan.enum:
        return _cue_absent(plan, value, plain)
    if isinstance(value, list):
        missing = [item for item in value if not _phrase(str(item), plain)]
        return f"{missing[0]!r} is not in the text" if missing else ""
    if isinstance(value, int | float):
        told = {_decimal(found) for found in _NUMBER.findall(plain)} | {
            Decimal(token) for token in tokens(re.sub(r"\S*\d\S*", " ", plain)) if token.isdigit()
        }
        return "" if Decimal(str(value)) in told else f"the number {value} is not in the text"
    if plan.format == "date" and re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value)):
        return (
            ""
            if any(day.isoformat() == value for day, _ in placed_dates(plain))
            else f"the date {value} is not in the text"
        )
    return "" if _phrase(str(value), plain) else f"{value!r} is not in the text"


def _cue_absent(plan: Property, value: Any, plain: str) -> str:
    cues = plan.cues or {name: (name,) for name in plan.enum or ()}
    named = str(value).lower() if isinstance(value, bool) else str(value)
    if named not in cues:
        return f"{value!r} is none of the schema's values"
    owner = {phrase.lower(): name for name, phrases in cues.items() for phrase in phrases}
    ways = "|".join(re.escape(phrase) for phrase in sorted(owner, key=len, reverse=True))
    told = {owner[found[0]] for found in re.finditer(rf"(?<!\w)(?:{ways})(?!\w)", plain)}
    if named not in told:
        return f"no word of the text says {named!r}"
    others = sorted(told - {named})
    return f"the text says {others[0]!r} as well as {named!r}" if others else ""


def _phrase(phrase: str, plain: str) -> bool:
    wanted = " ".join(phrase.lower().split())
    return bool(wanted) and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", plain) is not None


def _decimal(number: str) -> Decimal:
    return Decimal(number.replace(",", ""))


def same(left: Any, right: Any) -> bool:
    """True for equal values of one type; strings whatever the case and spacing, lists in any order."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, str) and isinstance(right, str):
        return left.lower().split() == right.lower().split()
    if isinstance(left, list) and isinstance(right, list):
        return sorted(str(item).lower() for item in left) == sorted(str(item).lower() for item in right)
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right
    return False


EXTRACTION: dict[str, Check] = {
    "text_is_prose": Check(_of(TEXT, _prose), early=True),
    "fresh_text": Check(_of(TEXT, _fresh), early=True),
    "json_apart": Check(_of(TEXT, _apart), early=True),
    "facts_told": Check(_of(TEXT, _tells), early=True),
    "facts_in_place": Check(_of(TEXT, _in_place), early=True),
    "json_valid": Check(_of(JSON, _valid), early=True),
    "no_extra_keys": Check(_of_json(_no_extra), early=True),
    "values_in_text": Check(_of_json(_in_text), early=True),
    "facts_kept": Check(_of_json(_kept), early=True),
}
"""The checks of a text with its JSON, by name."""
