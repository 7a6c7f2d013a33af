"""Which runs there are. Each is known by an id that is made here: no request names a file."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from graphs.files.rundir import DATASET, JOURNAL, SETTINGS
from studio.runs.open_run import OpenRun

_DEEPEST = 4
_MOST = 5_000
"""Folders that are looked at."""
_MARKS = (JOURNAL, SETTINGS, DATASET)
"""A folder with one of these files is a run, or was one."""


class Shelf:
    """One run, or all that lie in a folder."""

    def __init__(self, home: Path, *, one: bool) -> None:
        self._home, self._one = home, one
        self._runs: dict[str, OpenRun] = {}
        self._lock = threading.Lock()

    def said(self) -> str:
        """What is shown, in words for the terminal."""
        if self._one:
            return f"the run in {self._home}"
        found = len(self.runs())
        return f"{found} run{'' if found == 1 else 's'} in {self._home}"

    def usual_port(self, among: range) -> int:
        """The port that this folder has whenever it is free."""
        return among[int(run_id(self._home), 16) % len(among)]

    def runs(self) -> list[OpenRun]:
        """The runs that there are now, by name."""
        with self._lock:
            found = list(self._found())
            there = {run_id(path): path for path in found}
            for gone in self._runs.keys() - there.keys():
                del self._runs[gone]
            for id_, path in there.items():
                if id_ not in self._runs:
                    self._runs[id_] = OpenRun(id_, self._name(path), path)
            return [self._runs[id_] for id_ in there]

    def run(self, id_: str) -> OpenRun | None:
        """The run of an id, if there is one."""
        if id_ not in self._runs:
            self.runs()
        return self._runs.get(id_)

    def _name(self, path: Path) -> str:
        return path.absolute().name if self._one else path.relative_to(self._home).as_posix()

    def _found(self) -> Iterator[Path]:
        if self._one or _has_run(self._home):
            yield self._home
            return
        left, looked = [(0, self._home)], 0
        while left and looked < _MOST:
            depth, folder = left.pop()
            looked += 1
            if depth and _has_run(folder):
                yield folder
            elif depth < _DEEPEST:
                left += [(depth + 1, inner) for inner in reversed(_inside(folder))]


def run_id(path: Path) -> str:
    """The id of the run in a folder: the same whenever the page is served."""
    return hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:12]


def _has_run(folder: Path) -> bool:
    return any(os.path.lexists(folder / name) for name in _MARKS)


def _inside(folder: Path) -> list[Path]:
    """The folders in a folder, by name, without links and hidden ones; none if it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            names = [one.name for one in entries if not one.name.startswith(".") and one.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    return [folder / name for name in sorted(names)]
