"""Whether an endpoint is there. While it is away, one call looks for it now and then and all others wait."""

from __future__ import annotations

import asyncio
import contextlib

_SELDOM = 5.0
"""Seconds between two looks at the most."""


class Presence:
    """One endpoint, as its answers and their absence show it. `stopped` ends every wait."""

    def __init__(self, stopped: asyncio.Event) -> None:
        self._stopped = stopped
        self.reached = False
        """It has answered in this session."""
        self.answered_at = float("-inf")
        self.away_since: float | None = None
        """Loop time since when nobody is there."""
        self._looking = False
        self._looks = 0
        self._next_look = 0.0
        self._changed = asyncio.Event()

    async def turn(self) -> bool:
        """Wait until the endpoint is there. True where the caller is the one that looks for it; it then has to call
        `looked` when its request is over."""
        while self.away_since is not None and not self._stopped.is_set():
            if self._looking:
                await self._changed.wait()
                continue
            self._looking = True
            try:
                await pause(self._next_look - asyncio.get_running_loop().time(), self._stopped)
            except BaseException:
                self.looked()
                raise
            return True
        return False

    def looked(self) -> None:
        """The one that looked is done: if the endpoint is still away, another waiter looks next."""
        self._looking = False
        self.wake()

    def answered(self) -> None:
        """It gave an answer that can be used."""
        self.reached = True
        self.answered_at = asyncio.get_running_loop().time()
        self.there()

    def there(self) -> None:
        """It is there, whatever it said."""
        self.away_since, self._looks = None, 0

    def left(self, looking: bool, retry_after: float | None) -> float:
        """Nobody was there; returns the seconds since when. `looking` is what `turn` told the caller; `retry_after`
        is in seconds, where it was named."""
        now = asyncio.get_running_loop().time()
        if self.away_since is None or looking:
            wait = min(0.25 * 2.0**self._looks, _SELDOM) if retry_after is None else min(retry_after, 60.0)
            self._next_look = now + wait
            self._looks += 1
        if self.away_since is None:
            self.away_since = now
        return now - self.away_since

    def wake(self) -> None:
        """Let all that wait see how things stand."""
        self._changed.set()
        self._changed = asyncio.Event()


async def pause(seconds: float, stopped: asyncio.Event) -> None:
    """Wait for `seconds`, or until `stopped` is set."""
    if seconds > 0:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), seconds)
