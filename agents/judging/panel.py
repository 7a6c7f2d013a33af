"""A panel of judges: what its members say decides nothing by itself; what they come to, criterion by criterion, does. Pure.

Of each member the evidence keeps what its word is worth and what it said, so that the panel's can be derived again from them
and the scores. A member whose judgement does not count, or whose answer cannot be read, has no vote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from agents.judging.judge import low_scores
from agents.judging.opinion import SAID, evidence_of
from agents.judging.scoring import how_of, may_be_scored, without_how
from agents.judging.standing import may_be_standing, worth_of
from scenarios.records import Evidence, Status
from scenarios.schema.plans import Scoring
from scenarios.schema.roles import member_name
from scenarios.schema.scenario import Scenario
from scenarios.schema.topology import Combine

PASSES = "passes"
_UNREAD = "nothing that can be read ("
_NOBODY = "no member's judgement counts"


@dataclass(frozen=True)
class Vote:
    """What a member of a panel said, and what its word is worth."""

    scores: Mapping[str, float] = field(default_factory=dict)
    """By criterion; none if its answer could not be read."""
    trusted: bool = True
    worth: float | None = None
    """How much better than chance it was found to judge, 0 … 1; None if it was not measured."""

    @property
    def counts(self) -> bool:
        """Whether it has a vote."""
        return self.trusted and bool(self.scores)


def combined(panel: str, rule: Combine, votes: Sequence[Vote], scenario: Scenario) -> Evidence:
    """The evidence of a panel: a FAIL that names each criterion that the members do not let pass."""
    counted = [vote for vote in votes if vote.counts]
    if not counted:
        return evidence_of(panel, Status.UNVERIFIABLE, _NOBODY)
    weights = _weights(rule, counted)
    failed = [
        words
        for name in scenario.rubric
        if (words := _failed(rule, name, [vote.scores[name] for vote in counted], weights, scenario.least_of(name)))
    ]
    if failed:
        return evidence_of(panel, Status.FAIL, ", ".join(failed))
    return evidence_of(panel, Status.PASS, f"{rule} of {len(counted)}")


def _weights(rule: Combine, votes: Sequence[Vote]) -> list[float]:
    """What each vote weighs: the same, or if the rule says so what it is known to be worth. Beside measured members one that
    was not measured weighs as much as the least of them."""
    measured = [vote.worth for vote in votes if vote.worth is not None]
    if rule is not Combine.WEIGHTED or not measured:
        return [1.0] * len(votes)
    return [min(measured) if vote.worth is None else vote.worth for vote in votes]


def _failed(rule: Combine, name: str, scores: Sequence[float], weights: Sequence[float], least: float) -> str:
    """What is wrong with a criterion, in words; empty if it passes. A tie does not pass."""
    if rule is Combine.MEDIAN:
        middle = median(scores)
        return f"{name} median {middle:g} is under {least:g}" if middle < least else ""
    whole = round(sum(weights), 2)
    passing = round(sum(weight for score, weight in zip(scores, weights, strict=True) if score >= least), 2)
    if passing == whole or (rule is not Combine.UNANIMITY and 2 * passing > whole):
        return ""
    return f"{name} passes with {passing:g} of {whole:g}"


def member_evidence(
    panel: str, role: str, reason: str, scores: Mapping[str, float], scenario: Scenario, how: str = ""
) -> Evidence:
    """What a member of a panel said, which decides nothing by itself. `reason` is what its word is worth, in words, and `how` how
    its scores came about."""
    said = low_scores(scores, scenario) or PASSES
    return evidence_of(member_name(panel, role), Status.UNVERIFIABLE, f"{reason}{SAID}{said}{how}")


def unread_member(panel: str, role: str, reason: str, why: str) -> Evidence:
    """A member of a panel whose answer cannot be read."""
    return evidence_of(member_name(panel, role), Status.UNVERIFIABLE, f"{reason}{SAID}{_UNREAD}{why})")


def vote_of(evidence: Evidence, scores: Mapping[str, float]) -> Vote:
    """A member's vote, as its evidence and its scores by criterion tell it."""
    reason = evidence.detail.partition(SAID)[0]
    return Vote(scores, may_be_standing(reason, trusted=True), worth_of(reason))


def member_malformed(
    panel: str,
    role: str,
    evidence: Evidence,
    scores: Mapping[str, float],
    scenario: Scenario,
    scoring: Scoring = Scoring.MODE,
) -> str:
    """The form that a member's evidence must have beside its scores, in words, if it has another; else nothing."""
    reason = evidence.detail.partition(SAID)[0]
    known = any(may_be_standing(reason, trusted) for trusted in (True, False))
    if scores:
        due = member_evidence(panel, role, reason, scores, scenario, how_of(evidence.detail))
        sound = may_be_scored(evidence.detail, scoring)
        return (
            ""
            if known and sound and due == evidence
            else f"what its judgement is worth, and '{due.detail.partition(SAID)[2]}'"
        )
    unread = unread_member(panel, role, reason, "")
    sound = evidence.detail.startswith(unread.detail.removesuffix(")")) and evidence.detail.endswith(")")
    same = (evidence.check, evidence.version, evidence.status) == (unread.check, unread.version, unread.status)
    return "" if known and sound and same else "what its judgement is worth, and that its answer cannot be read"


def objects(evidence: Evidence) -> bool:
    """Whether a member whose evidence this is would have rejected the sample."""
    said = without_how(evidence.detail.partition(SAID)[2])
    return said != PASSES and not said.startswith(_UNREAD)
