"""What a good model makes of an instruction: the exact checks let sound ones pass, and refuse the wrong ones that they can see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.checks.registry import run_checks
from scenarios.briefs import brief_of
from scenarios.loading import load
from scenarios.records import Candidate, Parent, Status

EVOLVE = load("evolve")
WRITTEN: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "written" / "evolve.yaml").read_text(encoding="utf-8")
)
SOUND = [(operation, pair) for operation, pairs in WRITTEN["sound"].items() for pair in pairs]


def pair_of(pair: str | dict[str, str]) -> tuple[str, str]:
    """Parent and child; YAML reads a pair with a colon as a mapping."""
    parent, child = pair.split(" => ") if isinstance(pair, str) else next(iter(pair.items()))
    return parent, child


def found_in(operation: str, pair: str) -> dict[str, str]:
    """What the exact checks find, if a verifier whose judgement counts is asked the rest."""
    parent, child = pair_of(pair)
    cell = {"seed": EVOLVE.scenario.axes["seed"].names[0], "operation": operation}
    brief = brief_of(EVOLVE, 7, cell, 0, 0, Parent(id="seed:x", depth=0, text=parent))
    found = run_checks(EVOLVE, Candidate(brief=brief, fields={"instruction": child}), judged=True)
    return {e.check: e.detail for e in found if e.status is Status.FAIL}


@pytest.mark.parametrize(("operation", "pair"), SOUND)
def test_sound_instructions_pass_what_is_exact(operation: str, pair: str) -> None:
    assert found_in(operation, pair) == {}


@pytest.mark.parametrize("one", WRITTEN["wrong"]["exact"], ids=lambda one: one["pair"])
def test_what_is_lost_or_added_is_refused(one: dict[str, str]) -> None:
    assert found_in(one["op"], one["pair"])


@pytest.mark.parametrize("one", WRITTEN["wrong"]["verifier"], ids=lambda one: one["pair"])
def test_what_only_a_reader_can_tell_is_left_to_the_verifier(one: dict[str, str]) -> None:
    assert found_in(one["op"], one["pair"]) == {}
