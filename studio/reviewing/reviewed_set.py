"""The accepted samples of a run as reviews need them: each with the digest of its content, read again once the file changed."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphs.files.rundir import DATASET
from graphs.reviewing.verdicts import content_digest, set_digest
from scenarios.errors import RunDirError
from scenarios.reading.bounded import json_of, lines_of
from studio.runs.index import state_of

_DOUBT = {"FAIL": 3.0, "ERROR": 1.0, "UNVERIFIABLE": 0.5}


@dataclass(frozen=True, slots=True)
class ReviewedSet:
    """What there is to review."""

    contents: dict[str, str] = field(default_factory=dict)
    """The content's digest of each sample by its id."""
    doubts: dict[str, tuple[float, str]] = field(default_factory=dict)
    """How doubtful a sample is, and why, in words."""
    digest: str = ""
    conversation: bool = True


class SetReader:
    """Keeps the sets of run directories."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[Path, tuple[object, ReviewedSet]] = {}

    def of(self, out: Path) -> ReviewedSet:
        """The set as it is now. Raises RunDirError."""
        with self._lock:
            state = state_of(out / DATASET)
            if out not in self._known or self._known[out][0] != state:
                self._known[out] = (state, _read(out / DATASET))
            return self._known[out][1]


def _read(path: Path) -> ReviewedSet:
    contents, doubts, conversation = dict[str, str](), dict[str, tuple[float, str]](), True
    try:
        for number, raw in enumerate(lines_of(path), start=1):
            line = json_of(raw)
            if not isinstance(line, dict) or not isinstance(line.get("id"), str):
                raise RunDirError(f"{path}: line {number}: is no sample")
            contents[line["id"]] = content_digest(line)
            doubts[line["id"]] = _doubt(line)
            conversation = "messages" in line
    except FileNotFoundError:
        return ReviewedSet()
    except (OSError, ValueError, TypeError) as error:
        raise RunDirError(f"{path}: cannot be read ({error})") from None
    return ReviewedSet(contents, doubts, set_digest(contents), conversation)


def _doubt(line: dict[str, Any]) -> tuple[float, str]:
    found, why = 0.0, list[str]()
    for one in line.get("evidence") or ():
        if (weight := _DOUBT.get(one.get("status"), 0.0)) > 0:
            found += weight
            why.append(f"{one.get('check')} {one.get('status')}")
    scores = [value for value in (line.get("scores") or {}).values() if isinstance(value, int | float)]
    if scores:
        found += (5 - min(scores)) / 4
        if min(scores) < 4:
            why.append(f"lowest score {min(scores):g}")
    return found, "; ".join(why[:4])
