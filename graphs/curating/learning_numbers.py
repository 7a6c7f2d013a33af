"""What scorers make of samples whose target is a number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from evaluation.signals.residuals import Foresight, foresight, residuals
from evaluation.students.features import unit_vectors
from graphs.curating.rows import Subject
from graphs.curating.signals import Doubt, SampleSignals
from memory.vectors.embedding import Embedding

_DIGITS = 6
FAR = 2.5
"""Robust deviations of the residual from which a number is doubted. Of four sets of texts that people scored, with 18 % of the scores
drawn anew, 73 to 100 % of those so far out were wrong ones, and hardly any further out than 3.5 in two of them."""


def learn_numbers(
    rows: list[dict[str, Any]], subjects: Sequence[Subject], places: Sequence[int], embedding: Embedding, seed: int,
    say: Callable[[str], None],
) -> None:  # fmt: skip
    """Add what scorers make of the samples at `places`, which have a number."""
    say(f"{len(places):,} texts are embedded")
    vectors = unit_vectors([subjects[place].text for place in places], embedding)
    say("scorers learn")
    numbers = np.array([subjects[place].number for place in places], np.float64)
    found = residuals(vectors, numbers, seed=seed)
    order = np.argsort(-np.abs(found.residual), kind="stable")
    ranks = np.empty(len(places), np.intp)
    ranks[order] = np.arange(1, len(places) + 1)
    for at, place in enumerate(places):
        far = float(found.residual[at])
        rows[place] |= {"rank": int(ranks[at]), "predicted": rounded(found.predicted[at]), "residual": rounded(far)}
        if found.foresight.reads and abs(far) >= FAR:
            rows[place]["doubts"].append(Doubt.RESIDUAL)


def foreseen(signals: Sequence[SampleSignals]) -> Foresight | None:
    """How well scorers foresaw the numbers; None if none learned."""
    pairs = [(one.number, one.predicted) for one in signals if one.number is not None and one.predicted is not None]
    if not pairs:
        return None
    numbers, predicted = np.array(pairs, np.float64).T
    return foresight(numbers, predicted)


def rounded(value: float | None) -> float | None:
    """To six digits, so that equal inputs give equal bytes."""
    return None if value is None else round(float(value), _DIGITS) + 0.0
