"""pairs.jsonl: which samples of a directory are to be compared by people, in lines `{"pair": [ID, ID]}`; nothing says whose they are."""

from __future__ import annotations

from pathlib import Path

import orjson

from scenarios.errors import RunDirError
from scenarios.reading.bounded import read_bounded

PAIRS = "pairs.jsonl"
_LARGEST = 64 * 1024 * 1024


def read_pairs(out: Path) -> list[tuple[str, str]]:
    """The pairs of ids in the dataset of `out`. Raises RunDirError."""
    path = out / PAIRS
    try:
        lines = read_bounded(path, _LARGEST).splitlines()
    except FileNotFoundError:
        raise RunDirError(
            f"out={out}: has no pairs to compare; make them with python -m graphs.compare by=people"
        ) from None
    except OSError as error:
        raise RunDirError(f"{path}: cannot be read ({error.strerror})") from None
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            one, other = orjson.loads(line)["pair"]
        except (orjson.JSONDecodeError, TypeError, KeyError, ValueError):
            raise RunDirError(
                f"{path}: line {number}: is no pair; the same python -m graphs.compare writes it anew"
            ) from None
        found.append((str(one), str(other)))
    return found
