"""`diversity.html`: what was measured of a dataset, on one page that needs nothing from anywhere. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from evaluation.diversity import Diversity
from evaluation.histograms import Histogram
from evaluation.intervals import Figure
from evaluation.metrics import LESS_IS_DIVERSE, Metric
from evaluation.speech.likeness import Course, Effect
from graphs.observe.tables import COURSE, METRICS, TRAITS, is_flattered, number
from graphs.pages.page import cleaned, render
from graphs.pages.plots import Forest, Tick, forest_of, scale_of
from graphs.pages.wording import Tendency, percent, tendency
from scenarios.frozen import Frozen


class MetricRow(Frozen):
    """A metric: its figure, its interval and which way is more diverse; beside a reference also that one's figure and the difference."""

    name: str
    note: str
    cells: tuple[tuple[str, str], ...]
    finding: Tendency


class Bar(Frozen):
    """One bin of a histogram, in per cent of the plot."""

    left: float
    width: float
    height: float
    said: str


class Bars(Frozen):
    """A histogram."""

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]


class BarShare(Frozen):
    """A part of a whole."""

    name: str
    part: float | None
    """In per cent."""
    said: str


class Curve(Frozen):
    """A figure over the rounds."""

    name: str
    points: tuple[tuple[float, float, str], ...]
    """Places in per cent from the left and from the top, each with its words."""


def evaluation_page(found: Diversity, name: str, reference: str = "") -> str:
    """The page as one HTML document: the same for the same figures. `name` and `reference` are how the sets were given."""
    shown = Diversity.model_validate(cleaned(found.model_dump(mode="json")))
    return render(
        Path(__file__).parent / "evaluation.html.jinja", found=shown, name=cleaned(name), reference=cleaned(reference),
        flattered=is_flattered(shown), metrics=_metrics(shown), lengths=_bars(shown.lengths), nearest=_bars(shown.nearest),
        coverage=_coverage(shown), within=_within(shown), rounds=_rounds(shown), beside=_beside(shown), sides=_sides(shown),
        apart=_apart(shown),
    )  # fmt: skip


def _cell(figure: Figure) -> tuple[str, str]:
    interval = "" if figure.low is None else f"{number(figure.low)} to {number(figure.high)}"
    return number(figure.value), interval


def _way(metric: Metric) -> str:
    return "less is more diverse" if metric in LESS_IS_DIVERSE else "more is more diverse"


def _metrics(found: Diversity) -> list[MetricRow]:
    return [
        MetricRow(name=METRICS[metric], note=_way(metric), cells=(_cell(figure),), finding=Tendency.UNKNOWN)
        for metric, figure in found.metrics.items()
    ]


def _beside(found: Diversity) -> list[MetricRow]:
    if (against := found.reference) is None:
        return []
    rows = []
    for metric, name in METRICS.items():
        difference = against.difference[metric]
        cells = (_cell(against.dataset[metric]), _cell(against.reference[metric]), _cell(difference))
        rows.append(MetricRow(name=name, note=_way(metric), cells=cells, finding=tendency(difference)))
    return rows


def _bars(found: Histogram | None) -> Bars | None:
    if found is None:
        return None
    low, high, most = found.edges[0], found.edges[-1], max(found.counts)
    width = 100 / len(found.counts)
    bars = tuple(
        Bar(
            left=round(place * width, 3), width=round(width, 3), height=round(100 * count / most, 2),
            said=f"{number(found.edges[place])} to {number(found.edges[place + 1])}: {count}",
        )
        for place, count in enumerate(found.counts)
    )  # fmt: skip
    scale = scale_of([low, high], low, high)
    return Bars(bars=bars, ticks=tuple(Tick(at=scale.at(value), text=number(value)) for value in scale.ticks()))


def _coverage(found: Diversity) -> list[BarShare]:
    if found.coverage is None:
        return []
    every = {**found.coverage.values, "pairs of values": found.coverage.pairs, "cells": found.coverage.cells}
    return [
        BarShare(
            name=name, part=round(100 * one.met / one.possible, 2) if one.possible else None,
            said=f"{one.met:,} of {one.possible:,}",
        )
        for name, one in every.items()
    ]  # fmt: skip


def _within(found: Diversity) -> list[BarShare]:
    return [
        BarShare(
            name=axis, part=None if one.kept is None else round(min(100.0, 100 * one.kept), 2),
            said=f"{percent(one.kept)}: {number(one.within)} of {number(one.whole)}",
        )
        for axis, one in found.within.items()
    ]  # fmt: skip


def _rounds(found: Diversity) -> list[Curve]:
    slices = found.rounds
    named = {
        "distance to earlier rounds": [one.novelty for one in slices],
        "Vendi score of a slice": [one.vendi for one in slices],
        "distinct-2 of a slice": [one.distinct_2 for one in slices],
    }
    curves = []
    for name, values in named.items():
        there = [(place, value) for place, value in enumerate(values) if value is not None]
        if len(there) < 2:
            continue
        scale = scale_of([0.0, *(value for _, value in there)], least=0.0)
        points = tuple(
            (
                round(100 * (place + 0.5) / len(slices), 2), round(100 - scale.at(value), 2),
                f"rounds {slices[place].first} to {slices[place].last}: {number(value)}",
            )
            for place, value in there
        )  # fmt: skip
        curves.append(Curve(name=name, points=points))
    return curves


def _sides(found: Diversity) -> list[tuple[str, Forest]]:
    if found.likeness is None:
        return []
    course = {str(key): effect for key, effect in found.likeness.course.items()}
    every: dict[str, Mapping[str, Effect]] = {"whole conversations": course}
    every |= {f"the {side}'s messages": effects for side, effects in found.likeness.sides.items()}
    return [(name, _forest(effects)) for name, effects in every.items()]


def _forest(effects: Mapping[str, Effect]) -> Forest:
    order = sorted(effects.items(), key=lambda one: -abs(one[1].delta.value or 0.0))
    rows = [
        (
            _named(key),
            f"{number(one.first)} here, {number(one.second)} there: {one.size or 'no figure'}",
            True,
            one.delta,
        )
        for key, one in order
    ]
    return forest_of(rows, lambda value, _: f"{value:+.2f}".replace("-", "−"))


def _named(key: str) -> str:
    return next((COURSE[one] for one in Course if one == key), None) or next(
        TRAITS[one] for one in TRAITS if one == key
    )


def _apart(found: Diversity) -> str:
    if found.likeness is None or found.likeness.told_apart.value is None:
        return ""
    one = found.likeness.told_apart
    interval = "" if one.low is None else f" (95 %: {percent(one.low)} to {percent(one.high)})"
    return f"{percent(one.value)}{interval}"
