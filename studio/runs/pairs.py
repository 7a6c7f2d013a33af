"""The coverage of pairs of values: which were met, how often, and which make no sense together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations

from scenarios.records import Verdict
from scenarios.schema.axes import Exclusion, ExclusionIndex
from studio.runs.open_run import OpenRun

_LOOKED_AT = 40_000
"""Pairs of two axes whose exclusions are looked at one by one."""


@dataclass(frozen=True, slots=True)
class PairShare:
    """How many pairs of values of two axes were met."""

    first: str
    second: str
    met: int
    possible: int


@dataclass(frozen=True, slots=True)
class PairCoverage:
    """Coverage of all pairs of axes by accepted samples."""

    axes: dict[str, list[str]]
    """Every axis with the values that it has, and those that were met beside them."""
    shares: list[PairShare]
    samples: int
    """Accepted ones that have a cell."""
    cells: int
    """Different cells that they have."""
    error: str = ""
    """Why only values that were met are known."""


@dataclass(frozen=True, slots=True)
class PairTable:
    """How many accepted samples have each pair of values of two axes."""

    first: str
    second: str
    rows: list[str]
    columns: list[str]
    counts: list[list[int]]
    """By row; -1 for a pair that makes no sense."""


def pair_coverage(run: OpenRun) -> PairCoverage:
    """Which pairs of axes are covered how far. Raises RunDirError."""
    cells, axes, rules = _known(run)
    index = ExclusionIndex(rules)
    met = Counter[tuple[str, str]]()
    seen = set[tuple[tuple[str, str], tuple[str, str]]]()
    for cell in cells:
        named = [(axis, cell[axis]) for axis in axes if axis in cell]
        for pair in combinations(named, 2):
            if pair not in seen:
                seen.add(pair)
                met[pair[0][0], pair[1][0]] += 1
    shares = []
    for first, second in combinations(axes, 2):
        possible = len(axes[first]) * len(axes[second])
        if {first, second} & index.axes and possible <= _LOOKED_AT:
            key = (first, second, len(axes[first]), len(axes[second]))
            if key not in run.possible_pairs:
                run.possible_pairs[key] = sum(
                    _possible(index, axes, {first: a, second: b}) or ((first, a), (second, b)) in seen
                    for a in axes[first]
                    for b in axes[second]
                )
            possible = run.possible_pairs[key]
        shares.append(PairShare(first, second, met[first, second], possible))
    different = len({tuple(cell.items()) for cell in cells})
    return PairCoverage(axes, shares, len(cells), different, run.scenario.error)


def pair_table(run: OpenRun, first: int, second: int) -> PairTable | None:
    """The table of two axes by their numbers; None if there are no such two. Raises RunDirError."""
    cells, axes, rules = _known(run)
    names = list(axes)
    if first == second or not (0 <= first < len(names) and 0 <= second < len(names)):
        return None
    a, b = names[first], names[second]
    met = Counter((cell[a], cell[b]) for cell in cells if a in cell and b in cell)
    index = ExclusionIndex(rules)
    looked = {a, b} & index.axes and len(axes[a]) * len(axes[b]) <= _LOOKED_AT
    counts = [
        [
            met[one, other] or (-1 if looked and not _possible(index, axes, {a: one, b: other}) else 0)
            for other in axes[b]
        ]
        for one in axes[a]
    ]
    return PairTable(a, b, axes[a], axes[b], counts)


def _possible(index: ExclusionIndex, axes: dict[str, list[str]], part: dict[str, str]) -> bool:
    return index.completed(axes, part) is not None


def _known(run: OpenRun) -> tuple[list[dict[str, str]], dict[str, list[str]], tuple[Exclusion, ...]]:
    """The cells of accepted samples, every axis with its values, and what is excluded."""
    with run.samples() as index:
        cells = [one.cell for one in index.samples() if one.row.verdict == Verdict.ACCEPTED and one.cell]
    loaded = run.scenario.loaded()
    axes = {axis: dict.fromkeys(plan.known) for axis, plan in loaded.scenario.axes.items()} if loaded else {}
    for cell in cells:
        for axis, value in cell.items():
            axes.setdefault(axis, {})[value] = None
    rules = tuple(loaded.scenario.exclude) if loaded else ()
    return cells, {axis: list(values) for axis, values in axes.items()}, rules
