"""JSON, a value a line or one in a file: a key is given once, and what no file can be written with is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scenarios.errors import ScenarioError, UserError
from scenarios.reading.files import lines_of, read_text, unwritable
from scenarios.reading.yaml_text import Plain

_MOST_DEPTH = 60
_MOST_DIGITS = 1000
_ESCAPED = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")


def read_rows(
    path: Path, wrong: type[UserError] = ScenarioError, *, spelled: bool = False
) -> Iterator[tuple[int, Any]]:
    """The values of a JSONL file with the numbers of their lines, from 1; blank lines are passed over.

    With `spelled` a number stays as it is spelled. Raises `wrong`, naming file and line.
    """
    for number, line in lines_of(read_text(path, wrong)):
        try:
            yield number, parse_json(line, spelled=spelled)
        except ValueError as error:
            raise wrong(f"{path}: line {number}: broken JSON: {error}") from None


def parse_json(text: str, *, spelled: bool = False) -> Any:
    """What JSON holds. Raises ValueError in words: also for a key that is given twice, NaN, half a character, depth."""
    keep = Plain if spelled else None
    try:
        found = json.loads(
            text, object_pairs_hook=_once, parse_constant=_refused, parse_int=keep or _whole, parse_float=keep
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} at character {error.pos + 1}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if max(text.count("["), text.count("{")) > _MOST_DEPTH and _depth(found) > _MOST_DEPTH:
        raise ValueError(f"nested too deeply; at most {_MOST_DEPTH} levels are possible")
    if _ESCAPED.search(text) and (why := unwritable(json.dumps(found, ensure_ascii=False).replace("\\u0000", "\0"))):
        raise ValueError(why)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key '{twice[:60]}' is given twice")
    return found


def _whole(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _refused(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _depth(value: Any) -> int:
    """How deep a value is nested, level by level."""
    depth, level = 0, [value]
    while level := [
        inner
        for one in level
        if isinstance(one, dict | list)
        for inner in (one.values() if isinstance(one, dict) else one)
    ]:
        depth += 1
    return depth + 1
