"""Coverage of axes: which values, pairs of values and cells a dataset has, and how evenly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations, product
from math import log, prod
from typing import Any

from evaluation.intervals import rounded
from scenarios.frozen import Frozen
from scenarios.schema.axes import Exclusion, ExclusionIndex

_PAIR = 2
_LOOKED_AT = 200_000
"""Combinations of excluded axes that are looked at one by one."""


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
    """Pairs of values of two axes, over all pairs of axes; if there is one axis, its values."""
    cells: Share


def coverage(
    cells: Iterable[Mapping[str, str]],
    axes: Mapping[str, Sequence[str]] | None = None,
    exclusions: Sequence[Exclusion] = (),
) -> AxisCoverage | None:
    """Values, pairs and cells met. None if no sample has a cell.

    `axes` names the values that are possible, `exclusions` those that make no sense together; what was met counts as
    possible, too. Without `axes`, a value that was never met is not known. Evenness (Pielou 1966, normalised entropy)
    is −Σ p ln p / ln min(possible, n).
    """
    found = [cell for cell in cells if cell]
    if not found:
        return None
    names = [*(axes or ()), *sorted({name for cell in found for name in cell} - set(axes or ()))]
    values = {name: Counter(cell[name] for cell in found if name in cell) for name in names}
    known = {name: [*dict.fromkeys([*(axes or {}).get(name, ()), *sorted(values[name])])] for name in names}
    pairs: Counter[tuple[tuple[str, str], ...]] = Counter()
    whole: Counter[tuple[tuple[str, str], ...]] = Counter()
    for cell in found:
        ordered = [(name, cell[name]) for name in names if name in cell]
        pairs.update(combinations(ordered, min(_PAIR, len(names))))
        whole[tuple(ordered)] += 1
    index = ExclusionIndex(exclusions)
    return AxisCoverage(
        samples=len(found),
        values={name: _share(values[name].values(), len(known[name])) for name in names},
        pairs=_share(pairs.values(), _possible_pairs(known, index, pairs)),
        cells=_share(whole.values(), _possible_cells(known, index, whole)),
    )


def _possible_pairs(known: Mapping[str, Sequence[str]], index: ExclusionIndex, met: Collection[Any]) -> int:
    """Pairs that some cell that makes sense can have, and those that were met all the same."""
    total, can_be = 0, index.possible(known)
    for chosen in combinations(known, min(_PAIR, len(known))):
        if not index.axes:  # nothing is excluded
            total += prod(len(known[name]) for name in chosen)
            continue
        for pair in product(*(known[name] for name in chosen)):
            part = dict(zip(chosen, pair, strict=True))
            total += can_be(part) or tuple(part.items()) in met
    return total


def _possible_cells(known: Mapping[str, Sequence[str]], index: ExclusionIndex, met: Collection[Any]) -> int:
    """Cells that make sense, and those that were met all the same; if they are too many to look at, all that there are."""
    bound = [name for name in known if name in index.axes]
    total = prod(map(len, known.values()))
    if not bound or prod(len(known[name]) for name in bound) > _LOOKED_AT:
        return total
    free = prod(len(known[name]) for name in known if name not in index.axes)
    allowed = sum(
        index.allow(dict(zip(bound, chosen, strict=True))) for chosen in product(*(known[name] for name in bound))
    )
    return free * allowed + sum(not index.allow(dict(cell)) for cell in met)


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
