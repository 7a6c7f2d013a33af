"""The in-flight limit, in virtual time: never passed, no place lost, and near what an endpoint takes."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.models.limits.in_flight import AdaptiveLimit
from agents.models.limits.rate import Rate
from tests.clock import in_virtual_time, now

STEPS = st.lists(
    st.tuples(st.sampled_from(["take", "release", "cancel", "refuse", "answer", "step", "turn"]), st.integers(0, 30)),
    max_size=80,
)


# -- slots ---------------------------------------------------------------------------------------------------------


@given(st.integers(1, 6), STEPS)
def test_never_more_in_flight_than_the_limit_and_no_place_is_lost(ceiling: int, steps: list[tuple[str, int]]) -> None:
    async def play() -> None:
        limit = AdaptiveLimit(ceiling)
        tasks: list[asyncio.Task[None]] = []
        gates: list[asyncio.Event] = []
        inside = 0

        async def hold(gate: asyncio.Event) -> None:
            nonlocal inside
            async with limit.slot():
                # A place may be handed over while the limit is higher; a later refusal takes none away.
                inside += 1
                assert inside <= ceiling
                assert inside == limit.in_flight or limit.in_flight <= ceiling
                try:
                    await gate.wait()
                finally:
                    inside -= 1

        async def settle() -> None:
            for _ in range(6):
                await asyncio.sleep(0)

        for what, which in steps:
            if what == "take":
                gates.append(asyncio.Event())
                tasks.append(asyncio.create_task(hold(gates[-1])))
            elif what == "release" and gates:
                gates[which % len(gates)].set()
            elif what == "cancel" and tasks:
                tasks[which % len(tasks)].cancel()
            elif what == "refuse":
                limit.throttled(now(), float(which) if which % 2 else None)
            elif what == "answer":
                limit.answered(asyncio.get_running_loop().time())
            elif what == "step":
                await asyncio.sleep(0)
            else:
                await settle()
            assert 1 <= limit.limit <= ceiling
            assert 0 <= limit.in_flight <= ceiling
        for gate in gates:
            gate.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert all(task.cancelled() or task.exception() is None for task in tasks)
        assert limit.in_flight == 0
        async with asyncio.timeout(61), limit.slot():
            assert limit.in_flight == 1

    in_virtual_time(play())


async def test_a_place_handed_to_a_task_that_is_cancelled_at_once_goes_on() -> None:
    limit = AdaptiveLimit(1)
    await limit.take((0, 0))
    second, third = asyncio.create_task(limit.take((0, 1))), asyncio.create_task(limit.take((0, 2)))
    await asyncio.sleep(0)
    limit.give_back()  # hands the place to the second, which has not run yet
    assert limit.in_flight == 1
    second.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await second
    assert second.cancelled()
    async with asyncio.timeout(5):
        await third
    assert limit.in_flight == 1


async def test_those_who_waited_longest_come_first() -> None:
    limit = AdaptiveLimit(1)
    order: list[int] = []

    async def hold(number: int) -> None:
        async with limit.slot():
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(hold(number) for number in range(20)))
    assert order == list(range(20))


async def test_the_earliest_brief_goes_first_whenever_it_came() -> None:
    limit = AdaptiveLimit(1)
    order: list[tuple[int, int]] = []

    async def hold(place: tuple[int, int]) -> None:
        async with limit.slot(place):
            order.append(place)
            await asyncio.sleep(0)

    places = [(1, 0), (0, 3), (0, 1), (2, 0), (0, 1), (0, 2)]
    async with limit.slot((9, 9)):
        waiting = [asyncio.create_task(hold(place)) for place in places]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert order == sorted(places)


async def test_a_pause_is_over_for_a_cancelled_waiter_too() -> None:
    limit = AdaptiveLimit(2)
    limit.throttled(now(), 30.0)
    paused = asyncio.create_task(limit.take((0, 0)))
    await asyncio.sleep(0)
    assert not paused.done()
    assert limit.in_flight == 0
    paused.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await paused
    limit.open()
    assert limit.in_flight == 0


def test_a_run_that_stops_has_nobody_wait() -> None:
    async def play() -> float:
        limit, rate = AdaptiveLimit(2), Rate(requests_per_minute=1)
        await rate.take(1)

        async def find_out() -> None:
            async with limit.slot():
                await rate.take(1)

        async with limit.slot():
            limit.throttled(now(), 30.0)
            waiting = [asyncio.create_task(find_out()) for _ in range(5)]
            await asyncio.sleep(1)
            limit.open()
            rate.open()
            limit.throttled(now(), 30.0)
            await asyncio.gather(*waiting, find_out())
        return now()

    assert in_virtual_time(play()) == pytest.approx(1, abs=1e-6)


# -- endpoints in virtual time -------------------------------------------------------------------------------------


class Sluice:
    """An endpoint that lets a request in or refuses it at once, and notes how many it had in service when."""

    def __init__(self, lets_in: Callable[[], bool], latency: Callable[[], float], retry_after: float | None) -> None:
        self._lets_in = lets_in
        self._latency = latency
        self.retry_after = retry_after
        self.busy = 0
        self.throttled = 0
        self._changes: list[tuple[float, int]] = [(0.0, 0)]

    async def ask(self) -> bool:
        """Whether the request was let in, after it was answered."""
        await asyncio.sleep(0.001)
        if not self._lets_in():
            self.throttled += 1
            return False
        self._change(1)
        await asyncio.sleep(self._latency())
        self._change(-1)
        return True

    def _change(self, by: int) -> None:
        self.busy += by
        self._changes.append((now(), self.busy))

    def mean(self, start: float, end: float) -> float:
        """Requests in service between two moments, in the mean."""
        area = 0.0
        for (since, busy), (until, _) in zip(self._changes, [*self._changes[1:], (end, 0)], strict=True):
            area += busy * max(0.0, min(until, end) - max(since, start))
        return area / (end - start)


class Ran:
    """`calls` calls of 1.5 times `ceiling` samples, as a run makes them; a refused one is asked again when told."""

    def __init__(self, sluice: Sluice, ceiling: int, calls: int, at: dict[float, Callable[[], None]] | None = None):
        self.sluice = sluice
        self.limit = AdaptiveLimit(ceiling)
        self.lowest = ceiling
        self.answers: list[float] = []
        self._left = calls
        self._at = at or {}
        self.drains = 0.0  # when no further call was left to begin
        in_virtual_time(self._run(ceiling + ceiling // 2))

    async def _run(self, samples: int) -> None:
        for when, event in self._at.items():
            asyncio.get_running_loop().call_at(when, event)
        await asyncio.gather(*(self._sample(index) for index in range(samples)))

    async def _sample(self, index: int) -> None:
        while self._left > 0:
            self._left -= 1
            self.drains = now()
            while not await self._try(index):
                await asyncio.sleep(self.sluice.retry_after or 0.0)

    async def _try(self, index: int) -> bool:
        async with self.limit.slot((0, index)):
            started = now()
            if answered := await self.sluice.ask():
                self.limit.answered(started)
                self.answers.append(now())
            else:
                self.limit.throttled(started, self.sluice.retry_after)
            self.lowest = min(self.lowest, self.limit.limit)
            return answered

    @property
    def share_refused(self) -> float:
        """Of all requests."""
        return self.sluice.throttled / (self.sluice.throttled + len(self.answers))


class InFlight(Sluice):
    """Refuses above `k` in service."""

    def __init__(self, k: int, latency: Callable[[], float], retry_after: float | None = None) -> None:
        super().__init__(lambda: self.busy < self.k, latency, retry_after)
        self.k = k


def between(low: float, high: float, seed: int = 1) -> Callable[[], float]:
    """Latencies, spread evenly."""
    drawn = random.Random(seed)
    return lambda: drawn.uniform(low, high)


@pytest.mark.parametrize("retry_after", [None, 1.0])
@pytest.mark.parametrize("latency", [between(0.05, 0.05), between(0.8, 2.4)])
@pytest.mark.parametrize("k", [8, 32, 100])
def test_settles_near_what_the_endpoint_takes(k: int, latency: Callable[[], float], retry_after: float | None) -> None:
    ran = Ran(InFlight(k, latency, retry_after), ceiling=128, calls=3000)
    assert ran.sluice.mean(0.0, ran.drains) >= 0.95 * k
    assert ran.share_refused < 0.05
    assert ran.limit.limit in (k, k + 1)


@settings(max_examples=25, deadline=None)
@given(
    k=st.integers(1, 90),
    above=st.integers(0, 60),
    low=st.sampled_from([0.05, 0.5]),
    spread=st.sampled_from([1.0, 1.3, 4.0]),
    retry_after=st.sampled_from([None, 0.0, 0.2, 3.0]),
    seed=st.integers(0, 99),
)
def test_settles_whatever_the_limit_and_the_latencies(
    k: int, above: int, low: float, spread: float, retry_after: float | None, seed: int
) -> None:
    calls = 300 + 25 * k
    ran = Ran(InFlight(k, between(low, low * spread, seed), retry_after), ceiling=k + above, calls=calls)
    assert len(ran.answers) == calls
    assert ran.sluice.mean(0.0, ran.drains) >= 0.9 * k
    assert ran.sluice.throttled <= above + 2 + 0.15 * k + calls / (4 * k + 64)  # the first burst, then what is tried


@pytest.mark.parametrize("retry_after", [None, 1.0])
@pytest.mark.parametrize("k", [8, 32, 60])
def test_recovers_soon_where_the_endpoint_takes_twice_as_many(k: int, retry_after: float | None) -> None:
    sluice = InFlight(k, between(0.04, 0.06), retry_after)

    def doubled() -> None:
        sluice.k = 2 * k

    def halved() -> None:
        sluice.k = k

    ran = Ran(sluice, ceiling=128, calls=180 * k, at={3.0: doubled, 5.0: halved})
    assert sluice.mean(1.0, 3.0) >= 0.95 * k
    assert sluice.mean(4.0, 5.0) >= 0.95 * 2 * k  # within twenty round trips
    assert sluice.mean(5.0, ran.drains) >= 0.95 * k
    assert sluice.throttled <= (128 - k) + k + 0.03 * len(ran.answers)


@given(ceiling=st.integers(1, 64), low=st.sampled_from([0.05, 1.0]), spread=st.sampled_from([1.0, 3.0]))
@settings(max_examples=20, deadline=None)
def test_an_endpoint_that_takes_all_is_used_fully_from_the_first_moment(
    ceiling: int, low: float, spread: float
) -> None:
    sluice = InFlight(10**9, between(low, low * spread))
    ran = Ran(sluice, ceiling=ceiling, calls=20 * ceiling)
    assert sluice.throttled == 0
    assert ran.lowest == ceiling
    assert sluice.mean(0.001, ran.drains) >= 0.97 * ceiling


@pytest.mark.parametrize("retry_after", [None, 1.0, 7.0])
@pytest.mark.parametrize("k", [8, 128])
def test_an_endpoint_that_refuses_everything_for_a_minute_is_asked_seldom_and_used_again_at_once(
    k: int, retry_after: float | None
) -> None:
    sluice = InFlight(k, between(0.1, 0.1), retry_after)

    def set_k(to: int) -> Callable[[], None]:
        return lambda: setattr(sluice, "k", to)

    ran = Ran(sluice, ceiling=128, calls=200 * k, at={5.0: set_k(0), 65.0: set_k(k)})
    assert ran.lowest == 1
    refused_before = 128 - k + 5
    assert sluice.throttled <= refused_before + 128 + 25 + 0.03 * len(ran.answers)
    assert sluice.mean(65.0 + 8.0, ran.drains) >= 0.95 * k


@pytest.mark.parametrize("retry_after", [None, 0.1])
@pytest.mark.parametrize("share", [0.01, 0.05, 0.1])
@pytest.mark.parametrize("ceiling", [64, 128])
def test_refusals_that_are_not_about_how_many_are_in_flight_do_not_idle_the_run(
    share: float, ceiling: int, retry_after: float | None
) -> None:
    drawn = random.Random(1)
    sluice = Sluice(lambda: drawn.random() >= share, between(0.05, 0.075), retry_after)
    ran = Ran(sluice, ceiling=ceiling, calls=100 * ceiling)
    assert sluice.mean(0.0, ran.drains) >= 0.6 * ceiling


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("quota", [60, 600])
def test_an_endpoint_that_limits_by_the_minute_is_used_to_its_quota(quota: int, named: bool) -> None:
    used: dict[int, int] = {}

    def lets_in() -> bool:
        minute = int(now() // 60)
        sluice.retry_after = 60.0 * (minute + 1) - now() if named else None
        used[minute] = used.get(minute, 0) + 1
        return used[minute] <= quota

    sluice = Sluice(lets_in, between(0.8, 2.4), None)
    ran = Ran(sluice, ceiling=64, calls=5 * quota)
    assert ran.answers[-1] <= 4 * 60 + 60  # five quotas within five minutes
    assert sluice.throttled <= 5 * 2 * 96  # a sample is refused about once a minute


async def test_each_refusal_lowers_the_limit_by_one() -> None:
    limit = AdaptiveLimit(128)
    async with contextlib.AsyncExitStack() as held:
        for _ in range(128):
            await held.enter_async_context(limit.slot())
        for left in range(127, 31, -1):
            limit.throttled(now(), None)
            assert limit.limit == left


async def test_answers_of_a_few_calls_show_nothing_of_how_many_could_be_in_flight() -> None:
    limit = AdaptiveLimit(16)
    async with contextlib.AsyncExitStack() as held:
        for _ in range(16):
            await held.enter_async_context(limit.slot())
        for _ in range(6):
            limit.throttled(now(), None)
    for _ in range(1000):
        async with limit.slot():
            limit.answered(now())
    assert limit.limit == 10


def test_refusals_of_calls_in_flight_together_are_one_pause() -> None:
    async def play() -> list[float]:
        limit = AdaptiveLimit(50)
        times = []
        for held in (50, 1, 1):
            async with contextlib.AsyncExitStack() as slots:
                for _ in range(held):
                    await slots.enter_async_context(limit.slot())
                times.append(now())
                for _ in range(held):
                    limit.throttled(times[-1], None)
        return times

    assert in_virtual_time(play()) == pytest.approx([0.0, 0.05, 0.15], abs=1e-6)


def test_a_refusal_pauses_all_calls_only_while_nobody_is_answered() -> None:
    async def play() -> list[float]:
        limit = AdaptiveLimit(8)
        entered = []

        async def enter() -> None:
            async with limit.slot():
                entered.append(now())

        async with limit.slot(), limit.slot():
            limit.throttled(now(), 30.0)
            first = asyncio.create_task(enter())
            await asyncio.sleep(2.0)
            limit.answered(now())  # an answer ends the pause
            await first
            limit.throttled(1.0, 30.0)  # sent before that answer: others are served
            await enter()
            limit.throttled(now() + 1, None)  # nothing named: a short pause all the same
            await enter()
        return entered

    assert in_virtual_time(play()) == pytest.approx([2.0, 2.0, 2.05], abs=1e-6)
