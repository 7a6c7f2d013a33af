"""Who wins, from comparisons of two at a time: win rates, and strengths by the model of Bradley and Terry (1952).

A tie is half a win for each, and so is a pair of verdicts that turns round with the order. What is drawn again for intervals is
briefs, since verdicts on one brief resemble each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import Field
from scipy.special import expit  # type: ignore[import-untyped]

from evaluation.contrasts.ratios import mean
from evaluation.intervals import Figure, rounded
from evaluation.lexical import Floats
from scenarios.frozen import Frozen

DRAWS = 500
_STEPS, _CLOSE = 100, 1e-9
_RIDGE = 1e-2
"""Of a covariate's coefficient, in its standard deviations: next to nothing beside a few comparisons, and never without an end."""


class Comparison(Frozen):
    """The verdict on two contestants over one brief, both orders averaged."""

    brief: str
    """Or the cluster of briefs that resemble each other."""
    left: str
    right: str
    share: float = Field(ge=0, le=1)
    """Of the left one's wins: 1, 0, a half for a tie or for verdicts that contradict each other."""
    covariates: dict[str, float] = Field(default_factory=dict)
    """What else may decide, the left one's less the right one's, such as the difference of lengths."""


class Strength(Frozen):
    """How strong a contestant is."""

    name: str
    strength: Figure
    """The logarithm of the odds to win against the reference, or against the average."""
    comparisons: int
    win_share: float


class Ranking(Frozen):
    """All contestants, the strongest first."""

    strengths: list[Strength]
    covariates: dict[str, Figure]
    """What a unit of each adds to the logarithm of the odds."""
    ties: float
    """The share of comparisons without a winner."""
    bounded: bool
    """Whether strengths are all finite by themselves. If not, as when one has won everything, half a win was given to both of every
    two that met, and nothing has an interval."""


def win_rate(comparisons: Sequence[Comparison], name: str) -> Figure:
    """The mean share of wins of one of two contestants, with a 95 % interval clustered by brief. Raises ValueError if there is a
    third, or if `name` is neither."""
    names = {one for each in comparisons for one in (each.left, each.right)}
    if comparisons and (len(names) != 2 or name not in names):
        raise ValueError(f"{name} and another one are compared, not {', '.join(sorted(names))}")
    return mean(
        [each.share if each.left == name else 1 - each.share for each in comparisons],
        [each.brief for each in comparisons],
    )


def ranked(
    comparisons: Sequence[Comparison], reference: str | None = None, draws: int = DRAWS, seed: int = 0
) -> Ranking:
    """Strengths with 95 % intervals. The reference's is 0; without one, their mean is.

    Equal arguments give equal figures, and the order of comparisons is irrelevant. Raises ValueError if nothing is compared, if one
    is compared with itself, if the reference is nobody, or if some were never compared with others, even by way of third ones.
    """
    sheet = _Sheet(sorted(comparisons, key=lambda one: one.model_dump_json()), reference)
    found, bounded = sheet.fit(np.ones(len(sheet.shares)))
    drawn = sheet.drawn(draws if bounded else 0, seed)
    figures = [_figure(value, drawn[:, place]) for place, value in enumerate(found)]
    count = len(sheet.names)
    strengths = [
        Strength(
            name=name, strength=figures[place], comparisons=int(sheet.met[:, place].sum()),
            win_share=float(sheet.wins[:, place].sum() / sheet.met[:, place].sum()),
        )
        for place, name in enumerate(sheet.names)
    ]  # fmt: skip
    return Ranking(
        strengths=sorted(strengths, key=lambda one: (-(one.strength.value or 0), one.name)),
        covariates=dict(zip(sheet.extra, figures[count:], strict=True)),
        ties=float((sheet.shares == 0.5).mean()), bounded=bounded,
    )  # fmt: skip


def _figure(value: float, drawn: Floats) -> Figure:
    if not len(drawn):
        return Figure(value=rounded(value))
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Figure(value=rounded(value), low=rounded(min(low, value)), high=rounded(max(high, value)))


class _Sheet:
    """Comparisons as a design matrix: 1 for the left one, −1 for the right one, then the covariates."""

    def __init__(self, comparisons: Sequence[Comparison], reference: str | None) -> None:
        if not comparisons:
            raise ValueError("nothing is compared")
        if same := [one for one in comparisons if one.left == one.right]:
            raise ValueError(f"{same[0].left} is compared with itself")
        self.names = sorted({name for one in comparisons for name in (one.left, one.right)})
        self.extra = sorted({name for one in comparisons for name in one.covariates})
        if reference is not None and reference not in self.names:
            raise ValueError(f"{reference} is compared with nobody")
        places = {name: place for place, name in enumerate(self.names)}
        self.reference = None if reference is None else places[reference]
        self.briefs = np.unique([one.brief for one in comparisons], return_inverse=True)[1]
        self.left = np.array([places[one.left] for one in comparisons])
        self.right = np.array([places[one.right] for one in comparisons])
        self.shares = np.array([one.share for one in comparisons])
        rows, count = np.arange(len(comparisons)), len(self.names)
        self.met = np.zeros((len(comparisons), count))
        self.met[rows, self.left] = self.met[rows, self.right] = 1
        self.wins = np.zeros_like(self.met)
        self.wins[rows, self.left], self.wins[rows, self.right] = self.shares, 1 - self.shares
        covariates = np.array([_covariates(one.covariates, self.extra) for one in comparisons])
        sizes = np.sqrt((covariates**2).mean(axis=0)) if self.extra else np.ones(0)
        self.scales = np.where(sizes > 0, sizes, 1)
        signs = np.zeros_like(self.met)
        signs[rows, self.left], signs[rows, self.right] = 1, -1
        self.design = np.hstack([signs, covariates / self.scales]) if self.extra else signs
        # Without covariates, comparisons of the same two are one row.
        keys = rows if self.extra else self.left * count + self.right
        self.kinds, self.kind = np.unique(keys, return_index=True, return_inverse=True)[1:]
        if not _reach(self._beaten(np.ones(len(rows)), either=True)).all():
            raise ValueError("some were never compared with the others")

    def _beaten(self, weights: Floats, either: bool = False) -> Floats:
        """Who has won some of a comparison with whom; `either`: who has met whom."""
        count = len(self.names)
        found = np.zeros((count, count))
        np.add.at(found, (self.left, self.right), weights * (1 if either else self.shares))
        np.add.at(found, (self.right, self.left), weights * (1 if either else 1 - self.shares))
        return found

    def fit(self, weights: Floats) -> tuple[Floats, bool]:
        """Strengths and coefficients, and whether the strengths are finite by themselves (Ford 1957)."""
        count = len(self.names)
        bounded = bool(_reach(self._beaten(weights)).all())
        design, total = self.design[self.kinds], np.bincount(self.kind, weights).astype(np.float64)
        shares = np.bincount(self.kind, weights * self.shares) / np.where(total > 0, total, 1)
        if not bounded:
            met = np.argwhere(np.triu(self._beaten(np.ones(len(weights)), either=True)) > 0)
            halves = np.zeros((len(met), design.shape[1]))
            halves[np.arange(len(met)), met[:, 0]], halves[np.arange(len(met)), met[:, 1]] = 1, -1
            design, shares = np.vstack([design, halves]), np.append(shares, np.full(len(met), 0.5))
            total = np.append(total, np.ones(len(met)))
        ridge = np.zeros(design.shape[1])
        ridge[count:] = _RIDGE
        solved = logistic(design, shares, total, ridge, count)
        strengths = solved[:count] - (solved[:count].mean() if self.reference is None else solved[self.reference])
        return np.append(strengths, solved[count:] / self.scales), bounded

    def drawn(self, draws: int, seed: int) -> Floats:
        """The same of briefs drawn with replacement, one row a draw; no row with fewer than two briefs."""
        many = int(self.briefs.max()) + 1
        if many < 2 or not draws:
            return np.zeros((0, self.design.shape[1]))
        draw = np.random.default_rng(seed)
        counts = draw.multinomial(many, [1 / many] * many, draws).astype(np.float64)
        return np.array([self.fit(row[self.briefs])[0] for row in counts])


def _covariates(given: Mapping[str, float], names: Sequence[str]) -> list[float]:
    return [given.get(name, 0.0) for name in names]


def _reach(arrows: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Who reaches whom along arrows."""
    reach = (arrows > 0) | np.eye(len(arrows), dtype=bool)
    for _ in range(len(arrows).bit_length()):
        reach = (reach.astype(np.float64) @ reach) > 0
    return reach


def logistic(design: Floats, shares: Floats, weights: Floats, ridge: Floats, count: int) -> Floats:
    """The maximum of the likelihood, by Newton's method; the first `count` coefficients add up to 0."""
    found = np.zeros(design.shape[1])
    # The likelihood does not know the mean of the strengths: this holds it where it is.
    still = np.zeros((len(found), len(found)))
    still[:count, :count] = 1.0

    def height(at: Floats) -> float:
        odds = design @ at
        return float(weights @ (shares * odds - np.logaddexp(0, odds)) - (ridge * at**2).sum() / 2)

    here = height(found)
    for _ in range(_STEPS):
        chances = expit(design @ found)
        slope = design.T @ (weights * (shares - chances)) - ridge * found
        bend = design.T @ (design * (weights * chances * (1 - chances))[:, None]) + np.diag(ridge)
        step = np.linalg.solve(bend + still, slope)
        while (there := height(found + step)) < here - 1e-12 * abs(here) and np.abs(step).max() > _CLOSE:
            step /= 2
        found, here = found + step, there
        if np.abs(step).max() <= _CLOSE:
            break
    return found
