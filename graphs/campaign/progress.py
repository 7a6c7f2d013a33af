"""Progress: a live panel on a terminal, a plain line every few seconds elsewhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from graphs.campaign.curator import Tally
from scenarios.cleaning import clean

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

_EVERY_LIVE = 0.25
_EVERY_PLAIN = 5.0


@dataclass(frozen=True)
class Progress:
    """How far a session is, at one moment."""

    wanted: int
    accepted: int
    rejected: int
    undecided: int
    reasons: Mapping[str, int]
    """How often each reason kept a sample out, the most frequent first."""
    making: int
    """Samples under way."""
    in_flight: int
    """Calls under way."""
    limit: int
    """Calls that may be under way at once."""
    tokens: int
    usd: float
    away: float | None
    """Seconds for which an endpoint has been away; None if all are there."""
    seconds: float
    """Since the session began."""

    @staticmethod
    def of(tally: Tally, **others: Any) -> Progress:
        """The progress with the counts of a tally."""
        return Progress(
            accepted=tally.accepted, rejected=tally.rejected, undecided=tally.undecided,
            reasons=dict(tally.reasons.most_common()), **others,
        )  # fmt: skip


class Display:
    """Shows a session's progress on `stream` until it is stopped. `read` tells the progress, anew at each call."""

    def __init__(self, read: Callable[[], Progress], stream: TextIO) -> None:
        self._read = read
        self._stream = stream
        self._first = read()
        self._began = time.monotonic()

    def line(self) -> str:
        """The state of the run in one line."""
        now, first = self._read(), self._first
        elapsed = max(1e-6, time.monotonic() - self._began)
        speed = (now.tokens - first.tokens) / elapsed
        parts = [accepted_of(now.accepted, now.wanted), f"rejected {now.rejected}"]
        if now.undecided:
            parts.append(f"undecided {now.undecided}")
        if now.reasons:
            parts[-1] += f" ({', '.join(f'{reason} {count}' for reason, count in [*now.reasons.items()][:4])})"
        parts += [
            f"{now.making} being made",
            f"{now.in_flight} of {now.limit} calls in flight",
            f"{speed:.0f} tokens/s",
            f"${now.usd:.4f}",
        ]
        if now.away is not None:
            parts.append(f"paused: the endpoint has been away for {_clock(now.away)}")
        made = now.accepted - first.accepted
        left = (now.wanted - now.accepted) * elapsed / made if made else None
        parts.append(f"{_clock(elapsed)} so far" + (f", about {_clock(left)} left" if left is not None else ""))
        return clean(" · ".join(parts))

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

    def _panel(self, text: Text) -> Table:
        from rich.progress_bar import ProgressBar
        from rich.table import Table

        rows = Table.grid()  # a bar ends no line of its own
        rows.add_row(ProgressBar(total=self._first.wanted, completed=self._read().accepted, width=60))
        rows.add_row(text)
        return rows


def accepted_of(accepted: int, wanted: int) -> str:
    """How many samples were accepted; a continued run may want fewer than it has."""
    return f"accepted {accepted} of {wanted}" if accepted <= wanted else f"accepted {accepted} ({wanted} wanted)"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
