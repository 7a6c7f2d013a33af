"""A value that fits a JSON schema, for the scripted model: small, the same each time, and without meaning."""

from __future__ import annotations

import random
from typing import Any

import orjson

from agents.models.scripted import WORDS
from scenarios.material.tools.arguments import value_fault
from scenarios.material.tools.spec import ToolSpec

_DEPTH = 6
_FORMATS = {
    "date": "2027-03-04", "date-time": "2027-03-04T05:06:07Z", "time": "05:06:07Z", "email": "amber@example.org",
    "uri": "https://example.org/amber", "uuid": "12345678-1234-4234-8234-123456789abc", "ipv4": "192.0.2.1",
}  # fmt: skip


def scripted_result(spec: ToolSpec, seed: int) -> str:
    """What the scripted model answers in a tool's place: a result that fits its schema, or an error if none is found."""
    rng, schema = random.Random(seed), spec.returns or {"type": "object"}
    value = _fitting(schema, rng, _DEPTH)
    if value_fault(schema, value):
        return orjson.dumps({"ok": False, "result": {"error": rng.choice(WORDS)}}).decode()
    return orjson.dumps({"ok": True, "result": value}).decode()


def _fitting(schema: Any, rng: random.Random, depth: int) -> Any:
    if not isinstance(schema, dict) or not depth:
        return rng.choice(WORDS)
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if schema.get("enum"):
        return rng.choice(schema["enum"])
    for key in ("oneOf", "anyOf"):
        if schema.get(key):
            return _fitting(schema[key][0], rng, depth - 1)
    if schema.get("allOf"):
        parts = [_fitting(part, rng, depth - 1) for part in schema["allOf"]]
        return {k: v for part in parts if isinstance(part, dict) for k, v in part.items()}
    kinds = schema.get("type", "object" if "properties" in schema else "string")
    kind = kinds if isinstance(kinds, str) else next((one for one in kinds if one != "null"), "null")
    if kind == "object":
        return {name: _fitting(part, rng, depth - 1) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [_fitting(schema.get("items", {}), rng, depth - 1) for _ in range(schema.get("minItems", 1))]
    if kind == "boolean":
        return True
    if kind in {"integer", "number"}:
        return _number(schema, rng)
    if kind == "null":
        return None
    text = _FORMATS.get(schema.get("format", ""), f"{rng.choice(WORDS)} {rng.choice(WORDS)}")
    return text.ljust(schema.get("minLength", 0), "a")[: schema.get("maxLength", 10_000)]


def _number(schema: dict[str, Any], rng: random.Random) -> int:
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    return int(low) + rng.randint(1, 4) if "maximum" not in schema else int(schema["maximum"])
