"""A JSON text with other values under the same keys. Pure."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from agents.defects.kinds import DefectStrength
from agents.defects.texts import numbers_in, other_number, with_number

_Path = tuple[str | int, ...]


def value_of(text: str) -> Any:
    """The object or list that a text is; None if it is none."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) and found else None


def other_values(text: str, strength: DefectStrength, rng: random.Random) -> tuple[str, str] | None:
    """The text with one or more values changed, and what was changed; None if it is no JSON, or has too few values."""
    value = value_of(text)
    if value is None:
        return None
    leaves = list(_leaves(value))
    changes = _one_off(leaves, rng) if strength is DefectStrength.MILD else _exchanged(leaves, strength, rng)
    if not changes:
        return None
    for path, other in changes.items():
        _put(value, path, other)
    told = ", ".join(f"{'.'.join(map(str, path))} became {json.dumps(other)}" for path, other in changes.items())
    return json.dumps(value, ensure_ascii=False, indent=2 if "\n" in text.strip() else None), told


def _leaves(value: Any, path: _Path = ()) -> Iterator[tuple[_Path, Any]]:
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(inner, (*path, key))
    elif value is not None:
        yield path, value


def _put(value: Any, path: _Path, other: Any) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = other


def _one_off(leaves: list[tuple[_Path, Any]], rng: random.Random) -> dict[_Path, Any]:
    """One number, or a text with one, with a digit changed."""
    numbered = [
        (path, leaf)
        for path, leaf in leaves
        if (isinstance(leaf, int | float) and not isinstance(leaf, bool))
        or (isinstance(leaf, str) and numbers_in(leaf))
    ]
    if not numbered:
        return {}
    path, leaf = rng.choice(numbered)
    shown = leaf if isinstance(leaf, str) else json.dumps(leaf)
    number = numbers_in(shown)[-1]
    changed = with_number(shown, number, other_number(number, DefectStrength.MILD, rng))
    return {path: changed if isinstance(leaf, str) else json.loads(changed)}


def _exchanged(leaves: list[tuple[_Path, Any]], strength: DefectStrength, rng: random.Random) -> dict[_Path, Any]:
    """Two values of one type in each other's place, or all of that type moved on by one."""
    by_type: dict[type, list[tuple[_Path, Any]]] = {}
    for path, leaf in leaves:
        if not isinstance(leaf, bool):
            by_type.setdefault(type(leaf), []).append((path, leaf))
    fewest = 2 if strength is DefectStrength.PLAIN else 3
    possible = [found for found in by_type.values() if len({json.dumps(leaf) for _, leaf in found}) >= fewest]
    if not possible:
        return {}
    found = max(possible, key=len)
    if strength is DefectStrength.PLAIN:
        one = rng.choice(found)
        other = rng.choice([leaf for leaf in found if leaf[1] != one[1]])
        return {one[0]: other[1], other[0]: one[1]}
    moved = [*found[1:], found[0]]
    return {path: other for (path, leaf), (_, other) in zip(found, moved, strict=True) if leaf != other}
