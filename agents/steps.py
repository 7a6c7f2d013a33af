"""The steps of a sample: each takes a candidate and gives the next one. A function of brief, settings and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.cast import Cast, call_of
from agents.checks.guards import first_fault
from agents.checks.passages import field_passage, unfenced
from agents.checks.registry import early_checks, early_fault, guard_names, run_checks, version_of
from agents.dialogue.planned import hold_dialogue
from agents.dialogue.repair import taken_up
from agents.dialogue.stage import Talk
from agents.dialogue.world import hold_in_world
from agents.judging.roles import hear
from agents.sandbox.sandbox import run
from scenarios.loading import Loaded
from scenarios.records import Candidate, Draft, Evidence, Problem, Status, add_usage
from scenarios.schema.plans import FieldKind, FieldPlan
from scenarios.schema.roles import REFINER, Duty
from scenarios.schema.scenario import Family
from scenarios.schema.topology import NodeKind

_SHOWN = 200
"""Characters of a program's result that a prompt shows."""


async def generate(cast: Cast, candidate: Candidate, duty: Duty) -> Candidate:
    """The first version: a dialogue held by its speakers, or the fields of a task."""
    if cast.loaded.scenario.family is Family.WORLD:
        return await _talk(cast, candidate, "generate", None, {})
    if cast.loaded.scenario.family is Family.DIALOGUE:
        held = await hold_dialogue(cast.gateway, cast.loaded, cast.models, candidate.brief, step="generate")
        made = candidate.model_copy(update={"messages": held.messages, "usage": add_usage(candidate.usage, held.usage)})
        return _give_up(made, held.given_up, held.detail)
    return await _draw_fields(cast, candidate, "generator", "generate")


async def critique(cast: Cast, candidate: Candidate, duty: Duty) -> Candidate:
    """Name concrete problems: those that checks find, and those that the critic sees, if there is one. They come to what
    an earlier critic named of this version.

    A critic whose judgement is not informative is heard, and its words are kept as evidence, but they
    cause no revision.
    """
    found = [
        Problem(problem=e.detail, turn=e.turn, check=e.check)
        for e in run_checks(cast.loaded, candidate)
        if e.status is Status.FAIL
    ]
    news = [problem for problem in found if problem not in candidate.problems]
    checked = candidate.model_copy(update={"problems": (*candidate.problems, *news)})
    return await hear(cast, checked, duty, f"{duty.name}/{candidate.revisions}")


async def refine(cast: Cast, candidate: Candidate, duty: Duty) -> Candidate:
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
        return await _draw_fields(cast, kept, duty.role, f"refine/{number}", note=remarks, refiner=duty.role)
    if cast.loaded.scenario.family is Family.WORLD:
        return await _again(cast, kept, f"refine/{number}", candidate.problems)
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


async def verify(cast: Cast, candidate: Candidate, duty: Duty) -> Candidate:
    """Evidence: every pure check, and the answers of the verifying role that the duty names, if any."""
    found = run_checks(cast.loaded, candidate) if duty.checks else ()
    checked = candidate.model_copy(update={"evidence": (*candidate.evidence, *found)})
    return await hear(cast, checked, duty, duty.name)


async def judge(cast: Cast, candidate: Candidate, duty: Duty) -> Candidate:
    """Scores by criterion of the rubric."""
    return await hear(cast, candidate, duty, duty.name)


STEPS = {
    NodeKind.GENERATE: generate,
    NodeKind.CRITIQUE: critique,
    NodeKind.REFINE: refine,
    NodeKind.VERIFY: verify,
    NodeKind.JUDGE: judge,
}


async def _draw_fields(
    cast: Cast, candidate: Candidate, role: str, step: str, note: str = "", refiner: str = REFINER
) -> Candidate:
    """Draw every field in order, each until it passes its guards and the checks that are applied to it at once. `role`
    writes those that name no writer; the refiner, by its own prompt."""
    draft, fields, usage = candidate.fields, dict[str, str](), candidate.usage
    for plan in cast.loaded.scenario.fields:
        writer = role if plan.by == "generator" else plan.by
        prompt = cast.loaded.scenario.roles[refiner].prompt if writer == refiner else plan.prompt
        seen = fields if plan.sees is None else {name: fields[name] for name in plan.sees}
        values = {"fields": seen, "field": plan.name, "draft": draft, "note": note, "results": _results(cast, seen)}
        if writer != role:
            values |= {"draft": seen, "note": ""}
        fault: tuple[str, str] | None = None
        for draw in range(cast.loaded.scenario.redraws):
            call = call_of(cast, writer, prompt, candidate, f"{step}/{plan.name}", values, plan, draw)
            answer = await cast.gateway.ask(call)
            usage = add_usage(usage, {writer: answer.usage})
            text = answer.text.strip()
            text = unfenced(text) if plan.kind is FieldKind.EXACT else text
            fault = _fault(cast.loaded, candidate, plan, {**fields, plan.name: text})
            if fault is None:
                break
        fields = {**fields, plan.name: text}
        if fault is not None:
            made = candidate.model_copy(update={"fields": fields, "usage": usage})
            return _give_up(made, fault[0], f"{plan.name}: {fault[1]}")
    return candidate.model_copy(update={"fields": fields, "usage": usage})


def _fault(loaded: Loaded, candidate: Candidate, plan: FieldPlan, fields: dict[str, str]) -> tuple[str, str] | None:
    """The first guard or check that the field fails that was just drawn, with what it found."""
    if guards := guard_names(loaded):
        passage = field_passage(loaded, candidate.brief, plan, fields[plan.name])
        if found := first_fault(passage, guards):
            return found
    if not early_checks(loaded, plan.name):
        return None
    return early_fault(loaded, candidate.model_copy(update={"fields": fields}), plan.name)


async def _again(cast: Cast, kept: Candidate, step: str, problems: Sequence[Problem]) -> Candidate:
    """A dialogue in a world, taken up again as late as its proven mistakes allow; whoever made them hears of all."""
    start, note = taken_up(cast.loaded, kept, problems)
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


def _give_up(candidate: Candidate, guard: str, detail: str) -> Candidate:
    """Note the guard that no draw passed, as evidence against the candidate."""
    if not guard:
        return candidate
    failed = Evidence(check=guard, version=version_of(guard), status=Status.FAIL, detail=f"no draw passed: {detail}")
    return candidate.model_copy(update={"given_up": guard, "evidence": (*candidate.evidence, failed)})
