"""The critic: it names concrete problems, which a refine step answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, create_model

from agents.cast import Cast, call_of
from agents.judging.debate import with_debate
from agents.judging.opinion import SAID, Judging, Opinion, Rating, evidence_of, unheard, unheard_form
from agents.judging.standing import Standing
from agents.models.calls import Call
from agents.models.structured import ask_structured
from scenarios.loading import Loaded
from scenarios.records import Candidate, Evidence, Problem, Status, Usage
from scenarios.schema.plans import AnswerKind
from scenarios.schema.roles import MOST_PROBLEMS

_NONE = "no problems"
_ADVICE = "advice, which decides nothing"


_LONGEST = 400
"""Characters of a problem."""


@cache
def critique_of(fields: tuple[str, ...]) -> type[BaseModel]:
    """The shape of a critic's answer: problems, each in the field that it names or, in a dialogue, in the line; null is the
    whole. A name that is no field's counts as null."""
    if fields:
        field = Annotated[str, WithJsonSchema({"type": "string", "enum": list(fields)})] | None
        where: dict[str, Any] = {"field": (field, None)}
    else:
        where = {"turn": (int | None, None)}
    problem = create_model(
        "NamedProblem", __config__=ConfigDict(extra="ignore"), **where, problem=(str, Field(max_length=_LONGEST))
    )
    return create_model("Critique", problems=(list[problem], Field(max_length=MOST_PROBLEMS)))


async def _ask(cast: Cast, candidate: Candidate, role: str, step: str) -> Opinion:
    """The problems that the critic names, or all that it says as one if it answers in plain text: that is advice, which no
    sample can be without."""
    plan = cast.loaded.scenario.roles[role]
    if plan.answer is AnswerKind.TEXT:
        answer = await cast.gateway.ask(_asked(cast, candidate, role, step))
        text = answer.text.strip()
        return Opinion(answer.usage, text, problems=(Problem(problem=text),), advice=True)
    problems, usage = await _named(cast, candidate, role, step)
    return Opinion(usage, words_of(problems), problems=problems)


def words_of(problems: Sequence[Problem]) -> str:
    """Problems as the evidence has them."""
    return "; ".join(one.problem for one in problems) or _NONE


def _asked(cast: Cast, candidate: Candidate, role: str, step: str) -> Call:
    """The question to the critic; behind it what was argued before, if it is a debate's moderator."""
    call = call_of(cast, role, cast.loaded.scenario.roles[role].prompt, candidate, step)
    return call.model_copy(update={"messages": with_debate(call.messages, role, candidate)})


async def _named(cast: Cast, candidate: Candidate, role: str, step: str) -> tuple[tuple[Problem, ...], Usage]:
    call = _asked(cast, candidate, role, step)
    fields = tuple(plan.name for plan in cast.loaded.scenario.fields)
    answer, usage = await ask_structured(cast.gateway, call, critique_of(fields))
    named = (one for one in answer.model_dump()["problems"] if one["problem"].strip())
    return tuple(Problem(problem=one["problem"], turn=_place(one, fields)) for one in named), usage


def _place(named: Mapping[str, Any], fields: tuple[str, ...]) -> int | None:
    """Where a problem is: the line's number, or that of the field."""
    if not fields:
        turn: int | None = named["turn"]
        return turn
    return fields.index(named["field"]) if named["field"] in fields else None


async def _rate(cast: Cast, candidate: Candidate, role: str, step: str) -> Rating:
    """The fewer problems, the better. A critic that answers in plain text is asked to name them, too."""
    problems, usage = await _named(cast, candidate, role, step)
    turns = tuple(one.turn for one in problems if one.turn is not None)
    return Rating(-float(len(problems)), bool(problems), usage, turns=turns, problems=problems)


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
