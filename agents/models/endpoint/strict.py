"""A JSON schema in the form that strict structured answers ask for."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

_OPEN = ("patternProperties", "propertyNames", "unevaluatedProperties")
_HOMES = ("properties", "$defs", "definitions")
"""Keys under which names are a user's own, and no keywords."""


def strict_form(schema: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """The schema with every property required, the optional ones nullable, and no other properties allowed; and whether
    it could be written so. An object of any properties cannot: then the schema comes back as it is."""
    return (_closed(schema), True) if _closable(schema) else (schema, False)


def without(schema: Any, keywords: Set[str]) -> Any:
    """A schema without some keywords, wherever they stand."""
    if isinstance(schema, list):
        return [without(each, keywords) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: without(each, keywords) for name, each in value.items()}
        if key in _HOMES and isinstance(value, dict)
        else without(value, keywords)
        for key, value in schema.items()
        if key not in keywords
    }


def holds(schema: Any, keyword: str) -> bool:
    """Whether a schema uses a keyword."""
    return bool(without(schema, {keyword}) != schema)


def _closable(schema: Any) -> bool:
    if isinstance(schema, list):
        return all(map(_closable, schema))
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object" and not schema.get("properties"):
        return False
    if schema.get("additionalProperties") or any(key in schema for key in _OPEN):
        return False
    return all(
        all(map(_closable, value.values())) if key in _HOMES and isinstance(value, dict) else _closable(value)
        for key, value in schema.items()
        if key not in {"enum", "const", "examples", "default", "required"}
    )


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}  # strict forms allow nothing beside it
    found = {
        key: {name: _closed(each) for name, each in value.items()}
        if key in _HOMES and isinstance(value, dict)
        else value
        if key in {"enum", "const", "examples", "required"}
        else _closed(value)
        for key, value in schema.items()
        if key != "default"
    }
    if isinstance(found.get("properties"), dict):
        needed = schema.get("required", ())
        found["properties"] = {
            name: each if name in needed else _nullable(each) for name, each in found["properties"].items()
        }
        found |= {"required": list(found["properties"]), "additionalProperties": False}
    return found


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    ways = schema.get("anyOf")
    if isinstance(ways, list):
        return schema if {"type": "null"} in ways else {**schema, "anyOf": [*ways, {"type": "null"}]}
    if schema.get("type") == "null" or ("null" in (schema.get("type") or ()) and isinstance(schema["type"], list)):
        return schema
    return {"anyOf": [schema, {"type": "null"}]}
