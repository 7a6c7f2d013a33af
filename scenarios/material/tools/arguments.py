"""What is wrong with the arguments of a call, in words that the model which made it understands. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import jsonschema
import regex
from referencing import Registry

from scenarios.errors import nearest
from scenarios.material.tools.spec import ToolSpec
from scenarios.reading.files import unwritable
from scenarios.reading.json_text import parse_json

_MOST = 200_000
"""Characters of a call's arguments."""
_TOLD = 3
"""Faults that are told at once."""
_MATCHING_S = 0.2
"""Seconds that a pattern out of a file may take: one that takes longer is not checked."""
_KINDS = {
    "string": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false", "array": "a list",
    "object": "an object", "null": "null",
}  # fmt: skip


def argument_fault(spec: ToolSpec, arguments: str) -> str:
    """What is wrong with a call's arguments (JSON text, perhaps none), or an empty string."""
    if len(arguments) > _MOST:
        return f"the arguments are longer than {_MOST:,} characters"
    if why := unwritable(arguments):
        return f"the text of the arguments {why}"
    try:
        value = parse_json(arguments)
    except ValueError as error:
        return f"the arguments are not JSON: {error}"
    if _endless(value):
        return "the arguments hold a number that is too large"
    if not isinstance(value, dict):
        return "the arguments have to be one JSON object"
    return _told(validator(json.dumps(spec.parameters)), value)


def value_fault(schema: dict[str, Any], value: Any) -> str:
    """What is wrong with a value of a schema, or an empty string."""
    return _told(validator(json.dumps(schema)), value)


def _endless(value: Any) -> bool:
    """Whether a value holds a number beyond all that JSON can be written with."""
    if isinstance(value, dict | list):
        return any(map(_endless, value.values() if isinstance(value, dict) else value))
    return isinstance(value, float) and not math.isfinite(value)


@lru_cache(maxsize=512)
def validator(schema: str) -> Any:
    """The validator of a schema, as JSON. It looks nothing up, and no pattern holds it up."""
    kinds = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"pattern": _pattern})
    registry: Registry[Any] = Registry()
    formats = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return kinds(json.loads(schema), registry=registry, format_checker=formats)


def _pattern(_: Any, pattern: str, value: Any, __: Any) -> Iterator[jsonschema.ValidationError]:
    if not isinstance(value, str):
        return
    try:
        if regex.search(pattern, value, timeout=_MATCHING_S):
            return
    except TimeoutError:
        return
    yield jsonschema.ValidationError(f"{value!r} does not match {pattern!r}")


def _told(checks: Any, value: Any) -> str:
    try:
        found = sorted(checks.iter_errors(value), key=lambda error: [str(part) for part in error.absolute_path])
    except RecursionError:
        return "the arguments are nested too deeply"
    return "; ".join(dict.fromkeys(_words(error)[:300] for error in found[:_TOLD]))


def _words(error: Any) -> str:
    """One fault in words."""
    at = ".".join(map(str, error.absolute_path))
    where, given = f"'{at}'" if at else "it", error.instance
    if error.validator == "required" and isinstance(given, dict):
        missing = next((name for name in error.validator_value if name not in given), "")
        return f"'{f'{at}.' if at else ''}{missing}' is missing"
    if error.validator == "additionalProperties" and isinstance(given, dict):
        known = list(error.schema.get("properties", {}))
        extra = next((name for name in given if name not in known), "")
        there = f"there are {', '.join(known)}" if known else "there are none"
        return f"there is no argument '{f'{at}.' if at else ''}{extra[:80]}'{nearest(extra[:80], known)}; {there}"
    if error.validator == "type":
        return f"{where} has to be {_kinds(error.validator_value)}, and {_shown(given)} is not"
    if error.validator in {"enum", "const"}:
        values = error.validator_value if error.validator == "enum" else [error.validator_value]
        return f"{where} has to be one of {', '.join(map(_shown, values))}, and is {_shown(given)}"
    if error.validator == "format":
        return f"{where} has to be a {error.validator_value}, and {_shown(given)} is not"
    if error.validator == "pattern":
        return f"{where} has to match {error.validator_value}, and {_shown(given)} does not"
    if error.validator in {"oneOf", "anyOf"}:
        return f"{where} fits none of the forms that it may have, or more than one" + _nearest_form(error)
    return f"{where}: {error.message}"


def _nearest_form(error: Any) -> str:
    """What the form that fits best finds wrong."""
    best = jsonschema.exceptions.best_match([error])
    return f": {best.message}" if best is not None and best is not error else ""


def _kinds(kinds: Any) -> str:
    names = kinds if isinstance(kinds, list) else [kinds]
    return " or ".join(_KINDS.get(str(kind), str(kind)) for kind in names)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:60]}…"
