"""The geometry of the page's plots: places in per cent, so that they fit a phone and paper, and words keep their size. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import ceil, floor, log10

from graphs.experimenting.report import ArmResult, ContrastResult
from graphs.experimenting.showing.wording import Tendency, digits_of, finding_of, hundred, number, signed
from scenarios.frozen import Frozen

SHAPES = ("circle", "square", "diamond", "triangle", "cross", "pentagon")
"""Marks of arms, in their order; each has its letter beside it, too."""
_ROOM = 0.06
"""Of a scale, the part that stays free at its ends."""
_CLOSE = 8
"""Per cent of an axis within which two letters would stand on each other."""


class Tick(Frozen):
    """A place on an axis."""

    at: float
    """In per cent of the axis."""
    text: str


class ArmMark(Frozen):
    """An arm in the scatter plot; its interval on either axis is left out if it has none."""

    letter: str
    name: str
    shape: str
    x: float
    y: float
    """From the top."""
    across: tuple[float, float] | None
    upright: tuple[float, float] | None
    aside: bool
    """Its letter stands on its left, since another mark lies close on its right."""
    best: bool
    """No other arm is both cheaper and better, by the measured figures."""
    said: str


class Scatter(Frozen):
    """Cost against quality."""

    spots: tuple[ArmMark, ...]
    line: tuple[tuple[float, float, float, float], ...]
    """The steps of the frontier."""
    across: tuple[Tick, ...]
    upright: tuple[Tick, ...]
    missing: tuple[str, ...]
    """Arms that have no figure to be placed by."""


class ForestRow(Frozen):
    """A contrast in the forest plot."""

    name: str
    declared: bool
    finding: Tendency
    at: float | None
    low: float | None
    high: float | None
    said: str


class Forest(Frozen):
    """The contrasts beside each other."""

    rows: tuple[ForestRow, ...]
    zero: float
    ticks: tuple[Tick, ...]


class Scale(Frozen):
    """From values to per cent of an axis."""

    least: float
    most: float

    def at(self, value: float) -> float:
        """Where a value lies."""
        return round(100 * (value - self.least) / (self.most - self.least), 2)

    def ticks(self, wanted: int = 5) -> list[float]:
        """Round values on the axis, about so many."""
        step = _step((self.most - self.least) / wanted)
        first, last = ceil(self.least / step - 1e-9), floor(self.most / step + 1e-9)
        return [round(step * place, 10) for place in range(first, last + 1)]


def letters(count: int) -> list[str]:
    """A letter for each arm; from the 27th on with a number."""
    return [chr(65 + place % 26) + (str(place // 26) if place >= 26 else "") for place in range(count)]


def scatter_of(arms: Sequence[ArmResult]) -> Scatter:
    """Where the arms lie: tokens a brief across, the share of good briefs upright."""
    placed = [
        (letter, arm, arm.tokens.value, arm.good.value, SHAPES[place % len(SHAPES)])
        for place, (letter, arm) in enumerate(zip(letters(len(arms)), arms, strict=True))
    ]
    there = [(letter, arm, x, y, shape) for letter, arm, x, y, shape in placed if x is not None and y is not None]
    missing = tuple(arm.name for _, arm, x, y, _ in placed if x is None or y is None)
    if not there:
        return Scatter(spots=(), line=(), across=(), upright=(), missing=missing)
    across = _scale(
        [0.0, *_known(arm.tokens.value for _, arm, *_ in there), *_known(arm.tokens.high for _, arm, *_ in there)], 0
    )
    upright = _scale(
        [value for _, arm, *_ in there for value in _known((arm.good.value, arm.good.low, arm.good.high))], 0, 1
    )
    best = _best([(x, y) for _, _, x, y, _ in there])
    places = [(across.at(x), 100 - upright.at(y)) for _, _, x, y, _ in there]
    spots = tuple(
        ArmMark(
            letter=letter, name=arm.name, shape=shape, x=across.at(x), y=round(100 - upright.at(y), 2),
            across=_span(across, arm.tokens.low, arm.tokens.high),
            upright=_span(upright, arm.good.low, arm.good.high, turned=True), best=(x, y) in best,
            aside=_crowded(places, place),
            said=f"{letter}, {arm.name}: {hundred(y)} % good, {number(x)} tokens a brief",
        )
        for place, (letter, arm, x, y, shape) in enumerate(there)
    )  # fmt: skip
    return Scatter(
        spots=spots, line=tuple(_steps([spot for spot in spots if spot.best])), missing=missing,
        across=tuple(Tick(at=across.at(value), text=number(value)) for value in across.ticks()),
        upright=tuple(Tick(at=round(100 - upright.at(value), 2), text=f"{hundred(value)} %") for value in upright.ticks()),
    )  # fmt: skip


def _crowded(places: Sequence[tuple[float, float]], own: int) -> bool:
    """Whether another mark lies close on the right of a place."""
    x, y = places[own]
    return any(
        (0 < a - x < _CLOSE or (a == x and number > own)) and abs(b - y) < _CLOSE
        for number, (a, b) in enumerate(places)
        if number != own
    )


def _best(points: Sequence[tuple[float, float]]) -> set[tuple[float, float]]:
    return {
        (x, y)
        for x, y in points
        if not any((a <= x and b >= y) and (a, b) != (x, y) for a, b in points)
    }  # fmt: skip


def _steps(spots: Sequence[ArmMark]) -> Iterable[tuple[float, float, float, float]]:
    """From each spot on the frontier across to where the next begins, and up to it; the last goes on to the edge."""
    row = sorted(spots, key=lambda spot: (spot.x, -spot.y))
    for one, other in pairwise(row):
        yield one.x, one.y, other.x, one.y
        yield other.x, one.y, other.x, other.y
    if row:
        yield row[-1].x, row[-1].y, 100.0, row[-1].y


def forest_of(contrasts: Sequence[ContrastResult]) -> Forest:
    """The contrasts on one scale, in briefs of 100, with zero on it."""
    values = [
        value
        for one in contrasts
        for value in _known((one.difference.value, one.difference.low, one.difference.high))
    ]  # fmt: skip
    most = max(map(abs, values), default=0.0) or 0.1
    scale = _scale([min([0.0, *values]), max([0.0, *values]), *([] if values else [-most, most])])
    rows = tuple(
        ForestRow(
            name=f"{one.other} beside {one.base}", declared=one.declared, finding=finding_of(one),
            at=_at(scale, one.difference.value), low=_at(scale, one.difference.low), high=_at(scale, one.difference.high),
            said=_said(one),
        )
        for one in contrasts
    )  # fmt: skip
    ticks = tuple(Tick(at=scale.at(value), text=signed(value)) for value in scale.ticks(6))
    return Forest(rows=rows, zero=scale.at(0.0), ticks=ticks)


def _said(one: ContrastResult) -> str:
    found, digits = one.difference, digits_of(one.difference)
    if found.value is None:
        return "no figure"
    if found.low is None or found.high is None:
        return f"{signed(found.value)} (no interval)"
    return f"{signed(found.value, digits)} ({signed(found.low, digits)} to {signed(found.high, digits)})"


def _at(scale: Scale, value: float | None) -> float | None:
    return None if value is None else scale.at(value)


def _span(scale: Scale, low: float | None, high: float | None, *, turned: bool = False) -> tuple[float, float] | None:
    if low is None or high is None:
        return None
    first, last = scale.at(low), scale.at(high)
    return (round(100 - last, 2), round(100 - first, 2)) if turned else (first, last)


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _scale(values: Sequence[float], least: float | None = None, most: float | None = None) -> Scale:
    """A scale for these values, with room at its ends, but for the ends that nothing can pass."""
    low, high = min(values), max(values)
    room = (high - low or abs(high) or 1.0) * _ROOM
    low, high = low - room, high + room
    if least is not None:
        low = max(low, least)
    if most is not None:
        high = min(high, most)
    return Scale(least=low, most=high) if high > low else Scale(least=low - 0.5, most=low + 0.5)


def _step(width: float) -> float:
    """The round step nearest above a width: 1, 2, 5 and their tens."""
    power = 10.0 ** floor(log10(width))
    return float(next(power * one for one in (1, 2, 5, 10) if power * one >= width - 1e-12))
