"""The map of a run's accepted samples: their vectors in the two directions in which they differ most."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np

from evaluation.lexical import Floats
from graphs.settings.embedding import EmbeddingBackend
from graphs.shell.process import one_blas_thread
from memory.vectors.embedding import Vectors, WordLlamaEmbedding
from studio.runs.open_run import OpenRun

_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class SampleMap:
    """Where samples lie. Axes have no unit: what is near is alike, as far as two directions show it."""

    places: list[str]
    xs: list[float]
    ys: list[float]
    """-1 … 1."""
    shown: float
    """The share of all variance that the two directions hold."""
    embedding: str
    note: str
    """What the run itself compares samples by, if that is another embedding."""


class MapMaker:
    """Makes a run's map; vectors are made once and kept while the page is served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._embedding = WordLlamaEmbedding()
        self._vectors: dict[str, dict[str, tuple[str, Vectors]]] = {}
        """By run and place: the text and its vector."""

    def map_of(self, run: OpenRun) -> SampleMap:
        """The map of a run as it is now. Raises RunDirError."""
        with run.samples() as index:
            texts = {one.row.place: one.text for one in index.samples() if one.text}
        with self._lock, one_blas_thread():
            known = self._vectors.setdefault(run.id, {})
            for gone in known.keys() - texts.keys():
                del known[gone]
            new = [place for place, text in texts.items() if place not in known or known[place][0] != text]
            for some in (new[at : at + _AT_ONCE] for at in range(0, len(new), _AT_ONCE)):
                vectors = self._embedding.vectors([texts[place] for place in some])
                known.update({place: (texts[place], vector) for place, vector in zip(some, vectors, strict=True)})
            grid = np.vstack([known[place][1] for place in texts]) if texts else np.zeros((0, 2), np.float32)
            points, shown = two_directions(grid)
        xs, ys = (points[:, way].round(4).tolist() for way in (0, 1))
        return SampleMap(list(texts), xs, ys, round(shown, 4), "WordLlama, 256 dimensions", _note(run))


def two_directions(vectors: Vectors) -> tuple[Floats, float]:
    """Each vector's place along the two principal components, scaled into -1 … 1, and the share of variance that they hold
    (principal component analysis; the sign of each direction is that of its largest weight)."""
    if len(vectors) < 3:
        spread = np.linspace(-0.5, 0.5, len(vectors)) if len(vectors) > 1 else np.zeros(len(vectors))
        return np.column_stack([spread, np.zeros(len(vectors))]), 1.0
    norms = np.linalg.norm(vectors, axis=1, keepdims=True).astype(np.float64)
    centred = np.divide(vectors, norms, out=np.zeros(vectors.shape), where=norms > 0)
    centred -= centred.mean(axis=0)
    values, directions = np.linalg.eigh(centred.T @ centred)
    two = directions[:, [-1, -2]]
    two *= np.sign(two[np.abs(two).argmax(axis=0), [0, 1]])
    points = centred @ two
    most = np.abs(points).max()
    total = values.sum()
    return points / (most or 1.0), float(values[-2:].sum() / total) if total > 0 else 1.0


def _note(run: OpenRun) -> str:
    prepared = run.scenario.prepared()
    backend = prepared.settings.embedding.backend if prepared else None
    url = prepared.settings.embedding.base_url if prepared else ""
    if backend in (None, EmbeddingBackend.WORDLLAMA) and not url:
        return ""
    return f"the run itself compares samples by {backend or EmbeddingBackend.OPENAI}"
