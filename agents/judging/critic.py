"""The critic: it names concrete problems, which a refine step answers."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from agents.cast import Cast, call_of
from agents.judging.opinion import Judging, Opinion, unheard, unheard_form
from agents.judging.standing import Standing
from agents.models.structured import ask_structured
from scenarios.loading import Loaded
from scenarios.records import Candidate, Evidence, Problem, Usage
from scenarios.schema.plans import AnswerKind


class _NamedProblem(BaseModel):
    model_config = ConfigDict(extra="ignore")
    turn: int | None = None
    problem: str = Field(max_length=400)


class Critique(BaseModel):
    """A critic's answer."""

    problems: list[_NamedProblem] = Field(max_length=3)


async def _ask(cast: Cast, candidate: Candidate, role: str, step: str) -> Opinion:
    """The problems that the critic names, or all that it says as one if it answers in plain text."""
    plan = cast.loaded.scenario.roles[role]
    if plan.answer is AnswerKind.TEXT:
        answer = await cast.gateway.ask(call_of(cast, role, plan.prompt, candidate, step))
        text = answer.text.strip()
        return Opinion(answer.usage, text, problems=(Problem(problem=text),))
    problems, usage = await _named(cast, candidate, role, step)
    return Opinion(usage, "; ".join(one.problem for one in problems) or "no problems", problems=problems)


async def _named(cast: Cast, candidate: Candidate, role: str, step: str) -> tuple[tuple[Problem, ...], Usage]:
    call = call_of(cast, role, cast.loaded.scenario.roles[role].prompt, candidate, step)
    answer, usage = await ask_structured(cast.gateway, call, Critique)
    return tuple(Problem(problem=p.problem, turn=p.turn) for p in answer.problems if p.problem.strip()), usage


async def _rate(cast: Cast, candidate: Candidate, role: str, step: str) -> float:
    """The fewer problems, the better. A critic that answers in plain text is asked to name them, too."""
    return -float(len((await _named(cast, candidate, role, step))[0]))


def _evidence(loaded: Loaded, role: str, known: Standing, opinion: Opinion) -> Evidence | None:
    """Its words if they cause no revision."""
    return None if known.trusted else unheard(role, known, opinion.said)


def _form(loaded: Loaded, evidence: Evidence, scores: Mapping[str, float]) -> str:
    return unheard_form(evidence)


CRITIC = Judging(_ask, _rate, _evidence, _form, silent=True)
