"""Cost against quality: which arms no other arm beats, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from evaluation.contrasts.trials import Trial, by_brief
from evaluation.intervals import rounded
from evaluation.lexical import Floats
from scenarios.frozen import Frozen

DRAWS = 2000


class FrontierPlace(Frozen):
    """An arm between cost and quality."""

    arm: str
    cost: float
    """A planned brief, on average."""
    quality: float | None
    """The mean of the briefs that have a value."""
    on_frontier: bool
    """No other arm is at least as good and as cheap, and better in one of both."""
    share: float | None
    """Of draws of clusters with replacement, the same for all arms, the part with the arm on the frontier. None with fewer than
    two clusters."""


def tokens(trial: Trial) -> float:
    """What a trial cost if nobody has named a price."""
    return trial.tokens


def frontier(
    arms: Mapping[str, Sequence[Trial]], cost: Callable[[Trial], float] = tokens, draws: int = DRAWS, seed: int = 0
) -> list[FrontierPlace]:
    """Each arm's place, in the order given. Equal arguments give equal figures; the order of the trials is irrelevant.

    An arm without a value is never on the frontier. Raises ValueError if an arm has no trial, or a brief twice.
    """
    ordered = {arm: list(by_brief(trials).values()) for arm, trials in arms.items()}
    if empty := [arm for arm, trials in ordered.items() if not trials]:
        raise ValueError(f"arm {empty[0]} has no trial")
    names = sorted({trial.cluster for trials in ordered.values() for trial in trials})
    sums = np.array([_sums(trials, names, cost) for trials in ordered.values()])  # arms, clusters, four sums
    weights = np.random.default_rng(seed).multinomial(len(names), [1 / len(names)] * len(names), draws)
    found = _best(*_means(np.ones((1, len(names))), sums))[0]
    costs, qualities = (part[0] for part in _means(np.ones((1, len(names))), sums))
    shares = _best(*_means(weights.astype(np.float64), sums)).mean(axis=0)
    return [
        FrontierPlace(
            arm=arm, cost=float(costs[place]), quality=rounded(qualities[place]) if np.isfinite(qualities[place]) else None,
            on_frontier=bool(found[place]), share=rounded(shares[place]) if len(names) > 1 else None,
        )
        for place, arm in enumerate(ordered)
    ]  # fmt: skip


def _sums(trials: Sequence[Trial], names: Sequence[str], cost: Callable[[Trial], float]) -> Floats:
    """By cluster: the costs, the briefs, the values, the briefs with a value."""
    numbers = {name: number for number, name in enumerate(names)}
    found = np.zeros((len(names), 4))
    for trial in trials:
        found[numbers[trial.cluster], :2] += (cost(trial), 1)
        if trial.value is not None:
            found[numbers[trial.cluster], 2:] += (trial.value, 1)
    return found


def _means(weights: Floats, sums: Floats) -> tuple[Floats, Floats]:
    """For each draw and arm the mean cost and quality; infinite and minus infinite if a draw has none of the arm's."""
    total = np.einsum("dc,acs->das", weights, sums)
    with np.errstate(divide="ignore", invalid="ignore"):
        costs, qualities = total[..., 0] / total[..., 1], total[..., 2] / total[..., 3]
    return np.where(total[..., 1] > 0, costs, np.inf), np.where(total[..., 3] > 0, qualities, -np.inf)


def _best(costs: Floats, qualities: Floats) -> NDArray[np.bool_]:
    """For each draw and arm, whether it is on the frontier. What rounding tells apart is equal."""
    costs, qualities = np.round(costs, 9), np.round(qualities, 9)
    cheap = costs[:, :, None] <= costs[:, None, :]  # [draw, one, other]: whether the one is as cheap as the other
    good = qualities[:, :, None] >= qualities[:, None, :]
    beats = cheap & good & ~(cheap & good).transpose(0, 2, 1)
    found: NDArray[np.bool_] = ~beats.any(axis=1) & np.isfinite(qualities)
    return found
