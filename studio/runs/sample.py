"""One sample whole, and its calls, as the page shows them."""

from __future__ import annotations

from pydantic import Field

from agents.models.calls import draw_of
from graphs.files.calls import StoredCall, stored_call
from memory.journal.reading import JournalReader
from scenarios.frozen import Frozen
from scenarios.messages import Message, Speech
from scenarios.records import Brief, Draft, Evidence, Failure, Problem, Record, Slip, Usage
from scenarios.scene import ConversationScene
from scenarios.worlds.blueprint import Goal, PrivateCall
from studio.runs.rows import UNDER_WAY


class RefusedDraw(Frozen):
    """A draw that was refused where it stood."""

    step: str
    attempt: int
    place: int
    field: str
    said: str
    tool_calls: tuple[dict[str, object], ...]
    check: str
    also: tuple[str, ...]
    problem: str


class PlanShown(Frozen):
    """The plan of a sample, as far as people read it."""

    cell: dict[str, str]
    facts: dict[str, str]
    texts: dict[str, str]
    goals: dict[str, str]
    language: str
    passages: tuple[str, ...]
    avoid: tuple[str, ...]
    peers: tuple[str, ...]
    parent: str = ""
    parent_text: str = ""
    turns: tuple[str, ...] = ()
    """Of a planned dialogue: who speaks, and what the line does."""
    tasks: tuple[Goal, ...] = ()
    """In a world: what the user wants, and the gold actions."""
    user: str = ""
    knows: dict[str, str] = Field(default_factory=dict)
    """In a world: what the user knows."""


class SampleShown(Frozen):
    """A sample with all that led to it but its calls."""

    id: str
    scenario: str
    round: int
    index: int
    seed: int
    verdict: str
    stage: str = ""
    reason: str = ""
    detail: str = ""
    final: bool = True
    brief: PlanShown
    scene: ConversationScene | None = None
    messages: tuple[Message, ...] = ()
    fields: dict[str, str] = Field(default_factory=dict)
    private_calls: tuple[PrivateCall, ...] = ()
    grades: dict[str, str] = Field(default_factory=dict)
    ending: str = ""
    evidence: tuple[Evidence, ...] = ()
    problems: tuple[Problem, ...] = ()
    drafts: tuple[Draft, ...] = ()
    refused: tuple[RefusedDraw, ...] = ()
    scores: dict[str, float] = Field(default_factory=dict)
    usage: dict[str, Usage] = Field(default_factory=dict)
    revisions: int = 0
    given_up: str = ""
    failure: Failure | None = None
    nearest: str = ""
    distance: float | None = None
    lineage: tuple[str, ...] = ()
    offset: int = 0
    """Messages that stand before the first one that evidence counts from 0: a system message."""


def sample_shown(reading: JournalReader, id_: str) -> SampleShown | None:
    """The sample of an id, also one that is under way. Raises as `read_journal`'s work may."""
    record = reading.record(id_)
    if record is not None:
        return shown(record)
    brief = reading.brief(id_)
    if brief is None:
        return None
    return SampleShown(
        id=brief.id, scenario=brief.scenario, round=brief.round, index=brief.index, seed=brief.seed, verdict=UNDER_WAY,
        brief=_planned(brief),
    )  # fmt: skip


def shown(record: Record) -> SampleShown:
    """A record as the page shows it."""
    made, brief = record.candidate, record.candidate.brief
    system = (Message(role=Speech.SYSTEM, content=made.system),) if made.system else ()
    return SampleShown(
        id=brief.id, scenario=brief.scenario, round=brief.round, index=brief.index, seed=brief.seed,
        verdict=record.verdict.value, stage=record.stage, reason=record.reason, detail=record.detail, final=record.final,
        brief=_planned(brief), scene=made.scene, messages=(*system, *made.messages), fields=made.fields,
        private_calls=made.private_calls, grades={id_: str(grade) for id_, grade in made.grades.items()},
        ending=made.ending or "", evidence=made.evidence, problems=made.problems, drafts=made.drafts,
        refused=tuple(map(_refused, made.slips)), scores=made.scores, usage=made.usage, revisions=made.revisions,
        given_up=made.given_up, failure=made.failure, nearest=record.novelty.nearest or "",
        distance=record.novelty.distance, lineage=record.lineage, offset=len(system),
    )  # fmt: skip


def _planned(brief: Brief) -> PlanShown:
    plan = brief.blueprint
    return PlanShown(
        cell=brief.cell, facts=brief.facts, texts=brief.texts, goals=brief.goals, language=brief.language,
        passages=brief.passages, avoid=brief.avoid, peers=tuple(peer.id for peer in brief.peers),
        parent=brief.parent.id if brief.parent else "", parent_text=brief.parent.text if brief.parent else "",
        turns=tuple(f"{turn.speaker}: {turn.act}" for turn in brief.turns), tasks=plan.goals if plan else (),
        user=plan.user if plan else "", knows={fact.label: fact.value for fact in plan.known()} if plan else {},
    )  # fmt: skip


def _refused(slip: Slip) -> RefusedDraw:
    calls = tuple(call for message in slip.messages for call in message.tool_calls or ())
    return RefusedDraw(
        step=slip.step, attempt=slip.attempt, place=slip.place, field=slip.field, said=slip.said(), tool_calls=calls,
        check=slip.check, also=slip.also, problem=slip.problem,
    )  # fmt: skip


class ShownCall(Frozen):
    """One call of a sample: what was asked, and what came back."""

    step: str
    backtracks: int
    draw: int
    role: str
    model: str
    temperature: float
    messages: tuple[Message, ...]
    tools: tuple[str, ...]
    answer: Message
    finish: str
    usage: Usage
    usd: float
    latency: float
    requests: int
    refused: str = ""
    """The check that refused the answer, and why."""


def calls_shown(reading: JournalReader, id_: str) -> list[ShownCall]:
    """The calls of a sample in the order in which they were made. Raises as `read_journal`'s work may."""
    record = reading.record(id_)
    refused = {(slip.step, slip.attempt): slip for slip in record.candidate.slips} if record else {}
    found = []
    for row in reading.calls(id_):
        call = stored_call(row)
        slip = refused.get((call.step, call.attempt))
        found.append(_call(call, f"{slip.check}: {slip.problem}" if slip else ""))
    return found


def _call(call: StoredCall, refused: str) -> ShownCall:
    backtracks, draw = draw_of(call.attempt)
    return ShownCall(
        step=call.step, backtracks=backtracks, draw=draw, role=call.role, model=call.model,
        temperature=call.decoding.temperature, messages=call.messages, tools=call.tools, answer=call.answer.message(),
        finish=call.answer.finish, usage=call.answer.usage, usd=call.usd, latency=call.answer.latency,
        requests=call.answer.requests, refused=refused,
    )  # fmt: skip
