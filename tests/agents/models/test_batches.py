"""Calls that go by batch: when they are sent, what they cost, and what follows from each way in which a batch fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from agents.models.batches import following
from agents.models.batches.following import Pace
from agents.models.batches.store import SentBatch, SentLine
from agents.models.calls import Answer, Backend, Call, Model, Reservation
from agents.models.endpoint.wire import Wire
from agents.models.gateway import Gateway
from agents.models.limits.in_flight import AdaptiveLimit
from agents.models.limits.ledger import Budget, Ledger, worst_case
from scenarios.errors import BudgetReached, CallFailed, EndpointAway, Interrupted, ModelUnavailable
from scenarios.schema.plans import Decoding
from scenarios.schema.styles import Style
from tests.batches import BatchHouse, with_batches
from tests.endpoint import Asked, Endpoint, Reply, scripted
from tests.helpers import KeptInMemory, a_call

KEY = "sk-very-secret-0123456789"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PACE", Pace(lull=0.01, first=0.002, longest=0.01))


class Kept(KeptInMemory):
    """A store of answers and of batches without a file."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: dict[str, SentBatch] = {}

    def sent_before(self) -> list[SentBatch]:
        """The batches that lack answers."""
        return list(self.batches.values())

    async def sending(self, file: str, address: str, lines: Sequence[SentLine]) -> None:
        """Note a batch."""
        self.batches[file] = SentBatch(file, address, "", tuple(lines))
        self.open |= {line.key: (line.requests, line.cost) for line in lines}

    async def begun(self, file: str, batch: str) -> None:
        """Note its id."""
        known = self.batches[file]
        self.batches[file] = SentBatch(file, known.address, batch, known.lines)


class Batched:
    """A gateway over a fake endpoint, to which all calls go by batch."""

    def __init__(
        self, endpoint: Endpoint, budget: Budget | None = None, store: Kept | None = None, **changes: Any
    ) -> None:
        prices = {"usd_per_million_prompt": 10.0, "usd_per_million_completion": 30.0, "batch_price": 0.5}
        model = Model(
            backend=Backend.OPENAI, name="fake", style=Style.CHAT, base_url=endpoint.url, batch_size=100, **prices
        )
        self.model = model.model_copy(update=changes)
        self.store = store or Kept()
        self.gateway = Gateway(
            {self.model.where: Wire(endpoint.url, KEY)}, self.store, Ledger(budget or Budget()), AdaptiveLimit(1),
            batches=self.store,
        )  # fmt: skip

    def call(self, number: int, **changes: Any) -> Call:
        """A call that no other is equal to."""
        return a_call(f"Say number {number}.", model=self.model, seed=number, **changes)

    async def ask(self, *numbers: int) -> list[Answer]:
        """Ask all at once."""
        return await asyncio.gather(*(self.gateway.ask(self.call(number)) for number in numbers))

    async def outcomes(self, *numbers: int) -> list[Answer | BaseException]:
        """As `ask`, with what is raised in place of an answer."""
        asked = (self.gateway.ask(self.call(number)) for number in numbers)
        return await asyncio.gather(*asked, return_exceptions=True)

    async def __aenter__(self) -> Batched:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.gateway.close()


@pytest.fixture
def endpoint(serve: Callable[..., Endpoint]) -> Endpoint:
    """An endpoint that answers everything."""
    return serve()


@pytest.fixture
def house(endpoint: Endpoint) -> BatchHouse:
    """Its batches."""
    return with_batches(endpoint)


def sizes(house: BatchHouse) -> list[int]:
    """How many calls each batch had."""
    return [len(lines) for lines in house.lines]


async def test_what_waits_together_is_one_batch_at_half_the_price_and_takes_no_slot(
    endpoint: Endpoint, house: BatchHouse
) -> None:
    async with Batched(endpoint) as over:
        answers = await over.ask(*range(12))
        usage = over.gateway.ledger.usage["judge"]
        assert over.gateway.limit.in_flight == 0
        assert over.gateway.ledger.usd == pytest.approx(over.model.cost(usage))
        assert over.gateway.ledger.requests == 12
    plain = Batched(endpoint, batch_size=0)
    async with plain:
        assert [one.text for one in await plain.ask(*range(12))] == [one.text for one in answers]
        assert plain.gateway.ledger.usd == pytest.approx(2 * over.gateway.ledger.usd)
    assert sizes(house) == [12]
    assert {asked.headers["Authorization"] for asked in house.lines[0]} == {f"Bearer {KEY}"}
    assert over.store.open == {}, "what was noted of the calls is settled by their answers"


async def test_a_batch_waits_for_those_at_work_and_for_nobody_else(endpoint: Endpoint, house: BatchHouse) -> None:
    async with Batched(endpoint, batch_size=3) as over:
        there = over.gateway.attendance
        there.begin("slow")
        early = asyncio.create_task(over.ask(1, 2))
        await asyncio.sleep(0.05)  # five lulls: nothing may happen in them
        assert over.gateway.in_batches().gathered == 2
        assert house.asked["POST files"] == 0
        late = asyncio.create_task(over.ask(3, 4))  # one of them makes the batch full
        await early
        assert sizes(house) == [3]
        there.end("slow")
        await late
        assert sizes(house) == [3, 1]


async def test_calls_of_two_models_go_in_two_batches(endpoint: Endpoint, house: BatchHouse) -> None:
    async with Batched(endpoint) as over:
        other = over.model.model_copy(update={"name": "other"})
        await asyncio.gather(over.ask(1, 2), over.gateway.ask(over.call(3).model_copy(update={"model": other})))
        assert sorted(sizes(house)) == [1, 2]


async def test_a_batch_is_as_large_as_the_budget_allows_at_the_worst(endpoint: Endpoint, house: BatchHouse) -> None:
    worst = worst_case(a_call("Say number 1.")).tokens
    async with Batched(endpoint, Budget(tokens=3 * worst)) as over:
        found = await over.outcomes(*range(12))
    assert sizes(house)[0] == 3
    answered = [one for one in found if isinstance(one, Answer)]
    assert {str(one) for one in found if not isinstance(one, Answer)} <= {"budget.tokens is reached"}
    assert 3 < len(answered) < 12, "the others wait for what the first ones really cost"
    assert over.gateway.ledger.tokens <= 3 * worst
    async with Batched(endpoint, Budget(tokens=worst - 1)) as over:
        with pytest.raises(BudgetReached):
            await over.ask(1)
    assert house.asked["POST files"] == len(house.lines), "nothing was sent that may not be"


async def test_what_an_expired_batch_left_unanswered_goes_into_another_one(
    endpoint: Endpoint, house: BatchHouse
) -> None:
    house.ends = lambda number: "expired" if number == 1 else "completed"
    async with Batched(endpoint) as over:
        answers = await over.ask(1, 2, 3, 4)
        assert [answer.requests for answer in answers] == [1, 1, 2, 2]
        assert sizes(house) == [4, 2]
        assert over.gateway.ledger.faults == {"server": 2}
        assert over.gateway.ledger.lost.tokens == 0, "nobody charges for what was not asked"


async def test_a_batch_that_always_expires_fails_its_calls_alone(endpoint: Endpoint, house: BatchHouse) -> None:
    house.ends = lambda number: "expired"
    async with Batched(endpoint) as over:
        over.gateway._retries = 2
        found = await over.outcomes(1, 2)
        assert isinstance(found[0], Answer)
        assert isinstance(found[1], CallFailed)
        assert found[1].fault == "server"
        assert sizes(house) == [2, 1, 1]


async def test_lines_are_refused_like_any_other_request(serve: Callable[..., Endpoint]) -> None:
    houses: list[BatchHouse] = []

    def moody(asked: Asked) -> str | Reply:
        if "temperature" in asked.body:
            return Reply(400, {"error": {"message": "Unsupported parameter: 'temperature'", "param": "temperature"}})
        if asked.seed == 2:
            return Reply(400, {"error": {"message": "flagged", "code": "content_filter"}})
        if asked.seed == 3 and len(houses[0].lines) < 3:
            return Reply(500, {"error": {"message": "oh"}})
        return scripted(asked)

    endpoint = serve(moody)
    houses.append(house := with_batches(endpoint))
    async with Batched(endpoint) as over:
        found = await over.outcomes(1, 2, 3)
        assert [type(one) for one in found] == [Answer, CallFailed, Answer]
        assert isinstance(found[1], CallFailed)
        assert (found[1].fault, sizes(house)) == ("declined", [3, 3, 1])
        assert over.gateway.ledger.faults == {"form": 3, "declined": 1, "server": 1}
        await over.ask(4)
        assert sizes(house) == [3, 3, 1, 1], "what was learnt of the form holds for the next batch"


LACKING = {
    "no files": Reply(404, {"error": {"message": "Not Found"}}),
    "a page": Reply(200, b"<html><body>Welcome</body></html>"),
    "refused": Reply(400, {"error": {"message": "purpose: must be fine-tune"}}),
}


@pytest.mark.parametrize("kind", LACKING)
async def test_an_endpoint_without_batches_ends_the_run_in_one_line(
    endpoint: Endpoint, house: BatchHouse, kind: str
) -> None:
    house.meddle = lambda what, number: LACKING[kind]
    async with Batched(endpoint) as over:
        found = await over.outcomes(1, 2)
        assert {type(one) for one in found} == {ModelUnavailable}
        assert "takes no batches in OpenAI's form" in str(found[0])
        assert "leave llm.batch out" in str(found[0])
        assert over.gateway.stopping is not None


async def test_a_key_that_is_not_accepted_is_said_as_elsewhere(endpoint: Endpoint, house: BatchHouse) -> None:
    house.meddle = lambda what, number: Reply(401, {"error": {"message": f"Incorrect API key: {KEY}"}})
    async with Batched(endpoint) as over:
        with pytest.raises(ModelUnavailable, match="does not accept the key") as caught:
            await over.ask(1)
        assert KEY not in str(caught.value)


async def test_what_passes_is_waited_for_and_says_nothing_of_the_calls(endpoint: Endpoint, house: BatchHouse) -> None:
    later = Reply(503, b"{}", {"Retry-After": "0"})
    house.meddle = lambda what, number: later if number == 1 else None
    async with Batched(endpoint) as over:
        over.gateway._presence[over.model.where].reached = True
        (answer,) = await over.ask(1)
        assert answer.requests == 1
        assert over.gateway.ledger.faults == {"unready": 5}
        assert sizes(house) == [1]


async def test_an_endpoint_that_stays_away_stops_the_run_and_not_the_batch(
    endpoint: Endpoint, house: BatchHouse
) -> None:
    house.meddle = lambda what, number: Reply(500, b"{}", {"retry-after-ms": "1"}) if what == "GET batches/ID" else None
    async with Batched(endpoint, outage=0.01) as over:
        with pytest.raises(EndpointAway):
            await over.ask(1)
    house.meddle = lambda what, number: None
    async with Batched(endpoint, store=over.store) as later:
        await later.ask(1)
    assert sizes(house) == [1]


async def test_a_batch_whose_id_was_lost_on_the_way_is_found_and_not_begun_again(
    endpoint: Endpoint, house: BatchHouse
) -> None:
    house.forget_reply = True
    async with Batched(endpoint) as over:
        over.gateway._presence[over.model.where].reached = True
        await over.ask(1, 2)
        assert (sizes(house), house.asked["GET batches"]) == ([2], 1)


@pytest.mark.parametrize("heard", [True, False], ids=["its id is known", "its id is not"])
async def test_a_later_session_takes_up_what_an_earlier_one_sent(
    endpoint: Endpoint, house: BatchHouse, heard: bool
) -> None:
    house.held = True
    async with Batched(endpoint) as over:
        asked = asyncio.create_task(over.outcomes(1, 2, 3))
        while house.asked["GET batches/ID"] == 0:
            await asyncio.sleep(0)
        figures = over.gateway.in_batches()
        assert (figures.sent, figures.gathered, figures.batches) == (3, 0, ("batch_1",))
        over.gateway.stop(Interrupted("the user asked to stop"))
        assert {type(one) for one in await asked} == {Interrupted}
        assert over.gateway.ledger.lost == sum(
            (worst_case(over.call(number)) for number in (2, 3)), worst_case(over.call(1))
        ), "it may be charged"
        assert len(over.store.open) == 3
    if not heard:
        over.store.batches = {
            file: SentBatch(file, sent.address, "", sent.lines) for file, sent in over.store.batches.items()
        }
    house.held = False
    async with Batched(endpoint, store=over.store, batch_size=0) as later:
        ledger = later.gateway.ledger
        ledger.restore({}, 0.0, 3, over.gateway.ledger.lost)
        answers = await later.ask(1, 2, 3)
        assert [answer.requests for answer in answers] == [1, 1, 1]
        assert (ledger.lost.tokens, ledger.requests) == (0, 3)
        assert ledger.lost.usd == pytest.approx(0.0)
    assert sizes(house) == [3]
    assert endpoint.asked == [], "also if it sends no batches any more"


@pytest.mark.parametrize("what", ["GET batches/ID", "GET files/ID/content"])
async def test_a_batch_that_is_gone_is_sent_anew_and_may_have_been_charged(
    endpoint: Endpoint, house: BatchHouse, what: str
) -> None:
    gone = Reply(404, {"error": {"message": "no such object"}})
    house.meddle = lambda asked, number: gone if asked == what and number == 1 else None
    async with Batched(endpoint) as over:
        await over.ask(1)
        assert sizes(house) == [1, 1]
        assert over.gateway.ledger.lost == worst_case(over.call(1))


async def test_a_batch_that_is_too_large_is_sent_in_halves_one_after_the_other(
    endpoint: Endpoint, house: BatchHouse
) -> None:
    limit = {"code": "token_limit_exceeded", "message": "Enqueued token limit reached for fake."}
    house.refuse = lambda number: limit if number > 2 else None
    async with Batched(endpoint) as over:
        await over.ask(*range(8))
        assert sizes(house) == [2, 2, 2, 2]
        assert over.gateway.ledger.lost.tokens == 0


async def test_a_batch_that_is_refused_otherwise_ends_the_run_with_the_endpoints_words(
    endpoint: Endpoint, house: BatchHouse
) -> None:
    house.refuse = lambda number: {"code": "model_not_found", "message": "The model fake has no batches."}
    async with Batched(endpoint) as over:
        with pytest.raises(ModelUnavailable, match=r"The model fake has no batches\..*leave llm.batch out"):
            await over.ask(1)


async def test_an_id_that_would_lead_elsewhere_is_none(endpoint: Endpoint, house: BatchHouse) -> None:
    house.meddle = lambda what, number: Reply(body={"id": "../../admin?x=1"})
    async with Batched(endpoint) as over:
        with pytest.raises(ModelUnavailable, match="no usable id"):
            await over.ask(1)
    store = Kept()
    key = over.call(1, decoding=Decoding(max_tokens=20)).key()
    line = SentLine(key, 1, Reservation(tokens=0, usd=0.0))
    store.batches["file-1"] = SentBatch("file-1", endpoint.url, "../../admin", (line,))
    house.meddle = lambda what, number: None
    async with Batched(endpoint, store=store) as over:
        await over.ask(1)
    assert house.asked["GET batches/ID"] == 1, "what somebody wrote into a journal is not asked for"
