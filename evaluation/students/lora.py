"""A student of answers: a causal model in torch that learns a dataset's answers by LoRA (Hu et al. 2021, arXiv 2106.09685).

The model comes from outside; here nothing is loaded and nothing is read. It learns one exchange at a time and adds up a batch's
gradients, so that there is no padding, and the odds over the vocabulary are held for one answer alone. Torch and peft are loaded at
the first use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import Field

from scenarios.frozen import Frozen

_WARM = 0.1
"""The share of the steps in which the learning rate rises; then it falls to 0."""
_LONGEST_STEP = 1.0
"""The norm that a batch's gradient is cut to."""
_ADAPTER = "student"


class LoraRecipe(Frozen):
    """How a student learns. The defaults suit a model of 270 million weights on two cores."""

    steps: int = Field(40, ge=1, le=100_000, description="steps of each student, of batch exchanges each")
    batch: int = Field(8, ge=1, le=1024, description="exchanges of a step")
    rank: int = Field(8, ge=1, le=256, description="the rank of what is learned beside each layer's weights")
    learning_rate: float = Field(5e-4, gt=0, le=1, description="the highest learning rate")


@dataclass(frozen=True, slots=True)
class TokenExchange:
    """An answer behind what it answers, as a model reads them."""

    ids: tuple[int, ...]
    answer: int
    """How many of the last tokens are the answer's; at least one, and fewer than all."""


def cut(ids: Sequence[int], answer: int, most: int) -> TokenExchange:
    """An exchange of at most `most` tokens, from 4. Of what stands before the answer, its first token stays, which may be a mark, and
    its last ones: half of `most`, or all that the answer leaves. Of the answer, its first ones."""
    before = len(ids) - answer
    context = min(before, max(most // 2, most - answer))
    kept = min(answer, most - context)
    return TokenExchange((*ids[:1], *ids[before - context + 1 : before], *ids[before : before + kept]), kept)


def answer_logprobs(model: Any, one: TokenExchange) -> Any:
    """The log-probabilities of an answer's tokens, in nats, as a tensor of shape (answer,)."""
    import torch

    said = model(input_ids=torch.tensor([one.ids]), logits_to_keep=one.answer + 1, use_cache=False)
    odds = said.logits[0, :-1].float()
    gold = torch.tensor(one.ids[-one.answer :])
    return odds.gather(1, gold[:, None])[:, 0] - odds.logsumexp(1)


def log_likelihood(model: Any, one: TokenExchange) -> float:
    """The sum of an answer's log-probabilities, in nats."""
    import torch

    with torch.inference_mode():
        return float(answer_logprobs(model, one).double().sum())


@contextmanager
def tuned(
    model: Any, exchanges: Sequence[TokenExchange], recipe: LoraRecipe, seed: int, told: Callable[[int, float], None]
) -> Iterator[Any]:
    """The model with what it learned from the exchanges; behind it, the model is as it was. The same seed gives the same student on
    the same machine. `told` hears of each step and its loss: the mean negative log-likelihood of a token of its answers."""
    import torch
    from peft import LoraConfig
    from peft.tuners.lora import LoraModel

    # With B at 0 an untrained student is the model itself.
    config = LoraConfig(r=recipe.rank, lora_alpha=2 * recipe.rank, lora_dropout=0.0, target_modules="all-linear")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        student = LoraModel(model, config, _ADAPTER)
    try:
        _learn(student, exchanges, recipe, seed, told)
        yield student
    finally:
        student.unload()


def _learn(
    student: Any, exchanges: Sequence[TokenExchange], recipe: LoraRecipe, seed: int, told: Callable[[int, float], None]
) -> None:
    import torch

    weights = [one for one in student.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=recipe.learning_rate, weight_decay=0.0)
    order = _order(len(exchanges), recipe.steps * recipe.batch, seed)
    for step in range(recipe.steps):
        batch = [exchanges[place] for place in order[step * recipe.batch : (step + 1) * recipe.batch]]
        tokens, loss = sum(one.answer for one in batch), 0.0
        for one in batch:
            part = -answer_logprobs(student, one).sum() / tokens
            part.backward()
            loss += float(part.detach())
        torch.nn.utils.clip_grad_norm_(weights, _LONGEST_STEP)
        for group in optimizer.param_groups:
            group["lr"] = recipe.learning_rate * _share(step, recipe.steps)
        optimizer.step()
        optimizer.zero_grad()
        told(step + 1, loss)


def _order(count: int, needed: int, seed: int) -> list[int]:
    """Places of exchanges: all of them in a drawn order, then all in another one, until there are enough."""
    rng = np.random.default_rng(seed)
    found: list[int] = []
    while len(found) < needed:
        found += rng.permutation(count).tolist()
    return found[:needed]


def _share(step: int, steps: int) -> float:
    """What part of the highest learning rate a step has: it rises, then falls in a line."""
    warm = max(1, round(_WARM * steps))
    return min((step + 1) / warm, (steps - step) / max(1, steps - warm + 1))
