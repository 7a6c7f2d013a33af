"""JSON of others, read and written so that no value changes on the way: whole numbers of any length stay what they are."""

from __future__ import annotations

import json
from typing import Any

from scenarios.reading.json_text import parse_json


def read(text: str | bytes) -> Any:
    """The value of JSON text. Raises ValueError for what is none, or what no file can be written with."""
    return parse_json(text.decode() if isinstance(text, bytes) else text)


def written(value: Any, *, ordered: bool = False) -> str:
    """A value as JSON text; `ordered` by the names of its keys, so that equal values are equal texts. Raises ValueError."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=ordered)
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from None


def value_of(raw: bytes | str) -> Any:
    """What a server gave: the value of its JSON, or its text."""
    try:
        found = read(raw)
        written(found)
    except ValueError:  # also bytes that are no UTF-8
        return raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
    return found
