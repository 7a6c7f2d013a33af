"""Lexical overlap: the remembered text that shares most of its word shingles with a new one.

MinHash proposes, the Jaccard similarity of the 3-word shingles decides: nothing is rejected wrongly, and
fewer than one in a thousand pairs at the bound is missed (`memory.words.minhash.rows_for`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from memory.words.minhash import MARGIN, PERMUTATIONS, SHINGLE, Signatures, bands, jaccard, rows_for, signatures
from memory.words.tokens import Hashes, Places, tokenize, words
from scenarios.frozen import Frozen
from scenarios.text import shortened

_COMPARED = 64
"""At most so many candidates are compared exactly, the likeliest first: if many share a form, more cost time only."""
_LOOSE = 512
"""Texts that are kept unsorted, before they become a block."""
_TOGETHER = 20_000
SHOWN = 200
"""At most so many letters of a common text are shown."""


class Overlap(Frozen):
    """A remembered text that shares too much with another."""

    nearest: str
    """Its id."""
    share: float
    """The Jaccard similarity of the two texts' 3-word shingles, 0 … 1, to six decimals."""
    text: str
    """The longest run of words that they share, at most 200 letters."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A text and what finds others like it. `shingles` is a sorted set; it is empty if the text has no words."""

    text: str
    shingles: Hashes
    signature: NDArray[np.uint32]


def signed(texts: Sequence[str]) -> list[Signed]:
    """Sign texts; cheaper together than alone."""
    shingles = tokenize(texts).shingles(SHINGLE)
    signs = signatures(shingles)
    return [Signed(text, np.unique(shingles[i]), signs[i]) for i, text in enumerate(texts)]


class Lexicon:
    """Every remembered text, in order of arrival, to be searched for those that share `least` (0 … 1) or more of their
    shingles. A text without words is like no other.

    The bands of many texts stand in sorted blocks, each at least twice as long as the next, so that a search is a few
    bisections; the latest ones stand in no order.
    """

    def __init__(self, least: float) -> None:
        self._least = least
        self._rows = rows_for(least)
        self._ids: list[str] = []
        self._texts: list[str] = []
        self._signs: Signatures = np.zeros((_LOOSE, PERMUTATIONS), np.uint32)
        self._blocks: list[tuple[Hashes, Places]] = []
        self._loose: NDArray[np.uint64] = np.zeros((_LOOSE, PERMUTATIONS // self._rows), np.uint64)
        self._sorted = 0
        """How many texts are in blocks."""

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, id_: str, one: Signed) -> None:
        """Remember one text."""
        if len(self._ids) - self._sorted == _LOOSE:
            self._settle(self._loose)
        self._loose[len(self._ids) - self._sorted] = self._keys(one.signature[None])[0]
        self._keep([id_], [one.text], one.signature[None])

    def extend(self, ids: Sequence[str], texts: Sequence[str]) -> None:
        """Remember many texts, as `add` would one by one."""
        self._settle(self._loose[: len(self._ids) - self._sorted])
        for start in range(0, len(ids), _TOGETHER):
            part = slice(start, start + _TOGETHER)
            signs = signatures(tokenize(texts[part]).shingles(SHINGLE))
            self._keep(ids[part], texts[part], signs)
            self._settle(self._keys(signs))

    def text(self, id_: str) -> str | None:
        """A remembered text; None if there is none of that id."""
        return self._texts[self._ids.index(id_)] if id_ in self._ids else None

    def nearest(self, one: Signed) -> Overlap | None:
        """The remembered text with the largest similarity to `one`, if it is large enough; of equal ones the first."""
        found: Overlap | None = None
        for place in self._candidates(one):
            share = round(jaccard(one.shingles, signed([self._texts[place]])[0].shingles), 6)
            if share >= self._least and (found is None or share > found.share):
                found = Overlap(nearest=self._ids[place], share=share, text="")
                at = place
        return found and found.model_copy(update={"text": common_run(one.text, self._texts[at])})

    def _candidates(self, one: Signed) -> Iterator[int]:
        """Places of texts that share a band and seem near enough: the likeliest first, of equal ones the earliest."""
        if not len(one.shingles):
            return
        own = self._keys(one.signature[None])[0]
        loose = self._loose[: len(self._ids) - self._sorted]
        parts = [self._sorted + np.flatnonzero((loose == own).any(axis=1))]
        for keys, places in self._blocks:
            lows, highs = np.searchsorted(keys, own, "left"), np.searchsorted(keys, own, "right")
            parts += [places[low:high] for low, high in zip(lows, highs, strict=True) if low < high]
        met = np.unique(np.concatenate(parts))
        agree = (self._signs[met] == one.signature).mean(axis=1)
        order = np.argsort(-agree, kind="stable")[:_COMPARED]
        yield from met[order][agree[order] >= self._least - MARGIN].tolist()

    def _keep(self, ids: Sequence[str], texts: Sequence[str], signs: Signatures) -> None:
        size = len(self._ids) + len(ids)
        if size > len(self._signs):
            grown = np.zeros((max(size, 2 * len(self._signs)), self._signs.shape[1]), np.uint32)
            grown[: len(self._ids)] = self._signs[: len(self._ids)]
            self._signs = grown
        self._signs[len(self._ids) : size] = signs
        self._ids.extend(ids)
        self._texts.extend(texts)

    def _keys(self, signs: Signatures) -> NDArray[np.uint64]:
        """The bands' numbers, another one for the same values in another band."""
        found = bands(signs, self._rows)
        return found + np.arange(found.shape[1], dtype=np.uint64) * np.uint64(0xD1B54A32D192ED03)

    def _settle(self, keys: NDArray[np.uint64]) -> None:
        """Sort the bands of the latest texts into a block, and blocks of like length into one."""
        if not len(keys):
            return
        places = np.repeat(np.arange(self._sorted, self._sorted + len(keys)), keys.shape[1])
        self._sorted += len(keys)
        block = (keys.ravel(), places)
        while self._blocks and len(self._blocks[-1][0]) < 2 * len(block[0]):
            before = self._blocks.pop()
            block = (np.concatenate([before[0], block[0]]), np.concatenate([before[1], block[1]]))
        order = np.argsort(block[0], kind="stable")
        self._blocks.append((block[0][order], block[1][order]))


def common_run(left: str, right: str) -> str:
    """The longest run of words that two texts share, in lower case, as many of them as fit into 200 letters."""
    return shown(longest_run(words(left), words(right)))


def longest_run(left: Sequence[str], right: Sequence[str]) -> list[str]:
    """The longest run of words that two sequences share; of equal ones the first in `left`."""
    match = SequenceMatcher(None, left, right, autojunk=False).find_longest_match()
    return list(left[match.a : match.a + match.size])


def shown(run: Sequence[str]) -> str:
    """Words as text, cut at 200 letters."""
    return shortened(" ".join(run), SHOWN)
