"""Lexical near-duplicates: MinHash finds a partner for each sample, the Jaccard similarity of their words decides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from memory.words.minhash import MARGIN, SHINGLE, Signatures, bands, jaccard, neighbours, signatures
from memory.words.tokens import Hashes, Places, Tokens

_CHUNK = 10_000


def near_duplicates(tokens: Tokens, least: float) -> NDArray[np.bool_]:
    """Which samples have another with a Jaccard similarity of `least` (0 … 1) or more between their 3-word shingles.

    Candidates share one of 32 bands of 4 MinHash values (Broder 1997): at a similarity of 0.7 99.98 % of the pairs do,
    at 0.5 87 %. In a crowded bucket each sample is compared with 8 neighbours. The likeliest candidate of each sample is
    then compared exactly. So none is marked wrongly, and a few may be missed. A sample without words has no duplicate.
    """
    partner, estimate = _partners(_signatures(tokens), np.flatnonzero(tokens.lengths))
    found = np.zeros(len(tokens), bool)
    sets: dict[int, NDArray[np.uint64]] = {}
    for i in np.flatnonzero(estimate >= least - MARGIN).tolist():
        j = int(partner[i])
        if not (found[i] and found[j]):
            for one in (i, j):
                if one not in sets:
                    sets[one] = _shingles(tokens, one)
            if jaccard(sets[i], sets[j]) >= least:
                found[[i, j]] = True
    return found


def copies(tokens: Tokens, least: float) -> list[int | None]:
    """For each sample an earlier one that it is a near-duplicate of, as `near_duplicates` says it, and that is itself none; or None.

    Without those that have one, no sample has a near-duplicate of those that were found.
    """
    partner, estimate = _partners(_signatures(tokens), np.flatnonzero(tokens.lengths))
    near: dict[int, list[int]] = {}
    for i in np.flatnonzero(estimate >= least - MARGIN).tolist():
        j = int(partner[i])
        if _alike(tokens, i, j, least):
            near.setdefault(max(i, j), []).append(min(i, j))
    found: list[int | None] = [None] * len(tokens)
    for i in sorted(near):
        firsts = (j if found[j] is None else found[j] for j in sorted(near[i]))
        found[i] = next((j for j in firsts if j is not None and _alike(tokens, i, j, least)), None)
    return found


def _alike(tokens: Tokens, one: int, other: int, least: float) -> bool:
    return jaccard(_shingles(tokens, one), _shingles(tokens, other)) >= least


def _shingles(tokens: Tokens, one: int) -> Hashes:
    """The different shingles of one text."""
    found: Hashes = np.unique(tokens.part(one, one + 1).shingles(SHINGLE).hashes)
    return found


def _signatures(tokens: Tokens) -> Signatures:
    """The signatures of all texts, some at a time: their shingles take several times as much room as their words."""
    parts = (range(begin, min(begin + _CHUNK, len(tokens))) for begin in range(0, max(1, len(tokens)), _CHUNK))
    return np.concatenate([signatures(tokens.part(part.start, part.stop).shingles(SHINGLE)) for part in parts])


def _partners(signs: Signatures, filled: Places) -> tuple[Places, NDArray[np.float64]]:
    """For each sample the one whose signature agrees best among its candidates, and the share that agrees."""
    partner, best = np.full(len(signs), -1), np.zeros(len(signs))
    for left, right in neighbours(bands(signs), filled):
        agree = _agreement(signs, left, right)
        for one, other in ((left, right), (right, left)):
            better = agree > best[one]
            best[one[better]], partner[one[better]] = agree[better], other[better]
    return partner, best


def _agreement(signs: Signatures, left: Places, right: Places) -> NDArray[np.float64]:
    agree = np.empty(len(left))
    for begin in range(0, len(left), _CHUNK):
        part = slice(begin, begin + _CHUNK)
        agree[part] = (signs[left[part]] == signs[right[part]]).mean(axis=1)
    return agree
