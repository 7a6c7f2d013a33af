"""Students of answers: what is cut, what a model says of an answer by hand, and that it is as it was behind its students."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from agents.models.likelihoods.weights import load_weights
from evaluation.students.lora import LoraRecipe, TokenExchange, cut, log_likelihood, tuned
from tests.causal import bigram_gguf, odds_of


@pytest.mark.parametrize(
    ("before", "answer", "most", "kept"),
    [
        (3, 2, 5, "01234"),
        (3, 2, 4, "0234"),  # the first token and the last one before the answer
        (7, 2, 6, "045678"),
        (1, 7, 6, "012345"),  # the answer's end goes
        (5, 5, 6, "034567"),  # half of the room for each
        (2, 8, 4, "0123"),
    ],
)
def test_a_long_exchange_keeps_the_end_of_its_question_and_the_beginning_of_its_answer(
    before: int, answer: int, most: int, kept: str
) -> None:
    found = cut(range(before + answer), answer, most)
    assert "".join(map(str, found.ids)) == kept
    assert found.answer == sum(token >= before for token in found.ids)


def test_a_student_learns_and_is_forgotten(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("peft")
    weights = load_weights(bigram_gguf(tmp_path / "bigram.gguf"), "weights")
    ids = weights.tokenized("abac").ids
    one = TokenExchange(ids, 2)
    by_hand = math.log(odds_of("b", "a")) + math.log(odds_of("a", "c"))
    assert log_likelihood(weights.model, one) == pytest.approx(by_hand, abs=1e-5)
    # Layers of nothing but zeros let no gradient through.
    torch.manual_seed(0)
    layer = weights.model.model.layers[0].mlp
    for part in (layer.gate_proj, layer.up_proj, layer.down_proj):
        torch.nn.init.normal_(part.weight, std=0.1)
    base, losses = log_likelihood(weights.model, one), list[float]()
    recipe = LoraRecipe(steps=12, batch=2, rank=2, learning_rate=0.05)
    with tuned(
        weights.model, [one, TokenExchange(ids, 1)], recipe, 3, lambda step, loss: losses.append(loss)
    ) as student:
        learned = log_likelihood(student, one)
    assert learned > base + 0.5
    assert (len(losses), losses[-1] < losses[0]) == (12, True)
    assert losses[0] == pytest.approx(-(base + log_likelihood(weights.model, TokenExchange(ids, 1))) / 3, abs=1e-5)
    assert log_likelihood(weights.model, one) == base
    with tuned(weights.model, [one, TokenExchange(ids, 1)], recipe, 3, lambda step, loss: None) as again:
        assert log_likelihood(again, one) == learned
