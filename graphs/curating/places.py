"""Where curation's files lie: in a run's directory, or beside a file under its name. What is not ours is not written over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from graphs.files.rundir import writing
from scenarios.errors import RunDirError

SIGNALS, CURATED, REPAIRS = "signals.jsonl", "curated.jsonl", "repairs.jsonl"
_JOURNALS = ("likelihoods.sqlite", "repairs.sqlite")
_OURS = {SIGNALS: "doubts", CURATED: "curation", REPAIRS: "outcome"}
"""What only curation writes into a row of each file."""


@dataclass(frozen=True)
class CurationPlaces:
    """The paths of a curation."""

    folder: Path
    before: str = ""
    """What stands before each name, of a file that is curated beside where it lies."""

    @property
    def signals(self) -> Path:
        """What was computed of each sample."""
        return self._at(SIGNALS)

    @property
    def curated(self) -> Path:
        """The samples that stay."""
        return self._at(CURATED)

    @property
    def repairs(self) -> Path:
        """What came of each doubtful sample that a model was asked about."""
        return self._at(REPAIRS)

    @property
    def journals(self) -> tuple[Path, Path]:
        """What models answered: of likelihoods, and of repairs."""
        likelihoods, repairs = (self._at(name) for name in _JOURNALS)
        return likelihoods, repairs

    def _at(self, name: str) -> Path:
        return self.folder / f"{self.before}{name}"


def places_of(out: Path, into: Path | None, source: Path) -> CurationPlaces:
    """Where the files of `out`, whose dataset is `source`, go. Raises RunDirError if something else lies there."""
    if into is not None and not into.is_dir():
        raise RunDirError(f"into={into}: is not a directory; make it first")
    alone = into is None and not out.is_dir()
    found = CurationPlaces(source.parent if alone else into or out, f"{source.stem}." if alone else "")
    for path, key in zip((found.signals, found.curated, found.repairs), _OURS.values(), strict=True):
        if path.is_symlink() or (path.exists() and not _is_ours(path, key)):
            raise RunDirError(f"{path}: is there and was not written by graphs.curate; move it, or give into=DIR")
        if path.resolve() == source.resolve():
            raise RunDirError(f"{path}: is the input, which stays as it is; give into=DIR")
    return found


def _is_ours(path: Path, key: str) -> bool:
    """Whether a file was written by this command: it is empty, or its first row has what only curation writes."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        line = file.readline(1 << 24)
    try:
        return not line or key in orjson.loads(line)
    except (orjson.JSONDecodeError, TypeError):
        return False


def write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write a file whole or not at all. Raises RunDirError."""
    try:
        with writing(path) as file:
            for row in rows:
                file.write(orjson.dumps(row) + b"\n")
    except OSError as error:
        raise RunDirError(f"{path}: cannot be written ({error.strerror or error}); give into=DIR") from None
