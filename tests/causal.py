"""Causal models of a few kilobytes: a bigram model that is computed by hand, and a random one that can learn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

LETTERS = ("<s>", "a", "b", "c", "d", "dd")
ODDS: Mapping[tuple[str, str], float] = {
    ("<s>", "a"): 0.2, ("<s>", "c"): 0.3, ("a", "b"): 0.5, ("b", "a"): 0.7, ("b", "c"): 0.1, ("a", "c"): 0.05,
}  # fmt: skip
"""The chance of a token behind another one; what is left to a token is shared evenly by the others."""
_WIDTH = 8


def odds_of(before: str, token: str) -> float:
    """The chance of a token behind another."""
    given = {other: chance for (first, other), chance in ODDS.items() if first == before}
    return given.get(token, (1 - sum(given.values())) / (len(LETTERS) - len(given)))


def bigram_gguf(path: Path) -> Path:
    """A Llama without attention and without hidden layers that do anything, as GGUF: what it says of a token depends on the one
    before it alone. Its tokens are letters, and `dd`."""
    from gguf import GGUFWriter

    count = len(LETTERS)
    file = GGUFWriter(path, "llama")
    file.add_context_length(64)
    file.add_embedding_length(_WIDTH)
    file.add_block_count(1)
    file.add_feed_forward_length(4)
    file.add_head_count(2)
    file.add_head_count_kv(2)
    file.add_layer_norm_rms_eps(1e-12)
    file.add_vocab_size(count)
    file.add_rope_dimension_count(4)
    file.add_tokenizer_model("gpt2")
    file.add_token_list(list(LETTERS))
    file.add_token_types([3] + [1] * (count - 1))
    file.add_token_merges(["d d"])
    file.add_bos_token_id(0)
    file.add_eos_token_id(0)
    file.add_add_bos_token(True)
    chances = np.array([[odds_of(before, token) for token in LETTERS] for before in LETTERS])
    # Layer norm makes the one of an embedding √width, and the head turns that into the logarithms of the chances.
    head = np.zeros((count, _WIDTH), np.float32)
    head[:, :count] = np.log(chances).T / math.sqrt(_WIDTH)
    tensors = {"token_embd": np.eye(count, _WIDTH, dtype=np.float32), "output": head}
    tensors |= {name: np.ones(_WIDTH, np.float32) for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm")}
    shapes = {"ffn_gate": (4, _WIDTH), "ffn_up": (4, _WIDTH), "ffn_down": (_WIDTH, 4)}
    shapes |= {f"attn_{part}": (_WIDTH, _WIDTH) for part in ("q", "k", "v", "output")}
    tensors |= {f"blk.0.{name}": np.zeros(shape, np.float32) for name, shape in shapes.items()}
    for name, tensor in tensors.items():
        file.add_tensor(f"{name}.weight", tensor)
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()
    return path


def random_folder(path: Path, words: Sequence[str]) -> Path:
    """A Llama with one small layer and weights drawn at random, in a folder as transformers writes it. Its tokens are words."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
    from transformers.utils import logging

    logging.disable_progress_bar()
    vocabulary = {word: place for place, word in enumerate(["<s>", "<unk>", *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", unk_token="<unk>").save_pretrained(path)
    config = LlamaConfig(
        vocab_size=len(vocabulary), hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=2, max_position_embeddings=64, bos_token_id=0, eos_token_id=None, initializer_range=0.3,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        LlamaForCausalLM(config).save_pretrained(path)
    return path
