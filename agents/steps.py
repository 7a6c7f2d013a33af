"""The steps of a sample: each takes a candidate and gives the next one. A function of brief, settings and answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from agents.checks import guard_names, run_checks
from agents.conversation import hold_dialogue
from agents.guards import first_fault
from agents.models.calls import Asker, Call, Model
from agents.models.gateway import Gateway
from agents.models.structured import ask_structured
from agents.passages import field_passage
from agents.views import prompt_messages, sample_view
from scenarios.briefs import must_groups, seed_of
from scenarios.errors import AnswerInvalid
from scenarios.loading import Loaded
from scenarios.records import Candidate, Draft, Evidence, Problem, Status, Usage, add_usage
from scenarios.schema import (
    AnswerKind,
    Calibration,
    Decoding,
    Family,
    FieldPlan,
    NodeKind,
    PerStyle,
    Role,
    Style,
)


@dataclass(frozen=True)
class Cast:
    """Who makes a sample: the scenario, the way to models, and the model of each role."""

    loaded: Loaded
    gateway: Gateway
    models: Mapping[str, Model]

    def trusts(self, role: str) -> bool:
        """False where the role's judgement is known, or must be presumed, to be no better than chance."""
        return standing(self.loaded, role, self.models[role]).trusted


@dataclass(frozen=True)
class Standing:
    """What is known of a model's judgement in a role."""

    trusted: bool
    reason: str
    measured: Calibration | None = None


def standing(loaded: Loaded, role: str, model: Model) -> Standing:
    """Whether a role's judgement counts with this model, and why."""
    rows = [row for row in loaded.scenario.calibration if row.model == model.name and row.role == role]
    if rows:
        row = rows[-1]
        figure = f"AUC {row.auc:.2f}, 95 % from {row.low:.2f}, over {row.samples} pairs"
        if row.informative:
            return Standing(True, f"measured: {figure}", row)
        return Standing(False, f"not informative with this model ({figure})", row)
    if model.style is Style.TRANSCRIPT:
        return Standing(False, "not measured with this base model, so presumed not informative")
    return Standing(True, "not measured with this model; see graphs.calibrate")


async def generate(cast: Cast, candidate: Candidate) -> Candidate:
    """The first version: a dialogue held by its speakers, or the fields of a task."""
    if cast.loaded.scenario.family is Family.DIALOGUE:
        held = await hold_dialogue(cast.gateway, cast.loaded, cast.models, candidate.brief, step="generate")
        made = candidate.model_copy(update={"messages": held.messages, "usage": add_usage(candidate.usage, held.usage)})
        return _give_up(made, held.given_up, held.detail)
    return await _draw_fields(cast, candidate, "generator", "generate")


async def critique(cast: Cast, candidate: Candidate) -> Candidate:
    """Name concrete problems: those that checks find, and those that the critic sees.

    A critic whose judgement is not informative is heard, and its words are kept as evidence, but they
    cause no revision.
    """
    role = cast.loaded.scenario.roles["critic"]
    found = [
        Problem(problem=e.detail, turn=e.turn) for e in run_checks(cast.loaded, candidate) if e.status is Status.FAIL
    ]
    if role.answer is AnswerKind.TEXT:
        text, usage = await _text(cast, "critic", role.prompt, candidate, f"critique/{candidate.revisions}", {})
        named: tuple[Problem, ...] = (Problem(problem=text),)
    else:
        call = _call(cast, "critic", role.prompt, candidate, f"critique/{candidate.revisions}", {})
        answer, usage = await ask_structured(cast.gateway, call, Critique)
        named = tuple(Problem(problem=p.problem, turn=p.turn) for p in answer.problems if p.problem.strip())
    after = candidate.model_copy(update={"usage": add_usage(candidate.usage, {"critic": usage})})
    if not cast.trusts("critic"):
        detail = "; ".join(p.problem for p in named) or "no problems"
        reason = standing(cast.loaded, "critic", cast.models["critic"]).reason
        note = Evidence(check="critic", version=1, status=Status.UNVERIFIABLE, detail=f"{reason}; it said: {detail}")
        after = after.model_copy(update={"evidence": (*after.evidence, note)})
        named = ()
    return after.model_copy(update={"problems": (*found, *named)})


async def refine(cast: Cast, candidate: Candidate) -> Candidate:
    """A new version that answers the named problems; the old one is kept as a draft."""
    number = candidate.revisions + 1
    draft = Draft(
        step=f"refine/{number}",
        messages=candidate.messages,
        fields=candidate.fields,
        problems=candidate.problems,
    )
    kept = candidate.model_copy(update={"drafts": (*candidate.drafts, draft), "revisions": number, "problems": ()})
    remarks = " ".join(problem.problem for problem in candidate.problems)
    if cast.loaded.scenario.family is Family.FIELDS:
        return await _draw_fields(cast, kept, "refiner", f"refine/{number}", note=remarks)
    turns = [p.turn for p in candidate.problems if p.turn is not None and 0 <= p.turn < len(candidate.messages)]
    start = min(turns, default=0)
    notes = {turn: " ".join(p.problem for p in candidate.problems if p.turn == turn) for turn in turns}
    if not turns:
        notes = dict.fromkeys(range(len(candidate.brief.turns)), remarks)
    held = await hold_dialogue(
        cast.gateway, cast.loaded, cast.models, candidate.brief,
        step=f"refine/{number}", opening=candidate.messages[:start], notes=notes,
    )  # fmt: skip
    made = kept.model_copy(update={"messages": held.messages, "usage": add_usage(kept.usage, held.usage)})
    return _give_up(made, held.given_up, held.detail)


async def verify(cast: Cast, candidate: Candidate) -> Candidate:
    """Evidence: every pure check, and the verifying model's answers where the scenario asks for them."""
    evidence = [*candidate.evidence, *run_checks(cast.loaded, candidate)]
    usage = candidate.usage
    if any(plan.name == "verifier" for plan in cast.loaded.scenario.checks):
        role = cast.loaded.scenario.roles["verifier"]
        call = _call(cast, "verifier", role.prompt, candidate, "verify", {})
        answer, spent = await ask_structured(cast.gateway, call, answers_to(tuple(cast.loaded.scenario.questions)))
        usage = add_usage(usage, {"verifier": spent})
        said = answer.model_dump()
        wrong = [name for name in cast.loaded.scenario.questions if not said[name]]
        known = standing(cast.loaded, "verifier", cast.models["verifier"])
        status = Status.FAIL if wrong else Status.PASS
        detail = f"{', '.join(wrong)}: {said['reason']}" if wrong else ""
        if not known.trusted:
            status, detail = Status.UNVERIFIABLE, f"{known.reason}; it said: {detail or 'all is right'}"
        evidence.append(Evidence(check="verifier", version=1, status=status, detail=detail))
    return candidate.model_copy(update={"evidence": tuple(evidence), "usage": usage})


async def judge(cast: Cast, candidate: Candidate) -> Candidate:
    """Scores by criterion of the rubric."""
    role = cast.loaded.scenario.roles["judge"]
    call = _call(cast, "judge", role.prompt, candidate, "judge", {})
    shape = scores_of(tuple(cast.loaded.scenario.rubric))
    try:
        answer, usage = await ask_structured(cast.gateway, call, shape, repair=role.required)
    except AnswerInvalid as error:
        if role.required:
            raise
        spent = Usage(calls=1) if error.usage is None else error.usage
        failed = Evidence(check="judge", version=1, status=Status.ERROR, detail=str(error))
        return candidate.model_copy(
            update={
                "evidence": (*candidate.evidence, failed),
                "usage": add_usage(candidate.usage, {"judge": spent}),
            }
        )
    scores = {name: float(score) for name, score in answer.model_dump()["scores"].items()}
    known = standing(cast.loaded, "judge", cast.models["judge"])
    evidence = Evidence(
        check="judge",
        version=1,
        detail=known.reason,
        status=Status.PASS if known.trusted else Status.UNVERIFIABLE,
    )
    least = cast.loaded.scenario.min_score
    if known.trusted and least is not None and (mean := sum(scores.values()) / len(scores)) < least:
        evidence = evidence.model_copy(
            update={"status": Status.FAIL, "detail": f"mean score {mean:.2f} is under {least:g}"}
        )
    return candidate.model_copy(
        update={
            "scores": scores,
            "evidence": (*candidate.evidence, evidence),
            "usage": add_usage(candidate.usage, {"judge": usage}),
        }
    )


STEPS = {
    NodeKind.GENERATE: generate,
    NodeKind.CRITIQUE: critique,
    NodeKind.REFINE: refine,
    NodeKind.VERIFY: verify,
    NodeKind.JUDGE: judge,
}


class _NamedProblem(BaseModel):
    model_config = ConfigDict(extra="ignore")
    turn: int | None = None
    problem: str = Field(max_length=400)


class Critique(BaseModel):
    """A critic's answer."""

    problems: list[_NamedProblem] = Field(max_length=3)


def answers_to(questions: tuple[str, ...]) -> type[BaseModel]:
    """The shape of a verifier's answer: a yes or no by question, and a reason."""
    fields: dict[str, Any] = dict.fromkeys(questions, (bool, ...))
    return create_model("Verification", **fields, reason=(str, Field(default="", max_length=200)))


def scores_of(criteria: tuple[str, ...]) -> type[BaseModel]:
    """The shape of a judge's answer: a score of 1 to 5 by criterion."""
    fields: dict[str, Any] = {name: (int, Field(ge=1, le=5)) for name in criteria}
    return create_model("Judgement", scores=(create_model("Scores", **fields), ...))


async def _draw_fields(cast: Cast, candidate: Candidate, role: str, step: str, note: str = "") -> Candidate:
    """Draw every field in order, each until it passes its guards."""
    draft, fields, usage = candidate.fields, dict[str, str](), candidate.usage
    names = guard_names(cast.loaded)
    for plan in cast.loaded.scenario.fields:
        prompt = cast.loaded.scenario.roles["refiner"].prompt if role == "refiner" else plan.prompt
        fault: tuple[str, str] | None = None
        for draw in range(cast.loaded.scenario.redraws):
            values = {"fields": fields, "field": plan.name, "draft": draft, "note": note}
            text, spent = await _text(
                cast, role, prompt, candidate, f"{step}/{plan.name}", values, plan=plan, attempt=draw
            )
            usage = add_usage(usage, {role: spent})
            fault = first_fault(field_passage(cast.loaded, candidate.brief, plan, text), names)
            if fault is None:
                break
        fields[plan.name] = text
        if fault is not None:
            made = candidate.model_copy(update={"fields": fields, "usage": usage})
            return _give_up(made, fault[0], f"{plan.name}: {fault[1]}")
    return candidate.model_copy(update={"fields": fields, "usage": usage})


def _give_up(candidate: Candidate, guard: str, detail: str) -> Candidate:
    """Note the guard that no draw passed, as evidence against the candidate."""
    if not guard:
        return candidate
    failed = Evidence(check=guard, version=1, status=Status.FAIL, detail=f"no draw passed: {detail}")
    return candidate.model_copy(update={"given_up": guard, "evidence": (*candidate.evidence, failed)})


async def _text(
    cast: Cast,
    role: str,
    prompt: PerStyle,
    candidate: Candidate,
    step: str,
    values: Mapping[str, Any],
    plan: FieldPlan | None = None,
    attempt: int = 0,
) -> tuple[str, Usage]:
    call = _call(cast, role, prompt, candidate, step, values, plan, attempt)
    answer = await cast.gateway.ask(call)
    return answer.text.strip(), answer.usage


def _call(
    cast: Cast,
    name: str,
    prompt: PerStyle,
    candidate: Candidate,
    step: str,
    values: Mapping[str, Any],
    plan: FieldPlan | None = None,
    attempt: int = 0,
) -> Call:
    role: Role = cast.loaded.scenario.roles[name]
    model = cast.models[name]
    decoding = (plan.decoding if plan else {}).get(model.style) or role.decoding.get(model.style, Decoding())
    if attempt:
        decoding = decoding.model_copy(update={"temperature": min(decoding.temperature + 0.05 * attempt, 1.2)})
    shown = role.model_copy(update={"prompt": prompt})
    return Call(
        role=name,
        asker=Asker(sample=candidate.brief.id, step=step, attempt=attempt),
        model=model,
        messages=prompt_messages(cast.loaded, shown, model.style, sample_view(cast.loaded, shown, candidate, **values)),
        decoding=decoding,
        seed=seed_of(candidate.brief.seed, step, attempt),
        expects=_expects(cast.loaded, candidate, plan),
    )


def _expects(loaded: Loaded, candidate: Candidate, plan: FieldPlan | None) -> tuple[str, ...]:
    """What the scripted model has to say in a field."""
    if plan is None:
        return ()
    brief = candidate.brief
    values = {**brief.attributes, **brief.texts, "facts": brief.facts}
    said = tuple(group[0] for group in must_groups(plan.must, values, plan.name))
    if plan.steps is None:
        return said
    ways = ("Take", "Put", "Then use", "Now check", "Clean", "Finish with", "Dry")
    things = [*said, "a soft cloth", "your left hand", "the small lid", "warm water", "every corner"]
    return tuple(f"{n}. {ways[n - 1]} {things[n - 1]} slowly." for n in range(1, max(plan.steps[0], len(said)) + 1))
