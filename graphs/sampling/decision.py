"""The decision on a candidate before novelty is asked: pure."""

from __future__ import annotations

from enum import StrEnum

from scenarios.frozen import Frozen
from scenarios.records import Candidate, Evidence, Status, Verdict
from scenarios.schema.scenario import Scenario


class CurationReason(StrEnum):
    """Why curation refuses what its checks let pass: the reasons of such records."""

    BENCHMARK = "benchmark"
    SEED_COPY = "seed_copy"
    NOVELTY = "novelty"
    OVERLAP = "overlap"
    QUOTA = "quota"
    PARENT = "parent"
    """In a dataset that was checked anew: what it evolved is not accepted any more."""


CURATE = "curate"
"""The stage at which it does."""


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


def refused_at_curation(verdict: Verdict, stage: str, reason: str) -> bool:
    """Whether a record was refused for what was accepted before it, and not for what it is."""
    return verdict is Verdict.REJECTED and stage == CURATE and reason in set(CurationReason)


def _by(evidence: Evidence, verdict: Verdict, stage: str, reason: str = "") -> Decision:
    return Decision(verdict=verdict, stage=stage, reason=reason or evidence.check, detail=evidence.detail)
