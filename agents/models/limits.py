"""The one limit on calls in flight: it backs off when an endpoint refuses, and recovers."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class AdaptiveLimit:
    """A semaphore whose size follows the endpoint: additive increase, multiplicative decrease.

    A refusal lowers the limit by a fifth, once for all calls that were in flight together, and pauses
    new calls until the time that the endpoint named. Every `limit` answers raise it by one, up to `ceiling`.

    Where calls wait, the one of the earliest brief goes first: samples are finished one after the other instead of
    all at once, so that a model's prefix cache still holds a sample's last prompt when its next one comes.
    """

    def __init__(self, ceiling: int) -> None:
        self.ceiling = ceiling
        self.limit = float(ceiling)
        self.in_flight = 0
        self._waiting: list[tuple[tuple[int, int], int, asyncio.Future[None]]] = []
        self._came = itertools.count()
        self._lowered_at = float("-inf")
        self._paused_until = 0.0

    @asynccontextmanager
    async def slot(self, place: tuple[int, int] = (0, 0)) -> AsyncIterator[None]:
        """Hold one slot in flight; `place` is the round and index of the brief it is for."""
        await self._take(place)
        try:
            yield
        finally:
            self._give_back()

    async def _take(self, place: tuple[int, int]) -> None:
        loop = asyncio.get_running_loop()
        if self.in_flight < int(self.limit) and not self._waiting:
            self.in_flight += 1
        else:
            turn: asyncio.Future[None] = loop.create_future()
            heapq.heappush(self._waiting, (place, next(self._came), turn))
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._give_back()  # the slot was handed over in the same moment
                raise
        try:
            while (pause := self._paused_until - loop.time()) > 0:
                await asyncio.sleep(pause)
        except asyncio.CancelledError:
            self._give_back()
            raise

    def _give_back(self) -> None:
        self.in_flight -= 1
        self._wake()

    def _wake(self) -> None:
        """Hand free slots over: to the earliest brief, and within it to the call that waited longest."""
        while self._waiting and self.in_flight < int(self.limit):
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                self.in_flight += 1
                turn.set_result(None)

    def refused(self, started: float, retry_after: float | None) -> None:
        """Note a refusal of a call that started at loop time `started`."""
        now = asyncio.get_running_loop().time()
        if started >= self._lowered_at:
            self.limit = max(1.0, self.limit * 0.8)
            self._lowered_at = now
        if retry_after:
            self._paused_until = max(self._paused_until, now + min(retry_after, 60.0))

    def answered(self) -> None:
        """Note an answer."""
        if self.limit < self.ceiling:
            self.limit = min(float(self.ceiling), self.limit + 1.0 / self.limit)
            self._wake()
