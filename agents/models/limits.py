"""The one limit on calls in flight: it backs off when an endpoint refuses, and recovers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class AdaptiveLimit:
    """A semaphore whose size follows the endpoint: additive increase, multiplicative decrease.

    A refusal lowers the limit by a fifth, once for all calls that were in flight together, and pauses
    new calls until the time that the endpoint named. Every `limit` answers raise it by one, up to `ceiling`.
    """

    def __init__(self, ceiling: int) -> None:
        self.ceiling = ceiling
        self.limit = float(ceiling)
        self.in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._lowered_at = float("-inf")
        self._paused_until = 0.0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold one place in flight."""
        await self._take()
        try:
            yield
        finally:
            self._give_back()

    async def _take(self) -> None:
        loop = asyncio.get_running_loop()
        if self.in_flight < int(self.limit) and not self._waiting:
            self.in_flight += 1
        else:
            place: asyncio.Future[None] = loop.create_future()
            self._waiting.append(place)
            try:
                await place
            except asyncio.CancelledError:
                if place.done() and not place.cancelled():
                    self._give_back()  # the place was handed over in the same moment
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
        """Hand free places over to those who waited longest."""
        while self._waiting and self.in_flight < int(self.limit):
            place = self._waiting.popleft()
            if not place.done():
                self.in_flight += 1
                place.set_result(None)

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
