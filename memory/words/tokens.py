"""Words and n-grams as numbers: what lexical overlap is measured by, and what every lexical metric counts.

A word is a 64-bit hash of its letters, an n-gram a 64-bit mixture of its words. Two different n-grams among 20 million
share one with a probability of one in 100,000, so that counts of them are exact for all that matters.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
"""Scripts without spaces between words: each of their characters counts as a word."""


_PLAIN = re.compile(r"\w+(?:'\w+)*", re.ASCII)
"""The same words in ASCII, four times as fast."""


@cache
def _pattern() -> Any:
    import regex  # unlike re, it knows scripts, and the marks that are part of a word in Hindi and its like

    letter = rf"[\w--[{_UNSPACED}]]"
    return regex.compile(rf"[{_UNSPACED}]|{letter}+(?:'{letter}+)*", regex.V1)


def words(text: str) -> list[str]:
    """The words of a text in any script, in lower case; an apostrophe inside a word belongs to it."""
    text = text.replace("’", "'")
    if text.isascii():
        return _PLAIN.findall(text.lower())
    found: list[str] = _pattern().findall(unicodedata.normalize("NFC", text).lower())
    return found


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of n texts in one row: those of text i are `hashes[starts[i]:starts[i + 1]]`."""

    hashes: Hashes
    starts: Places
    """Shape (n + 1,)."""

    def __len__(self) -> int:
        """How many texts."""
        return len(self.starts) - 1

    def __getitem__(self, text: int) -> Hashes:
        """The tokens of one text, in order."""
        return self.hashes[self.starts[text] : self.starts[text + 1]]

    @property
    def lengths(self) -> Places:
        """Tokens a text."""
        return np.diff(self.starts)

    def part(self, first: int, last: int) -> Tokens:
        """The tokens of the texts from `first` up to `last`; nothing is copied."""
        starts = self.starts[first : last + 1]
        return Tokens(self.hashes[starts[0] : starts[-1]], starts - starts[0])

    def take(self, texts: Sequence[int] | Places) -> Tokens:
        """The tokens of some of the texts, in the order given."""
        parts = [self[text] for text in texts]
        starts = np.cumsum([0, *map(len, parts)], dtype=np.int64)
        return Tokens(np.concatenate(parts) if parts else self.hashes[:0], starts)

    def ngrams(self, n: int) -> Tokens:
        """The runs of `n` tokens within each text; a text with fewer tokens has none."""
        if n == 1:
            return self
        lengths = np.maximum(self.lengths - (n - 1), 0)
        whole = max(0, len(self.hashes) - (n - 1))
        mixed = self.hashes[:whole]
        for place in range(1, n):
            mixed = _mixed(mixed) + self.hashes[place : whole + place]
        inside = np.ones(len(self.hashes), bool)
        for place in range(1, n):  # a run that begins at one of a text's last n - 1 tokens reaches into the next text
            at = self.starts[1:] - place
            inside[at[at >= self.starts[:-1]]] = False
        return Tokens(mixed[inside[:whole]], np.concatenate([[0], np.cumsum(lengths)]))

    def shingles(self, n: int) -> Tokens:
        """As `ngrams`, with blanks after the end of each text: a text of m tokens has m of them, however short."""
        filled = np.flatnonzero(self.lengths)
        blanks = np.zeros(len(self), np.int64)
        blanks[filled] = n - 1
        starts = np.concatenate([[0], np.cumsum(self.lengths + blanks)])
        hashes = np.zeros(starts[-1], np.uint64)
        hashes[np.arange(len(self.hashes)) + np.repeat(starts[:-1] - self.starts[:-1], self.lengths)] = self.hashes
        return Tokens(hashes, starts).ngrams(n)

    def counts(self) -> Places:
        """How often each different token occurs; which is which is not told."""
        counted: Places = np.unique(self.hashes, return_counts=True)[1]
        return counted


class Tokeniser:
    """Makes tokens of texts, one after the other."""

    def __init__(self) -> None:
        self._hash = _HashOf()
        self._hashes, self._starts = array("Q"), array("q", [0])

    def add(self, text: str) -> None:
        """Add one text."""
        self._hashes.extend(map(self._hash.__getitem__, words(text)))
        self._starts.append(len(self._hashes))

    def tokens(self) -> Tokens:
        """The tokens of all texts so far."""
        return Tokens(np.array(self._hashes, np.uint64), np.array(self._starts, np.int64))


def tokenize(texts: Iterable[str]) -> Tokens:
    """The words of the texts."""
    tokeniser = Tokeniser()
    for text in texts:
        tokeniser.add(text)
    return tokeniser.tokens()


class _HashOf(dict[str, int]):
    """The hash of each word met."""

    def __missing__(self, word: str) -> int:
        digest = blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        self[word] = found = int.from_bytes(digest, "little")
        return found


def _mixed(hashes: Hashes) -> Hashes:
    """The finaliser of SplitMix64: a reversible mixture in which each bit depends on every other (arithmetic mod 2^64)."""
    one = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    two = (one ^ (one >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return two ^ (two >> np.uint64(31))
