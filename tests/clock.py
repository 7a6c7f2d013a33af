"""Virtual time: an event loop whose clock jumps to the next timer, so that minutes take milliseconds."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Jumps(selectors.DefaultSelector):
    """Where the loop would wait, moves its clock on instead."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "everything waits and nothing will ever happen"
            self.now += timeout + 1e-9  # rounding must not leave a timer just ahead for ever
        return ready


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumps = _Jumps()
        super().__init__(self._jumps)

    def time(self) -> float:
        return self._jumps.now


def in_virtual_time(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine from second 0 of a clock of its own. Fails where it waits for what cannot come."""
    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        return runner.run(coroutine)


def now() -> float:
    """Seconds of the running loop's clock."""
    return asyncio.get_running_loop().time()
