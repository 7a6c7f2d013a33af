"""Requests and tokens a minute, where an endpoint allows only so many."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass

_MINUTE = 61.0
"""Seconds; one more than a minute, since requests reach the endpoint a little earlier or later than they are counted."""


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
