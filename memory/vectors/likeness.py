"""Short names that say the same: equal but for their form, or near in meaning."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from memory.vectors.embedding import DIMENSIONS, GRID, Vectors, WordLlamaEmbedding

NEAR = 0.25
"""Cosine distance of WordLlama's vectors below which two names say the same.

Of 22 pairs of phrases that say the same in other words, 21 lie below; of 19 that differ in the word that matters ('paint
for wood', 'paint for metal'), 18 lie above; of the 4,071 pairs of values of the axes that ship, all but 15.
"""
_ARTICLES = frozenset({"a", "an", "the"})
_HISSING = ("ses", "xes", "zes", "ches", "shes")


def plain(name: str) -> str:
    """A name without what does not matter: case, punctuation, articles, the ending of a plural."""
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", name).casefold().replace("'", "").replace("’", ""))
    kept = [word for word in words if word not in _ARTICLES] or words
    return " ".join(_singular(word) for word in kept)


def _singular(word: str) -> str:
    if len(word) <= 3 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-2] if word.endswith(_HISSING) else word.removesuffix("s")


class Likeness:
    """The names met so far, in order.

    Always by WordLlama, whatever the run's embedding: the distance that counts was measured with it.
    """

    def __init__(self, embedding: WordLlamaEmbedding | None = None, near: float = NEAR) -> None:
        self._embedding = embedding or WordLlamaEmbedding()
        self._near = near
        self._plain: list[str] = []
        self._vectors: Vectors = np.zeros((0, DIMENSIONS), np.float32)

    def like(self, name: str) -> list[int]:
        """Which of the names met so far say the same as `name`, in order."""
        form = plain(name)
        vector = self._embedding.vectors([name])[0]
        distances = 1 - (self._vectors @ vector) / GRID**2
        return [
            place
            for place, (other, distance) in enumerate(zip(self._plain, distances, strict=True))
            if other == form or distance < self._near
        ]

    def add(self, names: Sequence[str]) -> None:
        """Meet names."""
        self._plain += [plain(name) for name in names]
        self._vectors = np.vstack([self._vectors, self._embedding.vectors(names)])
