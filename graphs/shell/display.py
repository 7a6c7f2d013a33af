"""Progress on a screen: a live panel on a terminal, a plain line every few seconds elsewhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NoReturn, TextIO

from agents.models.batches.desk import BatchFigures
from graphs.campaign.progress import Progress
from graphs.files.wording import counted, duration, money
from scenarios.cleaning import clean

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

_EVERY_LIVE = 0.25
_SOON, _EVERY_PLAIN = 2.0, 5.0
_ENOUGH = 3
"""Accepted samples from which it can be told how long the others take."""
_WIDTH = 90


class Display:
    """Shows a session's progress on `stream` until it is stopped. `read` tells the progress, anew at each call."""

    def __init__(self, read: Callable[[], Progress], stream: TextIO) -> None:
        self._read = read
        self._stream = stream
        self._first = read()
        self._began = time.monotonic()

    def line(self) -> str:
        """The state of the run in one line."""
        now, elapsed = self._read(), max(1e-6, time.monotonic() - self._began)
        speed = (now.tokens - self._first.tokens) / elapsed
        parts = [counted(now.accepted, now.wanted), f"rejected {now.rejected}"]
        if now.undecided:
            parts.append(f"undecided {now.undecided}")
        if now.reasons:
            parts[-1] += f" ({', '.join(f'{reason} {count}' for reason, count in [*now.reasons.items()][:4])})"
        parts += [
            f"{now.making} being made",
            f"{now.in_flight} of {now.limit} calls in flight",
            *_in_batches(now.in_batches),
            f"{now.answers} answers",
            f"{speed:.0f} tokens/s",
            money(now.usd, now.unpriced, now.tokens),
        ]
        if now.away is not None:
            parts.append(f"paused: the endpoint has been away for {duration(now.away)}")
        return clean(" · ".join([*parts, f"{duration(elapsed)} so far{self._left(now, elapsed)}"]))

    def _left(self, now: Progress, elapsed: float) -> str:
        """What is left, in time and money, once enough was accepted to tell. What is under way counts as half made."""
        made, wanted = now.accepted - self._first.accepted, now.wanted - now.accepted
        if made < _ENOUGH or wanted <= 0:
            return ""
        half = min(now.making, wanted) / 2
        seconds = (wanted - half) * elapsed / (made + half)
        usd = (now.usd - self._first.usd) / (made + half) * (wanted - half)
        return f", about {duration(seconds)}{f' and ${usd:.2f}' if usd and not now.unpriced else ''} left"

    def words(self) -> list[str]:
        """The last answers, a line each, the newest last."""
        return [f"{role}: {_in_short(text)}" for role, text in self._read().said]

    async def show(self) -> None:
        """Show progress until cancelled."""
        if not self._stream.isatty():
            await self._show_plain()
        from rich.console import Console
        from rich.live import Live
        from rich.text import Text

        with Live(console=Console(file=self._stream), transient=True, auto_refresh=False) as live:
            while True:
                live.update(self._panel(Text("\n".join([self.line(), *self.words()]))), refresh=True)
                await asyncio.sleep(_EVERY_LIVE)

    async def _show_plain(self) -> NoReturn:
        """A line every few seconds, the first one soon after the first answer."""
        quiet, told = 0.0, False
        while True:
            await asyncio.sleep(_EVERY_LIVE)
            quiet += _EVERY_LIVE
            begun = not told and quiet >= _SOON and self._read().answers > self._first.answers
            if begun or quiet >= _EVERY_PLAIN:
                quiet, told = 0.0, True
                print(" · ".join([self.line(), *self.words()[-1:]]), file=self._stream, flush=True)

    def _panel(self, text: Text) -> Table:
        from rich.progress_bar import ProgressBar
        from rich.table import Table

        rows = Table.grid()  # a bar ends no line of its own
        rows.add_row(ProgressBar(total=self._first.wanted, completed=self._read().accepted, width=60))
        rows.add_row(text)
        return rows


def _in_batches(waiting: BatchFigures) -> Iterator[str]:
    """How many calls wait for batches, and since when."""
    if waiting.sent:
        yield f"{waiting.sent} calls wait in a batch, sent {duration(waiting.seconds)} ago"
    if waiting.gathered:
        yield f"{waiting.gathered} gathered for the next batch"


def _in_short(text: str) -> str:
    """The beginning of what a model said, in one line that is harmless on a terminal."""
    line = " ".join(clean(text).split())
    return f"“{line if len(line) <= _WIDTH else f'{line[: _WIDTH - 1]}…'}”"
