"""How a command watches its session: lines and progress on stderr, Ctrl-C and SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from agents.models.gateway import Gateway
from graphs.campaign.progress import Progress
from graphs.shell.command import FaultLog
from graphs.shell.display import Display
from graphs.shell.output import drawing
from graphs.shell.process import calm_gc, ctrl_c, say


class Terminal:
    """The watcher of a command. A fault of ours is logged in the run directory once there is one."""

    def __init__(self, log: FaultLog) -> None:
        self._log = log

    def opened(self, out: Path) -> None:
        """From now on a fault is logged there, and the run can continue."""
        self._log.home, self._log.then = out, f"; the run continues with out={out}"

    def say(self, line: str) -> None:
        """One line on stderr."""
        say(line)

    @contextlib.asynccontextmanager
    async def progress(self, read: Callable[[], Progress]) -> AsyncIterator[None]:
        """A live panel on a terminal, a plain line every few seconds elsewhere."""
        display = asyncio.create_task(Display(read, drawing(sys.stderr)).show())
        try:
            yield
        finally:
            display.cancel()
            await asyncio.gather(display, return_exceptions=True)

    @contextlib.contextmanager
    def interrupts(self, gateway: Gateway, work: asyncio.Task[str]) -> Iterator[None]:
        """Ctrl-C and SIGTERM: the first lets calls in flight finish, the second drops them."""
        with calm_gc(), ctrl_c(gateway, work):
            yield
