"""What a good model writes from notes: the exact checks let sound documents pass, and refuse the wrong ones that they can see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from agents.checks.extract.schemas import gold
from agents.checks.registry import run_checks
from scenarios.briefs import plan_brief
from scenarios.records import Candidate, Status
from tests.helpers import planned_form

EXTRACT = planned_form("extract")
WRITTEN: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parent / "written" / "extract.yaml").read_text(encoding="utf-8")
)
BRIEFS = {brief.cell["kind"]: brief for brief in (plan_brief(EXTRACT, 1, 0, n, n) for n in range(40))}


def found_in(one: dict[str, Any]) -> dict[str, str]:
    """What the exact checks find, if a verifier whose judgement counts is asked the rest."""
    brief = BRIEFS[one["kind"]].model_copy(update={"facts": one["facts"], "texts": {}, "demonstrations": ()})
    brief = brief.model_copy(update={"texts": {"values": orjson.dumps(gold(brief)).decode()}})
    found = run_checks(EXTRACT, Candidate(brief=brief, fields={"text": one["text"], "json": one["json"]}), judged=True)
    return {e.check: e.detail for e in found if e.status is Status.FAIL}


@pytest.mark.parametrize("one", WRITTEN["sound"], ids=lambda one: one["text"][:60])
def test_sound_documents_pass_what_is_exact(one: dict[str, Any]) -> None:
    assert found_in(one) == {}


@pytest.mark.parametrize("one", WRITTEN["wrong"], ids=lambda one: one["why"])
def test_wrong_documents_are_refused_or_left_to_the_verifier(one: dict[str, Any]) -> None:
    assert bool(found_in(one)) is (one.get("by") != "verifier")
