"""TransferScores of students on real texts, with intervals over texts and seeds, and the share of the gap closed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from evaluation.intervals import Figure, rounded
from scenarios.frozen import Frozen

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
SYNTH, REAL, BASE = "synth", "real", "base"
NAMES = {SYNTH: "dataset", REAL: "real", BASE: "base"}
"""What users read for them."""
_TAILS = (0.025, 0.975)


class TransferScores(Frozen):
    """One score of three students: of the dataset, of as many real samples, and the base that has learned nothing."""

    synth: Figure
    real: Figure
    base: Figure
    gap: Figure
    """real − base: what there is to gain."""
    closed: Figure | None
    """(synth − base) / (real − base); None if the gap's interval holds 0, since a ratio would then mean nothing."""
    why: str = ""
    """Why there is no share."""


def compared(
    predicted: Mapping[str, Sequence[Places]], gold: Places, classes: int, draws: int, seed: int
) -> dict[str, TransferScores]:
    """The scores `accuracy` and `macro_f1`, each compared. `predicted` has for each student its predictions, a list of one a
    seed or of a single one for all.

    Each of the `draws` of the bootstrap takes one seed for all students and the texts with replacement; an interval is of its
    2.5 and 97.5 percentiles. The figures are means over the seeds.
    """
    found = {}
    for name, measure in (("accuracy", _accuracy), ("macro_f1", _macro_f1)):
        measured = {
            student: [partial(measure, run, gold, classes=classes) for run in runs]
            for student, runs in predicted.items()
        }
        found[name] = _over_draws(measured, len(gold), draws, seed)
    return found


def compared_means(values: Mapping[str, Sequence[Floats]], draws: int, seed: int) -> TransferScores:
    """The means of what was measured of each text, compared in the same way: `values` has for each student its values, a list of
    one a seed or of a single one for all."""
    measured = {student: [partial(_mean, run) for run in runs] for student, runs in values.items()}
    [count] = {len(run) for runs in values.values() for run in runs}
    return _over_draws(measured, count, draws, seed)


def _over_draws(
    measured: Mapping[str, Sequence[Callable[[Floats], Floats]]], n: int, draws: int, seed: int
) -> TransferScores:
    """Of each student's measures, which give the score of each row of weights over n texts, one a seed."""
    rng = np.random.default_rng(seed)
    seeds = max(len(runs) for runs in measured.values())
    chosen = rng.integers(0, seeds, draws)
    weights = rng.multinomial(n, np.full(n, 1 / n), size=draws).astype(np.float64)
    whole = np.ones((1, n))
    point, spread = {}, {}
    for student, runs in measured.items():
        point[student] = float(np.mean([run(whole)[0] for run in runs]))
        each = np.stack([run(weights) for run in runs])
        spread[student] = each[chosen % len(runs), np.arange(draws)]
    return _compared(point, spread)


def _compared(point: Mapping[str, float], spread: Mapping[str, Floats]) -> TransferScores:
    gaps = spread[REAL] - spread[BASE]
    gap = _figure(point[REAL] - point[BASE], gaps)
    assert gap.low is not None
    figures = {student: _figure(point[student], spread[student]) for student in point}
    if gap.low <= 0:
        why = "the interval of the gap between real samples and the base holds 0: there is no share to give; take more real texts"
        return TransferScores(**figures, gap=gap, closed=None, why=why)
    above = gaps > 0
    ratios = (spread[SYNTH] - spread[BASE])[above] / gaps[above]
    share = (point[SYNTH] - point[BASE]) / (point[REAL] - point[BASE])
    return TransferScores(**figures, gap=gap, closed=_figure(share, ratios))


def _figure(value: float, draws: Floats) -> Figure:
    low, high = np.quantile(draws, _TAILS)
    return Figure(value=rounded(value), low=rounded(min(low, value)), high=rounded(max(high, value)))


def _mean(values: Floats, weights: Floats) -> Floats:
    found: Floats = weights @ values / weights.sum(axis=1)
    return found


def _accuracy(predicted: Places, gold: Places, weights: Floats, classes: int) -> Floats:
    found: Floats = weights @ (predicted == gold).astype(np.float64) / weights.sum(axis=1)
    return found


def _macro_f1(predicted: Places, gold: Places, weights: Floats, classes: int) -> Floats:
    """The mean over the classes that a draw holds or that were predicted in it."""
    every = np.arange(classes)
    told, true = (predicted[:, None] == every).astype(np.float64), (gold[:, None] == every).astype(np.float64)
    both, sums = weights @ (told * true), weights @ told + weights @ true
    there = sums > 0
    scores = np.divide(2 * both, sums, out=np.zeros_like(sums), where=there)
    found: Floats = scores.sum(axis=1) / np.maximum(1, there.sum(axis=1))
    return found


class ErrorsOf(Frozen):
    """The errors of one value of an axis on real texts."""

    texts: int
    errors: int
    shrunken: float
    """The share of errors, drawn towards that of all by empirical Bayes: few texts tell little."""


def shrunken(counts: Mapping[str, tuple[int, int]]) -> dict[str, ErrorsOf]:
    """Of (texts, errors) by value the posterior mean of each error rate under a beta prior that is fitted to all of them by
    moments (Kleinman 1973). If the rates differ no more than chance has it, all are that of all texts.
    """
    there = {name: pair for name, pair in counts.items() if pair[0]}
    texts = np.array([pair[0] for pair in there.values()], dtype=np.float64)
    errors = np.array([pair[1] for pair in there.values()], dtype=np.float64)
    if not len(texts):
        return {}
    mean = errors.sum() / texts.sum()
    strength = np.inf
    if len(texts) > 1 and 0 < mean < 1:
        spread = float((texts * (errors / texts - mean) ** 2).sum())
        whole = float(texts.sum() - (texts**2).sum() / texts.sum())
        beyond = (spread - mean * (1 - mean) * (len(texts) - 1)) / whole if whole > 0 else 0.0
        if beyond > 0:
            strength = max(0.0, mean * (1 - mean) / beyond - 1)
    rates = np.full(len(texts), mean) if np.isinf(strength) else (errors + strength * mean) / (texts + strength)
    return {
        name: ErrorsOf(texts=pair[0], errors=pair[1], shrunken=round(float(rate), 6))
        for (name, pair), rate in zip(there.items(), rates, strict=True)
    }
