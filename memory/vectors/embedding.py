"""Embeddings: texts as vectors, rounded to a grid on which novelty is exact.

A unit vector's components are rounded to multiples of 1/2048 and held as integers. Whatever its dimensions (up to 16
million), the dot product of two such vectors and every sum on the way to it stay below 2**24, so that float32 computes
it without rounding, in any order and on any machine: the same texts give the same distances, bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""Shape (n, dimensions); whole numbers."""

DIMENSIONS = 256
"""Of WordLlama's vectors."""
NAME = "wordllama-l2_supercat-256"
GRID = 2048.0


@dataclass(frozen=True)
class Naming:
    """How a memory knows the embedding that its vectors are of."""

    name: str
    """With the model in it: equal names give equal vectors to equal texts."""
    words: str
    """What chooses it on the command line."""
    dimensions: int | None = None
    """If they are known before the first text is embedded."""


WORDLLAMA = Naming(NAME, "embedding.backend=wordllama", DIMENSIONS)


class Embedding(Protocol):
    """An embedding that needs nobody else's answer."""

    @property
    def naming(self) -> Naming:
        """How a memory knows it."""
        ...

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """The vectors of `texts` on the grid: equal ones for equal texts, whatever else is asked with them."""
        ...


class WordLlamaEmbedding:
    """WordLlama, 256 dimensions, from the installed package: no download. Loads at the first use (about a second)."""

    name = NAME
    naming = WORDLLAMA

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """The vectors of `texts`, shape (n, 256), on the grid. A text without a known word is the zero vector."""
        if not texts:
            return np.zeros((0, DIMENSIONS), np.float32)
        model = wordllama_model()
        # One at a time: a batch is padded, and padding must not move a vector's last bits.
        return to_grid(np.vstack([_pooled(model, text) for text in texts]).astype(np.float64))


def to_grid(raw: NDArray[Any]) -> Vectors:
    """Unit vectors on the grid."""
    norms = np.linalg.norm(raw, axis=1, keepdims=True)
    unit = np.divide(raw, norms, out=np.zeros_like(raw), where=norms > 1e-12)
    grid: Vectors = np.rint(np.nan_to_num(unit) * GRID).astype(np.float32)
    return grid


def _pooled(model: Any, text: str) -> Vectors:
    """The mean of a text's token vectors, shape (256,): bit for bit what `model.embed` gives, at a third of its CPU."""
    (encoded,) = model.tokenizer.encode_batch_fast([text], add_special_tokens=False)
    rows = model.embedding[np.minimum(encoded.ids, len(model.embedding) - 1).astype(np.intp)]
    mean: Vectors = rows.sum(axis=0) / np.float32(max(1, len(rows)))
    return mean


@cache
def wordllama_model() -> Any:
    """WordLlama's model: its tokenizer and its tokens' vectors. Loaded once in a process (a tenth of a second)."""
    import logging

    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    import wordllama

    # Its import configures the root logger, which would let every library speak on the terminal.
    root.setLevel(level)
    root.handlers[:] = handlers
    logging.getLogger("wordllama").setLevel(logging.ERROR)
    home = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=home, disable_download=True, dim=DIMENSIONS)
