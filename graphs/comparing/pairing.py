"""Which samples of two datasets are compared with each other. Pure."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from graphs.comparing.datasets import Dataset, Piece

_ENOUGH = 0.5
"""Of the smaller dataset, the part that has to be paired in a way for that way to be taken."""


class PairedBy(StrEnum):
    """What two samples that are compared have in common, the closest way first."""

    BRIEF = "brief"
    """The same brief: its id, seed and cell."""
    PROMPT = "prompt"
    """The same first words of the user."""
    CELL = "cell"
    RANDOM = "random"
    """Nothing: a hash pairs them."""


_KEYS: dict[PairedBy, Callable[[Piece], str]] = {
    PairedBy.BRIEF: lambda piece: piece.brief,
    PairedBy.PROMPT: lambda piece: piece.prompt,
    PairedBy.CELL: lambda piece: piece.cell,
}


@dataclass(frozen=True, slots=True)
class PiecePair:
    """Two samples to compare."""

    left: Piece
    right: Piece
    cluster: str
    """Pairs that may resemble each other have the same."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """The pairs of two datasets."""

    left: Dataset
    right: Dataset
    by: PairedBy
    pairs: tuple[PiecePair, ...]
    possible: int
    """How many there would be without a limit."""


def paired_up(left: Dataset, right: Dataset, most: int, seed: int = 0) -> Pairing:
    """The closest way that pairs at least half of the smaller dataset, and up to `most` of the pairs that it gives, chosen by a
    hash. The order of the lines in the files is irrelevant."""
    smaller = min(len(left.pieces), len(right.pieces))
    for by, key in _KEYS.items():
        pairs = _alike(left, right, key, seed)
        if len(pairs) >= max(1, _ENOUGH * smaller):
            return _limited(left, right, by, pairs, most, seed)
    ours, theirs = (_ordered(one.pieces, seed, one.name) for one in (left, right))
    pairs = [PiecePair(a, b, str(place)) for place, (a, b) in enumerate(zip(ours, theirs, strict=False))]
    return _limited(left, right, PairedBy.RANDOM, pairs, most, seed)


def _alike(left: Dataset, right: Dataset, key: Callable[[Piece], str], seed: int) -> list[PiecePair]:
    ours, theirs = (_by(one, key, seed) for one in (left, right))
    return [
        PiecePair(a, b, name)
        for name in sorted(ours.keys() & theirs.keys())
        for a, b in zip(ours[name], theirs[name], strict=False)
    ]


def _by(dataset: Dataset, key: Callable[[Piece], str], seed: int) -> dict[str, list[Piece]]:
    found: dict[str, list[Piece]] = defaultdict(list)
    for piece in _ordered(dataset.pieces, seed, dataset.name):
        if name := key(piece):
            found[name].append(piece)
    return found


def _limited(left: Dataset, right: Dataset, by: PairedBy, pairs: list[PiecePair], most: int, seed: int) -> Pairing:
    # Those of a cluster that other datasets have, too, come first in all pairings: a hash of the cluster decides.
    ordered = sorted(pairs, key=lambda pair: (_hash(seed, pair.cluster), _hash(seed, pair.left.id, pair.right.id)))
    if by is PairedBy.CELL:  # a cell has many pairs: take of every one
        ordered = sorted(pairs, key=lambda pair: _hash(seed, pair.left.id, pair.right.id))
    return Pairing(left, right, by, tuple(ordered[:most]), len(pairs))


def _ordered(pieces: Sequence[Piece], seed: int, salt: str) -> list[Piece]:
    return sorted(pieces, key=lambda piece: (_hash(seed, salt, piece.id), piece.name))


def _hash(seed: int, *words: str) -> bytes:
    return hashlib.sha256("\x1f".join((str(seed), *words)).encode("utf-8", "replace")).digest()
