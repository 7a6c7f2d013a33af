"""Losses as a mixture of two normal distributions: the lower one holds what a student learns, the higher one the doubtful.

FreeAL divides samples so (Xiao et al. 2023, arXiv 2311.15614, after Arazo et al. 2019).
"""

from __future__ import annotations

import numpy as np

from evaluation.lexical import Floats

_STEPS = 200
_LEAST = 1e-6


def low_part(losses: Floats) -> Floats:
    """How probably each loss is of the lower part, shape (n,); of fewer than two different losses, 1.

    Expectation maximisation from the lower and the upper half, so that nothing is drawn. A loss lower than the lower part's mean is
    as probably of it as one at the mean: the higher part is wider, and would claim the far side, too.
    """
    if len(losses) < 2 or float(np.ptp(losses)) < _LEAST:
        return np.ones(len(losses))
    middle = (losses - losses.min()) / np.ptp(losses)
    ordered = np.sort(middle)
    half = len(ordered) // 2
    means = np.array([ordered[:half].mean(), ordered[half:].mean()])
    variances, shares = np.full(2, max(float(middle.var()), _LEAST)), np.full(2, 0.5)
    for _ in range(_STEPS):
        belongs = _belongs(middle, means, variances, shares)
        counts = belongs.sum(axis=0) + _LEAST
        updated = (belongs * middle[:, None]).sum(axis=0) / counts
        variances = np.maximum((belongs * (middle[:, None] - updated) ** 2).sum(axis=0) / counts, _LEAST)
        shares = counts / counts.sum()
        moved, means = float(np.abs(updated - means).max()), updated
        if moved < _LEAST:
            break
    low = int(means.argmin())
    found: Floats = _belongs(np.maximum(middle, means[low]), means, variances, shares)[:, low]
    return found


def _belongs(values: Floats, means: Floats, variances: Floats, shares: Floats) -> Floats:
    logs = np.log(shares) - 0.5 * np.log(variances) - (values[:, None] - means) ** 2 / (2 * variances)
    found = np.exp(logs - logs.max(axis=1, keepdims=True))
    shaped: Floats = found / found.sum(axis=1, keepdims=True)
    return shaped
