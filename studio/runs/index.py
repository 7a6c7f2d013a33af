"""A run's samples, kept in step with its journal: only what changed is read again, also while the run goes on."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from memory.journal.reading import JournalReader, Place, read_journal
from scenarios.records import Brief
from studio.runs.recorded import ListedRecord
from studio.runs.rows import KnownSample, SampleRow, ValueNumbers, known_of, known_of_brief, told

_AT_ONCE = 200
"""Records that are read in one go: a long read keeps a run from tidying up its log."""


@dataclass(frozen=True, slots=True)
class RowChanges:
    """What changed in a run's list since a version of it."""

    version: int
    rows: list[SampleRow]
    gone: list[str]
    left: int
    """How many samples are still to be read: ask again."""
    axes: dict[str, list[str]]


class SampleIndex:
    """The samples of one journal."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._state: object = None
        self._marks: dict[Place, object] = {}
        self._known: dict[Place, KnownSample] = {}
        self._changed: dict[Place, int] = {}
        """The version in which each place changed last, or went."""
        self._waiting: dict[Place, object] = {}
        """The marks of records that are still to be read."""
        self._numbers = ValueNumbers()
        self.version = 0

    def refresh(self, within: float = math.inf) -> None:
        """Read what changed since the last time; once so many seconds have passed, what is left waits for the next time.
        Raises RunDirError."""
        until = time.monotonic() + within
        state = state_of(self._journal)
        if state != self._state:
            self._look(*read_journal(self._journal, _look))
            self._state = state
        while self._waiting and time.monotonic() < until:
            some = dict(islice(self._waiting.items(), _AT_ONCE))
            self.version += 1
            for place, record in read_journal(self._journal, partial(_parts, places=list(some))):
                self._put(place, known_of(place, record, self._numbers))
            self._marks |= some
            for place in some:
                del self._waiting[place]

    def _look(self, marks: dict[Place, object], begun: list[Brief]) -> None:
        """Note what changed, and what was begun or is gone."""
        self.version += 1
        self._waiting = {place: mark for place, mark in marks.items() if self._marks.get(place) != mark}
        under_way = {(brief.round, brief.index): brief for brief in begun}
        for place, brief in under_way.items():
            if place in self._marks or place not in self._known:
                self._marks.pop(place, None)
                self._put(place, known_of_brief(brief, self._numbers))
        for place in self._known.keys() - marks.keys() - under_way.keys():
            del self._known[place]
            self._marks.pop(place, None)
            self._changed[place] = self.version

    @property
    def left(self) -> int:
        """How many records are still to be read."""
        return len(self._waiting)

    def _put(self, place: Place, known: KnownSample) -> None:
        self._known[place] = known
        self._changed[place] = self.version

    def changes(self, since: int) -> RowChanges:
        """The rows that changed after the version `since`, in their order."""
        changed = sorted(place for place, version in self._changed.items() if version > since)
        rows = [known.row for place in changed if (known := self._known.get(place))]
        gone = [told(place) for place in changed if place not in self._known]
        return RowChanges(self.version, rows, gone, self.left, self._numbers.named())

    def samples(self) -> Iterator[KnownSample]:
        """Every sample, by round and index."""
        return (self._known[place] for place in sorted(self._known))

    def sample(self, place: str) -> KnownSample | None:
        """The sample of a row."""
        found = _place_in(place)
        return self._known.get(found) if found else None

    def search(self, words: str) -> list[str]:
        """The places of the samples that hold all the words, wherever."""
        wanted = words.casefold().split()
        return [one.row.place for one in self.samples() if all(word in one.searched for word in wanted)]


def _parts(reading: JournalReader, places: list[Place]) -> list[tuple[Place, ListedRecord]]:
    return list(reading.parts_at(places, ListedRecord))


def _look(reading: JournalReader) -> tuple[dict[Place, object], list[Brief]]:
    return reading.marks(), reading.under_way()


def _place_in(words: str) -> Place | None:
    round_, _, index = words.partition("-")
    plain = all(part.isascii() and part.isdigit() and len(part) < 12 for part in (round_, index))
    return (int(round_), int(index)) if plain else None


def state_of(journal: Path) -> object:
    """What changes whenever a journal does."""
    found = list[tuple[int, int, int] | None]()
    for file in (journal, journal.with_name(f"{journal.name}-wal")):
        try:
            stat = file.stat()
        except OSError:
            found.append(None)
        else:
            found.append((stat.st_ino, stat.st_mtime_ns, stat.st_size))
    return tuple(found)
