"""The arm that an experiment adds by itself: the cheapest way, made as often for each brief as the dearest arm's tokens allow."""

from __future__ import annotations

from collections.abc import Sequence

from graphs.experimenting.arms import Arm
from graphs.experimenting.file import EQUAL_TOKENS, ArmPlan, Design
from graphs.settings.layers import over
from graphs.settings.schema import Switch

_MOST = 16
"""Candidates of a brief."""
_TOPOLOGY = "best_of"


def plan_of(design: Design, arms: Sequence[tuple[Arm, float]]) -> ArmPlan | None:
    """The plan of the arm, from the arms, each with the tokens that it took for a brief. None if it is declined, or if the dearest arm takes less
    than one and a half times the tokens of the cheapest: then it would be the cheapest one again."""
    if design.file.equal_tokens is Switch.OFF or not all(tokens for _, tokens in arms):
        return None
    cheapest, least = min(arms, key=lambda pair: pair[1])
    draws = min(_MOST, round(max(tokens for _, tokens in arms) / least))
    if draws < 2:
        return None
    settings = over(cheapest.plan.settings, {"topology": _TOPOLOGY, "draws": draws})
    return ArmPlan(name=EQUAL_TOKENS, settings=settings, added=True)
