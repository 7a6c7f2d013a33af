"""The first contact with a model: few calls go ahead until one is answered, and what never answers is found out soon."""

from __future__ import annotations

import asyncio

from agents.models.faults import FaultKind

_AHEAD = 2
"""Calls that go ahead: one that hangs must not hold up the other."""
_ENOUGH = 5
"""Failures after which a model that has answered nothing will not. An endpoint that fails for one request of five begins
so once in three thousand runs."""
_SAYS_NOTHING = frozenset({FaultKind.THROTTLED, FaultKind.UNREADY, FaultKind.AWAY, FaultKind.FORM})
"""Faults with an end of their own: the endpoint is waited for, or asked in another form."""


class FirstContact:
    """One model at its endpoint, until its first usable answer. `stopped` ends every wait."""

    def __init__(self, stopped: asyncio.Event) -> None:
        self._stopped = stopped
        self.made = False
        """It has given a usable answer in this session."""
        self.requests = 0
        """Requests that were sent before."""
        self._failures = 0
        self._ahead = 0
        self._changed = asyncio.Event()

    async def enter(self) -> None:
        """Wait for a turn; `leave` ends it."""
        while not self.made and self._ahead >= _AHEAD and not self._stopped.is_set():
            await self._changed.wait()
        self._ahead += 1

    def leave(self) -> None:
        """Let another call go ahead."""
        self._ahead -= 1
        self.wake()

    def answered(self) -> None:
        """It gave a usable answer."""
        if not self.made:
            self.made = True
            self.wake()

    def failed(self, kind: FaultKind) -> bool:
        """Note a request that failed. True if it is to be expected that none will be answered."""
        if self.made or kind in _SAYS_NOTHING:
            return False
        self._failures += 1
        return self._failures >= _ENOUGH

    def wake(self) -> None:
        """Let all that wait see how things stand."""
        self._changed.set()
        self._changed = asyncio.Event()
