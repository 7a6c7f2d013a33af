"""How likely answers are with and without their questions, asked through the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agents.models.calls import Asker, Backend, Call, Model, ModelAccess
from agents.models.likelihoods.reading import ScoredText
from scenarios.errors import CallFailed, ModelUnavailable, RunStopped
from scenarios.frozen import Frozen
from scenarios.schema.plans import Decoding

ROLE = "likelihood"
"""Whose calls these are, in the ledger."""
_A_DAY = 86_400.0
"""Seconds: what is computed in this process needs no time limit of a request, and the first text waits for the weights."""


class Likelihoods(Frozen):
    """An answer as a model reads it."""

    after: ScoredText | None = None
    """The question and the answer behind it."""
    alone: ScoredText | None = None
    """The answer without its question."""
    failed: str = ""
    """Why there is none: the calls failed for good."""


def rating(model: Model) -> Model:
    """The model, asked for likelihoods in place of words. Raises ModelUnavailable if no model is behind its backend."""
    if model.backend is Backend.SCRIPTED:
        raise ModelUnavailable(
            f"llm.backend={model.backend}: no model is behind it; set llm.base_url to an endpoint that says how likely a prompt's "
            "tokens are (vLLM, or any /completions with echo and logprobs), or llm.backend=embedded"
        )
    here = model.backend is Backend.EMBEDDED
    return model.model_copy(update={"rates": True, "timeout": max(_A_DAY, model.timeout) if here else model.timeout})


def likelihood_call(model: Model, before: str, text: str) -> Call:
    """The call that asks how likely `text` is behind `before`, of a model that rates. Its key is the two texts and the model, so
    that the journal never pays twice for them."""
    asker = Asker(sample="", step=ROLE)
    decoding = Decoding(max_tokens=1)
    return Call(role=ROLE, asker=asker, model=model, messages=(), decoding=decoding, seed=0, texts=(before, text))


async def likelihoods_of(access: ModelAccess, model: Model, pairs: Sequence[tuple[str, str]]) -> list[Likelihoods]:
    """How a model that rates reads each (question, answer), in their order. The two are put together as they are: end a question
    with what separates them, such as a line break.

    Each text is asked for once, whatever the number of pairs that hold it. Raises as `Gateway.ask`, but for CallFailed, which is
    noted in the pair's Likelihoods.
    """
    needed = dict.fromkeys(text for before, answer in pairs for text in ((before, answer), ("", answer)))
    found = dict(zip(needed, await _all(access, model, list(needed)), strict=True))
    return [_both(found[before, answer], found["", answer]) for before, answer in pairs]


async def _all(access: ModelAccess, model: Model, texts: Sequence[tuple[str, str]]) -> list[ScoredText | str]:
    found = await asyncio.gather(*(_one(access, model, *text) for text in texts), return_exceptions=True)
    errors = [one for one in found if isinstance(one, BaseException)]
    if (
        errors
    ):  # only now: what is on its way is paid for, and kept. What stopped the others says more than that they stopped.
        raise min(errors, key=lambda error: isinstance(error, RunStopped))
    return [one for one in found if not isinstance(one, BaseException)]


async def _one(access: ModelAccess, model: Model, before: str, text: str) -> ScoredText | str:
    """What the model says of a text, or why it says nothing."""
    if not text.strip():
        return "an empty answer"
    try:
        answer = await access.ask(likelihood_call(model, before, text))
    except CallFailed as error:
        return str(error)
    return ScoredText.model_validate_json(answer.text)


def _both(after: ScoredText | str, alone: ScoredText | str) -> Likelihoods:
    for one in (after, alone):
        if isinstance(one, str):
            return Likelihoods(failed=one)
    assert isinstance(after, ScoredText)
    assert isinstance(alone, ScoredText)
    return Likelihoods(after=after, alone=alone)
