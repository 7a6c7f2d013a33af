"""Coverage of axes: which values, pairs of values and cells a dataset has, and how evenly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from math import log, prod

from evaluation.intervals import rounded
from scenarios.frozen import Frozen


class Share(Frozen):
    """How much of what is possible was met, and how evenly."""

    met: int
    possible: int
    evenness: float | None
    """Entropy over the largest possible with this many samples, 0 … 1; None where only one outcome is possible."""


class AxisCoverage(Frozen):
    """Coverage over all axes."""

    samples: int
    """Those with a cell."""
    values: dict[str, Share]
    pairs: Share
    """Pairs of values of two axes, over all pairs of axes."""
    cells: Share


def coverage(
    cells: Iterable[Mapping[str, str]], axes: Mapping[str, Sequence[str]] | None = None
) -> AxisCoverage | None:
    """Values, pairs and cells met. None where no sample has a cell.

    `axes` names the values that are possible; those met count as possible, too. Without it, a value that was never met
    is not known. Evenness (Pielou 1966, normalised entropy) is −Σ p ln p / ln min(possible, n).
    """
    found = [cell for cell in cells if cell]
    if not found:
        return None
    names = sorted({name for cell in found for name in cell} | set(axes or ()))
    values = {name: Counter(cell[name] for cell in found if name in cell) for name in names}
    known = {name: set((axes or {}).get(name, ())) | set(values[name]) for name in names}
    pairs: Counter[tuple[str, str, str, str]] = Counter()
    for cell in found:
        pairs.update((a, cell[a], b, cell[b]) for a, b in combinations(sorted(cell), 2))
    return AxisCoverage(
        samples=len(found),
        values={name: _share(values[name].values(), len(known[name])) for name in names},
        pairs=_share(pairs.values(), sum(len(known[a]) * len(known[b]) for a, b in combinations(names, 2))),
        cells=_share(Counter(tuple(sorted(cell.items())) for cell in found).values(), prod(map(len, known.values()))),
    )


def _share(counts: Collection[int], possible: int) -> Share:
    return Share(met=len(counts), possible=possible, evenness=rounded(evenness(counts, possible)))


def evenness(counts: Collection[int], possible: int) -> float | None:
    """The entropy of `counts` over the largest that as many samples can have among `possible` outcomes, 0 … 1."""
    total = sum(counts)
    most = min(possible, total)
    if most < 2:
        return None
    entropy = -sum(count / total * log(count / total) for count in counts if count)
    return min(1.0, abs(entropy) / log(most))
