"""What a good model writes from notes on a sum: the exact checks let sound problems pass, and refuse the wrong ones that they can
see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.checks.registry import run_checks
from scenarios.briefs import plan_brief
from scenarios.records import Candidate, Status
from tests.helpers import planned_form

MATH = planned_form("math")
FIELDS = ("problem", "program", "answer", "solution")
WRITTEN: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parent / "written" / "math.yaml").read_text(encoding="utf-8")
)


def found_in(one: dict[str, Any]) -> dict[str, str]:
    """What the exact checks find, if a verifier whose judgement counts is asked the rest."""
    plan = plan_brief(MATH, 1, 0, 0, 0)
    facts, texts = {**plan.facts, **one["facts"]}, {**plan.texts, **one["texts"]}
    brief = plan.model_copy(update={"facts": facts, "texts": texts, "demonstrations": ()})
    made = Candidate(brief=brief, fields={name: one[name] for name in FIELDS})
    return {e.check: e.detail for e in run_checks(MATH, made, judged=True) if e.status is Status.FAIL}


@pytest.mark.parametrize("one", WRITTEN["sound"], ids=lambda one: one["problem"][:60])
def test_sound_problems_pass_what_is_exact(one: dict[str, Any]) -> None:
    assert found_in(one) == {}


@pytest.mark.parametrize("one", WRITTEN["wrong"], ids=lambda one: f"{one['why']}: {one['structure']}")
def test_wrong_problems_are_refused_or_left_to_the_verifier(one: dict[str, Any]) -> None:
    assert bool(found_in(one)) is (one.get("by") != "verifier")
