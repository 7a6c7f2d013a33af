"""What a scenario file may say. Every field has its bounds; an unknown field is an error."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import combinations
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag, field_serializer, field_validator, model_validator

from scenarios.errors import nearest
from scenarios.frozen import Frozen
from scenarios.messages import Speech
from scenarios.reading.yaml_text import typed
from scenarios.schema.axes import Axis, Exclusion, completed
from scenarios.schema.conversation import MODERATOR, WRITER, ConversationPlan, How, Order, bounds_of
from scenarios.schema.ideation import Ideation
from scenarios.schema.languages import ENGLISH, LANGUAGE, language_of, named_language
from scenarios.schema.plans import (
    NAME,
    PARENT,
    CheckPlan,
    CorpusPlan,
    DemonstrationPlan,
    EvolvePlan,
    FactPlan,
    FieldPlan,
    ItemKind,
    QuestionPlan,
    Role,
    TurnPlan,
    WorldPlan,
)
from scenarios.schema.topology import Topology


class Family(StrEnum):
    """What a scenario's samples are."""

    DIALOGUE = "dialogue"
    FIELDS = "fields"
    WORLD = "world"
    """A dialogue that plays in a world: nobody plans its turns."""
    CONVERSATION = "conversation"
    """A free conversation of two to six speakers, for instruct models."""


_NAME_OR_SHAPE = Discriminator(lambda value: "name" if isinstance(value, str) else "shape")
"""So that an error names what is wrong with the shape, and not that it is no name."""
_OF_AXIS = re.compile(r"\s*\{\{\s*(\w+)\.(\w+)\s*\}\}\s*")
"""A template that is one text of an axis's value."""
_TWO = [Speech.ASSISTANT, Speech.USER]
LEAST_SCORE = 3.0
"""The least score of a criterion by default: "would do"."""
MAX_IDEATED = 1000
"""Values of an ideated axis: the planner weighs each of them for every cell."""
_MAX_PAIRS = 200_000
"""Pairs of values of a scenario's axes: the planner keeps an account of each."""


class Calibration(Frozen):
    """How well a model's judgement tells sound samples from planted defects, measured by graphs.calibrate."""

    model: str
    role: str
    auc: float = Field(ge=0, le=1)
    low: float = Field(ge=0, le=1)
    """Lower end of the 95 % interval."""
    samples: int = Field(ge=1, le=10**9)
    people: bool = Field(default=False, exclude_if=lambda people: not people)
    """Measured by people's verdicts on so many samples, and not by planted defects."""
    found: dict[str, float] = Field(default_factory=dict, exclude_if=lambda shares: not shares)
    """The share of flawed versions that it objected to, by `KIND` and `KIND/STRENGTH` of defect."""
    kept: float | None = Field(default=None, ge=0, le=1, exclude_if=lambda share: share is None)
    """The share of sound versions that it did not object to."""

    @property
    def informative(self) -> bool:
        """True if the judgement is better than chance beyond doubt, and by enough to matter."""
        return self.low > 0.5 and self.auc >= 0.65


class Scenario(Frozen):
    """What to make: the task, roles, axes, checks, rubric and acceptance policy."""

    name: str = Field(pattern=NAME)
    description: str = Field(min_length=1)
    family: Family
    language: str | tuple[str, ...] = Field(default=ENGLISH, exclude_if=lambda given: given == ENGLISH)
    """What its samples are written in. A list adds the axis `language`, with a value for each."""
    base_models: str = Field(default="", exclude_if=lambda file: not file)
    """The file of the scenario that stands in for this one if a base model speaks, which cannot do what this one asks for."""
    topology: Annotated[Annotated[str, Tag("name")] | Annotated[Topology, Tag("shape")], _NAME_OR_SHAPE] = "full"
    axes: dict[str, Axis] = Field(default_factory=dict)
    exclude: tuple[Exclusion, ...] = ()
    """Combinations of values that make no sense."""
    facts: dict[str, FactPlan] = Field(default_factory=dict)
    corpus: CorpusPlan | None = None
    evolve: EvolvePlan | None = None
    brief: dict[str, str] = Field(default_factory=dict)
    turns: tuple[TurnPlan, ...] = ()
    world: WorldPlan | None = None
    conversation: ConversationPlan | None = Field(default=None, exclude_if=lambda plan: plan is None)
    policy: str = Field(default="", exclude_if=lambda text: not text)
    """Of a conversation: what the assistant has to follow. In the file: the text, or the name of a .md or .txt file."""
    documents: tuple[dict[str, str], ...] = Field(default=(), exclude_if=lambda given: not given)
    """Of a conversation: passages that ground it. In the file: a folder, or a file, of Markdown, text, HTML or PDF; it adds the
    axis `passage`."""
    tools: tuple[dict[str, Any], ...] = Field(default=(), exclude_if=lambda tools: not tools)
    """Of a conversation: what the assistant may call. In the file: an OpenAPI document, a list of JSON schemas, or the file of
    one."""
    mcp: dict[str, Any] | None = Field(default=None, exclude_if=lambda plan: plan is None)
    """Of a conversation: an MCP server whose tools the assistant may call: `command` or `url`, and `only`."""
    redraws: int = Field(default=8, ge=1, le=64)
    """At most so many draws of a line or field."""
    backtracks: int = Field(default=2, ge=0, le=16)
    """How often a dialogue may drop its last line and try again if every draw of the next one failed."""
    revisions: int = Field(default=1, ge=0, le=10)
    """Refine steps a sample may take."""
    exclusive: tuple[str, ...] = ()
    """Axes and facts of which a sample may name only its own value."""
    fields: tuple[FieldPlan, ...] = ()
    roles: dict[str, Role] = Field(default_factory=dict)
    demonstrations: DemonstrationPlan | None = None
    checks: tuple[CheckPlan, ...] = ()
    questions: dict[str, str | QuestionPlan] = Field(default_factory=dict)
    """What the verifying model is asked: name → a yes-or-no question whose right answer is yes, of the whole sample or, if it
    says so, of each of its lines or claims."""
    rubric: dict[str, str] = Field(default_factory=dict)
    """Criterion → what it asks."""
    min_score: float | dict[str, float] | None = None
    """The least score of each criterion, or of each that is named, if the judgement counts; 3 by default. A mean decides
    nothing: it would hide a criterion that failed."""
    calibration: tuple[Calibration, ...] = ()
    settings: dict[str, Any] = Field(default_factory=dict)
    """The scenario's defaults for the command line's keys, as they are spelled."""

    @field_serializer("settings")
    def _typed_settings(self, settings: dict[str, Any]) -> Any:
        return typed(settings)

    @model_validator(mode="before")
    @classmethod
    def _with_languages(cls, data: Any) -> Any:
        """The scenario with its languages as an axis, if there are several, so that the planner covers them as any other."""
        given = data.get(LANGUAGE) if isinstance(data, dict) else None
        if not isinstance(given, list | tuple):
            return data
        if not given:
            raise ValueError("'language' is an empty list: name at least one language, or leave the key out")
        names = [named_language(each) for each in given]
        axes = data.get("axes") or {}
        if not isinstance(axes, dict):
            return data
        if LANGUAGE in axes:
            raise ValueError(f"axes: '{LANGUAGE}' is the axis that a list of languages adds; leave yours out")
        return {**data, LANGUAGE: names, "axes": {LANGUAGE: names, **axes}}

    @field_validator("language", mode="before")
    @classmethod
    def _known_languages(cls, given: Any) -> Any:
        return tuple(map(named_language, given)) if isinstance(given, list | tuple) else named_language(given)

    @property
    def own_language(self) -> str:
        """The language that its values and texts are taken to be in: its only one, or of several English, if it is one."""
        if isinstance(self.language, str):
            return self.language
        return ENGLISH if ENGLISH in self.language else self.language[0]

    def language_in(self, cell: Mapping[str, str]) -> str:
        """The language of a cell's samples: the scenario's, or the one that the cell names if there is an axis of that name."""
        named = cell.get(LANGUAGE, "")
        if named and (not isinstance(self.language, str) or language_of(named).known):
            return named
        return self.language if isinstance(self.language, str) else self.language[0]

    @model_validator(mode="after")
    def _whole(self) -> Scenario:
        if self.family is Family.DIALOGUE and not self.turns:
            raise ValueError("a scenario of the family 'dialogue' needs 'turns'")
        if self.family is Family.FIELDS and not self.fields:
            raise ValueError("a scenario of the family 'fields' needs 'fields'")
        if (self.family is Family.WORLD) != (self.world is not None):
            raise ValueError("a scenario of the family 'world' needs 'world', and no other has it")
        if self.world and sorted(role.speaks_as for role in self.roles.values() if role.speaks_as) != _TWO:
            raise ValueError("a world needs one role with 'speaks_as: user' and one with 'speaks_as: assistant'")
        if (self.family is Family.CONVERSATION) != (self.conversation is not None):
            raise ValueError("a scenario of the family 'conversation' has 'conversation', and no other has it")
        if self.conversation:
            self._check_conversation(self.conversation)
        if self.world and self.demonstrations and self.demonstrations.accepted:
            raise ValueError("demonstrations: 'accepted' does not work in worlds, whose examples are made anew")
        fields = [field.name for field in self.fields]
        for check in self.checks:
            if check.field and check.field not in fields:
                raise ValueError(f"the check '{check.name}' names '{check.field}', which is not a field")
        for place, field in enumerate(self.fields):
            if field.by != "generator" and field.by not in self.roles:
                raise ValueError(f"the field '{field.name}' is written by '{field.by}', which is not a role")
            if unknown := sorted(set(field.sees or ()) - set(fields[:place])):
                raise ValueError(f"the field '{field.name}' sees '{unknown[0]}', which is not a field before it")
        self._check_scores()
        self.check_cells()
        self._check_evolve(fields)
        for name in self.exclusive:
            if name not in self.axes and name not in self.facts:
                raise ValueError(f"'exclusive' names '{name}', which is neither an axis nor a fact")
        for name, one in self.roles.items():
            if one.reached_as and one.reached_as not in self.roles:
                known = nearest(one.reached_as, self.roles)
                raise ValueError(f"roles.{name}.reached_as: '{one.reached_as}' is not a role{known}")
        for turn in self.turns:
            role = self.roles.get(turn.speaker)
            if role is None or role.speaks_as is None:
                raise ValueError(f"turn speaker '{turn.speaker}' is not a role with 'speaks_as'")
            self._known_cells(turn.when, "a turn's")
        for name, fact in self.facts.items():
            self._known_cells(fact.when, f"the fact {name}'s")
        return self

    @property
    def speakers(self) -> dict[str, Role]:
        """The roles that speak, by name."""
        return {name: role for name, role in self.roles.items() if role.speaks_as}

    @property
    def writers(self) -> tuple[str, ...]:
        """The roles that write what a sample holds: its speakers, or the writers of its fields, as far as it has them."""
        names = self.speakers or dict.fromkeys(plan.by for plan in self.fields)
        return tuple(name for name in names if name in self.roles)

    @property
    def main_writer(self) -> str:
        """The role that writes most of what a sample teaches: of a conversation its writer if that writes the whole, else who
        speaks as the assistant; of a task the writer of its first field. Empty if the scenario lacks it."""
        if self.conversation and self.conversation.how is How.WHOLE:
            return WRITER
        served = (name for name, role in self.speakers.items() if role.speaks_as is Speech.ASSISTANT)
        return next(served, next(iter(self.writers), ""))

    def _check_conversation(self, plan: ConversationPlan) -> None:
        speakers = self.speakers
        if not 2 <= len(speakers) <= 6:
            raise ValueError(f"roles: a conversation has two to six roles with 'speaks_as', not {len(speakers)}")
        if {role.speaks_as for role in speakers.values()} != set(_TWO):
            side = next(iter({str(role.speaks_as) for role in speakers.values()}))
            missing = next(str(other) for other in _TWO if str(other) != side)
            raise ValueError(
                f"roles: all {len(speakers)} speak as the {side}, and none as the {missing}: write 'speaks_as: {missing}'"
            )
        for key, name in (("opens", plan.opens), ("closes", plan.closes)):
            if name in self.roles and name not in speakers:
                raise ValueError(f"conversation.{key}: '{name}' does not speak: add 'speaks_as' to roles.{name}")
            if name and name not in speakers:
                raise ValueError(f"conversation.{key}: '{name}' is no role that speaks{nearest(name, speakers)}")
        for name, role in speakers.items():
            if unknown := next((fact for fact in role.knows if fact not in self.facts), ""):
                raise ValueError(f"roles.{name}.knows: '{unknown}' is no fact{nearest(unknown, self.facts)}")
        self._check_length(plan)
        if plan.order is Order.MODERATOR and MODERATOR not in self.roles:
            raise ValueError(f"conversation.order: '{plan.order}' needs a role '{MODERATOR}'")
        if plan.how is How.WHOLE and (self.tools or self.mcp):
            raise ValueError("conversation.how: 'whole' calls no tools, since one answer is all of it: use 'turns'")
        if WRITER not in self.roles:
            raise ValueError(f"a conversation needs a role '{WRITER}', which sets its scene")

    def _check_length(self, plan: ConversationPlan) -> None:
        """Raise ValueError if a number of messages cannot be one: as it stands, or as the values of an axis give it."""
        if "{" not in plan.messages:
            try:
                bounds_of(plan.messages)
            except ValueError as error:
                raise ValueError(f"conversation.messages: {error}") from None
        named = _OF_AXIS.fullmatch(plan.messages)
        axis = self.axes.get(named[1]) if named else None
        if named is None or (axis is not None and axis.ideate):
            return
        if axis is None:
            raise ValueError(
                f"conversation.messages: '{plan.messages}' names '{named[1]}', which is not an axis"
                f"{nearest(named[1], self.axes)}; write such as '6 to 14'"
            )
        for value in axis.values:
            try:
                bounds_of(value.attributes().get(named[2], ""))
            except ValueError as error:
                raise ValueError(f"axes.{named[1]}: the value '{value.name}': {named[2]}: {error}") from None

    def _check_scores(self) -> None:
        named = self.min_score if isinstance(self.min_score, dict) else {}
        if unknown := next((name for name in named if name not in self.rubric), ""):
            hint = nearest(unknown, self.rubric)
            raise ValueError(f"'min_score' names '{unknown}', which is no criterion of the rubric{hint}")
        least = [*named.values(), *([self.min_score] if isinstance(self.min_score, int | float) else [])]
        if any(not 1 <= score <= 5 for score in least):
            raise ValueError("'min_score' is a score from 1 to 5, or one for each criterion")

    def least_of(self, criterion: str) -> float:
        """The least score of a criterion with which a sample may be accepted."""
        if isinstance(self.min_score, dict):
            return self.min_score.get(criterion, LEAST_SCORE)
        return LEAST_SCORE if self.min_score is None else self.min_score

    def questions_of(self, kind: ItemKind) -> dict[str, str]:
        """The verifier's questions that are asked of a kind of item, by name."""
        plans = {name: QuestionPlan(ask=one) if isinstance(one, str) else one for name, one in self.questions.items()}
        return {name: plan.ask for name, plan in plans.items() if plan.of is kind}

    def _known_cells(self, when: dict[str, tuple[str, ...]], whose: str) -> None:
        for axis, names in when.items():
            known = set(self.axes[axis].known) if axis in self.axes else set()
            if unknown := sorted(set(names) - known):
                why = self.axes[axis].unknown if axis in self.axes else ""
                raise ValueError(f"{whose} 'when' names {axis}={unknown[0]}, which is not a value of that axis{why}")

    def _check_evolve(self, fields: Sequence[str]) -> None:
        plan = self.evolve
        if plan is None:
            return
        if self.family is not Family.FIELDS or plan.field not in fields:
            raise ValueError(
                f"'evolve' names the field '{plan.field}', which is not a field{nearest(plan.field, fields)}"
            )
        if plan.axis not in self.axes:
            raise ValueError(f"'evolve' names '{plan.axis}', which is not an axis{nearest(plan.axis, self.axes)}")
        for value in self.axes[plan.axis].values:
            if not value.attributes().get(plan.field, "").strip():
                raise ValueError(f"'evolve': the seed {value.name!r} of '{plan.axis}' has no text '{plan.field}'")
        if PARENT in self.axes or PARENT in self.brief:
            raise ValueError(f"'{PARENT}' is what 'evolve' adds to the brief; give your axis or text another name")

    def check_cells(self) -> None:
        """Raise ValueError if the axes' values, or what is excluded of them, cannot be planned with."""
        for axis in self.ideated:
            self._check_ideated(axis)
        sizes = [self._size(axis) for axis in self.axes]
        pairs = sum(left * right for left, right in combinations(sizes, 2))
        if pairs > _MAX_PAIRS:
            raise ValueError(f"the axes have {pairs} pairs of values; at most {_MAX_PAIRS} are possible")
        for exclusion in self.exclude:
            for axis, names in exclusion.axes.items():
                if axis not in self.axes:
                    raise ValueError(f"'exclude' names '{axis}', which is not an axis{nearest(axis, self.axes)}")
                known = self.axes[axis].known
                if unknown := next((name for name in names if name not in known), None):
                    hint = self.axes[axis].unknown or nearest(unknown, known)
                    raise ValueError(f"'exclude' names {axis}={unknown}, which the axis does not have{hint}")
        if self.exclude and completed({axis: plan.names for axis, plan in self.axes.items()}, self.exclude, {}) is None:
            raise ValueError("'exclude' leaves no combination of values")

    @property
    def sides(self) -> dict[Speech, str]:
        """In a world: the role that speaks as each side."""
        return {role.speaks_as: name for name, role in self.roles.items() if role.speaks_as}

    @property
    def ideated(self) -> dict[str, Ideation]:
        """The axes whose values a model has yet to propose."""
        return {axis: plan.ideate for axis, plan in self.axes.items() if plan.ideate}

    def _check_ideated(self, axis: str) -> None:
        plan = self.ideated[axis]
        if not plan.each:
            return
        other = self.axes.get(plan.each)
        if other is None or plan.each == axis:
            raise ValueError(
                f"axes.{axis}.ideate.each: '{plan.each}' is not another axis{nearest(plan.each, {*self.axes} - {axis})}"
            )
        if other.ideate and other.ideate.each:
            raise ValueError(
                f"axes.{axis}.ideate.each: '{plan.each}' has an 'each' of its own; only one step is possible"
            )
        if unknown := next((name for name in plan.examples if name not in other.known), None):
            hint = other.unknown or nearest(unknown, other.known)
            raise ValueError(f"axes.{axis}.ideate.examples: '{plan.each}' has no value '{unknown}'{hint}")

    def _size(self, axis: str) -> int:
        """How many values an axis has, or is going to have."""
        plan = self.axes[axis]
        if plan.ideate is None:
            return len(plan.values)
        size = plan.ideate.count * (self._size(plan.ideate.each) if plan.ideate.each else 1)
        if size > MAX_IDEATED:
            raise ValueError(f"axes.{axis}.ideate: asks for {size} values; at most {MAX_IDEATED} are possible")
        return size
