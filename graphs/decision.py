"""The decision on a candidate before novelty is asked: pure."""

from __future__ import annotations

from scenarios.frozen import Frozen
from scenarios.records import Candidate, Evidence, Novelty, Status, Verdict
from scenarios.schema import Scenario

TOO_NEAR = "novelty"
"""The reason of what is too near to an earlier sample."""


class Decision(Frozen):
    """A verdict, and at which stage and for what reason it fell."""

    verdict: Verdict
    stage: str = ""
    reason: str = ""
    detail: str = ""


def decide(candidate: Candidate, scenario: Scenario) -> Decision:
    """Machinery that failed leaves a candidate undecided; a required check that failed rejects it.

    Proof outranks opinion: a judge's score can reject, and never rescues what a check rejected.
    """
    if candidate.failure:
        failure = candidate.failure
        return Decision(verdict=Verdict.UNDECIDED, stage=failure.stage, reason=failure.reason, detail=failure.detail)
    if candidate.given_up:
        detail = candidate.evidence[-1].detail if candidate.evidence else ""
        return Decision(verdict=Verdict.REJECTED, stage="generate", reason=candidate.given_up, detail=detail)
    required = {plan.name for plan in scenario.checks if plan.required}
    for status, verdict in ((Status.FAIL, Verdict.REJECTED), (Status.ERROR, Verdict.UNDECIDED)):
        for evidence in candidate.evidence:
            if evidence.check in required and evidence.status is status:
                return _by(evidence, verdict, "verify")
    for evidence in candidate.evidence:
        if evidence.check == "judge" and evidence.status is Status.FAIL:
            return _by(evidence, Verdict.REJECTED, "judge", "low_score")
    return Decision(verdict=Verdict.ACCEPTED)


def too_near(novelty: Novelty, least: float) -> Decision:
    """The decision on a candidate that is nearer than `least` to what is remembered."""
    detail = f"distance {novelty.distance} to {novelty.nearest} is under {least:g}"
    return Decision(verdict=Verdict.REJECTED, stage="curate", reason=TOO_NEAR, detail=detail)


def _by(evidence: Evidence, verdict: Verdict, stage: str, reason: str = "") -> Decision:
    return Decision(verdict=verdict, stage=stage, reason=reason or evidence.check, detail=evidence.detail)
