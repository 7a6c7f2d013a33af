"""MinHash: which texts may share many of their word shingles, found without comparing each with each.

A signature holds 128 MinHash values, in bands of r. Two texts are candidates if a band agrees: at a Jaccard
similarity s of their shingles that happens with the probability 1 - (1 - s^r)^(128/r). In bands of 4, 0.015 % of the
pairs at 0.7, 12.6 % at 0.5 and none that are equal are missed.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from memory.words.tokens import Hashes, Places, Tokens

SHINGLE = 3
"""Words in a row that are compared."""
PERMUTATIONS, ROWS = 128, 4
BANDS = PERMUTATIONS // ROWS
MARGIN = 0.2
"""The signatures' estimate of a similarity has a standard error of at most 0.044: more than four of them."""
_CHUNK = 10_000
_NEIGHBOURS = 8
"""How many samples of its bucket each one is compared with, in each band."""

Signatures = NDArray[np.uint32]
"""Shape (n, 128)."""


def missed(similarity: float, rows: int = ROWS) -> float:
    """The probability that two texts of this Jaccard similarity share no band of `rows` values."""
    return float((1 - similarity**rows) ** (PERMUTATIONS // rows))


def rows_for(similarity: float) -> int:
    """The longest bands, of 4, 2 or 1 values, by which fewer than one in a thousand pairs of this similarity is missed."""
    return next((rows for rows in (4, 2) if missed(similarity, rows) < 1e-3), 1)


def signatures(shingles: Tokens) -> Signatures:
    """The MinHash signature of each sample; shape (n, 128)."""
    from rensa import RMinHash

    rows = [np.zeros((0, PERMUTATIONS), np.uint32)]
    for begin in range(0, len(shingles), _CHUNK):
        starts = shingles.starts[begin : begin + _CHUNK + 1]
        matrix = RMinHash.digest_matrix_from_flat_token_hashes(
            shingles.hashes[starts[0] : starts[-1]], (starts - starts[0]).astype(np.uint64), PERMUTATIONS, 1
        )
        rows.append(np.array(matrix.to_rows(), np.uint32))
    return np.concatenate(rows)


def bands(signs: Signatures, rows: int = ROWS) -> NDArray[np.uint64]:
    """One number for each band of each signature: its `rows` values, mixed; shape (n, 128 / rows)."""
    parts = signs.reshape(len(signs), PERMUTATIONS // rows, rows).astype(np.uint64)
    key = parts[:, :, 0]
    for row in range(1, rows):
        key = key * np.uint64(0x9E3779B97F4A7C15) + parts[:, :, row]
    return key


def neighbours(keys: NDArray[np.uint64], filled: Places) -> Iterator[tuple[Places, Places]]:
    """Pairs of samples that share a band, band by band: of a crowded bucket, each sample with the 8 behind it. `filled` are the
    samples that have words."""
    for band in range(keys.shape[1]):
        # The next band's key comes second: in a crowded bucket, those that share more stand side by side.
        order = filled[np.lexsort((keys[filled, (band + 1) % keys.shape[1]], keys[filled, band]))]
        for step in range(1, _NEIGHBOURS + 1):
            left, right = order[:-step], order[step:]
            same = keys[left, band] == keys[right, band]
            if not same.any():
                break
            yield left[same], right[same]


def jaccard(left: Hashes, right: Hashes) -> float:
    """The Jaccard similarity of two sets, each an array without doubles, not both of them empty."""
    common = len(np.intersect1d(left, right, assume_unique=True))
    return common / (len(left) + len(right) - common)
