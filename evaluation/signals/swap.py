"""Students of two halves relabel each other's half (MCKD, Zhao et al. 2023, arXiv 2311.08640)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.lexical import Floats
from evaluation.students.folds import folds_of
from evaluation.students.student import RIDGE, Student, codes_of

ROUNDS = 3
SURE = 0.8
"""A label is replaced if the other half's student gives another one at least this probability."""


@dataclass(frozen=True)
class Swapped:
    """What the students of the other half said last; shape (n,) each."""

    labels: list[str]
    """After the exchange."""
    probability: Floats
    """Of the label that the sample came with."""


def swapped(
    vectors: Floats,
    labels: Sequence[str],
    *,
    rounds: int = ROUNDS,
    sure: float = SURE,
    ridge: float = RIDGE,
    seed: int = 0,
) -> Swapped:
    """The labels after `rounds` exchanges. Each starts from the labels that samples came with, and trains on the exchanged ones.

    Raises ValueError: fewer than two samples.
    """
    names = tuple(sorted(set(labels)))
    codes = codes_of(labels, names)
    if len(codes) < 2:
        raise ValueError("fewer than two samples: no half is left to learn from")
    halves, current = folds_of(codes, 2, seed), list(labels)
    shares = np.zeros((len(codes), len(names)))
    starts: list[Floats | None] = [None, None]
    for _ in range(rounds):
        for half in (0, 1):
            inside, outside = np.flatnonzero(halves == half), np.flatnonzero(halves != half)
            mine = [current[i] for i in inside]
            student = Student.trained(vectors[inside], mine, None, names, ridge=ridge, start=starts[half])
            starts[half] = student.parameters
            shares[outside] = student.probabilities(vectors[outside])
        best = shares.argmax(axis=1)
        surely = shares[np.arange(len(codes)), best] >= sure
        current = [names[best[i]] if surely[i] else labels[i] for i in range(len(codes))]
    return Swapped(current, shares[np.arange(len(codes)), codes])
