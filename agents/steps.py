"""The steps of a sample: each takes a candidate and gives the next one. A function of brief, settings and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from agents.cast import Cast
from agents.checks.registry import run_checks, suspects_of
from agents.choosing.drawing import draw_several
from agents.choosing.step import choose
from agents.conversation.making import converse, repair
from agents.dialogue.planned import Held, Revision, hold_dialogue
from agents.dialogue.repair import taken_up
from agents.dialogue.stage import Talk
from agents.dialogue.world import hold_in_world
from agents.fields import write_fields
from agents.judging.debate import argue, concluded
from agents.judging.lost import is_spared
from agents.judging.roles import critics_of, hear, heard_with
from agents.redraw import Remark, given_up, remark
from scenarios.loading import Loaded
from scenarios.records import Candidate, Draft, Evidence, Problem, Status, add_usage
from scenarios.schema.roles import Duty, required_checks
from scenarios.schema.scenario import Family
from scenarios.schema.topology import NodeKind


async def generate(cast: Cast, candidate: Candidate, duty: Duty, final: bool = False) -> Candidate:
    """The first version: a dialogue held by its speakers, or the fields of a task. If the duty wants several candidates, all of
    them, for a choose step."""
    if duty.draws == 1:
        return await _made(cast, candidate, NodeKind.GENERATE.value, {})
    blank = candidate.model_copy(update={"usage": {}, "evidence": ()})
    return await draw_several(cast.loaded, candidate, duty, partial(_made, cast, blank))


async def _made(cast: Cast, candidate: Candidate, step: str, opening: Mapping[str, str]) -> Candidate:
    """A first version, with the fields of an `opening` as they are; of a branch what it goes on from, and the rest of it."""
    begun = candidate.brief.opening
    if cast.loaded.scenario.family is Family.WORLD:
        before = Talk(messages=begun.messages, private_calls=begun.private_calls) if begun else None
        return await _talk(cast, candidate, step, before, {})
    if cast.loaded.scenario.family is Family.CONVERSATION:
        return await converse(cast, candidate, step)
    if cast.loaded.scenario.family is Family.DIALOGUE:
        former = Revision(begun.messages, {begun.turn: ""}) if begun else None
        return _held(candidate, await hold_dialogue(cast, candidate.brief, step=step, former=former))
    return await write_fields(cast, candidate, step, opening=opening)


async def critique(cast: Cast, candidate: Candidate, duty: Duty, final: bool = False) -> Candidate:
    """Name concrete problems: those that required checks find, and those that the critic sees, if there is one. They come to
    what an earlier critic named of this version.

    A critic whose judgement is not informative is heard, and its words are kept as evidence, but they
    cause no revision. Of the `final` version of a sample that is rejected already, it is not asked.
    """
    checked, evidence = _checked(cast, candidate)
    if is_spared(duty, (*candidate.evidence, *evidence), cast.loaded.scenario, final):
        return checked
    return _placed(cast.loaded, await hear(cast, checked, duty, f"{duty.name}/{candidate.revisions}"))


async def debate(cast: Cast, candidate: Candidate, duty: Duty, final: bool = False) -> Candidate:
    """As `critique`, but that several argue first, and a moderator concludes."""
    checked, evidence = _checked(cast, candidate)
    if is_spared(duty, (*candidate.evidence, *evidence), cast.loaded.scenario, final):
        return checked
    step = f"{duty.name}/{candidate.revisions}"
    argued = await argue(cast, checked, duty, step)
    heard, opinion = await heard_with(cast, argued, duty, step)
    return _placed(cast.loaded, concluded(heard, opinion.problems))


def _checked(cast: Cast, candidate: Candidate) -> tuple[Candidate, Sequence[Evidence]]:
    """The candidate with the problems that required checks find, and all that checks find."""
    may_reject = required_checks(cast.loaded.scenario)
    evidence = run_checks(cast.loaded, candidate, cast.judged)
    found = [
        Problem(problem=e.detail, turn=_place(cast.loaded, e), check=e.check)
        for e in evidence
        if e.status is Status.FAIL and e.check in may_reject
    ]
    known = {(problem.check, problem.problem) for problem in candidate.problems}
    news = [problem for problem in found if (problem.check, problem.problem) not in known]
    checked = candidate.model_copy(update={"problems": (*candidate.problems, *news)})
    return checked, evidence


def _place(loaded: Loaded, evidence: Evidence) -> int | None:
    """Where a check found its fault: a turn, or the field that it is about."""
    suspects = _suspects(loaded, evidence.check)
    return suspects[0] if evidence.turn is None and suspects else evidence.turn


def _suspects(loaded: Loaded, check: str) -> list[int]:
    names = [plan.name for plan in loaded.scenario.fields]
    return [names.index(name) for name in suspects_of(loaded, check)]


def _placed(loaded: Loaded, candidate: Candidate) -> Candidate:
    """The candidate with what checks found where it belongs: if a check cannot tell which of several fields is at fault, a critic
    who names one of them can."""
    blamed = [problem.turn for problem in candidate.problems if not problem.check]
    placed = list[Problem]()
    for problem in candidate.problems:
        suspects = _suspects(loaded, problem.check) if problem.check else []
        at = next((place for place in blamed if place in suspects), problem.turn) if len(suspects) > 1 else problem.turn
        placed.append(problem.model_copy(update={"turn": at}))
    return candidate.model_copy(update={"problems": tuple(placed)})


async def refine(cast: Cast, candidate: Candidate, duty: Duty, final: bool = False) -> Candidate:
    """A new version that answers the named problems; the old one is kept as a draft. What nobody found fault with stays."""
    number = candidate.revisions + 1
    step, problems = f"refine/{number}", candidate.problems
    draft = Draft(
        step=step,
        messages=candidate.messages,
        fields=candidate.fields,
        private_calls=candidate.private_calls,
        ending=candidate.ending,
        problems=problems,
    )
    heard = critics_of(cast.loaded)
    kept = candidate.model_copy(
        update={
            "drafts": (*candidate.drafts, draft),
            "revisions": number,
            "problems": (),
            # What critics said was of the version that goes.
            "evidence": tuple(one for one in candidate.evidence if one.check not in heard),
        }
    )
    if cast.loaded.scenario.family is Family.FIELDS:
        return await write_fields(cast, kept, step, duty.role, remarks_by_place(problems, len(candidate.fields)))
    if cast.loaded.scenario.family is Family.WORLD:
        return await _again(cast, kept, step, problems)
    if cast.loaded.scenario.family is Family.CONVERSATION:
        return await repair(cast, kept, step, problems)
    remarks = remarks_by_place(problems, len(candidate.messages))
    notes = {place: " ".join(one.text for one in said) for place, said in remarks.items()}
    former = Revision(candidate.messages, notes)
    return _held(kept, await hold_dialogue(cast, candidate.brief, step=step, former=former))


def remarks_by_place(problems: Sequence[Problem], places: int) -> dict[int, list[Remark]]:
    """The remarks on a version by the turn or field that they are about; one on no place is about every place."""
    found: dict[int, list[Remark]] = {}
    for problem in problems:
        at, said = problem.turn, Remark(remark(problem), bool(problem.check))
        for place in [at] if at is not None and 0 <= at < places else range(places):
            found.setdefault(place, []).append(said)
    return dict(sorted(found.items()))


async def verify(cast: Cast, candidate: Candidate, duty: Duty, final: bool = False) -> Candidate:
    """Evidence: every pure check, and the answers of the verifying role that the duty names, if any. Of the `final` version
    of a sample that is rejected already, it is not asked."""
    found = run_checks(cast.loaded, candidate, cast.judged) if duty.checks else ()
    checked = candidate.model_copy(update={"evidence": (*candidate.evidence, *found)})
    return await _heard(cast, checked, duty, final)


async def judge(cast: Cast, candidate: Candidate, duty: Duty, final: bool = False) -> Candidate:
    """Scores by criterion of the rubric; none of the `final` version of a sample that is rejected already."""
    return await _heard(cast, candidate, duty, final)


async def _heard(cast: Cast, candidate: Candidate, duty: Duty, final: bool) -> Candidate:
    """The candidate after the role of a duty was asked, if its answer can change anything."""
    if is_spared(duty, candidate.evidence, cast.loaded.scenario, final):
        return candidate
    return await hear(cast, candidate, duty, duty.name)


STEPS = {
    NodeKind.GENERATE: generate,
    NodeKind.CRITIQUE: critique,
    NodeKind.REFINE: refine,
    NodeKind.VERIFY: verify,
    NodeKind.JUDGE: judge,
    NodeKind.CHOOSE: choose,
    NodeKind.DEBATE: debate,
}


async def _again(cast: Cast, kept: Candidate, step: str, problems: Sequence[Problem]) -> Candidate:
    """A dialogue in a world, taken up again as late as its proven mistakes allow; whoever made them hears of all."""
    start, note = taken_up(cast.loaded, kept, problems)
    said = Talk(messages=kept.messages, private_calls=kept.private_calls, slips=kept.slips)
    return await _talk(cast, kept, step, said.cut(start), {start: note})


async def _talk(
    cast: Cast, candidate: Candidate, step: str, opening: Talk | None, notes: Mapping[int, str]
) -> Candidate:
    """Hold the dialogue of a world, or go on with one."""
    talk = await hold_in_world(cast, candidate.brief, step=step, opening=opening, notes=notes)
    made = candidate.model_copy(
        update={
            "messages": talk.messages,
            "private_calls": talk.private_calls,
            "ending": talk.ending,
            "slips": talk.slips,
            "usage": add_usage(candidate.usage, talk.usage),
        }
    )
    return given_up(made, talk.given_up, talk.detail)


def _held(candidate: Candidate, held: Held) -> Candidate:
    """The candidate with a dialogue as it was held."""
    made = candidate.model_copy(
        update={
            "messages": held.messages,
            "slips": (*candidate.slips, *held.slips),
            "usage": add_usage(candidate.usage, held.usage),
        }
    )
    return given_up(made, held.given_up, held.detail)
