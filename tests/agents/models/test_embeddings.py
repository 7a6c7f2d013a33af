"""Embeddings over HTTP: what a reply may hold, and texts that are asked together and kept apart."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.models.calls import Answer, Backend, Call, Model
from agents.models.endpoint.embeddings import EmbeddingWire, apart, embedding_call, numbers_of, read_vectors, together
from agents.models.endpoint.replies import Reply as HttpReply
from agents.models.faults import Fault, FaultKind
from agents.models.gateway import Gateway
from agents.models.limits.ledger import Budget
from graphs.campaign.vectors import ByEndpoint
from memory.vectors.embedding import to_grid
from scenarios.errors import BudgetReached, CallFailed, ModelUnavailable, RunStopped
from scenarios.records import Usage
from scenarios.schema.styles import Style
from tests.endpoint import Asked, Endpoint, Reply, embedded, embeddings, vector_of
from tests.helpers import gateway_over

KEY = "sk-very-secret-0123456789"
MODEL = Model(backend=Backend.OPENAI, name="vectors", style=Style.CHAT, base_url="http://127.0.0.1:9/v1", embeds=True)
TWO = embedding_call(MODEL, "one", "two")
ROWS = [{"index": 0, "embedding": [1.0, 0.0]}, {"index": 1, "embedding": [0.0, 2.0]}]


def told(rows: Any, **more: Any) -> HttpReply:
    """A reply with these rows."""
    return HttpReply(200, orjson.dumps({"data": rows, **more}))


def vectors(answer: Answer) -> list[list[float]]:
    """The vectors in an answer to several texts."""
    return [numbers_of(Answer(text=line)).tolist() for line in answer.text.splitlines()]


def test_the_order_of_the_rows_does_not_matter_and_base64_is_read() -> None:
    packed = base64.b64encode(np.array([0.0, 2.0], "<f4").tobytes()).decode()
    plain = [{"embedding": row["embedding"]} for row in ROWS]
    for rows in (ROWS, ROWS[::-1], plain, [{"index": 1, "embedding": packed}, ROWS[0]]):
        assert vectors(read_vectors(told(rows), TWO)) == [[1.0, 0.0], [0.0, 2.0]]


GARBAGE: dict[str, Any] = {
    "no data": {"data": None},
    "one is missing": {"data": ROWS[:1]},
    "one too many": {"data": [*ROWS, ROWS[0]]},
    "an index twice": {"data": [ROWS[0], ROWS[0]]},
    "an index beyond": {"data": [ROWS[0], {"index": 2, "embedding": [0.0, 2.0]}]},
    "an index for one": {"data": [ROWS[0], {"embedding": [0.0, 2.0]}]},
    "an index that is true": {"data": [ROWS[0], {"index": True, "embedding": [0.0, 2.0]}]},
    "no embedding": {"data": [ROWS[0], {"index": 1}]},
    "an empty one": {"data": [ROWS[0], {"index": 1, "embedding": []}]},
    "a zero": {"data": [ROWS[0], {"index": 1, "embedding": [0.0, 0.0]}]},
    "a null": {"data": [ROWS[0], {"index": 1, "embedding": [None, 1.0]}]},
    "a text": {"data": [ROWS[0], {"index": 1, "embedding": ["1", 1.0]}]},
    "too large": {"data": [ROWS[0], {"index": 1, "embedding": [1e300, 1.0]}]},
    "nested": {"data": [ROWS[0], {"index": 1, "embedding": [[1.0, 1.0]]}]},
    "broken base64": {"data": [ROWS[0], {"index": 1, "embedding": "AAA"}]},
    "half a number": {"data": [ROWS[0], {"index": 1, "embedding": "AAAAAAA="}]},
    "not a number": {"data": [ROWS[0], {"index": 1, "embedding": base64.b64encode(b"\0\0\xc0\x7f" * 2).decode()}]},
    "two lengths": {"data": [ROWS[0], {"index": 1, "embedding": [1.0, 1.0, 1.0]}]},
    "rows that are none": {"data": ["a", "b"]},
    "a list": [1, 2],
    "a chat completion": {"choices": [{"message": {"content": "hello"}}]},
}


@pytest.mark.parametrize("body", [*GARBAGE.values()], ids=[*GARBAGE])
def test_what_is_no_vector_is_a_fault_and_never_a_zero(body: Any) -> None:
    with pytest.raises(Fault) as caught:
        read_vectors(HttpReply(200, orjson.dumps(body)), TWO)
    assert caught.value.kind is FaultKind.GARBAGE


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b'{"data": [{"index": 0, "embedding": [NaN, 1.0]}]}', "no JSON"),
        (b"", "no JSON"),
        (b"<html>", "the body is a web page"),
        (b'{"data": [', "no JSON"),
    ],
)
def test_what_is_no_json_is_a_fault(raw: bytes, why: str) -> None:
    with pytest.raises(Fault, match=why):
        read_vectors(HttpReply(200, raw), TWO)


def test_errors_are_read_as_those_of_chats() -> None:
    for status, body, kind in (
        (200, {"error": {"message": "busy", "code": 429}}, FaultKind.THROTTLED),
        (401, {}, FaultKind.KEY),
        (404, {}, FaultKind.MODEL),
        (413, {}, FaultKind.DECLINED),
        (500, {}, FaultKind.SERVER),
        (503, {}, FaultKind.UNREADY),
    ):
        with pytest.raises(Fault) as caught:
            read_vectors(HttpReply(status, orjson.dumps(body)), TWO)
        assert caught.value.kind is kind


@given(st.lists(st.text(max_size=30), min_size=1, max_size=9), st.integers(0, 5000), st.integers(1, 9))
def test_costs_are_dealt_out_in_full(texts: list[str], tokens: int, requests: int) -> None:
    calls = [embedding_call(MODEL, text) for text in texts]
    lines = "\n".join(["AACAPw=="] * len(texts))
    found = apart(Answer(text=lines, usage=Usage(calls=1, prompt_tokens=tokens), requests=requests), calls)
    assert sum(answer.usage.prompt_tokens for answer in found) == tokens
    assert min(answer.usage.prompt_tokens for answer in found) >= 0
    assert sum(answer.requests for answer in found) == requests
    assert together(calls).texts == tuple(texts)


def test_a_key_is_the_texts_and_the_models() -> None:
    key = embedding_call(MODEL, "one").key()
    assert key == embedding_call(MODEL.model_copy(update={"base_url": "http://other", "timeout": 1.0}), "one").key()
    for other in (MODEL.model_copy(update={"name": "x"}), MODEL.model_copy(update={"dimensions": 8})):
        assert key != embedding_call(other, "one").key()
    assert key != embedding_call(MODEL, "two").key()


def served(endpoint: Endpoint, **options: Any) -> tuple[Gateway, Model]:
    """A gateway to the embeddings of an endpoint, without pauses."""
    model = MODEL.model_copy(update={"base_url": endpoint.url, "outage": 0.1})
    gateway = gateway_over(EmbeddingWire(endpoint.url, KEY), model=model, **options)
    gateway._pause = lambda attempt, fault: 0.0  # type: ignore[method-assign]
    return gateway, model


def grid(*texts: str) -> np.ndarray[Any, Any]:
    """The vectors that the fake endpoint gives, on the grid."""
    return to_grid(np.array([vector_of(text) for text in texts]))


async def test_texts_that_wait_are_asked_together_and_none_twice(serve: Callable[..., Endpoint]) -> None:
    endpoint = serve()
    gateway, model = served(endpoint)
    embedder, texts = ByEndpoint(model, gateway, 5), [f"text {number}" for number in range(40)]
    found = await asyncio.gather(*(embedder.vectors([text, texts[0], text]) for text in texts))
    assert set(endpoint.texts().values()) == {1}
    assert len(endpoint.asked_vectors) < 20
    assert max(len(asked.texts) for asked in endpoint.asked_vectors) == 5
    assert all(np.array_equal(each, grid(text, texts[0], text)) for each, text in zip(found, texts, strict=True))
    again = ByEndpoint(model, gateway, 64)
    assert np.array_equal(await again.vectors(texts), grid(*texts))
    assert len(endpoint.texts()) == sum(endpoint.texts().values()) == 40, "the journal knows them all"
    assert gateway.ledger.usage["embedding"].calls == 40
    await gateway.close()


async def test_one_refused_text_fails_alone(serve: Callable[..., Endpoint]) -> None:
    endpoint = serve()
    endpoint.embeds = lambda asked: Reply(400, b"{}") if "bad" in asked.texts else embedded(asked)
    gateway, model = served(endpoint)
    embedder = ByEndpoint(model, gateway, 64)
    found = await asyncio.gather(*(embedder.vectors([text]) for text in ("a", "bad", "b")), return_exceptions=True)
    assert [type(each) for each in found] == [np.ndarray, CallFailed, np.ndarray]
    await gateway.close()


@pytest.mark.parametrize("wrong", ["short", "garbage"])
async def test_a_short_reply_is_asked_again_and_then_fails(serve: Callable[..., Endpoint], wrong: str) -> None:
    endpoint = serve()
    endpoint.embeds = lambda asked: embeddings(asked, []) if wrong == "short" else Reply(body=b"{")
    gateway, model = served(endpoint, retries=2)
    with pytest.raises(CallFailed, match=r"garbage: .* \(after 3 requests\)"):
        await ByEndpoint(model, gateway, 64).vectors(["a"])
    await gateway.close()


async def test_another_length_ends_the_run_and_is_not_kept(serve: Callable[..., Endpoint]) -> None:
    endpoint = serve()
    gateway, model = served(endpoint)
    embedder = ByEndpoint(model, gateway, 64)
    embedder.expect(12)
    with pytest.raises(ModelUnavailable, match="gives vectors of 48 numbers, but the earlier ones have 12"):
        await embedder.vectors(["a"])
    embedder.expect(48)
    await embedder.vectors(["a"])
    assert endpoint.texts() == {"a": 2}
    await gateway.close()


async def test_the_budget_refuses_and_a_stopped_gateway_still_gives_what_it_has(
    serve: Callable[..., Endpoint],
) -> None:
    endpoint = serve()
    gateway, model = served(endpoint, budget=Budget(calls=1))
    embedder = ByEndpoint(model, gateway, 64)
    await embedder.vectors(["a", "b"])
    with pytest.raises(BudgetReached):
        await embedder.vectors(["c"])
    gateway.stop(RunStopped("enough"))
    await ByEndpoint(model, gateway, 64).vectors(["b", "a"])
    with pytest.raises(RunStopped):
        await embedder.vectors(["c", "a"])
    assert len(endpoint.asked_vectors) == 1
    await gateway.close()


async def test_an_empty_text_lies_nowhere_and_is_not_sent(serve: Callable[..., Endpoint]) -> None:
    endpoint = serve()
    gateway, model = served(endpoint)
    embedder = ByEndpoint(model, gateway, 64)
    with pytest.raises(CallFailed, match="an empty text"):
        await embedder.vectors([" "])
    assert not (await embedder.vectors(["a", ""]))[1].any()
    assert endpoint.texts() == {"a": 1}
    await gateway.close()


async def test_the_key_shows_in_no_error_and_dimensions_are_asked_for(serve: Callable[..., Endpoint]) -> None:
    endpoint = serve()
    endpoint.embeds = lambda asked: Reply(400, {"error": {"message": f"{asked.headers['Authorization']} is bad"}})
    gateway, model = served(endpoint)
    with pytest.raises(CallFailed) as caught:
        await ByEndpoint(model.model_copy(update={"dimensions": 7}), gateway, 64).vectors(["a"])
    assert KEY not in str(caught.value)
    asked: Asked = endpoint.asked_vectors[0]
    assert asked.body == {"model": "vectors", "input": ["a"], "dimensions": 7}
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    await gateway.close()


def test_a_call_for_vectors_is_a_call(serve: Callable[..., Endpoint]) -> None:
    assert isinstance(TWO, Call)
    assert MODEL.where != MODEL.model_copy(update={"embeds": False}).where, "chats at the same address go another way"
