"""Whether a comparison of two datasets claims what is true: `python benchmarks/compare.py [DRAWS]`.

Judges are simulated, pair by pair: each order is answered by itself, with noise and a liking for the first place, and the two answers
are averaged as `graphs.compare` does. Printed are how often equal datasets are told apart (it should be 5 %), how often the interval
of the win rate holds the true rate (95 %), and what is said at equal length of a judge who likes nothing but length.
"""

from __future__ import annotations

import sys

import numpy as np

from evaluation.intervals import Figure
from evaluation.lexical import Floats
from evaluation.verdicts.bradley_terry import Comparison, win_rate
from evaluation.verdicts.preferring import LENGTH, at_equal

PLACE = 0.5
"""The liking for the first place, in logarithms of odds."""


def answers(worth: Floats, rng: np.random.Generator) -> Floats:
    """The shares of the left ones' wins, from the logarithms of odds of each pair; a tie if the two orders disagree."""
    orders = [rng.random(len(worth)) < 1 / (1 + np.exp(-(worth + sign * PLACE))) for sign in (1, -1)]
    found: Floats = (orders[0].astype(np.float64) + orders[1]) / 2
    return found


def compared(worth: Floats, lengths: Floats, names: list[str], rng: np.random.Generator) -> list[Comparison]:
    """The comparisons of a judge."""
    return [
        Comparison(brief=name, left="a", right="b", share=float(share), covariates={LENGTH: float(length)})
        for name, share, length in zip(names, answers(worth, rng), lengths, strict=True)
    ]


def beside(found: Figure, truth: float) -> bool:
    """Whether an interval leaves out the truth."""
    return found.low is not None and found.high is not None and not found.low <= truth <= found.high


def truth_of(mean: float, spread: float) -> float:
    """The true win rate, from very many pairs."""
    rng = np.random.default_rng(1)
    return float(answers(mean + spread * rng.normal(size=400_000), rng).mean())


def main() -> None:
    """Print the table."""
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    rng = np.random.default_rng(0)
    print("pairs  a cluster  true rate  interval misses")
    for n, each in ((20, 1), (50, 1), (100, 1), (200, 1), (100, 4)):
        names = [str(place // each) for place in range(n)]
        for mean in (0.0, 1.0):
            truth = truth_of(mean, 1.0)
            missed = 0
            for _ in range(draws):
                # Pairs of a cluster resemble each other.
                worth = mean + np.sqrt(0.5) * (rng.normal(size=n) + np.repeat(rng.normal(size=n // each), each))
                missed += beside(win_rate(compared(worth, np.zeros(n), names, rng), "a"), truth)
            print(f"{n:5}  {each:9}  {truth:9.3f}  {missed / draws:8.1%}")
    print("\na judge who likes nothing but length; the left one is longer by 30 % on average")
    few, n = max(20, draws // 10), 100
    rates, equal, missed = [], [], 0
    for _ in range(few):
        lengths = rng.normal(np.log(1.3), 0.4, n)
        found = compared(3 * lengths, lengths, [str(place) for place in range(n)], rng)
        rates.append(win_rate(found, "a").value or 0.0)
        held = at_equal(found, "a", "b", {LENGTH})
        equal.append(held.value or 0.0)
        missed += beside(held, 0.5)
    print(f"{n} pairs, {few} draws: preferred in {np.mean(rates):.1%}, at equal length in {np.mean(equal):.1%}; "
          f"told apart at equal length in {missed / few:.1%}")  # fmt: skip


if __name__ == "__main__":
    main()
