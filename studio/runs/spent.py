"""What the calls of a run have cost, by step and role, kept in step with its journal."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path

from memory.journal.reading import Spending, read_journal
from scenarios.records import Usage
from studio.runs.index import state_of

_AT_ONCE = 5_000
"""Calls that are summed in one go."""


@dataclass(frozen=True, slots=True)
class StepCost:
    """The cost of one step and role."""

    step: str
    role: str
    calls: int
    prompt: int
    cached: int
    completion: int
    usd: float
    requests: int


class SpentByStep:
    """The sums of one journal."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._state: object = None
        self._file: object = None
        self._last = 0
        self.whole = True
        self._found: dict[tuple[str, str], Spending] = {}

    def refresh(self, within: float = math.inf) -> list[StepCost]:
        """The sums as they are now, or as far as they could be read in so many seconds: `whole` says which.
        Raises RunDirError."""
        until = time.monotonic() + within
        state = state_of(self._journal)
        if state == self._state:
            return self._costs()
        if (file := self._journal.stat().st_ino) != self._file:  # a damaged one was built anew
            self._file, self._last, self._found = file, 0, {}
        self.whole = False
        while time.monotonic() < until:
            last, some = read_journal(self._journal, lambda reading: reading.spending(self._last, _AT_ONCE))
            for one in some:
                self._add(one)
            if last == self._last:
                self._state, self.whole = state, True
                break
            self._last = last
        return self._costs()

    def _add(self, new: Spending) -> None:
        key = new.step, new.role
        old = self._found.get(key, Spending(*key, Usage(), 0.0, 0))
        self._found[key] = Spending(*key, old.usage + new.usage, old.usd + new.usd, old.requests + new.requests)

    def _costs(self) -> list[StepCost]:
        return [
            StepCost(
                one.step, one.role, one.usage.calls, one.usage.prompt_tokens, one.usage.cached_tokens,
                one.usage.completion_tokens, round(one.usd, 6), one.requests,
            )
            for one in self._found.values()
        ]  # fmt: skip
