"""The values of a JSON by its schema: each with its place, and where two JSONs differ. Pure.

A key that is null, an empty list or an empty object says the same as one that is left out: nothing is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from agents.checks.extract.nested import SchemaNode
from agents.checks.extract.told import same


class Spot(NamedTuple):
    """A place of a JSON that its schema has a value for."""

    path: str
    """As it is shown: `parties[1].name`."""
    key: str
    """The same in the schema: `parties.name`."""
    node: SchemaNode
    value: Any
    """None if nothing is known."""


def nothing(value: Any) -> bool:
    """Whether a value says nothing: null, or a list, an object or a text without anything in it."""
    if isinstance(value, dict):
        return all(map(nothing, value.values()))
    return value is None or (isinstance(value, list | str) and not value)


def spots(node: SchemaNode, value: Any, path: str = "", key: str = "") -> Iterator[Spot]:
    """Every place of a JSON that its schema has a value for, in the schema's order; also those without a value."""
    if node.properties:
        given = value if isinstance(value, dict) else {}
        for name, part in node.properties.items():
            yield from spots(
                part, given.get(name), f"{path}.{name}" if path else name, f"{key}.{name}" if key else name
            )
    elif node.items is not None:
        given_items = value if isinstance(value, list) else []
        for place, item in enumerate(given_items):
            yield from spots(node.items, item, f"{path}[{place}]", key)
        if not given_items:
            yield Spot(path, key, node, None)
    else:
        yield Spot(path, key, node, None if nothing(value) else value)


def differences(node: SchemaNode, planned: Any, found: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two values of a schema differ, each with what either has there. Strings are the same whatever the case, spacing,
    typography and a leading article; lists item by item, and in any order if the schema says `uniqueItems`."""
    if isinstance(planned, dict) and isinstance(found, dict):
        for name in dict.fromkeys((*planned, *found)):
            inner, at = node.properties.get(name), f"{path}.{name}" if path else name
            if inner is None:
                yield at, planned.get(name), found.get(name)
            else:
                yield from differences(inner, planned.get(name), found.get(name), at)
    elif nothing(planned) or nothing(found):
        if not (nothing(planned) and nothing(found)):
            yield path, planned, found
    elif isinstance(planned, list) and isinstance(found, list) and node.items is not None:
        yield from _between(node, node.items, planned, found, path)
    elif not same(found, planned):
        yield path, planned, found


def _between(
    node: SchemaNode, item: SchemaNode, planned: list[Any], found: list[Any], path: str
) -> Iterator[tuple[str, Any, Any]]:
    if len(planned) != len(found):
        yield path, planned, found
    elif not node.unique:
        for place, (one, other) in enumerate(zip(planned, found, strict=True)):
            yield from differences(item, one, other, f"{path}[{place}]")
    else:
        left = list(found)
        for one in planned:
            match = next((place for place, other in enumerate(left) if not any(differences(item, one, other))), None)
            if match is None:
                yield path, one, left
                return
            left.pop(match)


_PATH_INDEX = re.compile(r"\[\d*\]")


def stray_key(node: SchemaNode, value: Any, path: str = "") -> str:
    """The first key of a JSON that its schema does not name, even if it allows more; empty if there is none."""
    if isinstance(value, dict):
        for name, inner in value.items():
            at, part = f"{path}.{name}" if path else name, node.properties.get(name)
            if part is None:
                return at
            if stray := stray_key(part, inner, at):
                return stray
    elif isinstance(value, list) and node.items is not None:
        strays = (stray_key(node.items, inner, f"{path}[{place}]") for place, inner in enumerate(value))
        return next(filter(None, strays), "")
    return ""


def key_of(path: str) -> str:
    """The key of the schema that a path names: `parties[1].name` is `parties.name`."""
    return _PATH_INDEX.sub("", path).strip(".")
