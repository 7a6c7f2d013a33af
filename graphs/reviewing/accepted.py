"""The samples that people may review: the lines of a run's dataset, with the digest of each content."""

from __future__ import annotations

from pathlib import Path

import orjson

from graphs.files.rundir import DATASET
from graphs.reviewing.verdicts import content_digest
from scenarios.errors import RunDirError


def accepted_samples(out: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    """The whole lines of dataset.jsonl by id, and the digests of their contents by id. Raises RunDirError."""
    path = out / DATASET
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
    """What changes whenever dataset.jsonl does. Raises RunDirError."""
    try:
        stat = (out / DATASET).stat()
    except OSError as error:
        raise RunDirError(_unreadable(out / DATASET, error)) from None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def _unreadable(path: Path, error: OSError) -> str:
    return f"{path}: cannot be read ({error.strerror}); give out= the directory of a run that has accepted samples"
