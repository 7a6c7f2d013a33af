"""Predictions of samples by students that did not learn from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from evaluation.lexical import Floats
from evaluation.students.scorer import Scorer
from evaluation.students.softmax import Codes
from evaluation.students.student import RIDGE, Student, codes_of

FOLDS = 5


def folds_of(codes: Codes, folds: int = FOLDS, seed: int = 0) -> Codes:
    """The fold of each sample, shape (n,): each class is spread over all folds as evenly as its count allows."""
    rng = np.random.default_rng(seed)
    found, following = np.zeros(len(codes), np.intp), 0
    for code in np.unique(codes):
        places = rng.permutation(np.flatnonzero(codes == code))
        found[places] = (following + np.arange(len(places))) % folds
        following += len(places)
    return found


def held_out(
    vectors: Floats,
    labels: Sequence[str],
    weights: Floats | None = None,
    classes: Sequence[str] | None = None,
    *,
    folds: int = FOLDS,
    ridge: float = RIDGE,
    seed: int = 0,
) -> tuple[tuple[str, ...], Floats]:
    """The classes, and their probabilities for each sample, shape (n, classes), by a student of the other folds.

    A class that the other folds lack gets a small probability there. Raises ValueError: fewer than two samples.
    """
    names = tuple(classes) if classes is not None else tuple(sorted(set(labels)))
    codes = codes_of(labels, names)
    found, start = np.zeros((len(codes), len(names))), None
    for inside, outside in _parts(folds_of(codes, folds, seed)):
        student = Student.trained(
            vectors[inside], [labels[i] for i in inside], None if weights is None else weights[inside], names,
            ridge=ridge, start=start,
        )  # fmt: skip
        # The students of two folds are much alike: the next one begins where this one ended.
        start = student.parameters
        found[outside] = student.probabilities(vectors[outside])
    return names, found


_RIDGES = (0.03, 0.1, 0.3, 1.0, 3.0)
_MOST = 2000
"""Samples that the choice is made with."""


def chosen_ridge(vectors: Floats, labels: Sequence[str], *, seed: int = 0) -> float:
    """The penalty with which held-out labels are likeliest, of 0.03 … 3; of many samples, 2,000 decide.

    The more labels are wrong, the stronger it comes out. Raises ValueError: fewer than two samples.
    """
    some = np.sort(np.random.default_rng(seed).permutation(len(labels))[:_MOST])
    vectors, labels = vectors[some], [labels[i] for i in some.tolist()]
    losses = []
    for ridge in _RIDGES:
        names, shares = held_out(vectors, labels, folds=3, ridge=ridge, seed=seed)
        own = shares[np.arange(len(labels)), codes_of(labels, names)]
        losses.append(float(-np.log(np.maximum(own, 1e-12)).mean()))
    return _RIDGES[int(np.argmin(losses))]


_SCORE_RIDGES = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


def chosen_ridge_of_scores(vectors: Floats, scores: Floats, *, seed: int = 0) -> float:
    """The penalty with which the squares of held-out residuals are least, of 0.1 … 30; of many samples, 2,000 decide. Raises
    ValueError: fewer than two samples."""
    some = np.sort(np.random.default_rng(seed).permutation(len(scores))[:_MOST])
    vectors, scores = vectors[some], np.asarray(scores)[some]
    found = [(scores - held_out_scores(vectors, scores, folds=3, ridge=one, seed=seed)) ** 2 for one in _SCORE_RIDGES]
    return _SCORE_RIDGES[int(np.argmin([squares.mean() for squares in found]))]


def held_out_scores(
    vectors: Floats, scores: Floats, *, folds: int = FOLDS, ridge: float = RIDGE, seed: int = 0
) -> Floats:
    """The score of each sample, shape (n,), by a scorer of the other folds. Raises ValueError: fewer than two samples."""
    found = np.zeros(len(scores))
    for inside, outside in _parts(folds_of(np.zeros(len(scores), np.intp), folds, seed)):
        found[outside] = Scorer.trained(vectors[inside], scores[inside], ridge=ridge).predicted(vectors[outside])
    return found


def _parts(folds: Codes) -> Iterator[tuple[Codes, Codes]]:
    """For each fold that is not empty, the samples outside it, which are learned from, and those in it."""
    if len(folds) < 2:
        raise ValueError("fewer than two samples: nothing is left to learn from")
    for fold in np.unique(folds):
        yield np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
