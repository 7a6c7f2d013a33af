"""The samples that people may review, with the digest of each content: the lines of a run's dataset, or what an experiment shows to
people."""

from __future__ import annotations

from pathlib import Path

import orjson

from graphs.files.rundir import DATASET
from graphs.reviewing.verdicts import content_digest
from scenarios.errors import RunDirError

TO_REVIEW = "to-review.jsonl"
"""In an experiment's directory: each sample that people are to look at, once."""


def accepted_samples(out: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    """The whole lines of the samples in `out` by id, and the digests of their contents by id. Raises RunDirError."""
    path = _samples_in(out)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise RunDirError(_unreadable(path, error)) from None
    lines: dict[str, bytes] = {}
    contents: dict[str, str] = {}
    for number, row in enumerate(raw.split(b"\n")[:-1], start=1):
        try:
            line = orjson.loads(row)
            id_ = line["id"]
        except (orjson.JSONDecodeError, TypeError, KeyError):
            id_ = None
        if not isinstance(id_, str) or not id_:
            raise RunDirError(f"{path}: line {number}: is no sample; python -m graphs.run out={out} writes it anew")
        lines[id_], contents[id_] = row, content_digest(line)
    return lines, contents


def accepted_state(out: Path) -> object:
    """What changes whenever the samples in `out` do. Raises RunDirError."""
    path = _samples_in(out)
    try:
        stat = path.stat()
    except OSError as error:
        raise RunDirError(_unreadable(path, error)) from None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def _samples_in(out: Path) -> Path:
    shown = out / TO_REVIEW
    return shown if shown.is_file() and not (out / DATASET).exists() else out / DATASET


def _unreadable(path: Path, error: OSError) -> str:
    return f"{path}: cannot be read ({error.strerror}); give out= the directory of a run that has accepted samples"
