"""The run's limits on calls: how many in flight, which follows the endpoint; how many, and how many tokens, a minute."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from dataclasses import dataclass

_FIRST_PAUSE = 0.05
"""Seconds that all calls wait where nobody is answered; doubled with each pause in a row that did not help."""
_LONGEST_PAUSE = 5.0
"""Short enough that a run goes on soon after an endpoint is back: it costs one throttled call each time."""
_LONGEST_RETRY_AFTER = 60.0
_LOWER = 0.75
"""A limit that has fallen to this share of what it was is another level."""
_ENOUGH = 20
"""Calls that show how often a level is throttled."""
_FEW = 0.25
"""The share of throttled calls up to which levels are compared: an endpoint that is far from taking what it is sent may
throttle nearly as many of somewhat less."""
_FLOOR_HOLDS = 1000


class AdaptiveLimit:
    """A semaphore whose size follows the endpoint.

    It begins at `ceiling`, so that an endpoint that takes all is used fully from the first moment. Each throttled call
    lowers it by one: of 128 calls begun together at an endpoint that takes 32, 96 are throttled, which leaves 32.

    It rises only by answers that came while it was fully used:

    - By one after 4·limit + 64 answers without one. If the endpoint's limit is still the same, that is one
      throttled call in more than a hundred, and the limit is back where it was.
    - By one with every answer, which doubles it each round trip, where that one call was let in for a round trip
      (the endpoint takes more than before), or where nobody at all had been let in (it may take as many as before).
      The next throttled call ends this.

    If fewer in flight are throttled as often (up to a quarter of the calls), the endpoint does not look at how many
    there are: the limit goes back to where it was, and does not fall below that for a thousand calls.

    While nobody is answered, a throttled call pauses all calls, as long as the endpoint named and longer each time. One call
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
        self._at_edge = True  # as far as is known, one more would be throttled
        self._climbing = False
        self._unthrottled = 0  # answers since the limit last changed
        self._answered_at = float("-inf")
        self._paused_at = float("-inf")
        self._pauses = 0  # in a row, without an answer
        self._alarm: asyncio.TimerHandle | None = None  # set while all calls are paused
        self._open = False
        self._level = _Level(ceiling, float("-inf"))
        self._top: _Level | None = None  # the highest level of a fall: what the lower ones are compared with
        self._floor = 1
        self._floor_holds = 0  # for so many calls

    def slot(self, place: tuple[int, int] = (0, 0)) -> _Slot:
        """Hold one slot in flight; `place` is the round and index of the brief it is for.

        `answered` and `throttled` are to be called while the slot is held: only then is it known how many calls were
        in flight, and is a throttled call's slot taken away before another call gets it.
        """
        return _Slot(self, place)

    async def take(self, place: tuple[int, int]) -> None:
        """Wait for a slot, which `give_back` frees. See `slot`."""
        if self._free() and not self._waiting:
            self.in_flight += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (place, next(self._came), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back()  # the slot was handed over in the same moment
            raise

    def _free(self) -> bool:
        return self._open or (self.in_flight < self.limit and self._alarm is None)

    def give_back(self) -> None:
        """Let go of a slot that was taken."""
        self.in_flight -= 1
        self._wake()

    def _wake(self) -> None:
        """Hand free slots over: to the earliest brief, and within it to the call that waited longest."""
        while self._waiting and self._free():
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                self.in_flight += 1
                turn.set_result(None)

    def answered(self, started: float) -> None:
        """Note the answer to a call that was sent at loop time `started`."""
        self._answered_at = asyncio.get_running_loop().time()
        self._count(started, throttled=False)
        self._pauses = 0
        self._lift()
        if self.limit >= self.ceiling or self.in_flight < self.limit:
            return  # fewer in flight than allowed: this shows nothing of how many could be
        self._unthrottled += 1
        if self._climbing or self._unthrottled >= (4 * self.limit + 64 if self._at_edge else self.limit):
            self._climbing, self._at_edge = not self._at_edge, False
            self.limit += 1
            self._unthrottled = 0

    def throttled(self, started: float, retry_after: float | None) -> None:
        """Note that a call was throttled that was sent at loop time `started`; `retry_after` is in seconds, if named."""
        self._count(started, throttled=True)
        self.limit = max(self._floor, self.limit - 1)
        self._compare()
        self._at_edge, self._climbing, self._unthrottled = True, False, 0
        if started >= self._answered_at:  # nobody was answered meanwhile
            if self.in_flight <= 1:  # and nobody is waiting to be: this shows nothing of how many could be
                self.limit, self._at_edge = 1, False
            self._pause(started, min(retry_after or 0.0, _LONGEST_RETRY_AFTER))

    def _count(self, started: float, throttled: bool) -> None:
        """Count what came of a call at the present level of the limit, if it was sent at it."""
        if self.limit > self._level.limit / _LOWER:  # it has risen: a level of its own, with none to compare it to
            self._level, self._top = _Level(self.limit, asyncio.get_running_loop().time()), None
        if started >= self._level.began:
            self._level.seen += 1
            self._level.throttled += throttled
        self._floor_holds -= 1
        if self._floor_holds <= 0 or (self._level.seen >= _ENOUGH and self._level.share > _FEW):
            self._floor = 1

    def _compare(self) -> None:
        """After a throttled call: if fewer calls in flight were throttled as often as more had been, lowering helps nothing."""
        level = self._level
        some = level.seen >= _ENOUGH and level.throttled >= 3 and level.explained < level.share <= _FEW
        if some and self._top is not None and level.share >= self._top.share / 2:
            self.limit = self._floor = self._top.limit
            self._floor_holds = _FLOOR_HOLDS
        elif self.limit > _LOWER * level.limit:
            return
        elif level.seen >= _ENOUGH:
            self._top = (self._top or level) if some else None
        self._level = _Level(self.limit, asyncio.get_running_loop().time())

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


class _Slot:
    """One slot of a limit, held while its block runs."""

    __slots__ = ("_limit", "_place")

    def __init__(self, limit: AdaptiveLimit, place: tuple[int, int]) -> None:
        self._limit, self._place = limit, place

    async def __aenter__(self) -> None:
        await self._limit.take(self._place)

    async def __aexit__(self, *_: object) -> None:
        self._limit.give_back()


@dataclass(slots=True)
class _Level:
    """What came of the calls that were sent while the limit was about the same."""

    limit: int
    began: float
    seen: int = 0
    throttled: int = 0

    @property
    def share(self) -> float:
        """Of the calls, how many were throttled."""
        return self.throttled / max(1, self.seen)

    @property
    def explained(self) -> float:
        """Twice the share that comes of trying one call more now and then."""
        return 2.0 / (4 * self.limit + 64)
