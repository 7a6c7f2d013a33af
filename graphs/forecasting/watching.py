"""Watches the first samples: how long an answer takes, and how many calls are under way."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable

from evaluation.forecast import Speed
from graphs.campaign.progress import Progress
from graphs.shell.terminal import Terminal

_EVERY = 0.02


class Stopwatch(Terminal):
    """A terminal that measures the calls as well."""

    speed: Speed | None = None
    """Once the session is over; None if it asked nothing."""

    @contextlib.asynccontextmanager
    async def progress(self, read: Callable[[], Progress]) -> AsyncIterator[None]:
        """As a terminal does."""
        async with super().progress(read):
            began, first, busy, under_way = time.monotonic(), read(), 0.0, 0.0

            async def measure() -> None:
                nonlocal busy, under_way
                last = time.monotonic()
                while True:
                    await asyncio.sleep(_EVERY)
                    now, there = time.monotonic(), read().in_flight
                    under_way += there * (now - last)
                    busy += (now - last) if there else 0.0
                    last = now

            task = asyncio.create_task(measure())
            try:
                yield
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                answers = read().answers - first.answers
                if answers and busy and under_way:
                    self.speed = Speed(seconds_per_call=under_way / answers, in_flight=under_way / busy)
                elif answers:  # nobody was ever seen to wait: it is the work around the calls that takes the time
                    self.speed = Speed(seconds_per_call=(time.monotonic() - began) / answers, in_flight=0.0)
