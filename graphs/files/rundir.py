"""The run directory: made, recognised, continued. Bad input leaves it as it was."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import orjson
import yaml
from pydantic import RootModel

from graphs.files.agreement import Bound, check_agreement
from graphs.files.inside import check_inside
from memory.journal.journal import Journal
from memory.journal.recovery import create, exists
from memory.lock import Owned, own
from memory.vectors.embedding import NAME
from scenarios.errors import DatasetError, RunDirError
from scenarios.reading.yaml_text import read_yaml

JOURNAL = "run.sqlite"
SETTINGS = "run.yaml"
DATASET = "dataset.jsonl"
REJECTED = "rejected.jsonl"
PAIRS = "preferences.jsonl"
EDITED = "edited.jsonl"
"""What samples were before people edited them."""
FORK = "fork.json"
"""In a directory of branches: what they stem from. There is no campaign that could go on."""
_LOCK = ".owner.lock"
_FIRST = {SETTINGS, f".{JOURNAL}.partial", f".{SETTINGS}.partial", _LOCK}
"""What a run's directory holds before there is a journal."""


_RUN = re.compile(r"[0-9A-Za-z-]{1,40}")
"""A run's id."""
_BINDING, _SOURCES = "binding", "sources"
"""The notes of the journal that hold what decides the run's outcome, and the digests of the scenario's files."""


class _Noted(RootModel[dict[str, Any]]):
    """A note that a continued run has to agree with."""


_UNNOTED = {"embedding": NAME}
"""What runs of earlier versions did not note, since there was no choice."""
_RENAMED = {"refuse": "forbidden"}
"""Groups of settings that runs of version 0.1.0 know under an earlier name."""


def is_run(out: Path) -> bool:
    """True if `out` holds a run, even one that was killed before its journal was there."""
    if not (out / SETTINGS).is_file():
        return False
    return exists(out / JOURNAL) or {path.name for path in out.iterdir()} <= _FIRST


def dataset_in(given: Path, key: str) -> Path:
    """The JSONL file that a path given as `key=` stands for: a run's dataset, or a file. Raises DatasetError and RunDirError."""
    if not given.is_dir():
        if not given.exists():
            raise DatasetError(f"{key}={given}: is not there; give a run directory or a JSONL file")
        return given
    check_inside(given)
    if not is_run(given):
        raise RunDirError(f"{key}={given}: holds no run; give the directory of one, or a JSONL file")
    if not (given / DATASET).is_file():
        raise RunDirError(f"{key}={given}: has no {DATASET} yet; python -m graphs.run out={given} continues the run")
    return given / DATASET


def check_no_fork(out: Path, what: str) -> None:
    """Raise RunDirError if `out` holds branches of another run's sample; `what` is what cannot be done with them."""
    if (out / FORK).is_file():
        raise RunDirError(
            f"out={out}: holds branches of a sample, and {what}; python -m graphs.fork makes more, beside the run they stem from"
        )


def stored_settings(out: Path) -> dict[str, Any]:
    """The resolved settings of the run in `out`. Raises RunDirError."""
    check_inside(out)
    stored = read_yaml(out / SETTINGS, RunDirError)
    if not isinstance(stored, dict):
        raise RunDirError(f"{out / SETTINGS}: is not a mapping of settings; restore it, or give another out=")
    return _of_today(stored)


def _of_today(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings, nested or with dotted keys, under the names that they have today."""
    names = {key: key.partition(".") for key in settings}
    return {f"{_RENAMED.get(group, group)}{dot}{rest}": settings[key] for key, (group, dot, rest) in names.items()}


def check_usable(out: Path) -> None:
    """Raise RunDirError unless `out` is a run, or can be made, or is empty and can be written."""
    if out.exists() and not out.is_dir():
        raise RunDirError(f"out={out}: is a file; give a directory")
    if out.is_dir() and not is_run(out) and any(out.iterdir()):
        raise RunDirError(f"out={out}: is not empty and holds no run; give an empty or a new directory")
    existing = next(path for path in [out, *out.absolute().parents] if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise RunDirError(f"out={out}: {existing} cannot be written; give another directory")


@contextlib.contextmanager
def owning(out: Path) -> Iterator[None]:
    """Own the run directory while the block goes on; it is made if it is not there. Two sessions at once would pay twice.

    Raises RunDirError if another session owns it, or it cannot be made.
    """
    with run_dir_faults(out):
        out.mkdir(parents=True, exist_ok=True)
        try:
            lock = own(out / _LOCK)
        except Owned as owner:
            raise RunDirError(
                f"out={out}: is in use by process {owner}; wait for its end, or give another out="
            ) from None
    try:
        yield
    finally:
        (out / _LOCK).unlink(missing_ok=True)
        lock.close()


def open_run(out: Path, settings: dict[str, Any], bound: Bound, say: Callable[[str], None]) -> tuple[Journal, str]:
    """The journal of a new or a continued run, and the run's id. `say` hears what was done to a damaged journal.

    Raises RunDirError if a setting that decides the outcome differs from the run's own, naming the key, and if
    the directory cannot be used.
    """
    path = out / JOURNAL
    if not exists(path):
        with run_dir_faults(out):
            out.mkdir(parents=True, exist_ok=True)
            write_text(out / SETTINGS, _dump(settings))
            notes = {"run": uuid.uuid4().hex[:12], _BINDING: orjson.dumps(bound.values).decode()}
            create(path, {**notes, _SOURCES: orjson.dumps(bound.sources).decode()})
    journal = Journal(path)
    if journal.notice:
        say(f"colloquia: {journal.notice}")
    try:
        unnoted = {key: value for key, value in _UNNOTED.items() if key in bound.values}
        before, sources = {**unnoted, **_of_today(_noted(journal, _BINDING))}, _noted(journal, _SOURCES)
        check_agreement(out, before, sources, bound)
        if not sources:
            journal.note(_SOURCES, orjson.dumps(bound.sources).decode())
        with run_dir_faults(out):
            write_text(out / SETTINGS, _dump(settings))
        journal.start()
        run = journal.meta("run") or ""
        if not _RUN.fullmatch(run):
            raise RunDirError(
                f"{path}: does not say which run it is of; put a copy back, or start anew with another out="
            )
    except BaseException:
        journal.close()
        raise
    return journal, run


def _noted(journal: Journal, name: str) -> dict[str, Any]:
    """A note of the journal. Raises RunDirError."""
    return journal.parsed(_Noted, (journal.meta(name) or "{}").encode("utf-8", "replace")).root


@contextlib.contextmanager
def run_dir_faults(out: Path) -> Iterator[None]:
    """Turn what the disk does not let happen inside into one line that says what to do. Raises RunDirError."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise RunDirError(
            f"out={out}: cannot be written ({reason}); what the journal holds is kept. Free space, or remove what else "
            f"is in the way, then continue with: python -m graphs.run out={out}"
        ) from None


def _dump(settings: dict[str, Any]) -> str:
    return yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)


def write_text(path: Path, text: str) -> None:
    """Write a file in one step: it is whole, or as it was."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file in one step: it is whole, or as it was."""
    with writing(path) as file:
        file.write(data)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """A file to fill. It takes the place of `path` once it is whole and on the disk; else that stays as it was."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
