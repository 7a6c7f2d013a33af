"""The steps of a sample: each takes a candidate and gives the next one. A function of brief, settings and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agents.checks.guards import first_fault
from agents.checks.passages import field_passage, unfenced
from agents.checks.registry import early_fault, guard_names, run_checks, version_of
from agents.dialogue.planned import hold_dialogue
from agents.dialogue.stage import Talk
from agents.dialogue.world import hold_in_world
from agents.judgement import Cast, Standing, ask_critic, ask_judge, ask_verifier, call_of, scored, standing
from agents.sandbox.sandbox import run
from scenarios.errors import AnswerInvalid
from scenarios.messages import Speech
from scenarios.records import Candidate, Draft, Evidence, Problem, Status, Usage, add_usage
from scenarios.schema.plans import AnswerKind, FieldKind, FieldPlan
from scenarios.schema.scenario import Family, NodeKind
from scenarios.schema.styles import PerStyle

_SHOWN = 200
"""Characters of a program's result that a prompt shows."""


async def generate(cast: Cast, candidate: Candidate) -> Candidate:
    """The first version: a dialogue held by its speakers, or the fields of a task."""
    if cast.loaded.scenario.family is Family.WORLD:
        return await _talk(cast, candidate, "generate", None, {})
    if cast.loaded.scenario.family is Family.DIALOGUE:
        held = await hold_dialogue(cast.gateway, cast.loaded, cast.models, candidate.brief, step="generate")
        made = candidate.model_copy(update={"messages": held.messages, "usage": add_usage(candidate.usage, held.usage)})
        return _give_up(made, held.given_up, held.detail)
    return await _draw_fields(cast, candidate, "generator", "generate")


async def critique(cast: Cast, candidate: Candidate) -> Candidate:
    """Name concrete problems: those that checks find, and those that the critic sees, where there is one.

    A critic whose judgement is not informative is heard, and its words are kept as evidence, but they
    cause no revision.
    """
    found = [
        Problem(problem=e.detail, turn=e.turn, check=e.check)
        for e in run_checks(cast.loaded, candidate)
        if e.status is Status.FAIL
    ]
    if "critic" not in cast.loaded.scenario.roles:
        return candidate.model_copy(update={"problems": tuple(found)})
    known = standing(cast.loaded, "critic", cast.models["critic"])
    try:
        named, usage = await _criticism(cast, candidate, f"critique/{candidate.revisions}")
        said = "; ".join(p.problem for p in named) or "no problems"
    except AnswerInvalid as error:
        named, usage, said = (), *_broken(error, known.trusted)
    after = candidate.model_copy(update={"usage": add_usage(candidate.usage, {"critic": usage})})
    if not known.trusted:
        after = after.model_copy(update={"evidence": (*after.evidence, _unheard("critic", known, said))})
        named = ()
    return after.model_copy(update={"problems": (*found, *named)})


async def _criticism(cast: Cast, candidate: Candidate, step: str) -> tuple[tuple[Problem, ...], Usage]:
    """The problems that the critic names, or all that it says where it answers in plain text."""
    role = cast.loaded.scenario.roles["critic"]
    if role.answer is not AnswerKind.TEXT:
        return await ask_critic(cast, candidate, step)
    text, usage = await _text(cast, "critic", role.prompt, candidate, step, {})
    return (Problem(problem=text),), usage


async def refine(cast: Cast, candidate: Candidate) -> Candidate:
    """A new version that answers the named problems; the old one is kept as a draft."""
    number = candidate.revisions + 1
    draft = Draft(
        step=f"refine/{number}",
        messages=candidate.messages,
        fields=candidate.fields,
        private_calls=candidate.private_calls,
        ending=candidate.ending,
        problems=candidate.problems,
    )
    kept = candidate.model_copy(update={"drafts": (*candidate.drafts, draft), "revisions": number, "problems": ()})
    remarks = " ".join(problem.problem for problem in candidate.problems)
    if cast.loaded.scenario.family is Family.FIELDS:
        return await _draw_fields(cast, kept, "refiner", f"refine/{number}", note=remarks)
    turns = [p.turn for p in candidate.problems if p.turn is not None and 0 <= p.turn < len(candidate.messages)]
    start = min(turns, default=0)
    if cast.loaded.scenario.family is Family.WORLD:
        return await _again(cast, kept, f"refine/{number}", start, candidate.problems)
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
        known = standing(cast.loaded, "verifier", cast.models["verifier"])
        try:
            said, reason, spent = await ask_verifier(cast, candidate, "verify")
            wrong = [name for name, yes in said.items() if not yes]
            detail = f"{', '.join(wrong)}: {reason}" if wrong else ""
        except AnswerInvalid as error:
            wrong = []
            spent, detail = _broken(error, known.trusted)
        usage = add_usage(usage, {"verifier": spent})
        if known.trusted:
            status = Status.FAIL if wrong else Status.PASS
            evidence.append(Evidence(check="verifier", version=1, status=status, detail=detail))
        else:
            evidence.append(_unheard("verifier", known, detail or "all is right"))
    return candidate.model_copy(update={"evidence": tuple(evidence), "usage": usage})


async def judge(cast: Cast, candidate: Candidate) -> Candidate:
    """Scores by criterion of the rubric."""
    known = standing(cast.loaded, "judge", cast.models["judge"])
    scores: dict[str, float] = {}
    try:
        scores, usage = await ask_judge(cast, candidate, "judge")
        evidence = scored(known, scores, cast.loaded.scenario.min_score)
    except AnswerInvalid as error:
        usage, said = _broken(error, known.trusted and cast.loaded.scenario.roles["judge"].required)
        evidence = Evidence(check="judge", version=1, status=Status.ERROR, detail=str(error))
        if not known.trusted:
            evidence = _unheard("judge", known, said)
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


async def _draw_fields(cast: Cast, candidate: Candidate, role: str, step: str, note: str = "") -> Candidate:
    """Draw every field in order, each until it passes its guards and the checks that are applied to it at once."""
    draft, fields, usage = candidate.fields, dict[str, str](), candidate.usage
    names = guard_names(cast.loaded)
    for plan in cast.loaded.scenario.fields:
        writer = role if plan.by == "generator" else plan.by
        prompt = cast.loaded.scenario.roles["refiner"].prompt if writer == "refiner" else plan.prompt
        seen = fields if plan.sees is None else {name: fields[name] for name in plan.sees}
        values = {"fields": seen, "field": plan.name, "draft": draft, "note": note, "results": _results(cast, seen)}
        if writer != role:
            values |= {"draft": seen, "note": ""}
        fault: tuple[str, str] | None = None
        for draw in range(cast.loaded.scenario.redraws):
            text, spent = await _text(
                cast, writer, prompt, candidate, f"{step}/{plan.name}", values, plan=plan, attempt=draw
            )
            usage = add_usage(usage, {writer: spent})
            text = unfenced(text) if plan.kind is FieldKind.EXACT else text
            fault = first_fault(field_passage(cast.loaded, candidate.brief, plan, text), names) or early_fault(
                cast.loaded, candidate.model_copy(update={"fields": {**fields, plan.name: text}}), plan.name
            )
            if fault is None:
                break
        fields = {**fields, plan.name: text}
        if fault is not None:
            made = candidate.model_copy(update={"fields": fields, "usage": usage})
            return _give_up(made, fault[0], f"{plan.name}: {fault[1]}")
    return candidate.model_copy(update={"fields": fields, "usage": usage})


async def _again(cast: Cast, kept: Candidate, step: str, start: int, problems: Sequence[Problem]) -> Candidate:
    """A dialogue in a world, taken up again before the first proven mistake, which whoever made it is told."""
    while start and kept.messages[start].role is Speech.TOOL:
        start -= 1
    note = " ".join(problem.problem for problem in problems if problem.turn is None or problem.turn <= start + 1)
    said = Talk(messages=kept.messages, private_calls=kept.private_calls, slips=kept.slips)
    return await _talk(cast, kept, step, said.cut(start), {start: note})


async def _talk(
    cast: Cast, candidate: Candidate, step: str, opening: Talk | None, notes: Mapping[int, str]
) -> Candidate:
    """Hold the dialogue of a world, or go on with one."""
    talk = await hold_in_world(
        cast.gateway, cast.loaded, cast.models, candidate.brief, step=step, opening=opening, notes=notes
    )
    made = candidate.model_copy(
        update={
            "messages": talk.messages,
            "private_calls": talk.private_calls,
            "ending": talk.ending,
            "slips": talk.slips,
            "usage": add_usage(candidate.usage, talk.usage),
        }
    )
    return _give_up(made, talk.given_up, talk.detail)


def _results(cast: Cast, fields: Mapping[str, str]) -> dict[str, str]:
    """What the programs among `fields` come to, for those who write after them; empty where one does not."""
    plans = [plan for plan in cast.loaded.scenario.fields if plan.runs]
    outcomes = {plan.name: run(fields.get(plan.name, ""), plan.runs) for plan in plans}
    return {name: str(outcome.value)[:_SHOWN] if outcome.ok else "" for name, outcome in outcomes.items()}


def _unheard(role: str, known: Standing, said: str) -> Evidence:
    """What a role said whose judgement does not count with its model."""
    detail = f"{known.reason}; it said: {said}"
    return Evidence(check=role, version=1, status=Status.UNVERIFIABLE, detail=detail)


def _broken(error: AnswerInvalid, counts: bool) -> tuple[Usage, str]:
    """What a broken answer cost, and words for it. Raises the error where the answer would have counted."""
    if counts:
        raise error
    return Usage(calls=1) if error.usage is None else error.usage, f"nothing that can be read ({error})"


def _give_up(candidate: Candidate, guard: str, detail: str) -> Candidate:
    """Note the guard that no draw passed, as evidence against the candidate."""
    if not guard:
        return candidate
    failed = Evidence(check=guard, version=version_of(guard), status=Status.FAIL, detail=f"no draw passed: {detail}")
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
    call = call_of(cast, role, prompt, candidate, step, values, plan, attempt)
    answer = await cast.gateway.ask(call)
    return answer.text.strip(), answer.usage
