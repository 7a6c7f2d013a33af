"""How far several raters agree on the same samples: raw, Krippendorff's α, and Gwet's AC1.

α (Krippendorff 2011) collapses if nearly all samples are alike, since little is left to disagree on; AC1 (Gwet 2008) does not. So
all three are said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from enum import StrEnum

import numpy as np

from evaluation.intervals import FEWEST, Figure, rounded
from evaluation.lexical import Floats
from scenarios.frozen import Frozen

DRAWS = 1000


class Level(StrEnum):
    """What differences between ratings mean."""

    NOMINAL = "nominal"
    """Equal or not."""
    ORDINAL = "ordinal"
    """Ranks."""
    INTERVAL = "interval"
    """Differences of numbers."""
    RATIO = "ratio"
    """Numbers with a true zero, none of them below it."""


class RaterAgreement(Frozen):
    """How far raters agree, each figure with the 95 % interval of a bootstrap over samples."""

    samples: int
    """With two ratings or more; the rest says nothing of agreement."""
    ratings: int
    """Of these samples."""
    raw: Figure
    """The share of pairs of ratings of a sample that are equal."""
    alpha: Figure
    """Krippendorff's; undefined if all ratings are equal."""
    ac1: Figure
    """Gwet's; undefined with one category."""


Ratings = Sequence[Sequence[Hashable | None]]
"""For each sample the raters' ratings; None if a rater gave none. Numbers, unless nominal."""


def agreement(
    ratings: Ratings, level: Level = Level.NOMINAL, categories: int | None = None, draws: int = DRAWS, seed: int = 0
) -> RaterAgreement:
    """How far raters agree. Equal arguments give equal figures.

    `categories` says how many ratings there could have been, for AC1; None: those that occur. Raises ValueError if ratings that are
    not nominal are not numbers.
    """
    table = _Table(ratings, level, categories)
    even = np.ones(len(table.totals))
    whole = table.figures(even)
    drawn: list[Floats] = []
    if len(table.totals) >= FEWEST:
        draw = np.random.default_rng(seed)
        chances = even / len(even)
        drawn = [table.figures(draw.multinomial(len(even), chances).astype(np.float64)) for _ in range(draws)]
    figures = [_figure(whole[place], [one[place] for one in drawn]) for place in range(3)]
    return RaterAgreement(
        samples=int(table.several.sum()),
        ratings=int(table.totals[table.several].sum()),
        raw=figures[0],
        alpha=figures[1],
        ac1=figures[2],
    )


def _figure(value: float, drawn: Sequence[float]) -> Figure:
    """Draws for which a figure is not defined are left out."""
    if not np.isfinite(value):
        return Figure(value=None)
    known = [one for one in drawn if np.isfinite(one)]
    if not known:
        return Figure(value=rounded(value))
    low, high = np.quantile(known, (0.025, 0.975))
    return Figure(value=rounded(value), low=rounded(min(low, value)), high=rounded(max(high, value)))


class _Table:
    """Ratings counted by sample and value."""

    def __init__(self, ratings: Ratings, level: Level, categories: int | None) -> None:
        rows = [Counter(one for one in row if one is not None) for row in ratings]
        rows = [row for row in rows if row]
        known = {value for row in rows for value in row}
        if level is not Level.NOMINAL and not all(isinstance(value, int | float) for value in known):
            raise ValueError(f"{level} ratings are numbers")
        values = sorted(known, key=str if level is Level.NOMINAL else lambda value: float(str(value)))
        places = {value: place for place, value in enumerate(values)}
        self.level, self.categories = level, len(values) if categories is None else categories
        self.values = np.zeros(0) if level is Level.NOMINAL else np.array([float(str(value)) for value in values])
        self.counts = np.zeros((len(rows), len(values)))
        for number, row in enumerate(rows):
            for value, count in row.items():
                self.counts[number, places[value]] = count
        self.totals: Floats = self.counts.sum(axis=1)
        self.several = self.totals > 1
        """A sample with one rating says nothing of agreement, and something of how common a rating is."""

    def figures(self, weights: Floats) -> Floats:
        """Raw agreement, α and AC1, samples counting by their weights; not a number if one is not defined."""
        if not weights[self.several].sum():
            return np.full(3, np.nan)
        equal: Floats = (self.counts * (self.counts - 1)).sum(axis=1)
        raw = float(weights @ equal / (weights @ (self.totals * (self.totals - 1))))
        return np.array([raw, self._alpha(weights), self._ac1(weights, equal)])

    def _alpha(self, weights: Floats) -> float:
        each = np.where(self.several, weights / np.maximum(self.totals - 1, 1), 0)
        coincidences = self.counts.T @ (self.counts * each[:, None]) - np.diag(each @ self.counts)
        margins: Floats = coincidences.sum(axis=1)
        squares, n = self._squares(margins), float(margins.sum())
        expected = float(margins @ squares @ margins) / (n - 1)
        return 1 - float((coincidences * squares).sum()) / expected if expected > 0 else np.nan

    def _squares(self, margins: Floats) -> Floats:
        """The squared difference of each two values."""
        if self.level is Level.NOMINAL:
            return 1 - np.eye(len(margins))
        if self.level is Level.ORDINAL:
            ranks = np.cumsum(margins) - margins / 2
            return np.asarray((ranks[:, None] - ranks) ** 2)
        apart = self.values[:, None] - self.values
        if self.level is Level.INTERVAL:
            return apart**2
        sums = self.values[:, None] + self.values
        return np.asarray((apart / np.where(sums == 0, 1, sums)) ** 2)

    def _ac1(self, weights: Floats, equal: Floats) -> float:
        if self.categories < 2:
            return np.nan
        shares = weights @ (self.counts / self.totals[:, None]) / weights.sum()
        chance = float((shares * (1 - shares)).sum()) / (self.categories - 1)
        some = weights * self.several
        each = equal / np.maximum(self.totals * (self.totals - 1), 1)
        return (float(some @ each / some.sum()) - chance) / (1 - chance)
