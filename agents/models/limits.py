"""The run's limits on calls: how many in flight, which follows the endpoint; how many, and how many tokens, a minute."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

_FIRST_PAUSE = 0.05
"""Seconds that all calls wait where nobody is answered; doubled with each pause in a row that did not help."""
_LONGEST_PAUSE = 5.0
"""Short enough that a run goes on soon after an endpoint is back: it costs one refused call each time."""
_LONGEST_RETRY_AFTER = 60.0
_MINUTE = 61.0
"""Seconds; one more than a minute, since requests reach the endpoint a little earlier or later than they are counted."""


class AdaptiveLimit:
    """A semaphore whose size follows the endpoint.

    It begins at `ceiling`, so that an endpoint that takes all is used fully from the first moment. Each refusal
    lowers it by one: of 128 calls begun together at an endpoint that takes 32, 96 are refused, which leaves 32.

    It rises only by answers that came while it was fully used:

    - By one after 4·limit + 64 answers without a refusal. Where the endpoint's limit is still the same, that is one
      refused call in more than a hundred, and the limit is back where it was.
    - By one with every answer, which doubles it each round trip, where that one call was let in for a round trip
      (the endpoint takes more than before), or where nobody at all had been let in (it may take as many as before).
      The next refusal ends this.

    While nobody is answered, a refusal pauses all calls, as long as the endpoint named and longer each time. One call
    then tries. An answer ends the pause: a limiter of calls in flight that says "in a second" idles no one.

    Where calls wait, the one of the earliest brief goes first: samples are finished one after the other instead of
    all at once, so that a model's prefix cache still holds a sample's last prompt when its next one comes.
    """

    def __init__(self, ceiling: int) -> None:
        self.ceiling = ceiling
        self.limit = ceiling
        self.in_flight = 0
        self._waiting: list[tuple[tuple[int, int], int, asyncio.Future[None]]] = []
        self._came = itertools.count()
        self._at_edge = True  # as far as is known, one more would be refused
        self._climbing = False
        self._unrefused = 0  # answers since the limit last changed
        self._answered_at = float("-inf")
        self._paused_at = float("-inf")
        self._pauses = 0  # in a row, without an answer
        self._alarm: asyncio.TimerHandle | None = None  # set while all calls are paused
        self._open = False

    @asynccontextmanager
    async def slot(self, place: tuple[int, int] = (0, 0)) -> AsyncIterator[None]:
        """Hold one slot in flight; `place` is the round and index of the brief it is for.

        `answered` and `refused` are to be called while the slot is held: only then is it known how many calls were
        in flight, and is a refused call's slot taken away before another call gets it.
        """
        await self._take(place)
        try:
            yield
        finally:
            self._give_back()

    async def _take(self, place: tuple[int, int]) -> None:
        if self._free() and not self._waiting:
            self.in_flight += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (place, next(self._came), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give_back()  # the slot was handed over in the same moment
            raise

    def _free(self) -> bool:
        return self._open or (self.in_flight < self.limit and self._alarm is None)

    def _give_back(self) -> None:
        self.in_flight -= 1
        self._wake()

    def _wake(self) -> None:
        """Hand free slots over: to the earliest brief, and within it to the call that waited longest."""
        while self._waiting and self._free():
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                self.in_flight += 1
                turn.set_result(None)

    def answered(self) -> None:
        """Note an answer."""
        self._answered_at = asyncio.get_running_loop().time()
        self._pauses = 0
        self._lift()
        if self.limit >= self.ceiling or self.in_flight < self.limit:
            return  # fewer in flight than allowed: this shows nothing of how many could be
        self._unrefused += 1
        if self._climbing or self._unrefused >= (4 * self.limit + 64 if self._at_edge else self.limit):
            self._climbing, self._at_edge = not self._at_edge, False
            self.limit += 1
            self._unrefused = 0

    def refused(self, started: float, retry_after: float | None) -> None:
        """Note the refusal of a call that was sent at loop time `started`; `retry_after` is in seconds, if named."""
        self.limit = max(1, self.limit - 1)
        self._at_edge, self._climbing, self._unrefused = True, False, 0
        if started >= self._answered_at:  # nobody was answered meanwhile
            if self.in_flight <= 1:  # and nobody is waiting to be: this shows nothing of how many could be
                self.limit, self._at_edge = 1, False
            self._pause(started, min(retry_after or 0.0, _LONGEST_RETRY_AFTER))

    def _pause(self, started: float, named: float) -> None:
        loop = asyncio.get_running_loop()
        if started > self._paused_at:  # not one of those that the last pause was for
            self._paused_at = loop.time()
            self._pauses += 1
        own = min(_FIRST_PAUSE * 2.0 ** (self._pauses - 1), _LONGEST_PAUSE)
        until = loop.time() + max(named, own)
        if self._alarm is None or until > self._alarm.when():
            if self._alarm is not None:
                self._alarm.cancel()
            self._alarm = loop.call_at(until, self._lift)

    def _lift(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
            self._wake()

    def open(self) -> None:
        """Let everyone in from now on: a run that stops has its waiting calls find out at once."""
        self._open = True
        self._wake()


@dataclass(slots=True)
class Taken:
    """What one request took of its minute."""

    at: float
    tokens: int
    counted: bool
    """Whether it is a part of the last minute still."""


class Rate:
    """At most so many requests, and so many tokens, in any minute; None is no limit.

    Guaranteed, for what this object lets through: no window of 61 s holds more requests than `requests_per_minute`,
    or more tokens, as last corrected, than `tokens_per_minute`. So no window of 60 s by the endpoint's clock does,
    where requests are sent as soon as they are let through and take less than a second longer one than another.
    Two things pass the limit of tokens: one request that alone is above it, which goes when no other token counts,
    and what `correct` adds, until the minute of that request is over.

    A run below its limit never waits: the whole of a minute may be used at once. Where more is wanted, it goes in waves
    of a minute.
    """

    def __init__(self, requests_per_minute: int | None = None, tokens_per_minute: int | None = None) -> None:
        self._requests_allowed = requests_per_minute
        self._tokens_allowed = tokens_per_minute
        self._taken: deque[Taken] = deque()
        self._tokens = 0
        self._turn = asyncio.Lock()
        self._fewer = asyncio.Event()
        self._open = False

    async def take(self, tokens: int) -> Taken:
        """Wait until one request of `tokens` (an estimate, at least 0) may be sent. First come, first served."""
        async with self._turn:
            while (until := self._full_until(tokens)) is not None:
                self._fewer.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(until):
                        await self._fewer.wait()
            taken = Taken(asyncio.get_running_loop().time(), tokens, counted=True)
            self._taken.append(taken)
            self._tokens += tokens
            return taken

    def correct(self, taken: Taken, tokens: int) -> None:
        """Replace a request's estimate by what it really took: later requests wait less, or more."""
        if taken.counted:
            self._tokens += tokens - taken.tokens
            taken.tokens = tokens
            self._fewer.set()

    def open(self) -> None:
        """Let everything through from now on: a run that stops has its waiting calls find out at once."""
        self._open = True
        self._fewer.set()

    def _full_until(self, tokens: int) -> float | None:
        """None where a request of `tokens` may be sent now; else the loop time at which there will be more room."""
        if self._open:
            return None
        now = asyncio.get_running_loop().time()
        while self._taken and self._taken[0].at + _MINUTE <= now:
            gone = self._taken.popleft()
            gone.counted = False
            self._tokens -= gone.tokens
        requests, most = self._requests_allowed, self._tokens_allowed
        full = requests is not None and len(self._taken) >= requests
        full = full or (most is not None and self._tokens + min(tokens, most) > most)
        return self._taken[0].at + _MINUTE if full else None
