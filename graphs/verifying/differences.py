"""Where two JSON values differ, in words for people."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from scenarios.text import shortened

NOTHING = object()
"""Stands for a value that is not there."""
_WIDTH = 90


class Mismatch(Exception):
    """A field of a record that does not hold what it has to."""

    def __init__(self, field: str, expected: str, found: Any) -> None:
        super().__init__(f"{field}: expected {expected}, found {shown(found)}")
        self.field = field


def differences(expected: Any, found: Any, where: str = "", first: int = 0) -> Iterator[Mismatch]:
    """Where two JSON values differ, in the order of the expected one. A list's places are counted from `first`."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in dict.fromkeys([*expected, *found]):
            yield from differences(expected.get(key, NOTHING), found.get(key, NOTHING), f"{where}.{key}".lstrip("."))
    elif isinstance(expected, list) and isinstance(found, list):
        for place, pair in enumerate(itertools.zip_longest(expected, found, fillvalue=NOTHING), first):
            named = next((one["check"] for one in pair if isinstance(one, dict) and "check" in one), place)
            yield from differences(*pair, f"{where}[{named}]")
    elif expected != found or isinstance(expected, bool) is not isinstance(found, bool):
        start = _parting(expected, found)
        yield Mismatch(where, shown(expected, start), found if start == 0 else _From(found, start))


@dataclass(frozen=True)
class _From:
    """A long text of which the beginning is of no interest."""

    text: str
    start: int


def _parting(left: Any, right: Any) -> int:
    """Where two long texts begin to differ, a little before it; 0 for all that can be shown whole."""
    if not (isinstance(left, str) and isinstance(right, str)) or max(len(left), len(right)) <= _WIDTH:
        return 0
    same = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))
    return max(0, same - _WIDTH // 3)


def shown(value: Any, start: int = 0) -> str:
    """A JSON value in a few words; of a text the part from `start` on."""
    if value is NOTHING:
        return "nothing"
    if isinstance(value, _From):
        return shown(value.text, value.start)
    if isinstance(value, str) and start:
        value = f"…{value[start:]}"
    text = orjson.dumps(value, default=str).decode()
    return shortened(text, _WIDTH)


def names_twice(raw: bytes) -> str:
    """A name that some JSON object holds twice: readers disagree on which of its values counts. Else nothing."""
    twice: list[str] = []

    def met(pairs: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in pairs]
        twice.extend(name for place, name in enumerate(names) if name in names[:place])

    json.loads(raw, object_pairs_hook=met)
    return twice[0] if twice else ""
