"""The decision on a candidate before novelty is asked: pure."""

from __future__ import annotations

from enum import StrEnum

from scenarios.frozen import Frozen
from scenarios.records import Candidate, Evidence, Status, Verdict
from scenarios.schema.roles import JUDGING, RoleKind, deciding_names, rejecting_checks
from scenarios.schema.scenario import Scenario
from scenarios.schema.topology import CHOICE, NodeKind


class CurationReason(StrEnum):
    """Why curation refuses what its checks let pass: the reasons of such records."""

    BENCHMARK = "benchmark"
    SEED_COPY = "seed_copy"
    LOG_COPY = "log_copy"
    """It repeats a text of the logs that an axis is made of."""
    NOVELTY = "novelty"
    OVERLAP = "overlap"
    QUOTA = "quota"
    PARENT = "parent"
    """In a dataset that was checked anew: what it evolved is not accepted any more."""


CURATE = "curate"
"""The stage at which it does."""


PERSON = "person"
"""The stage and the reason of what a person rejected after it was accepted; the detail is why."""


class Decision(Frozen):
    """A verdict, and at which stage and for what reason it fell."""

    verdict: Verdict
    stage: str = ""
    reason: str = ""
    detail: str = ""


def decide(candidate: Candidate, scenario: Scenario) -> Decision:
    """Machinery that failed leaves a candidate undecided; a required check that failed rejects it.

    Proof outranks opinion: any judge's score can reject, and none rescues what a check rejected.
    """
    if candidate.failure:
        failure = candidate.failure
        return Decision(verdict=Verdict.UNDECIDED, stage=failure.stage, reason=failure.reason, detail=failure.detail)
    if candidate.given_up:
        detail = candidate.evidence[-1].detail if candidate.evidence else ""
        return Decision(verdict=Verdict.REJECTED, stage="generate", reason=candidate.given_up, detail=detail)
    required, roles = rejecting_checks(scenario), deciding_names(scenario)
    for status, verdict in ((Status.FAIL, Verdict.REJECTED), (Status.ERROR, Verdict.UNDECIDED)):
        for evidence in candidate.evidence:
            if evidence.check in required and evidence.status is status:
                return _by_check(evidence, verdict)
    for evidence in candidate.evidence:
        kind = roles.get(evidence.check)
        if kind and not JUDGING[kind].by_check and evidence.status is Status.FAIL:
            return _by_role(evidence, kind)
    return Decision(verdict=Verdict.ACCEPTED)


def rejected_at_curation(verdict: Verdict, stage: str, reason: str) -> bool:
    """Whether a record was refused for what was accepted before it, and not for what it is."""
    return verdict is Verdict.REJECTED and stage == CURATE and reason in set(CurationReason)


def rejected_by_person(verdict: Verdict, stage: str) -> bool:
    """Whether a person rejected a record that had been accepted."""
    return verdict is Verdict.REJECTED and stage == PERSON


def person_says(why: str) -> Decision:
    """The decision of a person who rejects an accepted sample."""
    return Decision(verdict=Verdict.REJECTED, stage=PERSON, reason=PERSON, detail=why)


def _by_check(evidence: Evidence, verdict: Verdict) -> Decision:
    stage = NodeKind.CHOOSE if evidence.check == CHOICE else NodeKind.VERIFY
    return Decision(verdict=verdict, stage=stage.value, reason=evidence.check, detail=evidence.detail)


def _by_role(evidence: Evidence, kind: RoleKind) -> Decision:
    """A rejection by a judging role; the detail names one that is not the default."""
    rule = JUDGING[kind]
    detail = evidence.detail if evidence.check == kind or not rule.reason else f"{evidence.check}: {evidence.detail}"
    reason = rule.reason or evidence.check
    return Decision(verdict=Verdict.REJECTED, stage=rule.step.value, reason=reason, detail=detail)
