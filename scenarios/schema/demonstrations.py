"""Demonstrations: worked examples that prompts show, and which of them a brief gets. Pure."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from enum import StrEnum

from pydantic import Field

from scenarios.frozen import Frozen
from scenarios.schema.axes import Cell


class Demonstration(Frozen):
    """One worked example: a cell, its facts and texts, and the sample. The scenario's own were written by a person."""

    cell: dict[str, str] = Field(default_factory=dict)
    facts: dict[str, str] = Field(default_factory=dict)
    texts: dict[str, str] = Field(default_factory=dict)
    lines: tuple[dict[str, str], ...] = ()
    """For dialogues: {speaker, act, text} in order."""
    fields: dict[str, str] = Field(default_factory=dict)


class Peer(Demonstration):
    """An accepted sample of an earlier round that is shown as a demonstration."""

    id: str


class Choice(StrEnum):
    """Which demonstrations a brief is given."""

    NEAR = "near"
    """Those that share most values with its cell, the nearest last."""
    RANDOM = "random"
    COVERING = "covering"
    """Those that together show most values."""
    NONE = "none"


def chosen(
    pool: Sequence[Demonstration], cell: Cell, choice: Choice, count: int, rng: random.Random
) -> tuple[int, ...]:
    """The places in `pool` of the demonstrations for a cell, at most `count`; ties are drawn by chance."""
    if choice is Choice.NONE:
        return ()
    if choice is Choice.RANDOM:
        return tuple(rng.sample(range(len(pool)), min(count, len(pool))))
    if choice is Choice.COVERING:
        return _covering(pool, count, rng)

    def distance(place: int) -> tuple[float, float]:
        shown = pool[place].cell
        shared = sum(cell.get(axis) == value for axis, value in shown.items())
        return (-shared if shown else math.inf, rng.random())

    ranked = sorted(range(len(pool)), key=distance)
    return tuple(reversed(ranked[:count]))


def _covering(pool: Sequence[Demonstration], count: int, rng: random.Random) -> tuple[int, ...]:
    """One by one the demonstration that shows most values that those before it do not."""
    left = list(range(len(pool)))
    rng.shuffle(left)
    shown: set[tuple[str, str]] = set()
    found: list[int] = []
    while left and len(found) < count:
        best = max(left, key=lambda place: len(pool[place].cell.items() - shown))
        shown |= pool[best].cell.items()
        left.remove(best)
        found.append(best)
    return tuple(found)
