"""Leaks: real texts of the test that a dataset holds, word by word or nearly so. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from memory.words.tokens import words

NEAR = 0.7
"""The share of the shorter text's 3-word shingles from which two texts are the same but for a few words."""
_SHINGLE = 3
_FEWEST = 4
"""Shingles of the shorter text: texts of fewer share them by chance."""


@dataclass(frozen=True)
class RealLeak:
    """A sample with the real text that it repeats."""

    sample: int
    """Its place in the dataset."""
    text: int
    """The place of the real one."""
    share: float
    """Of the shorter one's shingles; 1 if they have the same words."""


def leaks(samples: Sequence[str], real: Sequence[str]) -> list[RealLeak]:
    """The samples that repeat a real text, each with the text that it shares most with, in the order of the samples."""
    whole: dict[tuple[str, ...], int] = {}
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    sizes = []
    for place, text in enumerate(real):
        said = tuple(words(text))
        whole.setdefault(said, place)
        shingles = _shingles(said)
        sizes.append(len(shingles))
        for shingle in shingles:
            holders[shingle].append(place)
    found = []
    for place, text in enumerate(samples):
        said = tuple(words(text))
        if said and (same := whole.get(said)) is not None:
            found.append(RealLeak(place, same, 1.0))
            continue
        shingles = _shingles(said)
        met = Counter(other for shingle in shingles for other in holders.get(shingle, ()))
        near = [
            (count / least, -other)
            for other, count in met.items()
            if (least := min(len(shingles), sizes[other])) >= _FEWEST and count >= NEAR * least
        ]
        if near:
            share, other = max(near)
            found.append(RealLeak(place, -other, share))
    return found


def _shingles(said: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    return frozenset(said[at : at + _SHINGLE] for at in range(len(said) - _SHINGLE + 1))
