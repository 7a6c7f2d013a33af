"""Whether what an experiment says of its arms is true: `python benchmarks/experiments.py [EXPERIMENTS]` (2000).

Simulated experiments: outcomes are a brief's own difficulty, what its cluster does in this arm, and chance, cut into yes and no or
into scores of 1 to 5. Printed are how often equal arms are told apart and how often intervals hold the true difference, of equal
arms and of an arm that is better; how often that one is found, beside what `power` says; and what becomes of four arms with known
effects.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri  # type: ignore[import-untyped]

from evaluation.contrasts.frontier import frontier
from evaluation.contrasts.holm import holm
from evaluation.contrasts.paired import PairedDifference, paired
from evaluation.contrasts.power import guessed, measured, power
from evaluation.contrasts.ratios import figures, mean, ratio
from evaluation.contrasts.trials import Trial
from evaluation.lexical import Floats

_SIZES = (1, 1, 2, 3, 5, 8)
"""Of clusters of unequal size, over and over."""
_BRIEF, _CLUSTER = 0.4, 0.15
"""Parts of the variance: a brief's difficulty, the same in all arms; and what a cluster does in one arm, if it does anything."""
_PILOT = 20_000


@dataclass(frozen=True)
class Setting:
    """A kind of experiment."""

    cuts: tuple[float, ...]
    """Quantiles of the outcome above which each further point is given."""
    clusters: str
    """`one` brief each, `unequal` sizes, or `alike`: unequal, and alike within."""
    n: int

    def places(self, n: int) -> list[int]:
        """The cluster of each of n briefs."""
        if self.clusters == "one":
            return list(range(n))
        found: list[int] = []
        while len(found) < n:
            number = found[-1] + 1 if found else 0
            found += [number] * min(_SIZES[number % len(_SIZES)], n - len(found))
        return found

    def arms(self, draw: np.random.Generator, n: int, gain: float) -> tuple[list[Trial], list[Trial]]:
        """Two arms; what the second does is better by `gain` standard deviations."""
        places, part = np.array(self.places(n)), _CLUSTER * (self.clusters == "alike")
        easy = draw.normal(size=n) * _BRIEF**0.5
        made = []
        for more in (0.0, gain):
            own = draw.normal(size=places[-1] + 1)[places] * part**0.5
            outcome = easy + own + draw.normal(size=n) * (1 - _BRIEF - part) ** 0.5 + more
            points = (outcome[:, None] > ndtri(np.array(self.cuts))).sum(axis=1)
            made.append(_trials(points.astype(np.float64), places))
        return made[0], made[1]

    def truth(self, gain: float) -> float:
        """The mean difference that this gain makes."""
        cuts = ndtri(np.array(self.cuts))
        return float((ndtr(cuts) - ndtr(cuts - gain)).sum())


def _trials(
    values: Floats, places: np.ndarray[tuple[int, ...], np.dtype[np.int_]], tokens: Floats | None = None
) -> list[Trial]:
    # Not validated: twenty million of them are made.
    return [
        Trial.model_construct(
            brief=f"b{place:05}", cluster=f"c{places[place]}", value=float(value), accepted=value > 0,
            tokens=1.0 if tokens is None else float(tokens[place]), usd=None, seconds=1.0,
        )
        for place, value in enumerate(values)
    ]  # fmt: skip


OUTCOMES = {
    "yes, 10 %": (0.9,),
    "yes, 30 %": (0.7,),
    "yes, 90 %": (0.1,),
    "score": (0.05, 0.15, 0.4, 0.7),
    "score, high": (0.02, 0.05, 0.1, 0.3),
}
CLUSTERS = ("one", "unequal", "alike")
BRIEFS = (40, 60, 100, 400)


def found(setting: Setting, gain: float, experiments: int) -> Iterator[PairedDifference]:
    """What simulated experiments show."""
    draw = np.random.default_rng(7)
    for _ in range(experiments):
        yield paired(*setting.arms(draw, setting.n, gain))


def rates(setting: Setting, gain: float, experiments: int) -> tuple[float, float, float]:
    """How often `paired` tells the arms apart, McNemar's mid-p does, and the interval holds the truth."""
    apart = mcnemar = holds = 0
    truth = setting.truth(gain)
    for one in found(setting, gain, experiments):
        apart += one.p is not None and one.p < 0.05
        mcnemar += one.mcnemar is not None and one.mcnemar < 0.05
        holds += one.low is not None and one.high is not None and one.low <= truth <= one.high
    return apart / experiments, mcnemar / experiments, holds / experiments


def gain_for(setting: Setting, wanted: float) -> tuple[float, float]:
    """The gain in standard deviations whose difference should be found with a power of `wanted`, and its power."""
    low, high = 0.0, 4.0
    for _ in range(9):
        middle = (low + high) / 2
        low, high = (low, middle) if predicted(setting, middle) >= wanted else (middle, high)
    return high, predicted(setting, high)


def predicted(setting: Setting, gain: float) -> float:
    """What `power` says, from the noise of a very large pilot, and from how the briefs of the experiment are clustered."""
    noise = measured(*setting.arms(np.random.default_rng(3), _PILOT, gain))
    assert noise is not None
    shape = guessed(clusters=[str(place) for place in setting.places(setting.n)])
    return power(setting.n, setting.truth(gain), noise.model_copy(update={"per_cluster": shape.per_cluster}))


def settings() -> Iterator[tuple[str, Setting]]:
    """Every setting with its name."""
    for name, cuts in OUTCOMES.items():
        for clusters in CLUSTERS:
            for n in BRIEFS:
                yield f"| {name} | {clusters} | {n} |", Setting(cuts, clusters, n)


def table(experiments: int) -> None:
    """Print rejections, coverage and power."""
    print(
        "| outcome | clusters | briefs | equal arms told apart | by mid-p | interval holds 0 | holds a true gain | gain found | `power` |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, setting in settings():
        apart, mcnemar, holds = rates(setting, 0.0, experiments)
        gain, told = gain_for(setting, 0.8)
        hits, _, true = rates(setting, gain, experiments)
        alone = f"{mcnemar:.1%}" if len(setting.cuts) == 1 else ""
        print(f"{name} {apart:.1%} | {alone} | {holds:.1%} | {true:.1%} | {hits:.1%} | {told:.1%} |", flush=True)


ARMS = {"plain": (0.60, 1000.0), "critic": (0.68, 2000.0), "panel": (0.60, 1500.0), "best_of_4": (0.70, 4000.0)}
"""The share of good samples, and the tokens a brief takes on average."""


def four(draw: np.random.Generator, n: int = 400) -> dict[str, list[Trial]]:
    """An experiment with known effects."""
    easy, places = draw.normal(size=n) * _BRIEF**0.5, np.arange(n)
    made = {}
    for arm, (share, price) in ARMS.items():
        outcome = easy + draw.normal(size=n) * (1 - _BRIEF) ** 0.5
        tokens = price * draw.lognormal(-0.08, 0.4, n)
        made[arm] = _trials((outcome < ndtri(share)).astype(np.float64), places, tokens)
    return made


def truth(experiments: int) -> None:
    """Print what is said of arms with known effects: of the first experiment, and of all of them."""
    draw = np.random.default_rng(1)
    others = [arm for arm in ARMS if arm != "plain"]
    apart, holds, means = dict.fromkeys(others, 0), dict.fromkeys(others, 0), dict.fromkeys(others, 0.0)
    on, shares, prices = dict.fromkeys(ARMS, 0), dict.fromkeys(ARMS, 0.0), dict.fromkeys(ARMS, 0)
    for number in range(experiments):
        arms = four(draw)
        pairs = {arm: paired(arms["plain"], arms[arm]) for arm in others}
        adjusted = dict(zip(others, holm([one.p for one in pairs.values()]), strict=True))
        placed = frontier(arms, draws=500, seed=number)
        if not number:
            first(pairs, adjusted)
        for arm, one in pairs.items():
            apart[arm] += (adjusted[arm] or 0) < 0.05
            holds[arm] += (one.low or 0) <= ARMS[arm][0] - ARMS["plain"][0] <= (one.high or 0)
            means[arm] += one.value or 0
        for place in placed:
            on[place.arm] += place.on_frontier
            shares[place.arm] += place.share or 0
            share, price = ARMS[place.arm]
            good = figures(arms[place.arm]).tokens_per_good
            prices[place.arm] += (good.low or 0) <= price / share <= (good.high or 0)
    print(
        "| arm | told apart from plain (Holm) | interval holds the truth | mean difference | on the frontier | mean share | price's interval holds |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for arm in ARMS:
        told = (
            f"{apart[arm] / experiments:.1%} | {holds[arm] / experiments:.1%} | {means[arm] / experiments:+.1%}"
            if arm in pairs
            else " | | "
        )
        print(
            f"| {arm} | {told} | {on[arm] / experiments:.1%} | {shares[arm] / experiments:.2f} | {prices[arm] / experiments:.1%} |"
        )


def prices(experiments: int) -> None:
    """Print how often the intervals of one arm hold the truth. Tokens are lognormal, the largest tenth about four times the smallest."""
    print("| good | clusters | briefs | yield | tokens | tokens for a good one | no upper end |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for good in (0.1, 0.5, 0.9):
        for clusters in CLUSTERS:
            for n in BRIEFS:
                held = _held(Setting((1 - good,), clusters, n), good, experiments)
                print(
                    f"| {good:.0%} | {clusters} | {n} | " + " | ".join(f"{share:.1%}" for share in held) + " |",
                    flush=True,
                )


def _held(setting: Setting, good: float, experiments: int) -> tuple[float, ...]:
    draw, n = np.random.default_rng(5), setting.n
    places, alike = np.array(setting.places(n)), 2 * _CLUSTER * (setting.clusters == "alike")
    names, held = [str(place) for place in places], np.zeros(4)
    for _ in range(experiments):
        shared, mood = draw.normal(size=(2, places[-1] + 1)) * alike**0.5
        yes = (shared[places] + draw.normal(size=n) * (1 - alike) ** 0.5 < ndtri(good)).astype(float).tolist()
        spread = mood[places] + draw.normal(size=n) * (1 - alike) ** 0.5
        tokens = (1000 * np.exp(0.4 * spread - 0.08)).tolist()
        share, mean_tokens, price = mean(yes, names), mean(tokens, names), ratio(tokens, yes, names)
        for place, (figure, true) in enumerate(((share, good), (mean_tokens, 1000), (price, 1000 / good))):
            high = np.inf if figure.high is None else figure.high
            held[place] += figure.value is not None and (figure.low or 0) <= true <= high
            held[3] += place == 2 and figure.high is None
        held[2] += price.value is None  # no good one at all, which is said
    return tuple((held / experiments).tolist())


def first(pairs: dict[str, PairedDifference], adjusted: dict[str, float | None]) -> None:
    """Print what one experiment shows."""
    for arm, one in pairs.items():
        print(f"{arm}: {one.value:+.3f} ({one.low:+.3f} to {one.high:+.3f}), p {one.p:.4f}, Holm {adjusted[arm]:.4f}, "
              f"{one.wins} wins, {one.ties} ties, {one.losses} losses")  # fmt: skip


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    truth(max(1, many // 2))
    prices(many)
    table(many)
