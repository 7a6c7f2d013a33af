"""What `curate` doubts of samples, as far as they are what it saw: the rows of signals.jsonl beside a dataset."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import orjson
from pydantic import ConfigDict, ValidationError

from scenarios.errors import RunDirError
from scenarios.frozen import Frozen

SIGNALS = "signals.jsonl"


class DoubtedRow(Frozen):
    """What is read of a row; it may say more."""

    model_config = ConfigDict(extra="ignore")

    id: str
    content: str
    doubts: tuple[str, ...] = ()
    margin: float | None = None
    label: str | None = None
    student: str | None = None
    number: float | None = None
    predicted: float | None = None
    residual: float | None = None
    copy_of: str | None = None

    @property
    def doubt(self) -> float:
        """How much it is doubted: one for each reason, and more the further its label, or its number, is from what a student says."""
        return len(self.doubts) + max(0.0, -(self.margin or 0.0)) + abs(self.residual or 0.0)


def signals_state(out: Path) -> object:
    """What changes whenever signals.jsonl does; None if there is none."""
    try:
        stat = (out / SIGNALS).stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def doubts_by_signals(out: Path, contents: Mapping[str, str]) -> dict[str, tuple[float, str]]:
    """How much each sample is doubted, and why in words; none if nothing was computed. `contents` has the digest of each sample as
    it is now. Raises RunDirError for a line that is no row."""
    path = out / SIGNALS
    if not os.path.lexists(path):
        return {}
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise RunDirError(f"{path}: cannot be read ({error.strerror}); remove it to review without it") from None
    found: dict[str, tuple[float, str]] = {}
    for number, raw in enumerate(lines, start=1):
        try:
            row = DoubtedRow.model_validate(orjson.loads(raw))
        except (orjson.JSONDecodeError, ValidationError):
            raise RunDirError(
                f"{path}: line {number}: is no row of signals; python -m graphs.curate writes it anew"
            ) from None
        if row.doubts and contents.get(row.id) == row.content:
            found[row.id] = (row.doubt, _in_words(row))
    return found


def _in_words(row: DoubtedRow) -> str:
    told = f"curate doubts it: {', '.join(row.doubts)}"
    if row.student is not None and row.student != row.label:
        told += f" (a student says {row.student}" + ("" if row.label is None else f", not {row.label}") + ")"
    if row.number is not None and row.predicted is not None:
        told += f" (has {row.number:g}, a scorer expects {row.predicted:.2f})"
    return told + (f" (nearly repeats {row.copy_of})" if row.copy_of else "")
