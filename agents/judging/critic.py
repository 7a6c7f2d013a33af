"""The critic: it names concrete problems, which a refine step answers."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from agents.cast import Cast, call_of
from agents.judging.opinion import SAID, Judging, Opinion, evidence_of, unheard, unheard_form
from agents.judging.standing import Standing
from agents.models.structured import ask_structured
from scenarios.loading import Loaded
from scenarios.records import Candidate, Evidence, Problem, Status, Usage
from scenarios.schema.plans import AnswerKind

_NONE = "no problems"
_ADVICE = "advice, which decides nothing"


class _NamedProblem(BaseModel):
    model_config = ConfigDict(extra="ignore")
    turn: int | None = None
    field: str | None = None
    problem: str = Field(max_length=400)


class Critique(BaseModel):
    """A critic's answer."""

    problems: list[_NamedProblem] = Field(max_length=6)


async def _ask(cast: Cast, candidate: Candidate, role: str, step: str) -> Opinion:
    """The problems that the critic names, or all that it says as one if it answers in plain text: that is advice, which no
    sample can be without."""
    plan = cast.loaded.scenario.roles[role]
    if plan.answer is AnswerKind.TEXT:
        answer = await cast.gateway.ask(call_of(cast, role, plan.prompt, candidate, step))
        text = answer.text.strip()
        return Opinion(answer.usage, text, problems=(Problem(problem=text),), advice=True)
    problems, usage = await _named(cast, candidate, role, step)
    return Opinion(usage, "; ".join(one.problem for one in problems) or _NONE, problems=problems)


async def _named(cast: Cast, candidate: Candidate, role: str, step: str) -> tuple[tuple[Problem, ...], Usage]:
    call = call_of(cast, role, cast.loaded.scenario.roles[role].prompt, candidate, step)
    answer, usage = await ask_structured(cast.gateway, call, Critique)
    fields = [plan.name for plan in cast.loaded.scenario.fields]
    named = (one for one in answer.problems if one.problem.strip())
    return tuple(Problem(problem=one.problem, turn=_place(one, fields)) for one in named), usage


def _place(one: _NamedProblem, fields: list[str]) -> int | None:
    """Where the problem is: the line's number, or that of the field."""
    return fields.index(one.field) if one.field in fields else None if fields else one.turn


async def _rate(cast: Cast, candidate: Candidate, role: str, step: str) -> float:
    """The fewer problems, the better. A critic that answers in plain text is asked to name them, too."""
    return -float(len((await _named(cast, candidate, role, step))[0]))


def _evidence(loaded: Loaded, role: str, known: Standing, opinion: Opinion) -> Evidence:
    """What it last said of the sample: problems that no revision solved reject it. Advice decides nothing."""
    if not known.trusted:
        return unheard(role, known, opinion.said)
    if opinion.advice:
        return evidence_of(role, Status.UNVERIFIABLE, f"{_ADVICE}{SAID}{opinion.said}")
    if opinion.problems:
        turn = next((one.turn for one in opinion.problems if one.turn is not None and one.turn >= 0), None)
        return evidence_of(role, Status.FAIL, opinion.said, turn)
    return evidence_of(role, Status.PASS, opinion.said)


def _form(loaded: Loaded, evidence: Evidence, scores: Mapping[str, float]) -> str:
    if loaded.scenario.roles[evidence.check].answer is AnswerKind.TEXT and evidence.detail.startswith(_ADVICE + SAID):
        return "" if evidence.status is Status.UNVERIFIABLE else "UNVERIFIABLE, since its words are advice"
    match evidence.status:
        case Status.PASS:
            return "" if evidence.detail == _NONE else f"PASS and '{_NONE}'"
        case Status.FAIL:
            return "" if evidence.detail else "FAIL and the problems"
        case _:
            return unheard_form(evidence)


CRITIC = Judging(_ask, _rate, _evidence, _form)
