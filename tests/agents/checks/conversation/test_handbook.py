"""What capable writers say about the handbook of `grounded`: the exact checks let it pass, and find what was planted in it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.checks.check import Reading
from agents.checks.conversation.cited_numbers import numbers_cited
from agents.checks.conversation.sums import sums_hold
from agents.checks.passages import message_passage
from agents.checks.registry import draw_faults, run_checks
from scenarios.loading import Loaded, load
from scenarios.records import Candidate, Status
from tests.conversations import held, scene

TALKS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "handbook.yaml").read_text(encoding="utf-8"))
ASKED = "verifier"


@cache
def handbook() -> Loaded:
    return load("grounded")


def made(talk: dict[str, Any], lines: list[str]) -> Candidate:
    loaded = handbook()
    spoken = [("assistant" if place % 2 else "reader", text) for place, text in enumerate(lines)]
    found = held(loaded, scene({"reader": talk["facts"], "assistant": {}}, unsaid=list(talk["facts"])), *spoken)
    kind = loaded.scenario.axes["kind"].attributes(talk["kind"], 0)
    update = {
        "passages": tuple(talk["passages"]),
        "attributes": {**found.brief.attributes, "kind": kind},
        "messages": (2, 10),
    }
    return found.model_copy(update={"brief": found.brief.model_copy(update=update)})


def faults(talk: dict[str, Any], lines: list[str]) -> list[str]:
    """The checks that would refuse the last line as a draw."""
    candidate, last = made(talk, lines), len(lines) - 1
    passage = message_passage(handbook(), candidate, last)
    return [one.check for one in draw_faults(handbook(), candidate, last, [passage])]


def failed(talk: dict[str, Any], lines: list[str]) -> list[str]:
    """The checks that a whole conversation fails."""
    return [one.check for one in run_checks(handbook(), made(talk, lines)) if one.status is Status.FAIL]


@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk["kind"])
def test_a_sound_conversation_passes(talk: dict[str, Any]) -> None:
    for place in range(len(talk["lines"])):
        assert faults(talk, talk["lines"][: place + 1]) == []
    assert failed(talk, talk["lines"]) == []


@pytest.mark.parametrize(
    ("talk", "one"), [pytest.param(talk, one, id=one["what"]) for talk in TALKS for one in talk.get("wrong", ())]
)
def test_a_planted_fault_is_found_by_what_can_find_it(talk: dict[str, Any], one: dict[str, Any]) -> None:
    lines = [*talk["lines"][: one["at"]], one["line"]]
    found = failed(talk, lines) if one.get("whole") else faults(talk, lines)
    assert found == ([] if one["by"] == ASKED else one["by"].split())


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("3 late days × 3 euros = 9 euros.", ""),
        ("20 euros + 3 × 29 euros = 107 euros; 46 euros - 30 percent = 32.20 euros.", ""),
        ("1.5 hours × 7 euros an hour = 10.50 euros, together 10.50 + 12 = 22.50 euros.", ""),
        ("2 × 1.50 euros/day = 4 euros.", "2 * 1.50 = 4"),
        ("So 14 - 3 = 11 days, and 11 × 3 euros = 30 euros.", "11 * 3 = 30"),
    ],
)
def test_a_sum_is_reckoned_again(text: str, wrong: str) -> None:
    found = sums_hold(Reading(handbook(), made(TALKS[0], ["What does it cost?", text])))
    assert found.detail == (f"reckons {wrong}, which is not so" if wrong else "")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Half of the 3 hours, so 1.5 × 7 = 10.50 euros [machines-2][fees-1].", ""),
        ("Two tools, 4 late days: 2 × 4 × 3 = 24 euros [fees-2]. That is under 30 euros [fees-2].", ""),
        ("After 2 hours and 20 minutes it is charged for 2.5 hours [fees-1].", ""),
        ("For a Maker it is 12 euros, half of 24, and over by 17:00 [courses-1].", ""),
        ("A red machine costs 9.20 euros an hour [fees-1].", "9.20"),
        ("A red machine costs 12 euros an hour [fees-1].", "12"),
        ("At most 9 hours a day can be booked [machines-2].", "9"),
    ],
)
def test_a_number_stands_in_the_passage_that_is_cited_for_it(text: str, wrong: str) -> None:
    talk = TALKS[8]
    found = numbers_cited(Reading(handbook(), made(talk, ["I had it for 2 hours 20, on 4 days?", text]))).detail
    assert found.startswith(f"says '{wrong}', which stands in no passage") if wrong else not found
