"""Whether "at most x % are flawed" is true, of reviewers who stop whenever they like: `python benchmarks/audits.py [REVIEWERS]` (2000).

Each draws samples of a set of 500 one after the other, looks at the bound after every one, and claims whatever it says whenever that
suits. A reviewer has claimed falsely if the bound was below the truth at any time. Beside it the exact bound for a number of samples
fixed beforehand, which is not made for looking.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from functools import cache

import numpy as np

from evaluation.verdicts.audit import fixed_bound, upper_bound

_SIZE = 500


@cache
def anytime(checked: int, flawed: int) -> int:
    """The bound that may be looked at."""
    return upper_bound(_SIZE, checked, flawed)


@cache
def fixed(checked: int, flawed: int) -> int:
    """The bound that may not."""
    return fixed_bound(_SIZE, checked, flawed)


def reviewers(bound: Callable[[int, int], int], bad: int, share: float, many: int) -> tuple[float, float, float | None]:
    """The share of reviewers for whom the bound was ever too low, of those who stopped at "at most `share`" though it was not true,
    and the median of samples until this claim, of those who came to it."""
    draw, least, ever, false, labels = np.random.default_rng(1), int(share * _SIZE), 0, 0, []
    for _ in range(many):
        found = np.cumsum(draw.permutation(_SIZE) < bad).tolist()
        told = [bound(checked, flawed) for checked, flawed in enumerate(found, 1)]
        ever += min(told) < bad
        if (when := next((n for n, most in enumerate(told, 1) if most <= least), None)) is not None:
            labels.append(when)
            false += bad > least
    return ever / many, false / many, statistics.median(labels) if labels else None


def main(many: int) -> None:
    """Print the figures."""
    print(
        "| flawed of 500 | claim | bound | too low at some time | claimed falsely | samples until the claim (median) |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    for bad, share in ((0, 0.05), (5, 0.05), (26, 0.05), (51, 0.10), (100, 0.10)):
        for name, bound in (("anytime", anytime), ("fixed", fixed)):
            ever, false, labels = reviewers(bound, bad, share, many)
            print(f"| {bad} | at most {share:.0%} | {name} | {ever:.1%} | {false:.1%} | {labels or ''} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
