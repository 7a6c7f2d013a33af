"""How values lie: counts in bins of equal width with round edges. Pure."""

from __future__ import annotations

from math import ceil, floor, log10

import numpy as np

from evaluation.lexical import Floats
from scenarios.frozen import Frozen

_BINS = 20


class Histogram(Frozen):
    """Counts of values between edges, one edge more than counts; a value on an edge lies in the upper bin, but for the last."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


def histogram(values: Floats, bins: int = _BINS) -> Histogram | None:
    """The histogram of values in about so many bins; None without any."""
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    least, most = float(values.min()), float(values.max())
    step = round_step((most - least) / bins) if most > least else max(abs(most), 1.0) / 10
    first, last = floor(least / step + 1e-9), max(ceil(most / step - 1e-9), floor(least / step + 1e-9) + 1)
    edges = [round(place * step, 10) for place in range(first, last + 1)]
    places = np.clip(np.searchsorted(edges, values, "right") - 1, 0, len(edges) - 2)
    return Histogram(edges=tuple(edges), counts=tuple(int(n) for n in np.bincount(places, minlength=len(edges) - 1)))


def round_step(width: float) -> float:
    """The round step nearest above a width: 1, 2, 5 and their tens."""
    power = 10.0 ** floor(log10(width))
    return float(next(power * one for one in (1, 2, 5, 10) if power * one >= width - 1e-12))
