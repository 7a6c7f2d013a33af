"""The records' types: what flows from brief to candidate to record.

All are frozen; a step makes a new value with `model_copy(update=...)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from scenarios.frozen import Frozen
from scenarios.material.tools.spec import Grade
from scenarios.messages import Message, Speech
from scenarios.opening import Opening
from scenarios.scene import ConversationScene
from scenarios.schema.demonstrations import Peer
from scenarios.schema.languages import ENGLISH, LANGUAGE, LanguageName
from scenarios.schema.topology import ChosenBy
from scenarios.worlds.blueprint import Blueprint, Ending, PrivateCall

Count = Annotated[int, Field(ge=0)]


class Status(StrEnum):
    """The outcome of one check."""

    PASS = "PASS"
    FAIL = "FAIL"
    UNVERIFIABLE = "UNVERIFIABLE"
    ERROR = "ERROR"


class Verdict(StrEnum):
    """What became of a candidate."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNDECIDED = "undecided"


class Turn(Frozen):
    """One planned turn of a dialogue."""

    speaker: str
    """The role that speaks."""
    act: str
    """What the line does, in plain words."""
    must: tuple[tuple[str, ...], ...] = ()
    """Groups of phrases; the line must hold one phrase of each group."""
    cues: tuple[tuple[str, ...], ...] = Field(default=(), exclude_if=lambda cues: not cues)
    """As `must`; they count for nothing if a verifier whose judgement counts reads the sample."""
    must_not: tuple[str, ...] = ()
    """Phrases that the line must not hold; as with `cues`."""
    routine: bool = False
    """The line may be worded as a demonstration is."""


class Evidence(Frozen):
    """The outcome of one check on one candidate."""

    check: str
    version: int
    status: Status
    detail: str = ""
    turn: Count | None = None
    """The first turn (from 0) at fault, if the check can tell."""


class Usage(Frozen):
    """What one role asked of its model."""

    calls: Count = 0
    prompt_tokens: Count = 0
    cached_tokens: Count = 0
    completion_tokens: Count = 0

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            calls=self.calls + other.calls,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
        )

    def __sub__(self, other: Usage) -> Usage:
        """What is left without a part of it."""
        return Usage(
            calls=self.calls - other.calls,
            prompt_tokens=self.prompt_tokens - other.prompt_tokens,
            cached_tokens=self.cached_tokens - other.cached_tokens,
            completion_tokens=self.completion_tokens - other.completion_tokens,
        )


def add_usage(left: Mapping[str, Usage], right: Mapping[str, Usage]) -> dict[str, Usage]:
    """The sum of two usages by role."""
    return {**left, **{role: left[role] + used if role in left else used for role, used in right.items()}}


class Problem(Frozen):
    """A concrete problem that a critic names."""

    problem: str
    turn: int | None = None
    """The turn at fault (from 0); of a task, the field. Perhaps none that there is: a model said so."""
    check: str = ""
    """The check that found it; empty if a model named it."""


class Parent(Frozen):
    """What a brief evolves: a seed, or an accepted sample that stems from one."""

    id: str
    """`seed:NAME`, or the sample's id."""
    depth: int = Field(ge=0)
    """Evolutions between it and its seed."""
    text: str


class Brief(Frozen):
    """The plan of one sample, made before any generation."""

    id: str
    scenario: str
    round: Count
    index: Count
    seed: Count
    cell: dict[str, str]
    """One value per axis: the values' names."""
    attributes: dict[str, dict[str, str]] = Field(default_factory=dict)
    """What the scenario says about each chosen value."""
    facts: dict[str, str] = Field(default_factory=dict)
    texts: dict[str, str] = Field(default_factory=dict)
    """The scenario's rendered brief: persona, goal, policy …"""
    turns: tuple[Turn, ...] = ()
    demonstrations: tuple[Count, ...] = ()
    """Indexes into the scenario's demonstrations."""
    peers: tuple[Peer, ...] = ()
    """Accepted samples of earlier rounds that are shown as demonstrations, too."""
    blueprint: Blueprint | None = None
    """The task, if the scenario plays in a world."""
    parent: Parent | None = None
    """What it evolves, if the scenario does that."""
    language: str = Field(default=ENGLISH, exclude_if=lambda given: given == ENGLISH)
    """What the sample is written in."""
    passages: tuple[str, ...] = Field(default=(), exclude_if=lambda given: not given)
    """The passages of the scenario's documents that ground a conversation: that of its cell first."""
    messages: tuple[Count, Count] | None = Field(default=None, exclude_if=lambda given: given is None)
    """Of a conversation: the least and the most messages."""
    goals: dict[str, str] = Field(default_factory=dict, exclude_if=lambda given: not given)
    """Of a conversation: what a speaker wants, if the scenario says so."""

    avoid: tuple[str, ...] = ()
    """What accepted samples near to it were about: not again."""
    advice: str = Field(default="", exclude_if=lambda given: not given)
    """What a person said of an earlier attempt at it."""
    missed: tuple[str, ...] = Field(default=(), exclude_if=lambda given: not given)
    """Real texts of its label that a student which learned from earlier samples got wrong, in words."""
    lineage: tuple[str, ...] = ()
    """The rejected record of which this is one more attempt; of a branch, the sample that it stems from, and what that names."""
    opening: Opening | None = Field(default=None, exclude_if=lambda given: given is None)
    """Of a branch: what it goes on from."""

    def values(self) -> dict[str, Any]:
        """All that the brief holds, by the names that templates use."""
        evolved = {"parent": self.parent.model_dump()} if self.parent else {}
        return {**with_language(self.attributes, self.language), **self.texts, "facts": self.facts, **evolved}


def with_language(attributes: Mapping[str, Mapping[str, str]], language: str) -> dict[str, Any]:
    """The values of a cell for templates, with the language by its name alone, unless an axis says more of it."""
    said = attributes.get(LANGUAGE, {})
    return {**attributes, LANGUAGE: said if len(said) > 1 else LanguageName(language)}


class Draft(Frozen):
    """One version of a candidate that a later one replaced, and why."""

    step: str
    messages: tuple[Message, ...] = ()
    fields: dict[str, str] = Field(default_factory=dict)
    private_calls: tuple[PrivateCall, ...] = ()
    ending: Ending | None = None
    problems: tuple[Problem, ...] = ()


class Slip(Frozen):
    """A draw that was refused where it stood: a line, a field, or a move in a world."""

    place: Count
    """The message that it would have been, or the field (from 0). In a world, the messages before it are the candidate's."""
    messages: tuple[Message, ...] = ()
    """What it added; nothing if it was a field, could not be read, or was a call that only the user sees."""
    check: str
    """The first check that refused it."""
    also: tuple[str, ...] = Field(default=(), exclude_if=lambda also: not also)
    """The other checks that did, as far as they were asked."""
    problem: str
    """All that was wrong with it."""
    step: str = ""
    """The step of the call that drew it, with its attempt."""
    attempt: int = 0
    field: str = ""
    text: str = ""
    """What was drawn, if it was a field or could not be read."""

    def said(self) -> str:
        """What was drawn, as far as it is words."""
        return self.text or " ".join(filter(None, (message.content for message in self.messages)))

    def line(self) -> dict[str, Any]:
        """The draw as rejected.jsonl shows it."""
        calls = [call for message in self.messages for call in message.tool_calls or ()]
        where = {"field": self.field} if self.field else {"turn": self.place}
        return {
            "step": self.step, "attempt": self.attempt, **where, "text": self.said(), **({"tool_calls": calls} if calls else {}),
            "check": self.check, "reason": self.problem,
        }  # fmt: skip


class Statement(Frozen):
    """What one of a debate said in a round."""

    role: str
    round: int = Field(ge=1)
    text: str


class Debate(Frozen):
    """What was argued over one version of a candidate, and what the moderator concluded."""

    node: str
    revision: Count
    """How often the version had been refined."""
    moderator: str
    statements: tuple[Statement, ...]
    """In the order in which they were made."""
    concluded: tuple[Problem, ...] | None = None
    """None until the moderator has spoken."""


class Failure(Frozen):
    """Machinery that failed while a candidate was made. Never a verdict on the candidate."""

    stage: str
    reason: str
    detail: str


class Better(StrEnum):
    """Which of two samples is better."""

    FIRST = "first"
    SECOND = "second"
    TIE = "tie"

    @property
    def turned(self) -> Better:
        """The same of the two in the other order."""
        return {Better.FIRST: Better.SECOND, Better.SECOND: Better.FIRST, Better.TIE: Better.TIE}[self]


class Match(Frozen):
    """Two candidates of one brief that a role compared, in both orders."""

    first: int
    second: int
    """Their numbers."""
    said: tuple[Better, Better]
    """What it said when it was shown the first one first, and when it was shown the second one first."""
    words: tuple[str, str] = ("", "")
    """Its reasons, in which A is the sample that was shown first."""

    @property
    def better(self) -> Better:
        """What it said in both orders; else neither is better."""
        return self.said[0] if self.said[0] is self.said[1] else Better.TIE


class Contender(Draft):
    """One of several candidates of a brief: how it stood, and all that it held if it was not the one that was kept. Its
    `step` is the one in which it was made."""

    number: int = Field(ge=1)
    unmet: Count | None = None
    """Required checks that it does not pass; None if it is not whole."""
    answer: str = ""
    """What it states, if a majority chooses."""
    scores: dict[str, float] = Field(default_factory=dict)
    """By criterion, if a judge was asked."""
    why: str = ""
    """Why it was not kept."""
    given_up: str = ""
    failure: Failure | None = None
    evidence: tuple[Evidence, ...] = ()
    slips: tuple[Slip, ...] = ()
    grades: dict[str, Grade] = Field(default_factory=dict)
    scene: ConversationScene | None = None
    usage: dict[str, Usage] = Field(default_factory=dict)
    """What it cost, and what it cost to judge it."""

    def line(self, whole: bool) -> dict[str, Any]:
        """The candidate as a line shows it: how it stood, and if `whole` also what it held."""
        stood = {
            "number": self.number, "step": self.step, "unmet": self.unmet, "answer": self.answer, "scores": self.scores,
            "why": self.why, "given_up": self.given_up, "failure": self.failure and self.failure.model_dump(),
        }  # fmt: skip
        if not whole or not self.why:
            return stood
        held = ("messages", "fields", "private_calls", "ending", "grades", "scene")
        return stood | {
            name: value
            for name, value in self.model_dump(mode="json", include=set(held), exclude_none=True).items()
            if value
        }


class Selection(Frozen):
    """How one of several candidates of a brief was kept."""

    by: ChosenBy
    kept: int
    """The number of the one that was."""
    contenders: tuple[Contender, ...]
    matches: tuple[Match, ...] = ()
    aside: str = ""
    """Why the role that was to choose decides nothing, so that the checks alone chose."""

    def line(self, whole: bool) -> dict[str, Any]:
        """The choice as a line shows it; if `whole`, with what the others held and with the words of who compared them."""
        without = set() if whole else {"words"}
        return {
            "by": self.by.value,
            "kept": self.kept,
            "contenders": [one.line(whole) for one in self.contenders],
            "matches": [match.model_dump(mode="json", exclude=without) for match in self.matches],
            "aside": self.aside,
        }


class Candidate(Frozen):
    """What the sample graph made of a brief."""

    brief: Brief
    messages: tuple[Message, ...] = ()
    fields: dict[str, str] = Field(default_factory=dict)
    private_calls: tuple[PrivateCall, ...] = ()
    """In a world where the user has tools: its calls, in order."""
    ending: Ending | None = None
    """In a world or a free conversation: how it ended."""
    grades: dict[str, Grade] = Field(default_factory=dict, exclude_if=lambda given: not given)
    """Of a conversation with tools: what stands behind each result, by the id of its call."""
    scene: ConversationScene | None = Field(default=None, exclude_if=lambda given: given is None)
    """Of a conversation: what it begins with."""
    system: str = Field(default="", exclude_if=lambda given: not given)
    """Of a conversation: the system message that its dataset has before it."""
    slips: tuple[Slip, ...] = ()
    """Draws that were refused, in order."""
    drafts: tuple[Draft, ...] = ()
    drawn: tuple[Candidate, ...] = Field(default=(), exclude_if=lambda given: not given)
    """Several candidates of the brief, until one of them is kept."""
    selection: Selection | None = Field(default=None, exclude_if=lambda given: given is None)
    """Of a candidate that was kept of several: how."""
    evidence: tuple[Evidence, ...] = ()
    problems: tuple[Problem, ...] = ()
    """The problems that the last critique named and no refine step has answered yet."""
    debates: tuple[Debate, ...] = Field(default=(), exclude_if=lambda debates: not debates)
    """What was argued over it, version by version."""
    scores: dict[str, float] = Field(default_factory=dict)
    revisions: Count = 0
    usage: dict[str, Usage] = Field(default_factory=dict)
    given_up: str = ""
    """The guard that no draw of a line or field passed; the candidate is then incomplete."""
    failure: Failure | None = None

    @property
    def whole(self) -> bool:
        """True if nothing stopped it on its way."""
        return not self.given_up and self.failure is None

    def all_slips(self) -> tuple[Slip, ...]:
        """The draws that were refused, those of candidates that were not kept in its place included."""
        others = self.selection.contenders if self.selection else ()
        return (*self.slips, *(slip for one in others for slip in one.slips))

    def text(self) -> str:
        """The sample as plain text: its lines, or its fields, in order."""
        if self.messages:
            said = (message.content for message in self.messages if message.role is not Speech.TOOL)
            return "\n".join(text for text in said if text)
        return "\n".join(self.fields.values())


class Novelty(Frozen):
    """How far a sample is from its nearest neighbour in memory."""

    nearest: str | None = None
    distance: float | None = None
    """Cosine distance, 0 … 2; None if the memory was empty."""


class Record(Frozen):
    """A candidate after the decision."""

    verdict: Verdict
    stage: str = ""
    reason: str = ""
    detail: str = ""
    candidate: Candidate
    novelty: Novelty = Novelty()
    lineage: tuple[str, ...] = ()
    final: bool = True
    """False if a resumed run decides anew (it was stopped or not needed yet)."""

    def line(self) -> dict[str, Any]:
        """The record as one line of dataset.jsonl or rejected.jsonl, in a fixed key order."""
        made = self.candidate
        brief = made.brief
        line: dict[str, Any] = {
            "id": brief.id,
            "scenario": brief.scenario,
            "round": brief.round,
            "index": brief.index,
            "seed": brief.seed,
        }
        if made.fields:
            line["fields"] = made.fields
        else:
            first = (Message(role=Speech.SYSTEM, content=made.system),) if made.system else ()
            line["messages"] = [m.model_dump(mode="json", exclude_none=True) for m in (*first, *made.messages)]
        line["brief"] = brief.model_dump(mode="json", include={"cell", "facts", "texts", "turns"})
        if brief.parent:
            line["brief"]["parent"] = brief.parent.model_dump()
        for name in ("passages", "messages", "goals"):
            if value := getattr(brief, name):
                line["brief"][name] = value
        if brief.opening:
            line["brief"]["branch"] = brief.opening.model_dump(include={"of", "turn", "changes"})
        if brief.avoid:
            line["brief"]["avoid"] = list(brief.avoid)
        if brief.advice:
            line["brief"]["advice"] = brief.advice
        if brief.missed:
            line["brief"]["missed"] = list(brief.missed)
        if brief.peers:
            line["brief"]["peers"] = [peer.id for peer in brief.peers]
        if brief.blueprint:
            # As text: its mappings have other keys in each record, which table readers take for columns.
            line["brief"]["blueprint"] = brief.blueprint.model_dump_json()
            line["private_calls"] = [call.line() for call in made.private_calls]
            line["ending"] = made.ending
        if made.scene:
            # As text, too.
            line["scene"] = made.scene.model_dump_json()
            line["ending"] = made.ending
            if made.grades:
                line["grades"] = made.grades
        accepted = self.verdict is Verdict.ACCEPTED
        # In a dataset a key that few records have is a column that table readers meet too late.
        line["evidence"] = [
            e.model_dump(mode="json", exclude={"turn"} if accepted or e.turn is None else set()) for e in made.evidence
        ]
        line["scores"] = made.scores
        if made.selection:
            line["choice"] = made.selection.line(whole=not accepted)
        line["novelty"] = self.novelty.model_dump(mode="json")
        line["revisions"] = made.revisions
        line["usage"] = {
            role: used.model_dump(include={"calls", "prompt_tokens", "completion_tokens"})
            for role, used in sorted(made.usage.items())
        }
        line["lineage"] = [*([brief.parent.id] if brief.parent else []), *self.lineage]
        if not accepted:
            line["verdict"] = self.verdict.value
            line["stage"] = self.stage
            line["reason"] = self.reason
            line["detail"] = self.detail
            line["drafts"] = [d.model_dump(mode="json", exclude_none=True) for d in made.drafts]
            if made.debates:
                line["debates"] = [debate.model_dump(mode="json") for debate in made.debates]
            if made.slips:
                line["refused"] = [slip.line() for slip in made.slips]
        return line
