"""The judge: it scores the criteria of the rubric, each from 1 to 5. One that is under its least score rejects.

So does a mean of scores: 2.6 is under 3."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from pydantic import BaseModel, Field, create_model

from agents.cast import Cast, call_of
from agents.judging.opinion import SAID, Judging, Opinion, Rating, evidence_of, unheard_form
from agents.judging.scoring import (
    DRAWN,
    LEAST,
    MOST,
    TOP,
    by_answers,
    by_tokens,
    joined,
    may_be_scored,
    mean_of_answers,
    token_means,
    without_how,
)
from agents.judging.standing import Standing, may_be_standing
from agents.models.calls import Answer
from agents.models.structured import ask_with_answer
from agents.together import together
from scenarios.loading import Loaded
from scenarios.records import Candidate, Evidence, Status, Usage
from scenarios.schema.plans import Asking, Decoding, Scoring
from scenarios.schema.scenario import Scenario
from scenarios.seeds import seed_of


@cache
def scores_of(criteria: tuple[str, ...]) -> type[BaseModel]:
    """The shape of a judge's answer: a score of 1 to 5 by criterion."""
    fields: dict[str, Any] = {name: (int, Field(ge=LEAST, le=MOST)) for name in criteria}
    return create_model("Judgement", scores=(create_model("Scores", **fields), ...))


async def _ask(cast: Cast, candidate: Candidate, role: str, step: str) -> Opinion:
    """Its scores by criterion."""
    return await _in_order(cast, candidate, role, step, criteria_in_order(cast.loaded, candidate, role))


def criteria_in_order(loaded: Loaded, candidate: Candidate, role: str) -> tuple[str, ...]:
    """The criteria in the order in which the judge is asked about them in a candidate."""
    names = [*loaded.scenario.rubric]
    if loaded.scenario.roles[role].asking is Asking.PERMUTED:
        random.Random(seed_of(candidate.brief.seed, role, "criteria")).shuffle(names)
    return tuple(names)


async def _in_order(cast: Cast, candidate: Candidate, role: str, step: str, order: tuple[str, ...]) -> Opinion:
    """Its scores, asked in one call, or one call each. Raises as ask_structured."""
    if cast.loaded.scenario.roles[role].asking is not Asking.EACH:
        return await _scored_at_once(cast, candidate, role, step, order)
    found = [await _scored_at_once(cast, candidate, role, f"{step}/{name}", (name,)) for name in order]
    scores = {name: score for one in found for name, score in one.scores.items()}
    return Opinion(
        sum((one.usage for one in found), Usage()), scores=scores, how=joined(sorted({one.how for one in found}))
    )


async def _scored_at_once(cast: Cast, candidate: Candidate, role: str, step: str, order: tuple[str, ...]) -> Opinion:
    """The scores of one answer, of the odds of its tokens, or of several answers."""
    plan = cast.loaded.scenario.roles[role]
    if plan.scoring is Scoring.SAMPLES:
        return await _over_answers(cast, candidate, role, step, order)
    wanted = TOP if plan.scoring is Scoring.TOKEN_MEAN else 0
    scores, answer = await _answered(cast, candidate, role, step, order, {"top_logprobs": wanted} if wanted else {})
    if not wanted:
        return Opinion(answer.usage, scores=scores)
    if means := token_means(answer, order):
        return Opinion(answer.usage, scores={name: means.scores[name] for name in scores}, how=by_tokens(means.outside))
    instead = await _over_answers(cast, candidate, role, step, order, lacking=True)
    return replace(instead, usage=answer.usage + instead.usage)


async def _over_answers(
    cast: Cast, candidate: Candidate, role: str, step: str, order: tuple[str, ...], *, lacking: bool = False
) -> Opinion:
    """The means of several answers, each drawn with a seed of its own."""
    plan = cast.loaded.scenario.roles[role]
    style = cast.models[role].style
    own = plan.decoding.get(style, Decoding())
    decoding = own.model_copy(update={"temperature": max(own.temperature, DRAWN)})
    drawn = await together(
        _answered(cast, candidate, role, f"{step}/answer-{number}", order, {"decoding": decoding})
        for number in range(1, plan.samples + 1)
    )
    usage = sum((answer.usage for _, answer in drawn), Usage())
    return Opinion(
        usage, scores=mean_of_answers([scores for scores, _ in drawn]), how=by_answers(plan.samples, lacking)
    )


async def _answered(
    cast: Cast, candidate: Candidate, role: str, step: str, order: tuple[str, ...], changes: Mapping[str, Any]
) -> tuple[dict[str, float], Answer]:
    """The scores of one answer in the order of the rubric, and the answer. Raises as ask_structured."""
    plan, rubric = cast.loaded.scenario.roles[role], cast.loaded.scenario.rubric
    call = call_of(cast, role, plan.prompt, candidate, step, {"rubric": {name: rubric[name] for name in order}})
    call = call.model_copy(update=changes) if changes else call
    read, answer = await ask_with_answer(cast.gateway, call, scores_of(order), repair=plan.required)
    scores = read.model_dump()["scores"]
    return {name: float(scores[name]) for name in rubric if name in scores}, answer


async def _rate(cast: Cast, candidate: Candidate, role: str, step: str) -> Rating:
    return _rating(cast.loaded, await _ask(cast, candidate, role, step))


async def rate_reversed(cast: Cast, candidate: Candidate, role: str, step: str) -> Rating:
    """As it rates, but asked about the criteria from the last to the first. Raises as ask_structured."""
    order = criteria_in_order(cast.loaded, candidate, role)[::-1]
    return _rating(cast.loaded, await _in_order(cast, candidate, role, step, order))


def _rating(loaded: Loaded, opinion: Opinion) -> Rating:
    """The mean of the scores; it objects if one is under the least of its criterion."""
    low = any(score < loaded.scenario.least_of(name) for name, score in opinion.scores.items())
    return Rating(_mean(opinion.scores), low, opinion.usage, scores=opinion.scores, how=opinion.how)


def _evidence(loaded: Loaded, role: str, known: Standing, opinion: Opinion) -> Evidence:
    found = _scored(role, known, opinion.scores, loaded.scenario)
    return found.model_copy(update={"detail": f"{found.detail}{opinion.how}"}) if opinion.how else found


def _scored(role: str, known: Standing, scores: Mapping[str, float], scenario: Scenario) -> Evidence:
    """The evidence of a judge's scores: a FAIL if one is under the least of its criterion and the judgement counts."""
    low = low_scores(scores, scenario)
    if known.trusted and low:
        return evidence_of(role, Status.FAIL, low)
    return evidence_of(role, Status.PASS if known.trusted else Status.UNVERIFIABLE, known.reason)


def low_scores(scores: Mapping[str, float], scenario: Scenario) -> str:
    """The criteria with a score under their least, in words; empty if there is none."""
    return ", ".join(
        f"{name} {score:g} is under {scenario.least_of(name):g}"
        for name, score in scores.items()
        if score < scenario.least_of(name)
    )


def _mean(scores: Mapping[str, float]) -> float:
    return sum(scores.values()) / len(scores)


def _form(loaded: Loaded, evidence: Evidence, scores: Mapping[str, float]) -> str:
    match evidence.status:
        case Status.ERROR:
            required = loaded.scenario.roles[evidence.check].required
            return "no ERROR beside scores, nor of a judge that is required" if required or scores else ""
        case Status.UNVERIFIABLE if SAID in evidence.detail:
            return "no scores beside an answer that cannot be read" if scores else unheard_form(evidence)
    if not may_be_scored(evidence.detail, loaded.scenario.roles[evidence.check].scoring):
        return f"how its scores came about, with scoring={loaded.scenario.roles[evidence.check].scoring}"
    detail = without_how(evidence.detail)
    if evidence.status is Status.UNVERIFIABLE:
        return "" if scores and may_be_standing(detail, trusted=False) else "why the judgement does not count"
    if not scores:
        return "scores"
    reason = detail if evidence.status is Status.PASS else ""
    due = _scored(evidence.check, Standing(True, reason), scores, loaded.scenario)
    if (due.status, due.detail) != (evidence.status, detail):
        return f"{due.status} {due.detail}".strip()
    known = evidence.status is Status.FAIL or may_be_standing(reason, trusted=True)
    return "" if known else "what is known of the judgement"


JUDGE = Judging(_ask, _rate, _evidence, _form, lenient=True)
