"""Several answers about one sample: of prompt variants, of judges, of executions."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence

from scenarios.frozen import Frozen


class Opinions(Frozen):
    """Numbers about a sample."""

    mean: float
    spread: float
    """The standard deviation around the mean (of all of them: divided by their number); 0 of one."""


def opinions(scores: Sequence[float]) -> Opinions | None:
    """Mean and spread of what judges scored; None of none."""
    if not scores:
        return None
    mean = math.fsum(scores) / len(scores)
    return Opinions(mean=mean, spread=math.sqrt(math.fsum((one - mean) ** 2 for one in scores) / len(scores)))


def entropy(answers: Sequence[Hashable]) -> float | None:
    """Entropy of the answers in bits: 0 if all are equal, 1 of two that stand against each other (CoAnnotating, Li et al. 2023, arXiv
    2310.15638). None of none."""
    if not answers:
        return None
    shares = [count / len(answers) for count in Counter(answers).values()]
    return max(0.0, -math.fsum(share * math.log2(share) for share in shares))


def agreement(answers: Sequence[Hashable]) -> float | None:
    """The share of the pairs of answers that are equal; None of fewer than two."""
    if len(answers) < 2:
        return None
    equal = sum(count * (count - 1) for count in Counter(answers).values())
    return equal / (len(answers) * (len(answers) - 1))
