"""Lines as capable models write them, in five languages: no guard refuses a sound one, and the right one a faulty one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.checks.guards import GUARDS, Passage, ruling
from agents.text.prose import tidied
from scenarios.records import Status

HERE = Path(__file__).parent


def _read(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
    return found


def sound() -> Iterator[Passage]:
    """The sound lines."""
    for part in _read("sound.yaml"):
        for text in part["texts"]:
            line = tidied(text, "Agent", part["language"])
            yield Passage(
                text=line, language=part["language"], given=part["given"], labels=("Agent", "Customer"), min_words=1
            )


def faulty() -> Iterator[tuple[str, Passage]]:
    """The faulty lines, each with its guard."""
    for part in _read("faulty.yaml"):
        rest = {key: value if isinstance(value, str) else tuple(value) for key, value in part.items() if key != "cases"}
        for case in part["cases"]:
            yield case["guard"], Passage(text=case["text"], min_words=1, **rest)


@pytest.mark.parametrize("passage", list(sound()), ids=lambda passage: passage.text[:40])
def test_a_sound_line_is_refused_by_no_guard(passage: Passage) -> None:
    assert {name: found.fault for name in GUARDS if (found := ruling(name, passage)).fault} == {}


@pytest.mark.parametrize(("guard", "passage"), list(faulty()), ids=lambda value: getattr(value, "text", value)[:40])
def test_a_faulty_line_is_refused_by_its_guard(guard: str, passage: Passage) -> None:
    assert ruling(guard, passage).status is Status.FAIL


def test_there_are_enough_of_them() -> None:
    count: dict[str, int] = {}
    for passage in sound():
        count[passage.language] = count.get(passage.language, 0) + 1
    assert count["English"] >= 60
    assert min(count.values()) >= 25
    assert len(list(faulty())) >= 60
