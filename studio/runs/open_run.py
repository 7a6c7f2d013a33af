"""One run that the page shows: what it is, and what of it has been read."""

from __future__ import annotations

import contextlib
import math
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import Field

from graphs.files.inside import check_inside
from graphs.files.rundir import JOURNAL, SETTINGS, stored_settings
from graphs.files.summary import SUMMARY
from graphs.reviewing.accepted import TO_REVIEW
from graphs.reviewing.pairs import PAIRS
from memory.journal.reading import Counts, JournalReader, read_journal
from scenarios.errors import RunDirError, UserError
from scenarios.frozen import Frozen
from scenarios.reading.bounded import json_of, read_bounded
from studio.runs.index import SampleIndex, state_of
from studio.runs.known_scenario import KnownScenario
from studio.runs.spent import SpentByStep

_OWNER = ".owner.lock"


class RunLine(Frozen):
    """A run in the list of runs."""

    id: str
    name: str
    scenario: str = ""
    accepted: int = 0
    rejected: int = 0
    undecided: int = 0
    under_way: int = 0
    wanted: int = 0
    """How many samples were asked for; 0 if run.yaml leaves it to the scenario."""
    running: bool = False
    stopped_by: str = ""
    models: tuple[str, ...] = ()
    changed: float = Field(0.0, description="when the journal was last written, in seconds since 1970")
    error: str = ""
    """What is wrong with the directory, in a line; nothing else is then known."""
    review_only: bool = False
    """It is no run, but a comparison's or an experiment's directory with samples for people."""


class OpenRun:
    """A run directory. Its methods may be called from several threads."""

    def __init__(self, id_: str, name: str, path: Path) -> None:
        self.id, self.name, self.path = id_, name, path
        self._lock = threading.RLock()
        self._index = SampleIndex(path / JOURNAL)
        self._settings: tuple[object, dict[str, Any]] = (None, {})
        self._counts: tuple[object, Counts] = (None, Counts(0, 0, 0, 0))
        self.possible_pairs: dict[tuple[str, str, int, int], int] = {}
        """How many pairs of values two axes with so many values can have, as far as that was worked out."""
        self.spent = SpentByStep(path / JOURNAL)
        self.scenario = KnownScenario(path)

    def line(self) -> RunLine:
        """The run in a line. Never raises UserError: what is wrong stands in the line."""
        if self.review_only:
            return RunLine(id=self.id, name=self.name, scenario="samples for people", review_only=True)
        try:
            self.check()
            stored, counts = self._stored(), self._counted()
        except UserError as error:
            return RunLine(id=self.id, name=self.name, error=str(error))
        summary = self.summary()
        n = stored.get("n")
        return RunLine(
            id=self.id, name=self.name, scenario=str(stored.get("scenario", "")), accepted=counts.accepted,
            rejected=counts.rejected, undecided=counts.undecided, under_way=counts.under_way,
            wanted=n if type(n) is int and n > 0 else 0, running=self.running(), stopped_by=str(summary.get("stopped_by", "")),
            models=tuple(_models(stored)), changed=self._changed(),
        )  # fmt: skip

    @property
    def review_only(self) -> bool:
        """Whether there is no run, but samples that people are to look at."""
        return not (self.path / JOURNAL).is_file() and any((self.path / name).is_file() for name in (PAIRS, TO_REVIEW))

    def check_reviewable(self) -> None:
        """Raise RunDirError unless there is something that people can review."""
        if not self.review_only:
            self.check()

    def check(self) -> None:
        """Raise RunDirError unless there is a run to read."""
        check_inside(self.path)
        if not (self.path / JOURNAL).is_file():
            raise RunDirError(f"{self.name}: has no {JOURNAL}, so it holds no run that can be shown")

    @contextlib.contextmanager
    def samples(self, within: float = math.inf) -> Iterator[SampleIndex]:
        """The samples as they are now, while the block goes on; of many, those that could be read in so many seconds.
        Raises RunDirError."""
        with self._lock:
            self.check()
            self._index.refresh(within)
            yield self._index

    def summary(self) -> dict[str, Any]:
        """What summary.json holds; empty if there is none, or none that can be read."""
        try:
            found = json_of(read_bounded(self.path / SUMMARY))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def running(self) -> bool:
        """Whether a session of the run goes on: the process that owns the directory is there."""
        try:
            owner = int(read_bounded(self.path / _OWNER, 40))
            os.kill(owner, 0)
        except PermissionError:  # another user's
            return True
        except (OSError, ValueError, OverflowError):
            return False
        return True

    def _stored(self) -> dict[str, Any]:
        """The settings in run.yaml, read again once it has changed. Raises RunDirError."""
        with self._lock:
            state = state_of(self.path / SETTINGS)
            if self._settings[0] != state:
                self._settings = (state, stored_settings(self.path))
            return self._settings[1]

    def _counted(self) -> Counts:
        with self._lock:
            state = state_of(self.path / JOURNAL)
            if state != self._counts[0]:
                self._counts = (state, read_journal(self.path / JOURNAL, JournalReader.counts))
            return self._counts[1]

    def _changed(self) -> float:
        files = (self.path / JOURNAL, self.path / f"{JOURNAL}-wal")
        return max((file.stat().st_mtime for file in files if file.is_file()), default=0.0)


def _models(stored: dict[str, Any]) -> list[str]:
    """The names of the models that run.yaml names."""
    roles = stored.get("roles")
    groups = [stored, *(roles.values() if isinstance(roles, dict) else ())]
    llms = [one.get("llm") for one in groups if isinstance(one, dict)]
    found = [llm.get("model") or llm.get("gguf") or llm.get("backend") for llm in llms if isinstance(llm, dict)]
    return list(dict.fromkeys(str(name) for name in found if name))
