"""Who is at work: a batch is sent when nobody is left who may still join it."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator


class Attendance:
    """Who works on what (each sample under way by its id), and which of them wait for a batch.

    If everybody waits, nobody else can come: so what waits is sent, and no two can wait for each other. Whoever is not
    listed counts only while a call of theirs is under way.
    """

    def __init__(self) -> None:
        self._working: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()
        self._busy = 0
        """Of those at work, how many do not wait."""
        self._asking = 0
        """Calls under way that go by no batch."""
        self._listeners: list[Callable[[], None]] = []
        self.on_waiting: Callable[[], None] = lambda: None
        """Told each time that somebody begins to wait, and so takes up no place."""

    @property
    def idle(self) -> bool:
        """Whether nobody may still ask before an answer comes."""
        return not self._busy and not self._asking

    @property
    def resting(self) -> int:
        """Of those at work, how many wait for a batch."""
        return len(self._working) - self._busy

    def hear(self, listener: Callable[[], None]) -> None:
        """Have `listener` told of each change after which everybody may be waiting."""
        self._listeners.append(listener)

    def begin(self, name: str) -> None:
        """Somebody is at work from now on."""
        self._busy += not self._working[name] and not self._waiting[name]
        self._working[name] += 1

    def end(self, name: str) -> None:
        """One who began is done."""
        self._working[name] -= 1
        if not self._working[name]:
            del self._working[name]
            self._busy -= not self._waiting[name]
        self._tell()

    @contextlib.contextmanager
    def waiting(self, name: str) -> Iterator[None]:
        """While the block goes on, `name` waits for a batch."""
        self._busy -= bool(self._working[name]) and not self._waiting[name]
        self._waiting[name] += 1
        try:
            self.on_waiting()
            self._tell()
            yield
        finally:
            self._waiting[name] -= 1
            if not self._waiting[name]:
                del self._waiting[name]
                self._busy += bool(self._working[name])

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        """While the block goes on, a call is under way by itself."""
        self._asking += 1
        try:
            yield
        finally:
            self._asking -= 1
            self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()
