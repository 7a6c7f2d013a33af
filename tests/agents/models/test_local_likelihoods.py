"""Likelihoods that torch computes with weights in a file, against a bigram model that is computed by hand."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import pytest

from agents.models.calls import Backend, Model
from agents.models.likelihoods import weights
from agents.models.likelihoods.asking import likelihood_call, likelihoods_of, rating
from agents.models.likelihoods.local import LocalLikelihoods
from agents.models.likelihoods.weights import load_weights
from evaluation.signals.likelihood import difficulty
from scenarios.errors import ModelUnavailable
from scenarios.schema.styles import Style
from tests.causal import bigram_gguf, odds_of
from tests.helpers import gateway_over

torch = pytest.importorskip("torch")
pytest.importorskip("gguf")

MODEL = rating(Model(backend=Backend.EMBEDDED, name="bigram", style=Style.TRANSCRIPT))


def by_hand(*tokens: str) -> list[float]:
    """The log-probability of each token behind the one before it."""
    return [math.log(odds_of(*pair)) for pair in pairwise(tokens)]


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bigram model."""
    return bigram_gguf(tmp_path_factory.mktemp("weights") / "bigram.gguf")


async def test_a_gguf_says_what_its_model_says_by_hand_and_nothing_is_computed_twice(gguf: Path) -> None:
    gateway = gateway_over(LocalLikelihoods(gguf), model=MODEL)
    right, wrong, _ = await likelihoods_of(gateway, MODEL, [("a", "bac"), ("dd", "bac"), ("a", "bac")])
    assert right.after is not None
    assert right.alone is not None
    assert right.after.tokens == ("<s>", "a", "b", "a", "c")
    assert right.after.logprobs[0] is None
    assert right.after.logprobs[1:] == pytest.approx(by_hand(*right.after.tokens), abs=1e-5)
    assert right.alone.logprobs[1:] == pytest.approx(by_hand("<s>", "b", "a", "c"), abs=1e-5)
    found = difficulty(right.after, right.alone)
    after, alone = by_hand("a", "b", "a", "c"), by_hand("<s>", "b", "a", "c")
    assert found.value == pytest.approx(sum(after) / sum(alone), abs=1e-5)
    assert wrong.after is not None
    assert (difficulty(wrong.after, right.alone).value or 0) > (found.value or 0), "another question's answer is harder"
    assert gateway.ledger.usage["likelihood"].calls == 3
    [long] = await likelihoods_of(gateway, MODEL, [("a", "abcd" * 20)])
    assert "a text of 82 tokens, and the model reads 64" in long.failed
    await gateway.close()


def test_text_is_read_in_pieces_as_in_one(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_weights(gguf, "llm.gguf")
    torch.manual_seed(1)
    for layer in model.model.model.layers:
        for one in layer.self_attn.parameters():
            torch.nn.init.normal_(one)  # so that earlier tokens count
    read = model.tokenized("abcdabddcba")
    assert (read.behind(0), read.behind(6), read.behind(7)) == (10, 4, 4)
    whole = model.logprobs(read.ids)
    monkeypatch.setattr(weights, "_CHUNK", 3)
    assert model.logprobs(read.ids)[1:] == pytest.approx(whole[1:], abs=1e-5)
    assert whole[1:] != pytest.approx(by_hand(*model.words(read.ids)), abs=1e-2)


async def test_weights_that_cannot_be_loaded_are_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(60))
    with pytest.raises(ModelUnavailable, match=r"llm\.gguf=.*broken\.gguf: transformers cannot load it") as told:
        await LocalLikelihoods(broken).send(likelihood_call(MODEL, "a", "b"))
    assert "\n" not in str(told.value)
    (tmp_path / "config.json").write_text('{"model_type": "llama", "auto_map": {"AutoConfig": "evil.Evil"}}')
    (tmp_path / "evil.py").write_text("raise SystemExit(9)")
    with pytest.raises(ModelUnavailable, match="weights=.*: transformers cannot load it"):
        load_weights(tmp_path, "weights")
