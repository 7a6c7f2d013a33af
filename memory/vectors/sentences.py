"""Embeddings of the package sentence-transformers (an extra): a model by name or from a folder, on the CPU."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from memory.vectors.embedding import Naming, Vectors, to_grid
from scenarios.errors import ModelUnavailable

_BACKEND = "embedding.backend=sentence-transformers"
_OWN = "sentence_transformers."
"""What the names of the package's own modules begin with."""


class SentenceEmbedding:
    """A model of sentence-transformers. It loads at the first use, with torch, which takes seconds.

    Raises ModelUnavailable if the extra is missing, or the model cannot be used.
    """

    def __init__(self, model: str) -> None:
        if importlib.util.find_spec("sentence_transformers") is None:
            raise ModelUnavailable(
                f"{_BACKEND} needs the extra 'sentence-transformers': pip install 'colloquia[sentence-transformers]'"
            )
        self._where = model
        self._model: Any = None
        self.naming = Naming(f"sentence-transformers:{_named(model)}", f"{_BACKEND} embedding.model={model}")

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """The vectors of `texts`, shape (n, dimensions), on the grid. A blank text is the zero vector."""
        if self._model is None:
            self._model = _load(self._where)
        # One at a time: in a batch, padding and the kernels for another shape move a vector's last bits.
        raw = np.stack([self._vector(text) for text in texts]) if texts else np.zeros((0, self._size()))
        return to_grid(raw)

    def _size(self) -> int:
        return int(self._model.get_embedding_dimension())

    def _vector(self, text: str) -> Any:
        if not text.strip():
            return np.zeros(self._size())
        found = self._model.encode([text], batch_size=1, convert_to_numpy=True, show_progress_bar=False)[0]
        found = found.astype(np.float64)
        if not np.isfinite(found).all() or not found.any():
            raise ModelUnavailable(f"embedding.model={self._where}: gives a vector that is zero or not finite")
        return found


def _named(model: str) -> str:
    """A model by its name, or, of a folder, by its content: its path says nothing, and its files may change.

    Raises ModelUnavailable if the folder's model would run code of its own.
    """
    folder = Path(model).expanduser()
    if not folder.is_dir():
        return model
    whole = hashlib.sha256()
    try:
        modules = folder / "modules.json"
        types = [str(module["type"]) for module in orjson.loads(modules.read_bytes())] if modules.is_file() else []
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            whole.update(str(file.relative_to(folder)).encode())
            with file.open("rb") as opened:
                whole.update(hashlib.file_digest(opened, "sha256").digest())
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelUnavailable(f"embedding.model={model}: cannot be read: {error}") from None
    if own := next((name for name in types if not name.startswith(_OWN)), None):
        raise ModelUnavailable(f"embedding.model={model}: would run code of its own ({own}); give another model")
    return f"{folder.resolve().name} sha256:{whole.hexdigest()[:16]}"


def _load(model: str) -> Any:
    import logging

    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)  # sums in another order would be other sums
    folder = Path(model).expanduser()
    try:
        return SentenceTransformer(str(folder) if folder.is_dir() else model, device="cpu").eval()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, ImportError) as error:
        told = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelUnavailable(f"embedding.model={model}: cannot be loaded: {told}") from None
