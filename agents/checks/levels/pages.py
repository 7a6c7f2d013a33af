"""The checks of how-to pages whose plan a model made: the plan's parts, and the list in the answer. What branches and caveats mean
is asked of the verifier."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, Field

from agents.checks.check import NOTHING, Check, Finding, Reading
from agents.checks.planned import PLAN, least, shaped
from agents.text.phrases import similarity
from agents.text.repetition import SIMILAR

_Item = Annotated[str, Field(min_length=4, max_length=500)]
_STEPS = (5, 9)
_STEP = re.compile(r"(?m)^\s{0,3}(\d{1,2})\. +\S")


class Branch(BaseModel):
    """What is done if something is so."""

    condition: _Item = Field(alias="if")
    then: _Item


class PagePlan(BaseModel):
    """What a model plans of a how-to page."""

    person: _Item
    job: _Item
    needs: list[Annotated[str, Field(min_length=2, max_length=200)]] = Field(min_length=1, max_length=12)
    steps: list[_Item] = Field(min_length=_STEPS[0], max_length=_STEPS[1])
    branches: list[Branch] = Field(max_length=6)
    caveats: list[_Item] = Field(min_length=2, max_length=5)
    done: _Item


def _planned(reading: Reading) -> Finding:
    """The plan has its parts, as many branches as the brief asks for, and says nothing twice."""
    plan, wrong = shaped(reading, PagePlan)
    if plan is None:
        return Finding(wrong)
    if len(plan.branches) < least(reading, "branches"):
        return Finding(f"has {len(plan.branches)} branches and not {least(reading, 'branches')}")
    for many in (plan.steps, [one.condition for one in plan.branches], plan.caveats):
        for place, one in enumerate(many):
            if any(similarity(one, other) >= SIMILAR for other in many[:place]):
                return Finding(f"says the same twice: {one!r}")
    return NOTHING


def _listed(reading: Reading) -> Finding:
    """The answer has one list, numbered from 1 without a gap, of five to nine steps."""
    numbers = [int(found) for found in _STEP.findall(reading.candidate.fields.get("answer", ""))]
    if numbers != list(range(1, len(numbers) + 1)):
        return Finding(f"numbers its steps {', '.join(map(str, numbers[:12]))}, not 1, 2, 3 and so on")
    if not _STEPS[0] <= len(numbers) <= _STEPS[1]:
        return Finding(f"has {len(numbers)} steps on lines of their own, not {_STEPS[0]} to {_STEPS[1]}")
    return NOTHING


PAGE_LEVEL: dict[str, Check] = {
    "page_planned": Check(_planned, fields=(PLAN,), texts=("branches",)),
    "steps_in_list": Check(_listed, fields=("answer",)),
}
"""The checks of scenarios with the fields plan, instruction and answer."""
