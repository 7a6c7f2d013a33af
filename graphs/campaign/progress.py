"""Progress: a live panel on a terminal, a plain line every few seconds elsewhere."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from graphs.campaign.curator import Tally

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

_EVERY_LIVE = 0.25
_EVERY_PLAIN = 5.0


@dataclass(frozen=True)
class Progress:
    """What the display reads, afresh each time."""

    wanted: int
    tally: Callable[[], Tally]
    making: Callable[[], int]
    """Samples under way."""
    away: Callable[[], float | None]
    """Seconds since when an endpoint is away, where one is."""
    in_flight: Callable[[], int]
    limit: Callable[[], int]
    tokens: Callable[[], int]
    usd: Callable[[], float]


class Display:
    """Shows a run's progress on `stream` until it is stopped."""

    def __init__(self, progress: Progress, stream: TextIO = sys.stderr) -> None:
        self._progress = progress
        self._stream = stream
        self._began = time.monotonic()
        self._accepted_before = progress.tally().accepted
        self._tokens_before = progress.tokens()

    def line(self) -> str:
        """The state of the run in one line."""
        shown, tally = self._progress, self._progress.tally()
        elapsed = max(1e-6, time.monotonic() - self._began)
        speed = (shown.tokens() - self._tokens_before) / elapsed
        parts = [f"accepted {tally.accepted} of {shown.wanted}", f"rejected {tally.rejected}"]
        if tally.undecided:
            parts.append(f"undecided {tally.undecided}")
        if tally.reasons:
            parts[-1] += f" ({', '.join(f'{reason} {count}' for reason, count in tally.reasons.most_common(4))})"
        parts += [
            f"{shown.making()} being made",
            f"{shown.in_flight()} of {shown.limit()} calls in flight",
            f"{speed:.0f} tokens/s",
            f"${shown.usd():.4f}",
        ]
        if (away := shown.away()) is not None:
            parts.append(f"paused: the endpoint has been away for {_clock(away)}")
        made = tally.accepted - self._accepted_before
        left = (shown.wanted - tally.accepted) * elapsed / made if made else None
        parts.append(f"{_clock(elapsed)} so far" + (f", about {_clock(left)} left" if left is not None else ""))
        return " · ".join(parts)

    async def show(self) -> None:
        """Show progress until cancelled."""
        if not self._stream.isatty():
            while True:
                await asyncio.sleep(_EVERY_PLAIN)
                print(self.line(), file=self._stream, flush=True)
        from rich.console import Console
        from rich.live import Live
        from rich.text import Text

        with Live(console=Console(file=self._stream), transient=True, auto_refresh=False) as live:
            while True:
                live.update(self._panel(Text(self.line())), refresh=True)
                await asyncio.sleep(_EVERY_LIVE)

    def _panel(self, text: Text) -> Group:
        from rich.console import Group
        from rich.progress_bar import ProgressBar

        return Group(
            ProgressBar(total=self._progress.wanted, completed=self._progress.tally().accepted, width=60), text
        )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
