"""A small causal model in torch on the CPU: its tokens, and how likely it finds them. Torch is loaded at the first use."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from agents.models.embedded import digest, gguf_file, weights_name
from scenarios.errors import ModelUnavailable

_PACKAGES = ("torch", "transformers", "gguf")
_SPIN = ("GOMP_SPINCOUNT", "20000")
"""Torch's threads spin while they wait for each other, so that one busy neighbour on a core all but stops them; read at its import."""
_CHUNK = 128
"""Tokens whose odds over the whole vocabulary are held at once: 134 MB for Gemma's 262,144."""


@dataclass(frozen=True)
class TokenizedText:
    """The tokens of a text as a model reads it."""

    ids: tuple[int, ...]
    ends: tuple[int, ...]
    """Where each one ends in the text, in characters; 0 for a mark that the model puts before every text."""

    def behind(self, place: int) -> int:
        """How many of the last tokens reach beyond this character."""
        return sum(end > place for end in self.ends)


class CausalWeights:
    """A causal model and its tokenizer."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        """`model` is a transformers model for causal language modelling, `tokenizer` its fast tokenizer."""
        self.model, self._tokenizer = model, tokenizer
        told = getattr(model.config, "max_position_embeddings", None)
        self.longest: int | None = told if type(told) is int else None
        """Tokens that it was made for; None if it does not say."""

    def tokenized(self, text: str) -> TokenizedText:
        """The tokens of a text, with the mark of a beginning if the model has one."""
        read = self._tokenizer(text, return_offsets_mapping=True, verbose=False)
        return TokenizedText(tuple(read["input_ids"]), tuple(end for _, end in read["offset_mapping"]))

    def words(self, ids: Sequence[int]) -> tuple[str, ...]:
        """The tokens as its vocabulary spells them: another one for each number."""
        return tuple(self._tokenizer.convert_ids_to_tokens(list(ids)))

    def logprobs(self, ids: Sequence[int]) -> list[float | None]:
        """The natural logarithm of each token's probability behind those before it; None for the first."""
        import torch
        from transformers import DynamicCache

        found: list[float | None] = [None] if ids else []
        # What it has read so far; transformers gave the argument another name in the course of version 5.
        named = "cache" if "cache" in inspect.signature(self.model.forward).parameters else "past_key_values"
        read = {named: DynamicCache(config=self.model.config), "use_cache": True}
        with torch.inference_mode():
            for start in range(0, len(ids) - 1, _CHUNK):
                here, following = ids[start : start + _CHUNK], ids[start + 1 : start + _CHUNK + 1]
                odds = self.model(input_ids=torch.tensor([list(here)]), **read).logits[0, : len(following)].float()
                picked = odds.gather(1, torch.tensor(following)[:, None])[:, 0]
                found += (picked - odds.logsumexp(1)).tolist()
        return found


def check_torch(why: str, also: Sequence[str] = ()) -> None:
    """Raise ModelUnavailable, which begins with `why`, if torch or what reads weights with it is not installed, or one of `also`."""
    missing = [name for name in (*_PACKAGES, *also) if importlib.util.find_spec(name) is None]
    if missing:
        raise ModelUnavailable(
            f"{why} needs the extra 'torch' ({missing[0]} is missing): pip install 'colloquia[torch]'"
        )


def named_weights(weights: str, key: str) -> tuple[Path, str]:
    """A folder that transformers wrote, or a GGUF file as `gguf_file` finds it, with the name of what is in it, by content. Raises
    ModelUnavailable."""
    folder = Path(weights).expanduser()
    if not weights or not folder.is_dir():
        path = gguf_file(weights, key)
        return path, weights_name(weights, path)
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise ModelUnavailable(f"{key}={weights}: holds no .safetensors; give a folder of a model, or a GGUF file")
    of_all = hashlib.sha256(" ".join(digest(path) for path in [*files, *sorted(folder.glob("*.json"))]).encode())
    return folder, f"{folder.resolve().name} sha256:{of_all.hexdigest()[:16]}"


def load_weights(path: Path, key: str) -> CausalWeights:
    """The model in a GGUF file, or in a folder as transformers writes it (safetensors), in float32. Nothing is fetched, and no code
    in the folder runs. `key` is the setting that errors name. Raises ModelUnavailable."""
    os.environ.setdefault(*_SPIN)
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    home = {"gguf_file": path.name} if path.is_file() else {}
    folder, fixed = str(path.parent if home else path), {"local_files_only": True, "trust_remote_code": False}
    try:
        with _head_read_once():
            tokenizer = AutoTokenizer.from_pretrained(folder, **home, **fixed)
            safe = {} if home else {"use_safetensors": True}
            model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **home, **safe, **fixed)
    except Exception as error:  # noqa: BLE001 - tokenizers raise plain ones, transformers and gguf all kinds
        said = " ".join(str(error).split())[:300]
        raise ModelUnavailable(f"{key}={path}: transformers cannot load it: {said or type(error).__name__}") from None
    if not tokenizer.is_fast:
        raise ModelUnavailable(f"{key}={path}: has no tokenizer that says which token stands where; give other weights")
    return CausalWeights(model.eval(), tokenizer)


@contextmanager
def _head_read_once() -> Iterator[None]:
    """Within it, transformers gets one reader of a GGUF whenever it asks for one. It asks three times, and each new one would read all
    words of the vocabulary: for Gemma's, that is half of the time that loading takes."""
    import gguf

    usual = gguf.GGUFReader
    gguf.GGUFReader = cache(usual)
    try:
        yield
    finally:
        gguf.GGUFReader = usual
