"""Inputs near those that tests have: where a function and a mutant of it may part."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any


def near(inputs: Sequence[tuple[Any, ...]], most: int) -> list[tuple[Any, ...]]:
    """The inputs themselves and, in turn from each, those with one argument a little changed; at most `most`."""
    rows = [list(_changed(args)) for args in inputs]
    columns = (args for column in zip_longest(*rows) for args in column if args is not None)
    found: dict[str, tuple[Any, ...]] = {}
    for args in (*inputs, *columns):
        found.setdefault(repr(args), args)
    return list(found.values())[:most]


def _changed(args: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    options = [variations(one) for one in args]
    columns = zip_longest(*([(place, one) for one in row] for place, row in enumerate(options)))
    return [(*args[: at[0]], at[1], *args[at[0] + 1 :]) for column in columns for at in column if at is not None]


def variations(value: Any, inside: bool = True) -> list[Any]:
    """Values at the boundaries of a literal, most telling first."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1, 0, -value, 1, value * 2]
    if isinstance(value, float):
        return [value + 1, value - 1, 0.0, -value, value + 0.5]
    if isinstance(value, str):
        return [value[1:], value[:-1], "", value.upper(), value.lower(), value[::-1], value + value[:1]]
    if isinstance(value, list | tuple):
        kind = type(value)
        within = [kind([one, *value[1:]]) for one in variations(value[0], False)] if value and inside else []
        return [value[1:], value[:-1], kind(), value[::-1], kind([*value, *value[:1]]), *within]
    if isinstance(value, dict):
        first = next(iter(value), None)
        return [{key: held for key, held in value.items() if key != first}, {}]
    return []
