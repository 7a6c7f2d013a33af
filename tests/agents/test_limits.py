"""The in-flight limit: never passed, never lost, whatever happens to those who hold or wait for a place."""

from __future__ import annotations

import asyncio
import contextlib

from hypothesis import given
from hypothesis import strategies as st

from agents.models.limits import AdaptiveLimit

STEPS = st.lists(
    st.tuples(st.sampled_from(["take", "release", "cancel", "refuse", "answer", "step", "turn"]), st.integers(0, 30)),
    max_size=80,
)


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
                limit.refused(asyncio.get_running_loop().time(), None)
            elif what == "answer":
                limit.answered()
            elif what == "step":
                await asyncio.sleep(0)
            else:
                await settle()
            assert 1.0 <= limit.limit <= ceiling
            assert 0 <= limit.in_flight <= ceiling
        for gate in gates:
            gate.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert all(task.cancelled() or task.exception() is None for task in tasks)
        assert limit.in_flight == 0
        async with asyncio.timeout(5), limit.slot():
            assert limit.in_flight == 1

    asyncio.run(play())


async def test_a_place_handed_to_a_task_that_is_cancelled_at_once_goes_on() -> None:
    limit = AdaptiveLimit(1)
    await limit._take((0, 0))
    second, third = asyncio.create_task(limit._take((0, 1))), asyncio.create_task(limit._take((0, 2)))
    await asyncio.sleep(0)
    limit._give_back()  # hands the place to the second, which has not run yet
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


async def test_refusals_that_were_in_flight_together_lower_the_limit_once() -> None:
    limit = AdaptiveLimit(50)
    started = asyncio.get_running_loop().time() - 1
    for _ in range(50):
        limit.refused(started, None)
    assert limit.limit == 40
    limit.refused(asyncio.get_running_loop().time() + 1, None)
    assert limit.limit == 32


async def test_a_pause_is_over_for_a_cancelled_waiter_too() -> None:
    limit = AdaptiveLimit(2)
    limit.refused(asyncio.get_running_loop().time(), 30.0)
    paused = asyncio.create_task(limit._take((0, 0)))
    await asyncio.sleep(0)
    assert not paused.done()
    assert limit.in_flight == 1
    paused.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await paused
    assert limit.in_flight == 0
