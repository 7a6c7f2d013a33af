"""`comparison.html`: all that a comparison found, on one page that needs nothing from anywhere. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from evaluation.contrasts.effects import EffectSize, size_of
from evaluation.intervals import Figure
from evaluation.metrics import LESS_IS_DIVERSE, Metric
from evaluation.speech.likeness import Effect
from evaluation.speech.shape import Feature
from graphs.comparing.report import BesideLogs, ComparisonReport, PreferredBy, TwoTold
from graphs.comparing.telling import PAIRED, above_half, told_two
from graphs.pages.page import cleaned, render
from graphs.pages.plots import Forest, forest_of
from graphs.pages.wording import TOLD, Tendency, hundred, number, tendency
from scenarios.frozen import Frozen

_MEANS = {
    PreferredBy.JUDGE: "A judge compared two samples at a time, in both orders and without knowing whose they are; if its answer turns with the order, that is a tie.",
    PreferredBy.PEOPLE: "People compared two samples at a time, without knowing whose they are.",
    PreferredBy.NONE: "Nobody was asked what is better: this page shows what can be computed.",
}
_PREFERENCES = {**TOLD, Tendency.MORE: "preferred", Tendency.FEWER: "not preferred"}
_METRICS = {
    Metric.VOCABULARY: "different words, of equally many",
    Metric.COMPRESSION: "compression ratio",
    Metric.INGF: "share of samples that a 3-gram is in",
    Metric.APS: "mean similarity of two samples",
    Metric.CHAMFER: "distance to the nearest sample",
    Metric.LEXICAL: "too near by words",
    Metric.SEMANTIC: "too near by meaning",
}


class MeasureRow(Frozen):
    """A feature or metric: its name, a note, and a figure for each dataset or a difference."""

    name: str
    note: str
    cells: tuple[tuple[str, str], ...]
    finding: Tendency


class MeasureTable(Frozen):
    """The metrics of two datasets."""

    left: str
    right: str
    samples: int
    rows: tuple[MeasureRow, ...]
    covered: str


class EffectPlot(Frozen):
    """Effect sizes of two sets of samples beside each other."""

    title: str
    forest: Forest
    rows: tuple[MeasureRow, ...]


def comparison_page(report: ComparisonReport) -> str:
    """The page, as one HTML document: the same for the same report."""
    shown = ComparisonReport.model_validate(cleaned(report.model_dump(mode="json")))
    found = [(two, told) for two in shown.two if (told := told_two(two)) is not None]
    return render(
        Path(__file__).parent / "comparison.html.jinja", report=shown, preferences=_PREFERENCES,
        means=_MEANS[shown.by], found=found, rates=_rates(shown), strengths=_strengths(shown), paired=PAIRED,
        tables=[_metric_table(two) for two in shown.two if two.metrics is not None],
        shapes=[_effects(f"{two.left} beside {two.right}", two.shape) for two in shown.two],
        features=list(_feature_rows(shown)),
        logs=[
            (like, _by_side(like), _effects(f"{like.name} beside the logs", like.effects, like.ours, like.logs))
            for like in shown.likeness
        ],
    )  # fmt: skip


def _rates(report: ComparisonReport) -> Forest:
    """The win rates, as they are and at equal length, as more or fewer of 100 than a half."""
    rows = []
    for two in report.two:
        if two.preferred is not None:
            name = f"{two.left} to {two.right}"
            rows.append((name, "as preferred", True, above_half(two.preferred.rate)))
            rows += [
                (name, note, False, above_half(found))
                for note, found in (
                    ("at equal length", two.preferred.at_equal_length),
                    ("at equal form", two.preferred.at_equal_form),
                )
                if found.value is not None
            ]
    return forest_of(rows, lambda value, digits: f"{hundred(value + 0.5, digits)} %", 0)


def _strengths(report: ComparisonReport) -> Forest:
    """The strengths of three and more."""
    rows = []
    for note, square, ranking in (
        ("as preferred", True, report.ranking),
        ("at equal length", False, report.ranking_at_equal_length),
    ):
        rows += [(one.name, note, square, one.strength) for one in (ranking.strengths if ranking else [])]
    return forest_of(sorted(rows, key=lambda row: (row[0], not row[2])), _signed)


def _signed(value: float, digits: int | None) -> str:
    text = f"{value:+.2f}".replace("-", "−")
    return text if float(text[1:]) else "0"


def _metric_table(two: TwoTold) -> MeasureTable:
    assert two.metrics is not None
    found = two.metrics
    rows = []
    for metric in Metric:
        difference = found.difference[metric]
        rows.append(
            MeasureRow(
                name=_METRICS.get(metric, metric.value.replace("_", " ")),
                note="less is more diverse" if metric in LESS_IS_DIVERSE else "more is more diverse",
                cells=(_cell(found.dataset[metric]), _cell(found.reference[metric]), _cell(difference, signed=True)),
                finding=tendency(difference),
            )
        )
    return MeasureTable(
        left=two.left, right=two.right, samples=found.samples, rows=tuple(rows), covered=" ".join(_cell(found.covered))
    )


def _effects(
    title: str,
    effects: Mapping[Feature, EffectSize],
    ours: Mapping[Feature, Figure] | None = None,
    theirs: Mapping[Feature, Figure] | None = None,
) -> EffectPlot:
    """The effect sizes, the largest first; with the means of both sides if they are given."""
    order = sorted(effects, key=lambda one: -abs(effects[one].delta.value or 0.0))
    rows = tuple(
        MeasureRow(
            name=_named(one), note=TOLD[tendency(effects[one].delta)], finding=tendency(effects[one].delta),
            cells=(
                *((_cell(ours[one]), _cell(theirs[one])) if ours and theirs else ()),
                _cell(effects[one].delta, signed=True), _cell(effects[one].d, signed=True),
            ),
        )
        for one in order
    )  # fmt: skip
    plot = forest_of(
        [(_named(one), size_of(effects[one].delta.value or 0.0).value, True, effects[one].delta) for one in order],
        _signed,
    )
    return EffectPlot(title=title, forest=plot, rows=rows)


def _by_side(like: BesideLogs) -> Forest | None:
    """Who writes how, beside the logs, the largest effects first; None if there are no conversations to compare."""
    if like.told is None:
        return None
    found = [(str(key), one) for key, one in like.told.course.items()]
    found += [(f"{side}: {key}", one) for side, each in like.told.sides.items() for key, one in each.items()]
    known = [(name.replace("_", " "), one) for name, one in found if one.delta.value is not None]
    known.sort(key=lambda each: -abs(each[1].delta.value or 0.0))
    return forest_of([(name, _both(one), True, one.delta) for name, one in known], _signed)


def _both(one: Effect) -> str:
    """The means of a dataset and of the logs, and how large the effect is."""
    said = [number(value) if value is not None else "–" for value in (one.first, one.second)]
    return f"{said[0]}, in the logs {said[1]}" + (f", {one.size.value}" if one.size else "")


def _feature_rows(report: ComparisonReport) -> Iterator[MeasureRow]:
    for feature in Feature:
        cells = tuple(_cell(one.shape[feature]) for one in report.datasets)
        yield MeasureRow(name=_named(feature), note="", cells=cells, finding=Tendency.UNKNOWN)


def _named(feature: Feature) -> str:
    return feature.value.replace("_", " ")


def _cell(found: Figure, signed: bool = False) -> tuple[str, str]:
    """A figure and its interval."""

    def form(value: float) -> str:
        sign = "−" if value < 0 else "+" if signed and value > 0 else ""
        return f"{sign}{number(abs(value))}"

    if found.value is None:
        return "–", ""
    interval = "" if found.low is None or found.high is None else f"({form(found.low)} to {form(found.high)})"
    return form(found.value), interval
