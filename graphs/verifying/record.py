"""One line of a dataset derived again: its brief, its evidence and its decision. Pure; asks no model and no journal.

What the line alone can tell (what was said, what models judged, what it cost) is taken from it and looked at in form. From
that a record is made anew by the functions that made it first, and its line is compared with the one that is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from pydantic import Field, ValidationError

from agents.dialogue.moves import Unreadable, action_of
from agents.judging.roles import scores_malformed
from agents.parts import system_text
from graphs.planning.feedback import SHOWN as MOST_MISSED
from graphs.planning.planner import LONGEST_ADVICE
from graphs.planning.steering import LONGEST, SHOWN
from graphs.sampling.decision import CurationReason, Decision, decide, rejected_at_curation, rejected_by_person
from graphs.verifying.ancestry import Ancestry, is_id
from graphs.verifying.debates import check_debates
from graphs.verifying.differences import NOTHING, Mismatch, differences, names_twice, shown
from graphs.verifying.evidence import EvidenceAgain, evidence_again
from graphs.verifying.messages import check_messages
from scenarios.briefs import brief_of
from scenarios.errors import ScenarioError
from scenarios.frozen import Frozen
from scenarios.loading import Loaded
from scenarios.material.tools.spec import Grade
from scenarios.messages import Message, Speech
from scenarios.records import (
    Brief,
    Candidate,
    Debate,
    Draft,
    Evidence,
    Failure,
    Novelty,
    Record,
    Selection,
    Slip,
    Status,
    Usage,
    Verdict,
)
from scenarios.scene import ConversationScene
from scenarios.schema.axes import makes_sense
from scenarios.schema.demonstrations import Peer
from scenarios.schema.topology import NodeKind, Topology
from scenarios.seeds import seed_of
from scenarios.worlds.blueprint import Ending, PrivateCall, Side


@dataclass(frozen=True)
class Ground:
    """What records are derived from again."""

    loaded: Loaded
    topology: Topology
    seed: int | None = None
    """The run's; None if only a file is there."""
    round_size: int = 0
    helpful: tuple[Peer, ...] = ()
    """The samples of other runs that the run's feedback shows."""


@dataclass(frozen=True)
class Rederived:
    """A record derived again. Its novelty is as the line claims it: that needs the other lines."""

    record: Record
    evidence: EvidenceAgain


class _PrivateLine(Frozen):
    before: int
    tool: str
    arguments: str
    result: str


class _Spent(Frozen):
    calls: int = Field(ge=0)
    prompt_tokens: int = Field(ge=0)
    completion_tokens: int = Field(ge=0)


class _Place(Frozen):
    """Where a record stands in its run, and what its brief is made of."""

    round: int = Field(ge=0)
    index: int = Field(ge=0)
    seed: int = Field(ge=0)
    cell: dict[str, str]


class _RefusedDraw(Frozen):
    """A draw as rejected.jsonl shows it. Which check found what is not derived again."""

    step: str
    attempt: int = Field(ge=0)
    turn: int | None = None
    field: str = ""
    text: str
    tool_calls: tuple[dict[str, Any], ...] = ()
    check: str
    reason: str

    def slip(self, fields: Sequence[str]) -> Slip:
        """The draw; a field has the place that it has in the scenario."""
        place = fields.index(self.field) if self.field in fields else self.turn or 0
        said = Message(role=Speech.ASSISTANT, content=self.text, tool_calls=self.tool_calls)
        return Slip(
            place=place, messages=(said,) if self.tool_calls else (), check=self.check, problem=self.reason,
            step=self.step, attempt=self.attempt, field=self.field, text=self.text,
        )  # fmt: skip


class _Told(Frozen):
    """What only the line can tell."""

    messages: tuple[Message, ...] = ()
    fields: dict[str, str] = Field(default_factory=dict)
    private_calls: tuple[_PrivateLine, ...] = ()
    ending: Ending | None = None
    scene: str = ""
    grades: dict[str, Grade] = Field(default_factory=dict)
    evidence: tuple[Evidence, ...]
    scores: dict[str, float]
    choice: Selection | None = None
    novelty: Novelty
    revisions: int = Field(ge=0)
    usage: dict[str, _Spent]
    verdict: Verdict = Verdict.ACCEPTED
    stage: str = ""
    reason: str = ""
    detail: str = ""
    drafts: tuple[Draft, ...] = ()
    debates: tuple[Debate, ...] = ()
    refused: tuple[_RefusedDraw, ...] = ()


def rederive(ground: Ground, raw: bytes, line: Mapping[str, Any], accepted: bool, ancestry: Ancestry) -> Rederived:
    """The record of a line (`raw`, and as JSON) of a dataset or of its rejections, derived again. `ancestry` knows the
    records before it.

    Raises Mismatch if the line differs.
    """
    brief = _brief(ground, line, ancestry)
    told = _parsed(_Told, {key: value for key, value in line.items() if key in _Told.model_fields})
    if (told.verdict is Verdict.ACCEPTED) is not accepted:
        raise Mismatch("verdict", "accepted" if accepted else "rejected or undecided", told.verdict.value)
    made = _candidate(ground.loaded, brief, told)
    check_debates(ground.loaded, ground.topology, made, told.evidence)
    evidence = evidence_again(ground.loaded, ground.topology, made, told.evidence)
    made = made.model_copy(update={"evidence": tuple(evidence.found)})
    due, claimed = decide(made, ground.loaded.scenario), _claimed(told)
    decided = due if due.verdict is claimed.verdict else claimed
    record = Record(candidate=made, novelty=told.novelty, lineage=brief.lineage, **decided.model_dump())
    again = orjson.dumps(record.line())
    if again != raw:
        if found := next(differences(orjson.loads(again), line), None):
            raise found
        if twice := names_twice(raw):
            raise Mismatch(twice, "one value", "two")
    # Novelty stands behind the evidence: it may reject what that lets pass, which needs the other lines.
    curated = due.verdict is Verdict.ACCEPTED and rejected_at_curation(claimed.verdict, claimed.stage, claimed.reason)
    personal = due.verdict is Verdict.ACCEPTED and rejected_by_person(claimed.verdict, claimed.stage)
    if due.verdict is not claimed.verdict and not curated and not personal:
        raise Mismatch("verdict", f"{due.verdict}{due.reason and f' ({due.reason})'}", claimed.verdict.value)
    return Rederived(record, evidence)


def _brief(ground: Ground, line: Mapping[str, Any], ancestry: Ancestry) -> Brief:
    """The brief, planned again: from the run's settings if they are known, else from its own seed and cell."""
    loaded, said = ground.loaded, line.get("brief")
    if line.get("scenario") != loaded.scenario.name:
        raise Mismatch("scenario", shown(loaded.scenario.name), line.get("scenario", NOTHING))
    place = _parsed(
        _Place, {**{key: line[key] for key in ("round", "index", "seed") if key in line},
                 **({"cell": said["cell"]} if isinstance(said, dict) and "cell" in said else {})},
    )  # fmt: skip
    own = place.seed
    if ground.seed is not None:
        if place.index >= ground.round_size:
            raise Mismatch("index", f"less than {ground.round_size}, the size of a round", place.index)
        own = seed_of(ground.seed, loaded.scenario.name, place.round * ground.round_size + place.index)
        if place.seed != own:
            raise Mismatch("seed", str(own), place.seed)
    told = said if isinstance(said, dict) else {}
    avoid, shown_peers = _listed(told, "avoid", "brief.avoid"), _listed(told, "peers", "brief.peers")
    lineage, cell = _listed(line, "lineage", "lineage"), _cell(loaded, place.cell)
    parent = None
    if loaded.scenario.evolve:
        orphan = line.get("reason") == CurationReason.PARENT
        parent = ancestry.parent(cell, place.round, lineage[0] if lineage else NOTHING, orphan)
        lineage = lineage[1:]
    try:
        peers = ancestry.peers(shown_peers, place.round)
        brief = brief_of(loaded, own, cell, place.round, place.index, parent, peers)
    except ScenarioError as error:
        raise Mismatch("seed", f"one that makes a brief ({error})", place.seed) from None
    lineage = _lineage(loaded, lineage)
    missed = _missed(_listed(told, "missed", "brief.missed"))
    more = {"avoid": _steered(avoid), "missed": missed, "lineage": lineage, "advice": _advice(told, lineage)}
    return brief.model_copy(update=more)


def _listed(told: Mapping[str, Any], key: str, where: str) -> tuple[Any, ...]:
    """The list under a key; none if there is none. Raises Mismatch for anything else."""
    value = told.get(key) or []
    if not isinstance(value, list):
        raise Mismatch(where, "a list", value)
    return tuple(value)


def _cell(loaded: Loaded, told: Mapping[str, str]) -> dict[str, str]:
    """The cell, which the planner chose by what the memory held: it has to be one that it might have chosen."""
    cell: dict[str, str] = {}
    for axis, plan in loaded.scenario.axes.items():
        cell[axis] = told.get(axis, "")
        if cell[axis] not in plan.names:
            raise Mismatch(f"brief.cell.{axis}", "one of the scenario's values", told.get(axis, NOTHING))
    if not makes_sense(cell, loaded.scenario.exclude):
        raise Mismatch("brief.cell", "one that the scenario does not exclude", dict(told))
    return cell


def _steered(avoid: tuple[Any, ...]) -> tuple[str, ...]:
    """What the brief was told not to make again: what others were about, in form."""
    if len(avoid) > SHOWN or any(not isinstance(text, str) or not 0 < len(text) <= LONGEST for text in avoid):
        raise Mismatch("brief.avoid", f"at most {SHOWN} texts of at most {LONGEST} characters", list(avoid))
    return avoid


def _advice(told: Mapping[str, Any], lineage: tuple[str, ...]) -> str:
    """What a person said of an earlier attempt, in form."""
    advice = told.get("advice", "")
    if not isinstance(advice, str) or len(advice) > LONGEST_ADVICE or (advice and not lineage):
        raise Mismatch("brief.advice", f"a text of at most {LONGEST_ADVICE} characters on an earlier attempt", advice)
    return advice


def _missed(missed: tuple[Any, ...]) -> tuple[str, ...]:
    """What the brief showed of what a student got wrong, in form."""
    if len(missed) > MOST_MISSED or any(not isinstance(text, str) or not text for text in missed):
        raise Mismatch("brief.missed", f"at most {MOST_MISSED} texts", list(missed))
    return missed


def _lineage(loaded: Loaded, lineage: tuple[Any, ...]) -> tuple[str, ...]:
    """The record that this one was another attempt at, in form."""
    named = loaded.scenario.name
    if len(lineage) > 1 or any(not isinstance(id_, str) or not is_id(named, id_) for id_ in lineage):
        raise Mismatch("lineage", "at most one id of a record", list(lineage))
    return lineage


_Model = TypeVar("_Model", bound=Frozen)


def _parsed(model: type[_Model], value: Any) -> _Model:
    """A value of a model's. Raises Mismatch."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
        where = f"brief.{where}" if where.startswith("cell") else where
        found = NOTHING if first["type"] == "missing" else first["input"]
        raise Mismatch(where, first["msg"].removeprefix("Input should be ").lower(), found) from None


def _candidate(loaded: Loaded, brief: Brief, told: _Told) -> Candidate:
    """The candidate without its evidence."""
    if bad := scores_malformed(loaded, told.scores):
        raise Mismatch("scores", bad, told.scores)
    for role in told.usage:
        if role not in loaded.scenario.roles:
            raise Mismatch(f"usage.{role}", "a role of the scenario", role)
    plans = [plan.name for plan in loaded.scenario.fields]
    made = Candidate(
        brief=brief,
        messages=told.messages,
        # In the scenario's order: the text that novelty compares is their sequence.
        fields={name: told.fields[name] for name in plans if name in told.fields},
        private_calls=tuple(_private(call) for call in told.private_calls),
        ending=told.ending,
        drafts=told.drafts,
        debates=told.debates,
        slips=tuple(draw.slip(plans) for draw in told.refused),
        scores=told.scores,
        selection=told.choice,
        revisions=told.revisions,
        usage={role: Usage(**spent.model_dump()) for role, spent in told.usage.items()},
    )
    made = _with_scene(loaded, made, told)
    check_messages(loaded.scenario, brief, made.messages)
    if told.verdict is Verdict.UNDECIDED:
        return made.model_copy(update={"failure": _failure(told)})
    if told.verdict is Verdict.REJECTED and told.stage == NodeKind.GENERATE:
        return made.model_copy(update={"given_up": told.reason})
    if list(made.fields) != plans:
        missing = next(name for name in plans if name not in made.fields)
        raise Mismatch(f"fields.{missing}", "a text", NOTHING)
    return made


def _with_scene(loaded: Loaded, made: Candidate, told: _Told) -> Candidate:
    """The candidate with its scene, and with its system message apart. Raises Mismatch."""
    if loaded.scenario.conversation is None or not told.scene:
        return made
    try:
        scene = ConversationScene.model_validate_json(told.scene)
    except ValidationError as error:
        raise Mismatch("scene", f"one that can be read ({error.errors()[0]['msg']})", told.scene) from None
    if scene.parts.keys() != loaded.scenario.speakers.keys():
        raise Mismatch("scene", f"a part for each of {', '.join(loaded.scenario.speakers)}", ", ".join(scene.parts))
    results = {message.tool_call_id for message in made.messages if message.role is Speech.TOOL}
    if told.grades.keys() != results or Grade.PROVED in told.grades.values():
        raise Mismatch("grades", "recorded or simulated for each result, since nothing proves one here", told.grades)
    due, messages = system_text(loaded, made.brief, scene), made.messages
    said = messages[0].content if messages and messages[0].role is Speech.SYSTEM else ""
    if said != due:
        raise Mismatch("messages[0]", shown(due or NOTHING), said or NOTHING)
    return made.model_copy(
        update={"grades": told.grades, "scene": scene, "system": due, "messages": messages[1:] if due else messages}
    )


def _failure(told: _Told) -> Failure | None:
    """The machinery that failed, if it was that: a required check with the status ERROR leaves a sample undecided, too."""
    if any(one.check == told.reason and one.status is Status.ERROR for one in told.evidence):
        return None
    return Failure(stage=told.stage, reason=told.reason, detail=told.detail)


def _private(call: _PrivateLine) -> PrivateCall:
    try:
        action = action_of(call.tool, call.arguments, Side.USER)
    except Unreadable as error:
        raise Mismatch("private_calls", f"calls that can be read ({error})", call.arguments) from None
    return PrivateCall(before=call.before, action=action, result=call.result)


def _claimed(told: _Told) -> Decision:
    """The decision that the line claims."""
    return Decision(verdict=told.verdict, stage=told.stage, reason=told.reason, detail=told.detail)
