"""The geometry of the page's plots: places in per cent, so that they fit a phone and paper, and words keep their size. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from graphs.experimenting.report import ArmResult, ContrastResult
from graphs.experimenting.showing.wording import finding_of
from graphs.pages.plots import SHAPES, Forest, Tick, forest_of, known, letters, scale_of, span
from graphs.pages.wording import TOLD, hundred, number
from scenarios.frozen import Frozen

_CLOSE = 8
"""Per cent of an axis within which two letters would stand on each other."""


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
    across = scale_of(
        [0.0, *known(arm.tokens.value for _, arm, *_ in there), *known(arm.tokens.high for _, arm, *_ in there)], 0
    )
    upright = scale_of(
        [value for _, arm, *_ in there for value in known((arm.good.value, arm.good.low, arm.good.high))], 0, 1
    )
    best = _best([(x, y) for _, _, x, y, _ in there])
    places = [(across.at(x), 100 - upright.at(y)) for _, _, x, y, _ in there]
    spots = tuple(
        ArmMark(
            letter=letter, name=arm.name, shape=shape, x=across.at(x), y=round(100 - upright.at(y), 2),
            across=span(across, arm.tokens.low, arm.tokens.high),
            upright=span(upright, arm.good.low, arm.good.high, turned=True), best=(x, y) in best,
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


def contrasts_of(contrasts: Sequence[ContrastResult]) -> Forest:
    """The contrasts on one scale, in briefs of 100, with zero on it."""
    return forest_of(
        [
            (
                f"{one.other} beside {one.base}",
                f"{'declared' if one.declared else 'exploratory'}, {TOLD[finding_of(one)]}",
                one.declared,
                one.difference,
            )
            for one in contrasts
        ]
    )
