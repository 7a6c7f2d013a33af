"""Who watches a session: the terminal of a command, a callback from Python, or nobody."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from typing import Protocol

from agents.models.gateway import Gateway
from graphs.campaign.progress import Progress


class Watcher(Protocol):
    """Hears of a session while it goes on, and may interrupt it."""

    def say(self, line: str) -> None:
        """One line for the user."""
        ...

    def opened(self, out: Path) -> None:
        """The session has its run directory."""
        ...

    def progress(self, read: Callable[[], Progress]) -> AbstractAsyncContextManager[None]:
        """Show progress while the block goes on; `read` tells how far it is."""
        ...

    def interrupts(self, gateway: Gateway, work: asyncio.Task[str]) -> AbstractContextManager[None]:
        """Let the user interrupt `work` while the block goes on."""
        ...


class Quiet:
    """Nobody watches: nothing is printed, and no signal is handled."""

    def say(self, line: str) -> None:
        """Keep the line to itself."""

    def opened(self, out: Path) -> None:
        """Keep it to itself."""

    def progress(self, read: Callable[[], Progress]) -> AbstractAsyncContextManager[None]:
        """Show nothing."""
        return contextlib.nullcontext()

    def interrupts(self, gateway: Gateway, work: asyncio.Task[str]) -> AbstractContextManager[None]:
        """Leave signals to the program around."""
        return contextlib.nullcontext()
