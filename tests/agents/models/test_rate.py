"""Requests and tokens a minute, in virtual time: never more, never less than may be, and in turn."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.models.limits.rate import Rate, Taken
from tests.clock import in_virtual_time, now


@settings(max_examples=60, deadline=None)
@given(
    requests=st.one_of(st.none(), st.integers(1, 40)),
    tokens=st.one_of(st.none(), st.integers(50, 2000)),
    asked=st.lists(
        st.tuples(
            st.floats(0, 150), st.integers(0, 50), st.floats(0, 1), st.floats(0, 0.99), st.floats(0, 5), st.booleans()
        ),
        max_size=80,
    ),
)
def test_no_minute_of_the_endpoint_holds_more_than_is_allowed(
    requests: int | None, tokens: int | None, asked: list[tuple[float, int, float, float, float, bool]]
) -> None:
    arrived: list[tuple[float, int]] = []

    async def request(
        rate: Rate, at: float, estimate: int, real_share: float, on_the_way: float, patience: float, hasty: bool
    ) -> None:
        await asyncio.sleep(at)
        try:
            async with asyncio.timeout(patience if hasty else None):
                taken = await rate.take(estimate)
        except TimeoutError:
            return
        await asyncio.sleep(on_the_way)
        arrived.append((now(), int(estimate * real_share)))
        await asyncio.sleep(patience)
        rate.correct(taken, int(estimate * real_share))

    async def play() -> None:
        rate = Rate(requests, tokens)
        await asyncio.gather(*(request(rate, *one) for one in asked))

    in_virtual_time(play())
    assert len(arrived) >= sum(not hasty for *_, hasty in asked)
    for start, _ in arrived:
        window = [real for at, real in arrived if start <= at < start + 60]
        assert requests is None or len(window) <= requests
        assert tokens is None or sum(window) <= tokens


async def _takes(rate: Rate, amounts: list[int]) -> list[float]:
    async def one(amount: int) -> float:
        await rate.take(amount)
        return now()

    return list(await asyncio.gather(*(one(amount) for amount in amounts)))


@pytest.mark.parametrize(
    ("rate", "amounts", "whole_minutes"),
    [
        (Rate(), [10**9] * 3, [0, 0, 0]),
        (Rate(requests_per_minute=1000), [10**9] * 3, [0, 0, 0]),
        (Rate(requests_per_minute=3), [1] * 8, [0, 0, 0, 1, 1, 1, 2, 2]),
        (Rate(tokens_per_minute=100), [40, 60, 30, 70, 1], [0, 0, 1, 1, 2]),
        (Rate(tokens_per_minute=100), [90, 50, 1], [0, 1, 1]),  # no overtaking: the large ones would never go
        (Rate(tokens_per_minute=100), [500, 1, 1, 500], [0, 1, 1, 2]),  # above the whole limit
        (Rate(requests_per_minute=2, tokens_per_minute=100), [1, 1, 100, 1], [0, 0, 1, 2]),
    ],
)
def test_a_minute_is_used_in_full_and_in_turn(rate: Rate, amounts: list[int], whole_minutes: list[int]) -> None:
    assert in_virtual_time(_takes(rate, amounts)) == pytest.approx([61 * n for n in whole_minutes], abs=1e-6)


def test_what_an_estimate_took_too_much_is_there_again_at_once_and_what_it_lacked_is_owed() -> None:
    async def play() -> list[float]:
        rate = Rate(tokens_per_minute=100)
        high = await rate.take(100)
        waiting = asyncio.create_task(_takes(rate, [30, 30, 10]))
        await asyncio.sleep(5)
        rate.correct(high, 60)
        times = []
        await asyncio.sleep(1)
        rate.correct(high, 50)  # 50 + 30 of 100: the next does not fit yet
        await asyncio.sleep(1)
        rate.correct(high, 30)
        times = await waiting
        rate.correct(high, 1000)  # owed until its minute is over
        times += await _takes(rate, [20])
        rate.correct(high, 0)  # too late to matter
        times += await _takes(rate, [50])
        return times

    assert in_virtual_time(play()) == pytest.approx([5, 7, 7, 61, 68], abs=1e-6)


def test_one_that_gives_up_waiting_keeps_nobody_back() -> None:
    async def play() -> list[float]:
        rate = Rate(tokens_per_minute=100)
        taken: Taken = await rate.take(80)
        large = asyncio.create_task(rate.take(90))
        await asyncio.sleep(1)
        small = asyncio.create_task(_takes(rate, [20]))
        await asyncio.sleep(1)
        assert not small.done()
        large.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await large
        assert taken.counted
        return await small

    assert in_virtual_time(play()) == pytest.approx([2], abs=1e-6)
