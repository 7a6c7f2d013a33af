"""Watches an experiment's sessions: what one arm has said already, another one need not say again."""

from __future__ import annotations

from pathlib import Path

from graphs.shell.command import FaultLog
from graphs.shell.terminal import Terminal


class ArmTerminal(Terminal):
    """A terminal for the sessions of several arms. Faults are logged in the experiment's directory."""

    def __init__(self, log: FaultLog) -> None:
        super().__init__(log)
        self._said = set[str]()

    def opened(self, out: Path) -> None:
        """The directory is an arm's: the log stays that of the experiment."""

    def say(self, line: str) -> None:
        """One line on stderr; a note that was said before is passed over."""
        if line.startswith("note: ") and line in self._said:
            return
        self._said.add(line)
        super().say(line)
