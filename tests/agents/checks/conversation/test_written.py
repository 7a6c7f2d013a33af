"""What capable writers say in conversations of six languages: the exact checks let it pass, and find what was changed in it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml

from agents.checks.passages import message_passage
from agents.checks.registry import draw_faults
from agents.conversation.stage import with_cites
from scenarios.loading import Loaded
from scenarios.records import Candidate
from tests.conversations import conversation, held, scene

TALKS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "written.yaml").read_text(encoding="utf-8"))


@cache
def loaded(name: str) -> Loaded:
    talk = next(talk for talk in TALKS if talk["name"] == name)
    with TemporaryDirectory() as home:
        folder = Path(home)
        for file, text in talk.get("documents", {}).items():
            (folder / "help").mkdir(exist_ok=True)
            (folder / "help" / file).write_text(text, encoding="utf-8")
        given = {"documents": "help/"} if "documents" in talk else {}
        return conversation(folder, language=talk["language"], policy=talk.get("policy"), **given)


def made(talk: dict[str, Any], lines: list[tuple[str, str]]) -> Candidate:
    shop = loaded(talk["name"])
    found = held(shop, scene(talk["facts"]), *lines)
    passages = tuple(one.id for one in shop.passages)
    return found.model_copy(
        update={"brief": found.brief.model_copy(update={"language": talk["language"], "passages": passages})}
    )


def spoken(talk: dict[str, Any]) -> list[tuple[str, str]]:
    return [("agent" if place % 2 else "customer", text) for place, text in enumerate(talk["lines"])]


def faults(talk: dict[str, Any], lines: list[tuple[str, str]]) -> list[str]:
    """What would refuse the last line as a draw."""
    shop, last = loaded(talk["name"]), len(lines) - 1
    candidate = made(talk, lines)
    candidate = candidate.model_copy(
        update={
            "messages": tuple(
                with_cites(shop, candidate.brief, candidate.messages[:place], message)
                for place, message in enumerate(candidate.messages)
            )
        }
    )
    passage = message_passage(shop, candidate, last)
    return [f"{one.check}: {one.detail}" for one in draw_faults(shop, candidate, last, [passage])]


def sound() -> list[Any]:
    return [
        pytest.param(talk, place, id=f"{talk['language']}: {text[:60]}")
        for talk in TALKS
        for place, (_, text) in enumerate(spoken(talk))
    ]


def wrong() -> list[Any]:
    return [pytest.param(talk, one, id=f"{one['kind']}: {one['line'][:60]}") for talk in TALKS for one in talk["wrong"]]


@pytest.mark.parametrize(("talk", "place"), sound())
def test_a_sound_message_is_not_refused(talk: dict[str, Any], place: int) -> None:
    assert faults(talk, spoken(talk)[: place + 1]) == []


@pytest.mark.parametrize(("talk", "one"), wrong())
def test_a_wrong_message_is_refused(talk: dict[str, Any], one: dict[str, Any]) -> None:
    found = faults(talk, [*spoken(talk)[: one["at"]], (one["who"], one["line"])])
    assert bool(found) == ("by" not in one), "what is left to a verifier says so"
