"""How a student learns each sample: margins and confidences over the epochs of gradient descent.

A wrong label is contradicted by the samples around it: its margin stays low while others rise. AUM, the area under the margin
(Pleiss et al. 2020, arXiv 2001.10528), is the mean over the epochs of the label's score less the highest other one. Confidence and
variability are the mean and the standard deviation of the label's probability (dataset cartography, Swayamdipta et al. 2020).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.lexical import Floats
from evaluation.students.features import Scaling
from evaluation.students.softmax import Codes, log_softmax, logits_of, one_hot
from evaluation.students.threads import one_thread

EPOCHS = 10
_RATE = 0.125
"""Over the dimensions: a scaled vector's squared length is about as large as they are many. Slow: who learns fast learns the wrong
labels, too, within the first epochs."""
_BATCH = 32
_BLOCK = 8192
DOUBTED = 0.2
"""CLLM's cut: a mean probability of the label of at most this (Seedat et al. 2023, arXiv 2312.12112)."""


@dataclass(frozen=True)
class Dynamics:
    """What became of each sample's label over the epochs; every array has shape (n,)."""

    margin: Floats
    """AUM: low, and below zero, if the label is contradicted."""
    confidence: Floats
    variability: Floats
    aleatoric: Floats
    """Mean of p (1 − p): how undecided the student stayed. p̄ ≤ 0.2 implies that it is at most 0.16 (Jensen), so that CLLM's second
    condition, at most 0.2, leaves nobody out that the first one names: it is a number to look at, and no condition here."""

    @property
    def doubted(self) -> NDArray[np.bool_]:
        """Whom CLLM's first condition names."""
        found: NDArray[np.bool_] = self.confidence <= DOUBTED
        return found


def dynamics(vectors: Floats, codes: Codes, classes: int, *, epochs: int = EPOCHS, seed: int = 0) -> Dynamics:
    """The dynamics of `vectors`, shape (n, dimensions), with labels `codes`: softmax regression without a penalty, by gradient
    descent on batches of 32 in an order that `seed` draws anew each epoch."""
    count = len(codes)
    parameters = np.zeros((vectors.shape[1] + 1, classes))
    scaling, rng = Scaling.of(vectors), np.random.default_rng(seed)
    sums = np.zeros((4, count))  # margins, shares, their squares, p (1 - p)
    with one_thread():
        for _ in range(epochs):
            _epoch(parameters, scaling, vectors, codes, rng.permutation(count))
            for start in range(0, count, _BLOCK):
                part = slice(start, min(start + _BLOCK, count))
                logits = logits_of(scaling.scaled(vectors[part]), parameters)
                shares = np.exp(log_softmax(logits)[np.arange(len(logits)), codes[part]])
                sums[:, part] += margins(logits, codes[part]), shares, shares**2, shares * (1 - shares)
    margin, confidence, square, aleatoric = sums / epochs
    return Dynamics(margin, confidence, np.sqrt(np.maximum(square - confidence**2, 0.0)), aleatoric)


def _epoch(parameters: Floats, scaling: Scaling, vectors: Floats, codes: Codes, order: Codes) -> None:
    """One pass through the samples; `parameters` change."""
    rate = _RATE / vectors.shape[1]
    for start in range(0, len(order), _BATCH):
        some = order[start : start + _BATCH]
        features = scaling.scaled(vectors[some])
        errors = np.exp(log_softmax(logits_of(features, parameters))) - one_hot(codes[some], parameters.shape[1])
        parameters[:-1] -= rate * (features.T @ errors)
        parameters[-1] -= rate * errors.sum(axis=0)


def margins(logits: Floats, codes: Codes) -> Floats:
    """The label's score less the highest other one, shape (n,); with one class only, 0."""
    if logits.shape[1] < 2:
        return np.zeros(len(codes))
    rows, others = np.arange(len(codes)), logits.copy()
    others[rows, codes] = -np.inf
    found: Floats = logits[rows, codes] - others.max(axis=1)
    return found


_FAKES = 0.05
_HIGHEST = 0.9
"""Published are one sample in (classes + 1) and the 99th percentile. Of two classes that makes a third of the samples fakes, and doubts
four in five of all; with 5 % and the 90th percentile, of 18 % wrong labels in four sets of real texts, 51 to 91 % were found, and 62 to
93 % of those found were wrong."""


def planted(vectors: Floats, codes: Codes, classes: int, *, epochs: int = EPOCHS, seed: int = 0) -> NDArray[np.bool_]:
    """Which samples learn like samples of a class that does not exist, shape (n,) (Pleiss et al. 2020, section 4).

    One sample in twenty gets a fake label; those whose margin is no higher than 90 % of the fakes' are doubted. Twice, with other
    fakes, so that each sample is measured under its own label. Of fewer than 20 samples none is doubted.
    """
    count = len(codes)
    size = int(_FAKES * count)
    order, found = np.random.default_rng(seed).permutation(count), np.zeros(count, bool)
    if not size:
        return found
    first, second = order[:size], order[size : 2 * size]
    for fakes, whose in ((second, first), (first, np.setdiff1d(order, first))):
        labels = codes.copy()
        labels[fakes] = classes
        margin = dynamics(vectors, labels, classes + 1, epochs=epochs, seed=seed).margin
        found[whose] = margin[whose] <= np.quantile(margin[fakes], _HIGHEST)
    return found
