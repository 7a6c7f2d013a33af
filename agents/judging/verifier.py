"""The verifier: it answers the scenario's questions with yes or no, and yes is right."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel, Field, create_model

from agents.cast import Cast, call_of
from agents.judging.opinion import Judging, Opinion, evidence_of, unheard, unheard_form
from agents.judging.standing import Standing
from agents.models.structured import ask_structured
from scenarios.loading import Loaded
from scenarios.records import Candidate, Evidence, Status, Usage


@cache
def answers_to(questions: tuple[str, ...]) -> type[BaseModel]:
    """The shape of a verifier's answer: a yes or no by question, and a reason."""
    fields: dict[str, Any] = dict.fromkeys(questions, (bool, ...))
    return create_model("Verification", **fields, reason=(str, Field(default="", max_length=200)))


async def _answers(cast: Cast, candidate: Candidate, role: str, step: str) -> tuple[dict[str, bool], str, Usage]:
    """Its answers by question, its reason, and what asking cost."""
    questions = tuple(cast.loaded.scenario.questions)
    call = call_of(cast, role, cast.loaded.scenario.roles[role].prompt, candidate, step)
    answer, usage = await ask_structured(cast.gateway, call, answers_to(questions))
    said = answer.model_dump()
    return {name: said[name] for name in questions}, said["reason"], usage


async def _ask(cast: Cast, candidate: Candidate, role: str, step: str) -> Opinion:
    """The questions that it answers with no, and why; no words if it finds everything right."""
    answers, reason, usage = await _answers(cast, candidate, role, step)
    wrong = [name for name, yes in answers.items() if not yes]
    return Opinion(usage, f"{', '.join(wrong)}: {reason}" if wrong else "")


async def _rate(cast: Cast, candidate: Candidate, role: str, step: str) -> float:
    return float(sum((await _answers(cast, candidate, role, step))[0].values()))


def _evidence(loaded: Loaded, role: str, known: Standing, opinion: Opinion) -> Evidence | None:
    if not known.trusted:
        return unheard(role, known, opinion.said or "all is right")
    return evidence_of(role, Status.FAIL if opinion.said else Status.PASS, opinion.said)


def _form(loaded: Loaded, evidence: Evidence, scores: Mapping[str, float]) -> str:
    match evidence.status:
        case Status.PASS:
            return "PASS without a detail" if evidence.detail else ""
        case Status.FAIL:
            named = evidence.detail.partition(": ")[0].split(", ")
            known = set(named) <= set(loaded.scenario.questions)
            return "" if known else "FAIL and the questions that it answers with no"
        case _:
            return unheard_form(evidence)


VERIFIER = Judging(_ask, _rate, _evidence, _form)
