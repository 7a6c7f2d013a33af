"""The arm that an experiment adds by itself: the cheapest way, tried as often for each brief as the dearest arm's tokens allow, of
which a judge keeps the best."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from graphs.experimenting.file import EQUAL_TOKENS, ArmPlan
from graphs.settings.layers import over
from scenarios.records import Usage
from scenarios.schema.roles import RoleKind

_MOST = 16
"""Candidates of a brief."""
_TOPOLOGY = "best_of"


def plan_of(
    arms: Sequence[tuple[ArmPlan, Mapping[str, Usage]]], judging: Mapping[str, RoleKind], n: int
) -> ArmPlan | None:
    """The plan of the arm, from the arms and what each of them used by role for n briefs; `judging` are the roles that judge.

    Each candidate is made by the cheapest arm's writers and scored once, and the best one is verified once. None if the dearest
    arm's tokens do not pay for two.
    """
    cheapest, least = min(arms, key=lambda arm: _tokens(arm[1].values()))
    dearest = max(_tokens(used.values()) for _, used in arms) / n
    make = _tokens(used for role, used in least.items() if role not in judging) / n
    score, verify = (_of_a_call(arms, judging, kind) for kind in (RoleKind.JUDGE, RoleKind.VERIFIER))
    draws = (dearest - verify) / (make + score) if make else 0.0
    if draws < 2:
        return None
    settings = over(cheapest.settings, {"topology": _TOPOLOGY, "draws": min(_MOST, int(draws))})
    return ArmPlan(name=EQUAL_TOKENS, settings=settings, added=True)


def _of_a_call(
    arms: Sequence[tuple[ArmPlan, Mapping[str, Usage]]], judging: Mapping[str, RoleKind], kind: RoleKind
) -> float:
    """Tokens of one call of a role of a kind: the least that an arm took."""
    asked = (used[role] for _, used in arms for role in used if judging.get(role) is kind and used[role].calls)
    return min((_tokens([one]) / one.calls for one in asked), default=0.0)


def _tokens(used: Iterable[Usage]) -> float:
    return float(sum(one.tokens for one in used))
