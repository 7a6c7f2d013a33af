"""The evidence that models gave, read again. What a model said cannot be derived; what form it must have can."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agents.judgement import Standing, may_be_standing, scored
from scenarios.loading import Loaded
from scenarios.records import Evidence, Status

_SAID = "; it said: "
_LEAST, _MOST = 1, 5


def is_trusted(evidence: Evidence) -> bool:
    """Whether the judgement behind a model's evidence counted."""
    return evidence.status is not Status.UNVERIFIABLE


def malformed(loaded: Loaded, evidence: Evidence, scores: Mapping[str, float]) -> str:
    """The form that a model's evidence must have beside these scores, in words, where it has another; else nothing."""
    if evidence.version != 1:
        return "version 1"
    return _FORMS[evidence.check](loaded, evidence, scores)


def _critic(loaded: Loaded, evidence: Evidence, scores: Mapping[str, float]) -> str:
    return _unheard(evidence)


def _verifier(loaded: Loaded, evidence: Evidence, scores: Mapping[str, float]) -> str:
    match evidence.status:
        case Status.PASS:
            return "PASS without a detail" if evidence.detail else ""
        case Status.FAIL:
            named = evidence.detail.partition(": ")[0].split(", ")
            return (
                "" if set(named) <= set(loaded.scenario.questions) else "FAIL and the questions that it answers with no"
            )
        case _:
            return _unheard(evidence)


def _judge(loaded: Loaded, evidence: Evidence, scores: Mapping[str, float]) -> str:
    least = loaded.scenario.min_score
    match evidence.status:
        case Status.ERROR:
            required = loaded.scenario.roles["judge"].required
            return "no ERROR beside scores, nor of a judge that is required" if required or scores else ""
        case Status.UNVERIFIABLE if _SAID in evidence.detail:
            return "no scores beside an answer that cannot be read" if scores else _unheard(evidence)
        case Status.UNVERIFIABLE:
            return (
                "" if scores and may_be_standing(evidence.detail, trusted=False) else "why the judgement does not count"
            )
    if not scores:
        return "scores"
    reason = evidence.detail if evidence.status is Status.PASS else ""
    due = scored(Standing(True, reason), scores, least)
    if (due.status, due.detail) != (evidence.status, evidence.detail):
        return f"{due.status} {due.detail}".strip()
    known = evidence.status is Status.FAIL or may_be_standing(reason, trusted=True)
    return "" if known else "what is known of the judgement"


def _unheard(evidence: Evidence) -> str:
    """The form of words that do not count."""
    reason, said, words = evidence.detail.partition(_SAID)
    sound = evidence.status is Status.UNVERIFIABLE and said and words and may_be_standing(reason, trusted=False)
    return "" if sound else "UNVERIFIABLE, why the judgement does not count, and what it said"


_FORMS: dict[str, Callable[[Loaded, Evidence, Mapping[str, float]], str]] = {
    "critic": _critic,
    "verifier": _verifier,
    "judge": _judge,
}
OPINIONS = frozenset(_FORMS)
"""The names under which models give evidence."""


def scores_malformed(loaded: Loaded, scores: Mapping[str, float]) -> str:
    """As `malformed`, for the scores themselves: all of the rubric's criteria, or none where no answer could be read."""
    if scores and set(scores) != set(loaded.scenario.rubric):
        return f"the criteria {', '.join(loaded.scenario.rubric)}"
    if any(score != int(score) or not _LEAST <= score <= _MOST for score in scores.values()):
        return f"whole numbers from {_LEAST} to {_MOST}"
    return ""
