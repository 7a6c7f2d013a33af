"""How far a calibration is, on stderr, if it takes longer than a moment."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable

_SOON, _EVERY = 3.0, 5.0


class Answers:
    """Counts answers."""

    def __init__(self, expected: int) -> None:
        self.expected = expected
        self.there = 0

    def one(self) -> None:
        """One more is there."""
        self.there += 1

    def line(self) -> str:
        """How far it is, in a line."""
        return f"colloquia: {self.there} of {self.expected} ratings"


@contextlib.asynccontextmanager
async def shown(line: Callable[[], str]) -> AsyncIterator[None]:
    """While the block goes on, say how far it is: first after three seconds, then every five."""

    async def show() -> None:
        await asyncio.sleep(_SOON)
        while True:
            print(line(), file=sys.stderr, flush=True)
            await asyncio.sleep(_EVERY)

    showing = asyncio.create_task(show())
    try:
        yield
    finally:
        showing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await showing
