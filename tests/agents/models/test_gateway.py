"""The gateway: what it retries, what it gives up, what it keeps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from agents.models.calls import Answer, Asker, Backend, Call, Model, Reservation, ToolCall
from agents.models.endpoint.wire import Wire
from agents.models.faults import Fault, FaultKind
from agents.models.gateway import Gateway
from agents.models.limits.ledger import Budget, prompt_tokens_at_most
from scenarios.errors import BudgetReached, CallFailed, Interrupted, ModelUnavailable
from scenarios.messages import Message, Speech
from scenarios.records import Usage
from scenarios.schema.plans import Decoding
from scenarios.schema.styles import Style
from tests.endpoint import Asked, Endpoint, Reply, Reset
from tests.helpers import SCRIPTED, a_call, a_tool, gateway_over, scripted_gateway

KEY = "sk-very-secret-0123456789"
SCHEMA = {"type": "object", "properties": {"fine": {"type": "boolean"}}, "required": ["fine"]}
TOOLS = (a_tool("look"), a_tool("lend"))


class Over:
    """A gateway over a fake endpoint, whose pauses are noted and not waited for."""

    def __init__(self, endpoint: Endpoint, **options: Any) -> None:
        timeout = options.pop("timeout", 20.0)
        self.model = Model(
            backend=Backend.OPENAI, name="fake", style=Style.CHAT, base_url=endpoint.url, timeout=timeout
        )
        self.wire = Wire(endpoint.url, KEY)
        self.gateway: Gateway = gateway_over(self.wire, model=self.model, **options)
        self.pauses: list[float] = []
        true_pause = self.gateway._pause

        def noted(attempt: int, fault: Fault) -> float:
            self.pauses.append(true_pause(attempt, fault))
            return 0.0

        self.gateway._pause = noted  # type: ignore[method-assign]

    async def ask(self, text: str = "Say something.", **changes: Any) -> Answer:
        """Ask through the gateway."""
        return await self.gateway.ask(a_call(text, model=self.model, **changes))

    async def __aenter__(self) -> Over:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.gateway.close()


def fails(times: int, reply: Reply | Reset) -> Callable[[Asked], Any]:
    """A behaviour that fails `times` times and then answers."""

    def behave(asked: Asked) -> Any:
        if asked.number > times:
            return "All is well now."
        if isinstance(reply, Reset):
            raise reply
        return reply

    return behave


TRANSIENT = {
    "500": Reply(500, {"error": {"message": "oh"}}),
    "500 html": Reply(500, b"<html>oh</html>"),
    "reset": Reset(),
    "garbage": Reply(200, b"\x00\xff not json"),
    "array": Reply(200, b"[1, 2]"),
    "200 with error": Reply(200, {"error": {"message": "overloaded"}}),
    "no choices": Reply(200, {"id": "x", "choices": []}),
    "choice is null": Reply(200, {"id": "x", "choices": [None]}),
    "choices is text": Reply(200, {"choices": "none"}),
    "empty body": Reply(200, b""),
    "empty object": Reply(200, b"{}"),
    "408": Reply(408, b""),
}


@pytest.mark.parametrize("kind", TRANSIENT)
async def test_what_passes_is_asked_again_and_counted(serve: Callable[..., Endpoint], kind: str) -> None:
    endpoint = serve(fails(2, TRANSIENT[kind]))
    async with Over(endpoint, budget=Budget(calls=3)) as over:
        over.gateway._presence["openai", endpoint.url].reached = True  # a reset at first contact means a wrong address
        answer = await over.ask()
        assert answer.text == "All is well now."
        assert answer.requests == 3
        assert over.gateway.ledger.requests == 3
        assert sum(over.gateway.ledger.faults.values()) == 2
        assert over.gateway.ledger.usage["judge"].calls == 1


@pytest.mark.parametrize("kind", TRANSIENT)
async def test_what_does_not_pass_fails_the_call_alone(serve: Callable[..., Endpoint], kind: str) -> None:
    endpoint = serve(fails(100, TRANSIENT[kind]))
    async with Over(endpoint, retries=3) as over:
        over.gateway._presence["openai", endpoint.url].reached = True
        with pytest.raises(CallFailed) as caught:
            await over.ask()
        assert "after 4 requests" in str(caught.value)
        assert len(endpoint.asked) == 4
        assert over.gateway.limit.in_flight == 0
        assert over.gateway.ledger.usage == {}


async def test_a_slow_answer_is_a_timeout(serve: Callable[..., Endpoint]) -> None:
    async def slow(asked: Asked) -> str:
        if asked.number == 1:
            await asyncio.Event().wait()
        return "Better late."

    async with Over(serve(slow), timeout=0.5) as over:
        assert (await over.ask()).text == "Better late."
        assert over.gateway.ledger.faults == {"timeout": 1}


@pytest.mark.parametrize(
    ("named", "low", "high"),
    [
        ("3", 3, 3),
        ("0", 0, 0),
        ("9999", 60, 60),
        ("soon", 0.01, 30),
    ],
)
async def test_retry_after_is_honoured(serve: Callable[..., Endpoint], named: str, low: float, high: float) -> None:
    async with Over(serve(fails(1, Reply(500, b"{}", {"Retry-After": named})))) as over:
        assert (await over.ask()).text == "All is well now."
        assert len(over.pauses) == 1
        assert low <= over.pauses[0] <= high


async def test_429_lowers_the_limit_and_answers_raise_it_again(serve: Callable[..., Endpoint]) -> None:
    async with Over(serve(fails(1, Reply(429, {"error": {"message": "slow down"}}))), ceiling=10) as over:
        await over.ask()
        assert over.gateway.limit.limit == 2
        await asyncio.gather(*(over.ask(seed=number) for number in range(40)))
        assert over.gateway.limit.limit == 10


async def test_pauses_grow_and_have_an_end() -> None:
    gateway = gateway_over(object())  # type: ignore[arg-type]
    fault = Fault(FaultKind.SERVER, "oh")
    for attempt in range(1, 40):
        pause = gateway._pause(attempt, fault)
        most = min(0.25 * 2.0**attempt, 30.0)
        assert 0.1 * most <= pause <= most


FINAL: dict[str, tuple[Reply, type[Exception], str]] = {
    "400": (Reply(400, {"error": {"message": "no such thing"}}), CallFailed, "no such thing"),
    "413": (Reply(413, b"too big"), CallFailed, "HTTP 413"),
    "401": (Reply(401, {"error": {"message": "bad key"}}), ModelUnavailable, "llm.api_key_env"),
    "403": (Reply(403, b""), ModelUnavailable, "llm.api_key_env"),
    "404": (Reply(404, {"error": {"message": "no model"}}), ModelUnavailable, "llm.model"),
}


@pytest.mark.parametrize("kind", FINAL)
async def test_what_asking_again_would_not_mend_is_asked_once(serve: Callable[..., Endpoint], kind: str) -> None:
    reply, error, text = FINAL[kind]
    endpoint = serve(lambda _: reply)
    async with Over(endpoint) as over:
        with pytest.raises(error) as caught:
            await over.ask()
        assert text in str(caught.value)
        assert "\n" not in str(caught.value)
        assert len(endpoint.asked) == 1


async def test_an_address_that_nobody_serves_is_the_users_mistake() -> None:
    model = Model(backend=Backend.OPENAI, name="fake", style=Style.CHAT, base_url="http://127.0.0.1:9/v1")
    gateway = gateway_over(Wire(model.base_url, KEY), model=model)
    gateway._pause = lambda attempt, fault: 0.0  # type: ignore[method-assign]
    with pytest.raises(ModelUnavailable, match=r"llm\.base_url=http://127\.0\.0\.1:9/v1"):
        await gateway.ask(a_call(model=model))
    await gateway.close()


async def test_an_endpoint_that_takes_no_tools_is_told_once_with_what_to_do(serve: Callable[..., Endpoint]) -> None:
    endpoint = serve(lambda _: Reply(400, {"error": {"message": "fake does not support tools"}}))
    async with Over(endpoint) as over:
        with pytest.raises(
            ModelUnavailable, match=r"llm\.model=fake .* the role judge .* choose a model that calls tools"
        ):
            await over.ask(tools=TOOLS)
    assert len(endpoint.asked) == 1


async def test_a_budget_counts_tools_and_what_was_called(serve: Callable[..., Endpoint]) -> None:
    plain = prompt_tokens_at_most(a_call())
    said = Answer(text="", tool_calls=(ToolCall(id="1", name="look", arguments="x" * 1000),)).message()
    offering = prompt_tokens_at_most(a_call(tools=TOOLS))
    assert offering >= plain + len(orjson.dumps(TOOLS)) / 2
    assert prompt_tokens_at_most(a_call(tools=TOOLS, messages=(*a_call().messages, said))) > offering + 500
    transcript = SCRIPTED.model_copy(update={"style": Style.TRANSCRIPT})
    assert prompt_tokens_at_most(a_call(tools=TOOLS, model=transcript)) == plain
    async with Over(serve(), budget=Budget(tokens=plain + 20)) as over:
        with pytest.raises(BudgetReached):
            await over.ask(tools=TOOLS)
        await over.ask()


# -- the scripted model ------------------------------------------------------------------------------------------


async def test_the_scripted_model_says_a_call_word_for_word() -> None:
    gateway, _ = scripted_gateway()
    assert (await gateway.ask(a_call(verbatim="Yes, indeed."))).text == "Yes, indeed."
    found = await gateway.ask(a_call(verbatim='look {"id": "B-1"}', tools=TOOLS))
    assert (found.text, found.tool_calls) == (
        "",
        (ToolCall(id=found.tool_calls[0].id, name="look", arguments='{"id": "B-1"}'),),
    )
    for verbatim in ('fly {"id": 1}', "look at this", "look", "Look {}"):
        found = await gateway.ask(a_call(verbatim=verbatim, tools=TOOLS, seed=2, role=verbatim))
        assert (found.text, found.tool_calls) == (verbatim, ())
    assert (await gateway.ask(a_call(verbatim="look {}", seed=3))).text == "look {}"


async def test_a_script_may_call_tools_too() -> None:
    gateway, _ = scripted_gateway(lambda call: "look {broken")
    assert (await gateway.ask(a_call(tools=TOOLS))).tool_calls[0].arguments == "{broken"


async def test_a_request_down_the_ladder_counts_against_the_budget(serve: Callable[..., Endpoint]) -> None:
    def behave(asked: Asked) -> Reply | str:
        if asked.body.get("response_format", {}).get("type") == "json_schema":
            return Reply(400, {"error": {"message": "unknown"}})
        return '{"fine": true}'

    endpoint = serve(behave)
    async with Over(endpoint, budget=Budget(calls=2)) as over:
        await over.ask(answer_schema=SCHEMA)
        with pytest.raises(BudgetReached):
            await over.ask(answer_schema=SCHEMA, seed=2)
    assert len(endpoint.asked) == 2


# -- the journal behind it -------------------------------------------------------------------------------------


class Slow:
    """A transport whose answers wait for `go`."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go = asyncio.Event()
        self.sent = 0

    async def send(self, call: Call) -> Answer:
        self.sent += 1
        self.begun.set()
        await self.go.wait()
        return Answer(text="x", usage=Usage(calls=1, prompt_tokens=3, completion_tokens=2))

    async def close(self) -> None:
        self.go.set()


async def test_an_equal_call_is_answered_from_the_journal() -> None:
    transport = Slow()
    transport.go.set()
    gateway = gateway_over(transport)
    first, second = await gateway.ask(a_call()), await gateway.ask(a_call())
    assert first == second
    assert (transport.sent, gateway.ledger.requests, gateway.ledger.replayed) == (1, 1, 1)


async def test_a_stopped_gateway_still_gives_what_it_has() -> None:
    transport = Slow()
    transport.go.set()
    gateway = gateway_over(transport)
    await gateway.ask(a_call())
    gateway.stop(Interrupted("enough"))
    assert (await gateway.ask(a_call())).text == "x"
    with pytest.raises(Interrupted):
        await gateway.ask(a_call(seed=2))
    assert transport.sent == 1


async def test_stopping_lets_calls_in_flight_finish() -> None:
    transport = Slow()
    gateway = gateway_over(transport)
    asked = asyncio.create_task(gateway.ask(a_call()))
    await transport.begun.wait()
    gateway.stop(Interrupted("enough"))
    transport.go.set()
    assert (await asked).text == "x"
    assert (await gateway.ask(a_call())).text == "x"


async def test_stopping_ends_those_who_wait_for_a_place_or_a_pause() -> None:
    transport = Slow()
    gateway = gateway_over(transport, ceiling=1)
    flying = asyncio.create_task(gateway.ask(a_call()))
    waiting = asyncio.create_task(gateway.ask(a_call(seed=2)))
    await transport.begun.wait()
    gateway.stop(Interrupted("enough"))
    transport.go.set()
    await flying
    with pytest.raises(Interrupted):
        await waiting
    assert transport.sent == 1


class SlowStore:
    """A store whose commit waits for `go`."""

    def __init__(self) -> None:
        self.begun, self.go = asyncio.Event(), asyncio.Event()
        self.kept: dict[bytes, Answer] = {}

    async def answered(self, key: bytes) -> Answer | None:
        return self.kept.get(key)

    async def keep(self, key: bytes, call: Call, answer: Answer, ticket: bytes) -> None:
        self.begun.set()
        await self.go.wait()
        self.kept[key] = answer

    async def asked(self, ticket: bytes, key: bytes, requests: int, cost: Reservation) -> None:
        raise AssertionError("nothing failed and no budget is set")


async def test_an_answer_is_committed_before_it_is_used_also_where_the_caller_is_cancelled() -> None:
    transport, store = Slow(), SlowStore()
    transport.go.set()
    gateway = gateway_over(transport)
    gateway._store = store
    asked = asyncio.create_task(gateway.ask(a_call()))
    await store.begun.wait()
    assert not asked.done()
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    assert asked.cancelled()
    assert gateway.ledger.usage["judge"].calls == 1
    store.go.set()
    while not store.kept:
        await asyncio.sleep(0)
    assert (await gateway.ask(a_call())).text == "x"
    assert transport.sent == 1


async def test_cancelling_a_call_frees_its_place_and_its_hold() -> None:
    transport = Slow()
    gateway = gateway_over(transport, ceiling=1, budget=Budget(tokens=100))
    asked = asyncio.create_task(gateway.ask(a_call()))
    await transport.begun.wait()
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    assert gateway.limit.in_flight == 0
    transport.go.set()
    assert (await gateway.ask(a_call(seed=2))).text == "x"


async def test_equal_calls_at_the_same_time_are_paid_at_most_for_what_they_are() -> None:
    """Two tasks that ask the same at once agree, and the ledger counts what was sent."""
    transport = Slow()
    gateway = gateway_over(transport)
    both = [asyncio.create_task(gateway.ask(a_call())) for _ in range(2)]
    await transport.begun.wait()
    transport.go.set()
    first, second = await asyncio.gather(*both)
    assert first.text == second.text
    assert gateway.ledger.requests == transport.sent


# -- the key of a call -----------------------------------------------------------------------------------------

FLY = Message(role=Speech.USER, content="Fly.")
DIFFERENT: dict[str, dict[str, Any]] = {
    "system prompt": {"messages": (Message(role=Speech.SYSTEM, content="You are terse."), FLY)},
    "persona": {"messages": (Message(role=Speech.USER, content="You are Bela. Fly."),)},
    "speech role": {"messages": (Message(role=Speech.SYSTEM, content="Fly."),)},
    "sample": {"asker": Asker(sample="t", step="judge")},
    "step": {"asker": Asker(sample="s", step="critique")},
    "attempt": {"asker": Asker(sample="s", step="judge", attempt=1)},
    "seed": {"seed": 2},
    "role": {"role": "critic"},
    "schema": {"answer_schema": SCHEMA},
    "tools": {"tools": ({"name": "x"},)},
    "temperature": {"decoding": Decoding(max_tokens=20, temperature=0.1)},
    "max_tokens": {"decoding": Decoding(max_tokens=21)},
    "model": {"model": Model(backend=Backend.SCRIPTED, name="other", style=Style.CHAT)},
}


def test_the_key_depends_on_all_that_bears_on_the_answer_and_on_who_asks() -> None:
    keys = [a_call("Fly.").key(), *(a_call("Fly.", **changes).key() for changes in DIFFERENT.values())]
    assert len(set(keys)) == len(DIFFERENT) + 1


def test_the_key_does_not_depend_on_the_address_the_key_or_the_time_limit() -> None:
    one = Model(backend=Backend.OPENAI, name="m", style=Style.CHAT, base_url="http://a/v1")
    other = one.model_copy(
        update={"base_url": "http://b/v1", "timeout": 3.0, "api_key_env": "X", "usd_per_million_prompt": 9.0}
    )
    assert a_call(model=one).key() == a_call(model=other).key()
    assert a_call(expects=("a",)).key() == a_call(verbatim="a").key() == a_call().key()
