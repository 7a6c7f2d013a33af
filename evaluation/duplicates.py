"""Lexical near-duplicates: MinHash finds a partner for each sample, the Jaccard similarity of their words decides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluation.tokens import Places, Tokens

SHINGLE = 3
"""Words in a row that are compared."""
_PERMUTATIONS, _BANDS, _ROWS = 128, 32, 4
_NEIGHBOURS = 8
"""How many samples of its bucket each one is compared with, in each band."""
_MARGIN = 0.2
"""The signatures' estimate of a similarity has a standard error of at most 0.044: more than four of them."""
_CHUNK = 10_000

Signatures = NDArray[np.uint32]


def near_duplicates(tokens: Tokens, least: float) -> NDArray[np.bool_]:
    """Which samples have another with a Jaccard similarity of `least` (0 … 1) or more between their 3-word shingles.

    Candidates share one of 32 bands of 4 MinHash values (Broder 1997): at a similarity of 0.7 99.98 % of the pairs do,
    at 0.5 87 %. In a crowded bucket each sample is compared with 8 neighbours. The likeliest candidate of each sample is
    then compared exactly. So none is marked wrongly, and a few may be missed. A sample without words has no duplicate.
    """
    shingles = tokens.shingles(SHINGLE)
    partner, estimate = _partners(signatures(shingles), np.flatnonzero(tokens.lengths))
    found = np.zeros(len(tokens), bool)
    sets: dict[int, NDArray[np.uint64]] = {}
    for i in np.flatnonzero(estimate >= least - _MARGIN).tolist():
        j = int(partner[i])
        if not (found[i] and found[j]):
            for one in (i, j):
                if one not in sets:
                    sets[one] = np.unique(shingles[one])
            if _jaccard(sets[i], sets[j]) >= least:
                found[[i, j]] = True
    return found


def signatures(shingles: Tokens) -> Signatures:
    """The MinHash signature of each sample; shape (n, 128)."""
    from rensa import RMinHash

    rows = [np.zeros((0, _PERMUTATIONS), np.uint32)]
    for begin in range(0, len(shingles), _CHUNK):
        starts = shingles.starts[begin : begin + _CHUNK + 1]
        matrix = RMinHash.digest_matrix_from_flat_token_hashes(
            shingles.hashes[starts[0] : starts[-1]], (starts - starts[0]).astype(np.uint64), _PERMUTATIONS, 1
        )
        rows.append(np.array(matrix.to_rows(), np.uint32))
    return np.concatenate(rows)


def _partners(signs: Signatures, filled: Places) -> tuple[Places, NDArray[np.float64]]:
    """For each sample the one whose signature agrees best among its candidates, and the share that agrees."""
    partner, best = np.full(len(signs), -1), np.zeros(len(signs))
    keys = _bands(signs)
    for band in range(_BANDS):
        # The next band's key comes second: in a crowded bucket, those that share more stand side by side.
        order = filled[np.lexsort((keys[filled, (band + 1) % _BANDS], keys[filled, band]))]
        for step in range(1, _NEIGHBOURS + 1):
            left, right = order[:-step], order[step:]
            same = keys[left, band] == keys[right, band]
            if not same.any():
                break
            left, right = left[same], right[same]
            agree = _agreement(signs, left, right)
            for one, other in ((left, right), (right, left)):
                better = agree > best[one]
                best[one[better]], partner[one[better]] = agree[better], other[better]
    return partner, best


def _bands(signs: Signatures) -> NDArray[np.uint64]:
    """One number for each band of each signature: its values, mixed; shape (n, 32)."""
    parts = signs.reshape(len(signs), _BANDS, _ROWS).astype(np.uint64)
    key = parts[:, :, 0]
    for row in range(1, _ROWS):
        key = key * np.uint64(0x9E3779B97F4A7C15) + parts[:, :, row]
    return key


def _agreement(signs: Signatures, left: Places, right: Places) -> NDArray[np.float64]:
    agree = np.empty(len(left))
    for begin in range(0, len(left), _CHUNK):
        part = slice(begin, begin + _CHUNK)
        agree[part] = (signs[left[part]] == signs[right[part]]).mean(axis=1)
    return agree


def _jaccard(left: NDArray[np.uint64], right: NDArray[np.uint64]) -> float:
    common = len(np.intersect1d(left, right, assume_unique=True))
    return common / (len(left) + len(right) - common)
