"""Datasets made up for comparisons, and judges whose preference is known."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.endpoint import Asked


def talk(number: int, answer: str, **line: Any) -> dict[str, Any]:
    """A conversation of two turns about a brief."""
    said = [("user", f"where is parcel {number}"), ("assistant", answer)]
    return {
        "id": f"s{number}",
        "messages": [{"role": role, "content": content} for role, content in said],
        "brief": {"id": f"b{number}", "seed": 3, "cell": {"topic": f"t{number % 3}"}},
        **line,
    }


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    """A JSONL file."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def two(home: Path, count: int = 12) -> tuple[Path, Path]:
    """A good dataset and a bad one, over the same briefs."""
    good = [talk(number, f"GOOD parcel {number} comes tomorrow{' at noon' * (number % 3)}.") for number in range(count)]
    bad = [talk(number, f"BAD parcel {number} is unknown{' to me' * (number % 4)}.") for number in range(count)]
    return write(home / "good.jsonl", good), write(home / "bad.jsonl", bad)


def sides(asked: Asked) -> tuple[str, str]:
    """What the judge was shown as A and as B."""
    one, other = (part.split("--- End")[0] for part in asked.prompt.split("--- Sample ")[1:3])
    return one, other


def by(worth: Callable[[str], float]) -> Callable[[Asked], str]:
    """A judge who prefers what is worth more, and gives the place that it saw it at."""

    def judge(asked: Asked) -> str:
        one, other = map(worth, sides(asked))
        return json.dumps({"reasons": "as it seems", "better": "same" if one == other else "A" if one > other else "B"})

    return judge


def likes_good(text: str) -> float:
    """Of a judge who sees what is good."""
    return float("GOOD" in text)


def first(asked: Asked) -> str:
    """A judge who prefers what is shown first."""
    return '{"reasons": "it came first", "better": "A"}'


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a JSONL file."""
    yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())
