"""Who makes a sample, and the judging roles: how they are asked, what they answer, and what their word is worth."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from agents.models.calls import Call, Model, ModelAccess, asker_of
from agents.models.scripted import expected
from agents.models.structured import ask_structured
from agents.views import sample_view
from scenarios.loading import Loaded
from scenarios.records import Candidate, Evidence, Problem, Status, Usage
from scenarios.schema.plans import Decoding, FieldPlan, Role
from scenarios.schema.styles import PerStyle, Style
from scenarios.seeds import seed_of


@dataclass(frozen=True)
class Cast:
    """Who makes a sample: the scenario, the way to models, and the model of each role."""

    loaded: Loaded
    gateway: ModelAccess
    models: Mapping[str, Model]


@dataclass(frozen=True)
class Standing:
    """What is known of a model's judgement in a role."""

    trusted: bool
    reason: str


def standing(loaded: Loaded, role: str, model: Model) -> Standing:
    """Whether a role's judgement counts with this model, and why."""
    rows = [row for row in loaded.scenario.calibration if row.model == model.name and row.role == role]
    if rows:
        row = rows[-1]
        figure = f"AUC {row.auc:.2f}, 95 % from {row.low:.2f}, over {row.samples} pairs"
        if row.informative:
            return Standing(True, f"measured: {figure}")
        return Standing(False, f"not informative with this model ({figure})")
    return _UNMEASURED[model.style]


def scored(known: Standing, scores: Mapping[str, float], least: float | None) -> Evidence:
    """The evidence of a judge's scores: a FAIL where their mean is under `least` and the judgement counts."""
    mean = sum(scores.values()) / len(scores)
    if known.trusted and least is not None and mean < least:
        return Evidence(
            check="judge", version=1, status=Status.FAIL, detail=f"mean score {mean:.2f} is under {least:g}"
        )
    status = Status.PASS if known.trusted else Status.UNVERIFIABLE
    return Evidence(check="judge", version=1, status=status, detail=known.reason)


_UNMEASURED = {
    Style.TRANSCRIPT: Standing(False, "not measured with this base model, so presumed not informative"),
    Style.CHAT: Standing(True, "not measured with this model; see graphs.calibrate"),
}
_FIGURE = r"AUC [01]\.\d\d, 95 % from [01]\.\d\d, over [1-9]\d* pairs"
_WORDED = {
    True: re.compile(rf"measured: {_FIGURE}|{re.escape(_UNMEASURED[Style.CHAT].reason)}"),
    False: re.compile(
        rf"not informative with this model \({_FIGURE}\)|{re.escape(_UNMEASURED[Style.TRANSCRIPT].reason)}"
    ),
}


def may_be_standing(reason: str, trusted: bool) -> bool:
    """Whether a standing can have these words. A model may have been measured again since, so figures are not compared."""
    return _WORDED[trusted].fullmatch(reason) is not None


async def ask_critic(cast: Cast, candidate: Candidate, step: str) -> tuple[tuple[Problem, ...], Usage]:
    """The problems that the critic names, and what asking cost. Raises as ask_structured."""
    call = call_of(cast, "critic", cast.loaded.scenario.roles["critic"].prompt, candidate, step)
    answer, usage = await ask_structured(cast.gateway, call, Critique)
    return tuple(Problem(problem=p.problem, turn=p.turn) for p in answer.problems if p.problem.strip()), usage


async def ask_verifier(cast: Cast, candidate: Candidate, step: str) -> tuple[dict[str, bool], str, Usage]:
    """The verifier's answers by question, its reason, and what asking cost. Raises as ask_structured."""
    questions = tuple(cast.loaded.scenario.questions)
    call = call_of(cast, "verifier", cast.loaded.scenario.roles["verifier"].prompt, candidate, step)
    answer, usage = await ask_structured(cast.gateway, call, answers_to(questions))
    said = answer.model_dump()
    return {name: said[name] for name in questions}, said["reason"], usage


async def ask_judge(cast: Cast, candidate: Candidate, step: str) -> tuple[dict[str, float], Usage]:
    """The judge's scores by criterion, and what asking cost. Raises as ask_structured."""
    role = cast.loaded.scenario.roles["judge"]
    call = call_of(cast, "judge", role.prompt, candidate, step)
    shape = scores_of(tuple(cast.loaded.scenario.rubric))
    answer, usage = await ask_structured(cast.gateway, call, shape, repair=role.required)
    return {name: float(score) for name, score in answer.model_dump()["scores"].items()}, usage


async def rate(cast: Cast, role: str, candidate: Candidate, step: str) -> float:
    """How well a judging role thinks of a candidate, as one number; higher is better. Raises as ask_structured."""
    if role == "critic":
        return -float(len((await ask_critic(cast, candidate, step))[0]))
    if role == "verifier":
        return float(sum((await ask_verifier(cast, candidate, step))[0].values()))
    scores = (await ask_judge(cast, candidate, step))[0]
    return sum(scores.values()) / len(scores)


class _NamedProblem(BaseModel):
    model_config = ConfigDict(extra="ignore")
    turn: int | None = None
    problem: str = Field(max_length=400)


class Critique(BaseModel):
    """A critic's answer."""

    problems: list[_NamedProblem] = Field(max_length=3)


@cache
def answers_to(questions: tuple[str, ...]) -> type[BaseModel]:
    """The shape of a verifier's answer: a yes or no by question, and a reason."""
    fields: dict[str, Any] = dict.fromkeys(questions, (bool, ...))
    return create_model("Verification", **fields, reason=(str, Field(default="", max_length=200)))


@cache
def scores_of(criteria: tuple[str, ...]) -> type[BaseModel]:
    """The shape of a judge's answer: a score of 1 to 5 by criterion."""
    fields: dict[str, Any] = {name: (int, Field(ge=1, le=5)) for name in criteria}
    return create_model("Judgement", scores=(create_model("Scores", **fields), ...))


def call_of(
    cast: Cast,
    name: str,
    prompt: PerStyle,
    candidate: Candidate,
    step: str,
    values: Mapping[str, Any] | None = None,
    plan: FieldPlan | None = None,
    attempt: int = 0,
) -> Call:
    role: Role = cast.loaded.scenario.roles[name]
    model = cast.models[name]
    decoding = (plan.decoding if plan else {}).get(model.style) or role.decoding.get(model.style, Decoding())
    says = expected(cast.loaded, candidate, plan)
    return Call(
        role=name,
        asker=asker_of(candidate.brief, step, attempt),
        model=model,
        messages=cast.loaded.prompt(prompt, model.style).messages(
            sample_view(cast.loaded, role, candidate, **(values or {}))
        ),
        decoding=decoding.warmed(attempt),
        seed=seed_of(candidate.brief.seed, step, attempt),
        expects=says,
        verbatim="\n".join(says) if plan is not None and (plan.scripted or plan.steps) else "",
    )
