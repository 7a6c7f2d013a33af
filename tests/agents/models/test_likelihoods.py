"""How likely a model finds texts, against a bigram model that is computed by hand and served on loopback."""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import pairwise
from typing import Any, Protocol

import pytest

from agents.models.calls import Backend, Model
from agents.models.faults import Fault
from agents.models.gateway import Gateway
from agents.models.likelihoods.asking import Likelihoods, likelihood_call, likelihoods_of, rating
from agents.models.likelihoods.reading import ScoredText, scored_in
from agents.models.likelihoods.wire import LikelihoodWire
from agents.models.limits.ledger import Budget
from evaluation.signals.likelihood import difficulty
from scenarios.errors import BudgetReached, ModelUnavailable
from scenarios.schema.styles import Style
from tests.endpoint import Asked, Behaviour, Endpoint, Reply
from tests.helpers import gateway_over

ODDS = {
    ("sky", "is"): 0.5, ("is", "blue"): 0.4, ("?", "it"): 0.25, ("it", "is"): 0.8, ("grass", "it"): 0.1,
    }  # fmt: skip
REST = 0.05
"""The chance of any other word behind any other."""
COLOUR = "what colour is the sky ? "


def tokens_of(prompt: str) -> list[str]:
    """The words of a prompt."""
    return re.findall(r"\S+", prompt)


def chances(prompt: str) -> list[float | None]:
    """What the model says of each word; nothing of the first."""
    words = tokens_of(prompt)
    return [None, *(math.log(ODDS.get(pair, REST)) for pair in pairwise(words))]


def listing(asked: Asked) -> Any:
    """As vLLM answers: it knows both forms."""
    rows = zip(tokens_of(asked.body["prompt"]), chances(asked.body["prompt"]), strict=True)
    told = [
        None if chance is None else {str(place): {"logprob": chance, "rank": 1, "decoded_token": word}}
        for place, (word, chance) in enumerate(rows)
    ]
    return Reply(body={"choices": [{"text": "", "prompt_logprobs": told}], "usage": _usage(asked)})


def echoing(asked: Asked) -> Any:
    """As a server that knows `echo` alone, and refuses what it does not know."""
    body = asked.body
    if "prompt_logprobs" in body:
        return Reply(400, {"error": {"message": "Unrecognized request argument supplied: prompt_logprobs"}})
    tokens, values = [*tokens_of(body["prompt"]), "made"], [*chances(body["prompt"]), -0.7]
    logprobs = {"tokens": tokens, "token_logprobs": values, "text_offset": [0] * len(tokens)}
    return Reply(body={"choices": [{"text": f"{body['prompt']} made", "logprobs": logprobs}], "usage": _usage(asked)})


def deaf(asked: Asked) -> Any:
    """As llama.cpp: it takes every form, and tells of its own words alone."""
    return Reply(
        body={
            "choices": [{"text": "made", "logprobs": {"tokens": ["made"], "token_logprobs": [-0.1]}}],
            "usage": _usage(asked),
        }
    )


def _usage(asked: Asked) -> dict[str, int]:
    return {"prompt_tokens": len(tokens_of(asked.body["prompt"])), "completion_tokens": 1}


class Serve(Protocol):
    """Starts an endpoint, and a gateway to its likelihoods without pauses."""

    def __call__(self, behaviour: Behaviour, **options: Any) -> tuple[Endpoint, Gateway, Model]: ...


@pytest.fixture
async def served(serve: Callable[..., Endpoint]) -> AsyncIterator[Serve]:
    """Closes what it started."""
    gateways = []

    def start(behaviour: Behaviour, **options: Any) -> tuple[Endpoint, Gateway, Model]:
        endpoint = serve(behaviour)
        gateway, model = gateway_to(endpoint, **options)
        gateways.append(gateway)
        return endpoint, gateway, model

    yield start
    for gateway in gateways:
        await gateway.close()


def gateway_to(endpoint: Endpoint, **options: Any) -> tuple[Gateway, Model]:
    """A gateway to the likelihoods of an endpoint, without pauses."""
    model = rating(Model(backend=Backend.OPENAI, name="bigram", style=Style.CHAT, base_url=endpoint.url, outage=0.1))
    gateway = gateway_over(LikelihoodWire(endpoint.url, "sk-very-secret"), model=model, **options)
    gateway._pause = lambda attempt, fault: 0.0  # type: ignore[method-assign]
    return gateway, model


def ifd(reading: Likelihoods) -> float | None:
    """Of a reading."""
    assert reading.after is not None, reading.failed
    assert reading.alone is not None
    return difficulty(reading.after, reading.alone).value


def said(logprobs: Sequence[float | None]) -> list[float]:
    """The chances that are known."""
    return [round(math.exp(one), 9) for one in logprobs if one is not None]


@pytest.mark.parametrize("behaviour", [listing, echoing])
async def test_both_exact_forms_give_what_a_bigram_model_says_by_hand(served: Serve, behaviour: Any) -> None:
    _, gateway, model = served(behaviour)
    [reading] = await likelihoods_of(gateway, model, [(COLOUR, "it is blue")])
    assert reading.alone is not None
    assert reading.alone.tokens[-2:] == ("is", "blue")
    assert said(reading.alone.logprobs) == [0.8, 0.4]
    assert reading.after is not None
    assert len(reading.after.tokens) == 9
    assert said(reading.after.logprobs[-3:]) == [0.25, 0.8, 0.4]
    found = difficulty(reading.after, reading.alone)
    assert (found.compared, found.left_out) == (2, 1), "nobody says how likely a first word is"
    assert found.after == pytest.approx((math.log(1 / 0.8) + math.log(1 / 0.4)) / 2, abs=1e-6)
    assert found.value == 1.0, "behind the first word a bigram model knows no question"


def _beginning(asked: Asked) -> Any:
    """As `listing`, of a model that puts a mark before every text."""
    return listing(Asked(asked.number, {**asked.body, "prompt": f"<s> {asked.body['prompt']}"}, asked.headers))


async def test_shuffled_answers_raise_the_difficulty(served: Serve) -> None:
    _, gateway, model = served(_beginning)
    own = "it is blue"
    right, wrong = await likelihoods_of(gateway, model, [(COLOUR, own), ("name a plant grass ", own)])
    # By hand: the first word has a chance of 0.25 behind its question, 0.1 behind another's, and 0.05 behind the mark.
    alone = math.log(20) + math.log(1 / 0.8) + math.log(2.5)
    assert ifd(right) == pytest.approx((math.log(4) + math.log(1 / 0.8) + math.log(2.5)) / alone, abs=1e-5)
    assert ifd(wrong) == pytest.approx((math.log(10) + math.log(1 / 0.8) + math.log(2.5)) / alone, abs=1e-5)
    assert (ifd(right) or 0) < (ifd(wrong) or 0) < 1


async def test_no_text_is_paid_twice(served: Serve) -> None:
    endpoint, gateway, model = served(listing)
    pairs = [(COLOUR, "it is blue"), ("again ? ", "it is blue"), (COLOUR, "it is blue"), (COLOUR, " ")]
    first = await likelihoods_of(gateway, model, pairs)
    assert len(endpoint.asked) == 3
    assert first[0] == first[2]
    assert first[3].failed == "an empty answer"
    assert await likelihoods_of(gateway, model, pairs) == first
    assert len(endpoint.asked) == 3
    assert gateway.ledger.usage["likelihood"].calls == 3


async def test_an_endpoint_that_does_not_say_is_asked_in_three_ways_and_then_no_more(
    served: Serve,
) -> None:
    endpoint, gateway, model = served(deaf)
    for question in ("a ? ", "b ? "):
        [reading] = await likelihoods_of(gateway, model, [(question, "it is blue")])
        assert "vLLM does" in reading.failed
    assert len(endpoint.asked) <= 6, "each form for the two that were on their way together"


async def test_a_text_that_is_too_long_costs_no_form(served: Serve) -> None:
    def behave(asked: Asked) -> Any:
        if len(tokens_of(asked.body["prompt"])) > 5:
            return Reply(400, {"error": {"message": "maximum context length is 5", "code": "context_length_exceeded"}})
        return listing(asked)

    _, gateway, model = served(behave)
    long, short = await likelihoods_of(gateway, model, [(COLOUR, "it is blue"), ("a ? ", "it is blue")])
    assert "maximum context length" in long.failed
    assert ifd(short) == 1.0


async def test_budgets_hold(served: Serve) -> None:
    endpoint, gateway, model = served(listing, budget=Budget(calls=1))
    with pytest.raises(BudgetReached):
        await likelihoods_of(gateway, model, [("a ? ", "it is blue"), ("b ? ", "it is blue")])
    assert len(endpoint.asked) == 1


def test_what_cannot_be_is_a_fault_and_never_a_number() -> None:
    def listed(*rows: Any) -> dict[str, Any]:
        return {"choices": [{"prompt_logprobs": list(rows)}]}

    wrong: list[dict[str, Any]] = [
        {},
        {"choices": []},
        listed(None, {"1": {"decoded_token": "a"}}),
        listed(None, {"1": {"decoded_token": "a", "logprob": "low"}}),
        listed(None, {"1": {"decoded_token": "a", "logprob": 0.5}}),
        listed(None, {"1": {"decoded_token": "a", "logprob": -1.0}}, None),
        {"choices": [{"text": "a b c", "logprobs": {"tokens": ["a", "b", "c"], "token_logprobs": [None, -1.0, -1.0]}}]},
    ]
    for body in wrong:
        with pytest.raises(Fault):
            scored_in(body, "a b")
    several = {"1": {"logprob": -1.0}, "2": {"logprob": -2.0}}
    assert scored_in(listed(None, several), "a b") is None, "which of them is the prompt's?"


def test_a_backend_without_a_model_is_named_before_anything_is_asked() -> None:
    with pytest.raises(ModelUnavailable, match=r"llm.backend=scripted: no model is behind it; set llm.base_url"):
        rating(Model(backend=Backend.SCRIPTED, name="m", style=Style.CHAT))


def test_a_key_is_the_texts_and_the_model() -> None:
    model = Model(backend=Backend.OPENAI, name="m", style=Style.CHAT, base_url="http://127.0.0.1:9/v1", rates=True)
    key = likelihood_call(model, "a", "b").key()
    assert key == likelihood_call(model.model_copy(update={"base_url": "http://other"}), "a", "b").key()
    assert key != likelihood_call(model.model_copy(update={"name": "x"}), "a", "b").key()
    assert key != likelihood_call(model, "", "ab").key()
    assert ScoredText(tokens=("a",), logprobs=(None,)).tokens == ("a",)


async def test_a_key_that_a_server_says_is_not_kept(served: Serve) -> None:
    def telling(asked: Asked) -> Any:
        row = {"1": {"logprob": -1.0, "decoded_token": asked.headers["Authorization"]}}
        return Reply(body={"choices": [{"text": "", "prompt_logprobs": [None, row]}], "usage": _usage(asked)})

    _, gateway, model = served(telling)
    [found] = await likelihoods_of(gateway, model, [("a ? ", "it is blue")])
    assert found.after is not None
    assert "secret" not in found.model_dump_json()
