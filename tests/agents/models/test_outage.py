"""Endpoints that go away, refuse everything or come back: the run waits, and does not hammer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

import agents.models.limits.presence
from agents.models.calls import Answer, Call, Model
from agents.models.faults import Fault, FaultKind
from agents.models.gateway import Gateway
from agents.models.limits.ledger import Budget
from scenarios.errors import CallFailed, EndpointAway, Interrupted, ModelUnavailable
from scenarios.records import Usage
from tests.endpoint import Asked, Endpoint, Reply, scripted
from tests.helpers import SCRIPTED, KeptInMemory, Workshop, a_call, at, gateway_over

ABSENT = [FaultKind.AWAY, FaultKind.UNREADY]
FINE = Answer(text="fine", usage=Usage(calls=1, prompt_tokens=3, completion_tokens=2))


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks follow each other at once."""
    monkeypatch.setattr(agents.models.limits.presence, "_SELDOM", 0.0)
    monkeypatch.setattr(Gateway, "_pause", lambda self, attempt, fault: 0.0)


class Script:
    """A transport that raises what `faults` gives for the number of the request (from 1), or answers."""

    def __init__(self, fault: Callable[[int], FaultKind | None]) -> None:
        self._fault = fault
        self.sent = 0
        self.at_once = 0
        self.most_while_away = 0

    async def send(self, call: Call) -> Answer:
        self.sent += 1
        self.at_once += 1
        kind = self._fault(self.sent)
        await asyncio.sleep(0)
        if kind in ABSENT:
            self.most_while_away = max(self.most_while_away, self.at_once)
        self.at_once -= 1
        if kind is not None:
            raise Fault(kind, "no")
        return FINE

    async def close(self) -> None:
        """Nothing is held."""


def over(script: Script, **model: Any) -> tuple[Gateway, Model]:
    """A gateway whose endpoint has answered once."""
    known = SCRIPTED.model_copy(update=model)
    gateway = gateway_over(script, model=known, ceiling=32, retries=3)
    gateway._presence["scripted", ""].reached = True
    return gateway, known


@pytest.mark.parametrize("kind", ABSENT)
async def test_an_endpoint_that_comes_back_fails_no_call(kind: FaultKind) -> None:
    script = Script(lambda number: kind if 5 <= number < 60 else None)
    gateway, model = over(script)
    answers = await asyncio.gather(*(gateway.ask(a_call(model=model, seed=seed)) for seed in range(20)))
    assert [answer.text for answer in answers] == ["fine"] * 20
    assert script.sent == 20 + 55
    assert gateway.ledger.requests == script.sent
    assert gateway.away() is None
    assert gateway.limit.in_flight == 0


async def test_while_it_is_away_one_call_looks_and_all_others_wait() -> None:
    script = Script(lambda number: FaultKind.AWAY if number <= 40 else None)
    gateway, model = over(script)
    gateway._presence["scripted", ""].left(looking=False, retry_after=None)
    assert gateway.away() is not None
    await asyncio.gather(*(gateway.ask(a_call(model=model, seed=seed)) for seed in range(20)))
    assert script.most_while_away == 1


@pytest.mark.parametrize("kind", [*ABSENT, FaultKind.THROTTLED])
async def test_an_endpoint_that_stays_away_stops_the_run(kind: FaultKind) -> None:
    script = Script(lambda number: kind)
    gateway, model = over(script, outage=1e-6)
    results = await asyncio.gather(
        *(gateway.ask(a_call(model=model, seed=seed)) for seed in range(20)), return_exceptions=True
    )
    assert {type(result) for result in results} == {EndpointAway}
    assert "has given no answer for" in str(results[0])
    assert isinstance(gateway.stopping, EndpointAway)


async def test_who_is_refused_while_others_are_answered_stops_nothing() -> None:
    """Refusals say nothing of a call: it is asked again for as long as the endpoint answers others."""
    script = Script(lambda number: FaultKind.THROTTLED if number % 2 else None)
    gateway, model = over(script, outage=30.0)
    await asyncio.gather(*(gateway.ask(a_call(model=model, seed=seed)) for seed in range(40)))
    assert gateway.stopping is None


async def test_a_call_that_alone_is_refused_fails_alone() -> None:
    class Picky(Script):
        async def send(self, call: Call) -> Answer:
            self.sent += 1
            await asyncio.sleep(0)
            if call.seed == 3:
                raise Fault(FaultKind.THROTTLED, "request too large")
            return FINE

    gateway, model = over(Picky(lambda number: None), outage=1000.0)
    alone = asyncio.create_task(gateway.ask(a_call(model=model, seed=3)))
    for seed in range(4, 1000):
        await gateway.ask(a_call(model=model, seed=seed))
        if alone.done():
            break
    with pytest.raises(CallFailed, match="request too large"):
        await alone
    assert gateway.stopping is None


async def test_where_nobody_ever_was_the_address_is_wrong() -> None:
    gateway = gateway_over(Script(lambda number: FaultKind.AWAY))
    with pytest.raises(ModelUnavailable, match=r"check llm\.base_url"):
        await gateway.ask(a_call())


async def test_an_endpoint_that_is_not_ready_yet_is_waited_for() -> None:
    gateway = gateway_over(Script(lambda number: FaultKind.UNREADY if number < 9 else None))
    assert (await gateway.ask(a_call())).requests == 9


async def test_stopping_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents.models.limits.presence, "_SELDOM", 1000.0)
    script = Script(lambda number: FaultKind.AWAY)
    gateway, model = over(script)
    waiting = [asyncio.create_task(gateway.ask(a_call(model=model, seed=seed))) for seed in range(5)]
    while gateway.away() is None:
        await asyncio.sleep(0)
    gateway.stop(Interrupted("enough"))
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(result) for result in results} == {Interrupted}


async def test_a_look_that_is_cancelled_passes_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents.models.limits.presence, "_SELDOM", 1000.0)
    script = Script(lambda number: FaultKind.AWAY if number == 1 else None)
    gateway, model = over(script)
    first = asyncio.create_task(gateway.ask(a_call(model=model)))
    while gateway.away() is None:
        await asyncio.sleep(0)
    second = asyncio.create_task(gateway.ask(a_call(model=model, seed=2)))
    for _ in range(5):
        await asyncio.sleep(0)
    monkeypatch.setattr(gateway._presence["scripted", ""], "_next_look", 0.0)
    first.cancel()
    assert (await second).text == "fine"


# -- what requests without an answer cost ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "billed"), [(FaultKind.TIMEOUT, True), (FaultKind.GARBAGE, True), (FaultKind.SERVER, False)]
)
async def test_what_may_have_been_charged_counts_against_the_budget(kind: FaultKind, billed: bool) -> None:
    script = Script(lambda number: kind if number <= 2 else None)
    gateway = gateway_over(script, budget=Budget(tokens=100))
    call = a_call()  # holds 35 tokens: 15 for the prompt, 20 for the answer
    if billed:
        with pytest.raises(Exception, match="budget.tokens"):
            await gateway.ask(call)
        assert gateway.ledger.lost.tokens == 70
        store = gateway._store
        assert isinstance(store, KeptInMemory)
        assert [(sent, cost.tokens) for sent, cost in store.open.values()] == [(2, 70)]
    else:
        assert (await gateway.ask(call)).requests == 3
        assert gateway.ledger.lost.tokens == 0


async def test_a_request_is_noted_before_it_is_sent_where_there_is_a_budget() -> None:
    noted: list[tuple[int, int]] = []

    class Looks(Script):
        async def send(self, call: Call) -> Answer:
            store = gateway._store
            assert isinstance(store, KeptInMemory)
            noted.extend((sent, cost.tokens) for sent, cost in store.open.values())
            return await super().send(call)

    gateway = gateway_over(Looks(lambda number: FaultKind.TIMEOUT if number == 1 else None), budget=Budget(calls=10))
    await gateway.ask(a_call())
    assert noted == [(1, 35), (2, 70)]
    store = gateway._store
    assert isinstance(store, KeptInMemory)
    assert store.open == {}


async def test_a_call_that_failed_is_noted_with_its_requests() -> None:
    gateway = gateway_over(Script(lambda number: FaultKind.SERVER), retries=2)
    with pytest.raises(CallFailed):
        await gateway.ask(a_call())
    store = gateway._store
    assert isinstance(store, KeptInMemory)
    assert [(sent, cost.tokens) for sent, cost in store.open.values()] == [(3, 0)]


# -- a whole run -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_run_waits_for_its_endpoint(workshop: Workshop, serve: Callable[..., Endpoint], status: int) -> None:
    words = ["scenario=chain", "n=8", "round_size=4", "concurrency=6"]

    def leaves(asked: Asked) -> Any:
        return Reply(status, b"gone") if 10 <= asked.number < 80 else scripted(asked)

    ran = workshop.run("r", *words, *at(serve(leaves).url))
    assert ran.code == 0
    assert ran.summary()["undecided"] == 0
    assert ran.summary()["faults"] == {"unready": 70}
    assert ran.dataset() == workshop.run("plain", *words, *at(serve().url)).dataset()


def test_a_run_whose_endpoint_stays_away_stops_and_goes_on(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    words = ["scenario=chain", "n=8", "round_size=4", "concurrency=6"]
    endpoint = serve(lambda asked: scripted(asked) if asked.number < 12 else Reply(503, b""))
    short = workshop.run("r", *words, *at(endpoint.url), "llm.outage=0.000001")
    assert short.code == 3
    assert short.summary()["stopped_by"] == "endpoint"
    assert "endpoint" in short.stdout
    endpoint.behaviour = scripted
    whole = workshop.run("r", f"out={short.out}")
    assert whole.code == 0
    assert whole.dataset() == workshop.run("plain", *words, *at(serve().url)).dataset()
