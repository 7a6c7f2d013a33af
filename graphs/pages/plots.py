"""The geometry of plots: places in per cent, so that they fit a phone and paper, and words keep their size. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import ceil, floor

from evaluation.histograms import round_step
from evaluation.intervals import Figure
from graphs.pages.wording import Tendency, digits_of, signed, tendency
from scenarios.frozen import Frozen

SHAPES = ("circle", "square", "diamond", "triangle", "cross", "pentagon")
"""Marks of arms or datasets, in their order; each has its letter beside it, too."""
_ROOM = 0.06
"""Of a scale, the part that stays free at its ends."""


class Tick(Frozen):
    """A place on an axis."""

    at: float
    """In per cent of the axis."""
    text: str


class ForestRow(Frozen):
    """A difference in a forest plot."""

    name: str
    note: str
    square: bool
    """Its mark is a square, else a diamond."""
    finding: Tendency
    at: float | None
    low: float | None
    high: float | None
    said: str


class Forest(Frozen):
    """Differences beside each other."""

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
        step = round_step((self.most - self.least) / wanted)
        first, last = ceil(self.least / step - 1e-9), floor(self.most / step + 1e-9)
        return [round(step * place, 10) for place in range(first, last + 1)]


def letters(count: int) -> list[str]:
    """A letter for each arm; from the 27th on with a number."""
    return [chr(65 + place % 26) + (str(place // 26) if place >= 26 else "") for place in range(count)]


def forest_of(
    found: Sequence[tuple[str, str, bool, Figure]],
    form: Callable[[float, int | None], str] = signed,
    digits: int | None = None,
) -> Forest:
    """Differences on one scale with zero on it: a name, a note, whether its mark is a square, and the figure, each; `form` writes a
    value in so many decimals."""
    values = [value for *_, one in found for value in known((one.value, one.low, one.high))]
    most = max(map(abs, values), default=0.0) or 0.1
    scale = scale_of([min([0.0, *values]), max([0.0, *values]), *([] if values else [-most, most])])
    rows = tuple(
        ForestRow(
            name=name, note=note, square=square, finding=tendency(one), at=at(scale, one.value), low=at(scale, one.low),
            high=at(scale, one.high), said=_said(one, form, digits_of(one) if digits is None else digits),
        )
        for name, note, square, one in found
    )  # fmt: skip
    ticks = tuple(Tick(at=scale.at(value), text=form(value, digits)) for value in scale.ticks(6))
    return Forest(rows=rows, zero=scale.at(0.0), ticks=ticks)


def _said(found: Figure, form: Callable[[float, int | None], str], digits: int) -> str:
    if found.value is None:
        return "no figure"
    if found.low is None or found.high is None:
        return f"{form(found.value, None)} (no interval)"
    return f"{form(found.value, digits)} ({form(found.low, digits)} to {form(found.high, digits)})"


def at(scale: Scale, value: float | None) -> float | None:
    """Where a value lies, if it is known."""
    return None if value is None else scale.at(value)


def span(scale: Scale, low: float | None, high: float | None, *, turned: bool = False) -> tuple[float, float] | None:
    """An interval on a scale; turned round if the scale goes down the page."""
    if low is None or high is None:
        return None
    first, last = scale.at(low), scale.at(high)
    return (round(100 - last, 2), round(100 - first, 2)) if turned else (first, last)


def known(values: Iterable[float | None]) -> list[float]:
    """The values that are known."""
    return [value for value in values if value is not None]


def scale_of(values: Sequence[float], least: float | None = None, most: float | None = None) -> Scale:
    """A scale for these values, with room at its ends, but for the ends that nothing can pass."""
    low, high = min(values), max(values)
    room = (high - low or abs(high) or 1.0) * _ROOM
    low, high = low - room, high + room
    if least is not None:
        low = max(low, least)
    if most is not None:
        high = min(high, most)
    return Scale(least=low, most=high) if high > low else Scale(least=low - 0.5, most=low + 0.5)
