"""YAML's scalars as JSON has them: numbers, true, false and null. A date stays a text."""

from __future__ import annotations

import re
from typing import Any

from scenarios.reading.yaml_text import Plain

_WORDS: dict[str, bool | None] = {
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False, "null": None, "~": None,
    "Null": None, "NULL": None, "": None,
}  # fmt: skip
_WHOLE = re.compile(r"[-+]?\d{1,300}")
_BROKEN = re.compile(r"[-+]?(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][-+]?\d{1,3})?")


def as_json(value: Any) -> Any:
    """Data out of YAML with every scalar that stands without quotation marks typed as JSON has it."""
    if isinstance(value, dict):
        return {str(key): as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_json(inner) for inner in value]
    if not isinstance(value, Plain):
        return value
    if value in _WORDS:
        return _WORDS[value]
    if _WHOLE.fullmatch(value):
        return int(value)
    if _BROKEN.fullmatch(value) and abs(number := float(value)) != float("inf"):
        return number
    return str(value)
