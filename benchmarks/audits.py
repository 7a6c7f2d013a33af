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
from typing import Any

import numpy as np

from evaluation.verdicts.audit import fixed_bound, upper_bound
from graphs.certifying.claim import claim_of
from graphs.reviewing.order import audit_order, audit_set
from graphs.reviewing.verdicts import PersonVerdict, Queue, Said

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


def real_path(bad: int, share: float, many: int, sight: float) -> tuple[float, float | None]:
    """The same through verdicts as the page keeps them: a reviewer who notices `sight` of the flawed samples, whom a second one
    contradicts now and then, who skips one in forty, and to whom flawed copies are shown among the rest, so that the claim allows
    for what is overlooked. They look after every tenth verdict. Returns the share of false claims, and the median of samples."""
    draw, false, labels = np.random.default_rng(2), 0, []
    for trial in range(many):
        ids = [f"{trial}-{number}" for number in range(_SIZE)]
        drawn_from = audit_set(dict.fromkeys(ids, "c"))
        flawed = set(draw.choice(ids, bad, replace=False).tolist())
        said: list[PersonVerdict] = []
        for number, id_ in enumerate(audit_order(drawn_from, 0), 1):
            noticed = draw.random() < sight
            word = Said.SKIP if draw.random() < 1 / 40 else Said.REJECT if id_ in flawed and noticed else Said.ACCEPT
            said.append(_verdict(drawn_from.digest, id_, word, len(said) + 1))
            if word is not Said.SKIP and draw.random() < 0.1:  # somebody else looks, too
                again = Said.REJECT if id_ in flawed and draw.random() < sight else Said.ACCEPT
                said.append(_verdict(drawn_from.digest, id_, again, len(said) + 1, reviewer="bob", repeat=True))
            if number % 4 == 0:
                found = Said.REJECT if draw.random() < sight else Said.ACCEPT
                said.append(_verdict(drawn_from.digest, id_, found, len(said) + 1, planted="wrong_fact"))
            if number % 10 == 0:
                claim = claim_of(drawn_from, 0, said, drawn_from.contents)
                if claim.share <= share:
                    labels.append(number)
                    false += bad > share * _SIZE
                    break
    return false / many, statistics.median(labels) if labels else None


def _verdict(digest: str, id_: str, word: Said, number: int, **more: Any) -> PersonVerdict:
    told = {"reviewer": "ann", "queue": Queue.AUDIT, "content": "c", "dataset": digest}
    return PersonVerdict.model_validate(told | {"number": number, "sample": id_, "said": word} | more)


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

    print("\n| flawed of 500 | claim | reviewers notice | claimed falsely | samples until the claim (median) |")
    print("| --- | --- | --- | --- | --- |")
    for bad, share, sight in ((0, 0.1, 0.95), (51, 0.1, 0.95), (51, 0.1, 0.8), (60, 0.1, 0.6)):
        false_claims, median = real_path(bad, share, max(20, many // 10), sight)
        print(f"| {bad} | at most {share:.0%} | {sight:.0%} | {false_claims:.1%} | {median or ''} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
