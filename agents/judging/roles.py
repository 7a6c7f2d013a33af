"""The table of judging roles, and all that is done by it: asked in a step, rated for calibration, read again in evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from agents.cast import Cast
from agents.judging.critic import CRITIC
from agents.judging.judge import JUDGE
from agents.judging.opinion import VERSION, Judging, Opinion, Rating, evidence_of, unheard
from agents.judging.panel import Vote, combined, member_evidence, unread_member, vote_of
from agents.judging.scoring import LEAST, MOST
from agents.judging.standing import Standing, standing
from agents.judging.verifier import VERIFIER
from scenarios.errors import AnswerInvalid, ScenarioError
from scenarios.loading import Loaded
from scenarios.records import Candidate, Evidence, Status, Usage, add_usage
from scenarios.schema.plans import USUAL_DRAWS, Asking, Scoring
from scenarios.schema.roles import JUDGING, Duty, RoleKind, judging_roles, panels

_UNASKED = "nothing, since it was not asked"
JUDGES: dict[RoleKind, Judging] = {
    RoleKind.CRITIC: CRITIC,
    RoleKind.VERIFIER: VERIFIER,
    RoleKind.JUDGE: JUDGE,
}
"""How each kind of judging role works."""


async def hear(cast: Cast, candidate: Candidate, duty: Duty, step: str) -> Candidate:
    """The candidate after the judging role of a duty was asked in `step`: with its evidence, problems, scores and usage, all
    under the role's name. A duty without such a role changes nothing.

    Raises as ask_structured if an answer that cannot be read would have counted.
    """
    if duty.kind is None:
        return candidate
    if duty.members:
        return await _sit(cast, candidate, duty, step)
    return (await heard_with(cast, candidate, duty, step))[0]


async def heard_with(cast: Cast, candidate: Candidate, duty: Duty, step: str) -> tuple[Candidate, Opinion]:
    """As `hear`, for a duty with one role that judges; and what that role said."""
    assert duty.kind is not None
    judging, role = JUDGES[duty.kind], duty.role
    known = standing(cast.loaded, role, cast.models[role])
    if JUDGING[duty.kind].counts_in_worlds and cast.loaded.world and not known.trusted:
        kept = tuple(_others(candidate, role))
        unasked = candidate.model_copy(update={"evidence": (*kept, unheard(role, known, _UNASKED))})
        return unasked, Opinion(Usage())
    try:
        opinion = await judging.ask(cast, candidate, role, step)
        evidence = judging.evidence(cast.loaded, role, known, opinion)
    except AnswerInvalid as error:
        if known.trusted and not (judging.lenient and not cast.loaded.scenario.roles[role].required):
            raise
        opinion = Opinion(Usage(calls=1) if error.usage is None else error.usage)
        evidence = _unreadable(role, known, error)
    news = [one for one in opinion.problems if known.trusted and one not in candidate.problems]
    heard = candidate.model_copy(
        update={
            "problems": (*candidate.problems, *news),
            "scores": _with_scores(cast.loaded, candidate.scores, role, duty.kind, opinion.scores),
            "evidence": (*_others(candidate, role), evidence),
            "usage": add_usage(candidate.usage, {role: opinion.usage}),
        }
    )
    return heard, opinion


async def _sit(cast: Cast, candidate: Candidate, duty: Duty, step: str) -> Candidate:
    """The candidate after each member of a panel was asked: with their words, their scores and what they come to. Raises as
    `hear`."""
    loaded, panel = cast.loaded, duty.panel
    said, votes = list[Evidence](), list[Vote]()
    scores, usage = candidate.scores, candidate.usage
    for role in duty.members:
        known = standing(loaded, role, cast.models[role])
        try:
            opinion = await JUDGE.ask(cast, candidate, role, f"{step}/{role}")
            evidence = member_evidence(panel, role, known.reason, opinion.scores, loaded.scenario, opinion.how)
        except AnswerInvalid as error:
            if known.trusted and loaded.scenario.roles[role].required:
                raise
            opinion = Opinion(Usage(calls=1) if error.usage is None else error.usage)
            evidence = unread_member(panel, role, known.reason, str(error))
        said.append(evidence)
        votes.append(vote_of(evidence, opinion.scores))
        scores = _with_scores(loaded, scores, role, RoleKind.JUDGE, opinion.scores)
        usage = add_usage(usage, {role: opinion.usage})
    said.append(combined(panel, duty.combine, votes, loaded.scenario))
    names = {one.check for one in said}
    before = (one for one in candidate.evidence if one.check not in names)
    return candidate.model_copy(update={"scores": scores, "evidence": (*before, *said), "usage": usage})


def _others(candidate: Candidate, role: str) -> Iterator[Evidence]:
    """A candidate's evidence but for a critic's own, who reads each version: only what it last said stands."""
    return (one for one in candidate.evidence if one.check != role)


def critics_of(loaded: Loaded) -> set[str]:
    """The roles that name problems."""
    return {role for role, kind in judging_roles(loaded.scenario).items() if kind is RoleKind.CRITIC}


def _unreadable(role: str, known: Standing, error: AnswerInvalid) -> Evidence:
    """The evidence of an answer that cannot be read, and that decides nothing."""
    if known.trusted:
        return evidence_of(role, Status.ERROR, str(error))
    return unheard(role, known, f"nothing that can be read ({error})")


async def rate(cast: Cast, role: str, candidate: Candidate, step: str) -> Rating:
    """How well a judging role thinks of a candidate. Raises as ask_structured."""
    kind = judging_roles(cast.loaded.scenario)[role]
    return await JUDGES[kind].rate(cast, candidate, role, step)


def check_asking(loaded: Loaded) -> None:
    """Raise ScenarioError if a role shall be asked about its criteria otherwise than at once, and gives no scores, or has a
    prompt that names them itself."""
    judging = judging_roles(loaded.scenario)
    for name, role in loaded.scenario.roles.items():
        scores = name in judging and JUDGING[judging[name]].scores
        if role.scoring is not Scoring.MODE and not scores:
            raise ScenarioError(f"roles.{name}.scoring: only a judge gives scores; leave it out")
        if role.samples != USUAL_DRAWS and role.scoring is Scoring.MODE:
            raise ScenarioError(
                f"roles.{name}.samples={role.samples}: a score is one answer's; write scoring={Scoring.SAMPLES}, too, or leave it out"
            )
        if role.asking is Asking.SINGLE:
            continue
        if not scores:
            raise ScenarioError(f"roles.{name}.asking: only a judge is asked about criteria; leave it out")
        for file in role.prompt.files():
            if not loaded.prompts[file].uses("rubric"):
                raise ScenarioError(
                    f"roles.{name}.asking={role.asking}: the prompt {file} does not use 'rubric', so that it cannot ask about "
                    f"some criteria alone; write {{{{ rubric }}}} in it, or leave asking={Asking.SINGLE}"
                )


def score_names(loaded: Loaded, role: str, kind: RoleKind) -> dict[str, str]:
    """The names under which a candidate keeps a role's scores, with the criteria that they are for: the criterion's own if
    the role is the default one and sits in no panel, else ROLE.CRITERION."""
    if not JUDGING[kind].scores:
        return {}
    alone = role == kind and not any(role in members for members in panels(loaded.scenario).values())
    return {name if alone else f"{role}.{name}": name for name in loaded.scenario.rubric}


def _with_scores(
    loaded: Loaded, before: Mapping[str, float], role: str, kind: RoleKind, scores: Mapping[str, float]
) -> dict[str, float]:
    """A candidate's scores with those of one role in place of what it gave before."""
    names = score_names(loaded, role, kind)
    others = {name: score for name, score in before.items() if name not in names}
    return others | {name: scores[criterion] for name, criterion in names.items() if criterion in scores}


def is_trusted(evidence: Evidence) -> bool:
    """Whether the judgement behind a model's evidence counted."""
    return evidence.status is not Status.UNVERIFIABLE


def malformed(loaded: Loaded, evidence: Evidence, scores: Mapping[str, float]) -> str:
    """The form that the evidence of a judging role must have beside a candidate's scores, in words, if it has another; else
    nothing. What a model said cannot be derived; what form it must have can."""
    if evidence.version != VERSION:
        return f"version {VERSION}"
    kind = judging_roles(loaded.scenario)[evidence.check]
    return JUDGES[kind].form(loaded, evidence, own_scores(loaded, evidence.check, kind, scores))


def own_scores(loaded: Loaded, role: str, kind: RoleKind, scores: Mapping[str, float]) -> dict[str, float]:
    """Of a candidate's scores those that a role gave, by criterion."""
    names = score_names(loaded, role, kind)
    return {criterion: scores[name] for name, criterion in names.items() if name in scores}


def scores_malformed(loaded: Loaded, scores: Mapping[str, float]) -> str:
    """As `malformed`, for the scores themselves: of each role that scores all of the rubric's criteria, or none if its
    answer could not be read."""
    left = set(scores)
    for role, kind in judging_roles(loaded.scenario).items():
        names = score_names(loaded, role, kind)
        if 0 < len(left & names.keys()) < len(names):
            return f"the criteria {', '.join(names)}"
        left -= names.keys()
    if left:
        return f"the criteria {', '.join(loaded.scenario.rubric)}"
    for role, kind in judging_roles(loaded.scenario).items():
        if not are_scores(loaded, role, own_scores(loaded, role, kind, scores).values()):
            return form_of_scores(loaded, role)
    return ""


def are_scores(loaded: Loaded, role: str, scores: Iterable[float]) -> bool:
    """Whether a judge can have given these scores: whole numbers, unless means are taken."""
    whole = loaded.scenario.roles[role].scoring is Scoring.MODE
    return all(LEAST <= score <= MOST and (not whole or score == int(score)) for score in scores)


def form_of_scores(loaded: Loaded, role: str) -> str:
    """What scores a judge can give, in words."""
    whole = loaded.scenario.roles[role].scoring is Scoring.MODE
    return f"{'whole ' if whole else ''}numbers from {LEAST} to {MOST}"
