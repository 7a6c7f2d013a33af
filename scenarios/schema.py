"""What a scenario file may say. Every field has its bounds; an unknown field is an error."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import combinations
from typing import Any

from pydantic import Field, field_validator, model_validator

from scenarios.axes import Axis, Exclusion, completed
from scenarios.demonstrations import Choice
from scenarios.errors import nearest
from scenarios.frozen import Frozen
from scenarios.ideation import Ideation
from scenarios.records import Speech
from scenarios.styles import PerStyle, Style

NAME = r"^[a-z][a-z0-9_]*$"


class Family(StrEnum):
    """What a scenario's samples are."""

    DIALOGUE = "dialogue"
    FIELDS = "fields"
    WORLD = "world"
    """A dialogue that plays in a world: nobody plans its turns."""


class NodeKind(StrEnum):
    """The steps that a topology's nodes may be."""

    GENERATE = "generate"
    CRITIQUE = "critique"
    REFINE = "refine"
    VERIFY = "verify"
    JUDGE = "judge"


class When(StrEnum):
    """The condition on a topology's edge."""

    ALWAYS = "always"
    PROBLEMS = "problems"
    """The critic named problems and revisions are left."""
    CLEAN = "clean"
    """No problems, or no revisions left."""


class Edge(Frozen):
    """One edge of a topology. `bound` limits how often a sample may take it."""

    source: str
    target: str
    when: When = When.ALWAYS
    bound: int | None = Field(default=None, ge=1, le=10)


class Topology(Frozen):
    """The shape of a sample graph: nodes by name, and edges. `end` is implied."""

    nodes: dict[str, NodeKind] = Field(min_length=1)
    start: str
    edges: tuple[Edge, ...] = Field(min_length=1)


_TWO = [Speech.ASSISTANT, Speech.USER]
_WARMER = 0.05
_WARMEST = 1.2


class Decoding(Frozen):
    """How a role's answers are drawn."""

    temperature: float = Field(default=0.7, ge=0, le=2)
    max_tokens: int = Field(default=256, ge=1, le=32_768)
    stop: tuple[str, ...] = ()
    top_p: float | None = Field(default=None, gt=0, le=1)

    def warmed(self, draws: int) -> Decoding:
        """The decoding of a redraw after `draws` draws: warmer each time, so that it does not fail in the same way."""
        warmest = max(_WARMEST, self.temperature)
        return self.model_copy(update={"temperature": min(self.temperature + _WARMER * draws, warmest)})


class AnswerKind(StrEnum):
    """What a role answers: free text, or JSON of a schema that its step knows."""

    TEXT = "text"
    JSON = "json"


class Role(Frozen):
    """A role as data: what it may see and how it is prompted."""

    speaks_as: Speech | None = None
    """For the speakers of a dialogue: their role in the chat format."""
    label: str = ""
    """The name before a speaker's lines."""
    sees: tuple[str, ...] = ()
    """Which of the brief's texts and facts the role is shown."""
    prompt: PerStyle
    answer: AnswerKind = AnswerKind.TEXT
    decoding: dict[Style, Decoding] = Field(default_factory=dict)
    never_says: tuple[str, ...] = ()
    """Phrases that show that the role was flipped or the prompt leaked."""
    required: bool = True
    """False: where the role's answer is no valid JSON, its evidence is ERROR and the sample goes on."""


class TurnPlan(Frozen):
    """One planned turn; texts are templates over the cell and the facts."""

    speaker: str
    act: str
    must: tuple[str | tuple[str, ...], ...] = ()
    must_not: tuple[str, ...] = ()
    """Phrases, also joined with `|`, that show that the line does something else."""
    routine: bool = False
    """A line that many would word alike, such as a goodbye: it may be a demonstration's."""
    when: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Axis → value names: the turn is left out of other cells."""


class FieldKind(StrEnum):
    """What a field's text is."""

    PROSE = "prose"
    EXACT = "exact"
    """Code, data or a value: the guards of language pass it over."""


class FieldPlan(Frozen):
    """One field of a task, drawn in the order of the file."""

    name: str = Field(pattern=NAME)
    kind: FieldKind = FieldKind.PROSE
    by: str = "generator"
    """The role that writes it. Where it is another one, no refiner rewrites it: it is drawn anew."""
    sees: tuple[str, ...] | None = None
    """The earlier fields that its writer is shown; all of them by default."""
    runs: str = ""
    """For a program: a Python expression; later fields' prompts are shown its value as `results.FIELD`."""
    prompt: PerStyle
    decoding: dict[Style, Decoding] = Field(default_factory=dict)
    must: tuple[str | tuple[str, ...], ...] = ()
    min_words: int = Field(default=1, ge=1)
    max_words: int = Field(default=400, ge=1)
    steps: tuple[int, int] | None = None
    """For a numbered list: the least and the most steps."""
    scripted: str = ""
    """What the scripted backend writes here: a template over the cell, the facts and the brief's texts."""


_MAX_IDEATED = 1000
"""Values of an ideated axis: the planner weighs each of them for every cell."""
_MAX_PAIRS = 200_000
"""Pairs of values of a scenario's axes: the planner keeps an account of each."""
INGREDIENTS = ", "
"""Between the words of a fact that is several."""


class FactPlan(Frozen):
    """How a fact is drawn: a pattern (`#` a digit, `@` a letter), one of a list, or `count` words that the sample has to
    use, of a list or of a file with a word or phrase on each line."""

    pattern: str | None = None
    choice: tuple[str, ...] = ()
    when: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Axis → value names: the fact is left out of other cells."""
    words: tuple[str, ...] = ()
    count: int = Field(default=1, ge=1, le=20)

    @model_validator(mode="after")
    def _one_way(self) -> FactPlan:
        if (self.pattern is not None) + bool(self.choice) + bool(self.words) != 1:
            raise ValueError("give one of 'pattern', 'choice' and 'words'; a list is not empty")
        if len(set(self.words)) < len(self.words) or any(INGREDIENTS in word for word in self.words):
            raise ValueError("'words' are different from each other, and have no comma")
        if self.count > max(1, len(self.words)):
            raise ValueError(f"'count' is {self.count}, and there are {len(self.words)} words")
        return self


class WorldPlan(Frozen):
    """The world that a scenario plays in. The dial's values are templates over the cell, or numbers."""

    name: str
    """A world that ships, or a Python module that the user trusts."""
    task: str = ""
    """The atom of the first goal; empty: any."""
    goals: str = "1"
    distractors: str = "4"
    refusals: str = "0"
    unknown: str = "0"
    most_messages: int = Field(default=40, ge=2, le=400)
    """Spoken messages of a dialogue at the most."""
    most_calls: int = Field(default=8, ge=1, le=64)
    """Calls of tools in one turn at the most."""
    examples: int = Field(default=2, ge=0, le=4)
    """Right dialogues of other tasks that a transcript prompt shows."""

    @field_validator("goals", "distractors", "refusals", "unknown", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class CorpusPlan(Frozen):
    """The corpus that a dialogue's questions come from. It adds the axis `passage` to the scenario."""

    file: str
    """A YAML file of passages, or a JSONL file with one passage a line."""
    ask: str
    """A template: the kinds of the questions in order, such as 'answerable follow_up unanswerable'."""


class EvolvePlan(Frozen):
    """Samples that evolve others: the parent of a brief is its seed, or an accepted sample that stems from its seed."""

    axis: str
    """The axis whose values are the seeds: each has a text under the name of `field`."""
    field: str
    """The field that is evolved."""
    depth: int = Field(default=4, ge=1, le=64)
    """Evolutions from a seed to a sample at the most."""


PARENT = "parent"
"""The name by which templates use what a brief evolves: its `id`, `depth` and `text`."""


class CheckPlan(Frozen):
    """One check of a scenario, by the name it is registered under."""

    name: str
    required: bool = True
    field: str = ""
    """The field that is drawn again where the check fails as soon as it is drawn."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        """A string stands for a required check's name."""
        return {"name": value} if isinstance(value, str) else value


class DemonstrationPlan(Frozen):
    """Where the demonstrations are, how many a prompt shows and which."""

    file: str
    choose: Choice = Choice.NEAR
    count: int = Field(default=2, ge=0, le=12)
    accepted: int = Field(default=0, ge=0, le=12)
    """How many of them are accepted samples of earlier rounds, chosen in the same way, as soon as there are any and where
    the run steers."""

    @model_validator(mode="after")
    def _some_of_all(self) -> DemonstrationPlan:
        if self.accepted > self.count:
            raise ValueError(f"'accepted' is {self.accepted}, and 'count', of which they are a part, is {self.count}")
        return self


class Calibration(Frozen):
    """How well a model's judgement tells sound samples from planted defects, measured by graphs.calibrate."""

    model: str
    role: str
    auc: float = Field(ge=0, le=1)
    low: float = Field(ge=0, le=1)
    """Lower end of the 95 % interval."""
    samples: int = Field(ge=1)

    @property
    def informative(self) -> bool:
        """True where the judgement is better than chance beyond doubt, and by enough to matter."""
        return self.low > 0.5 and self.auc >= 0.65


class Scenario(Frozen):
    """What to make: the task, roles, axes, checks, rubric and acceptance policy."""

    name: str = Field(pattern=NAME)
    description: str = Field(min_length=1)
    family: Family
    topology: str | Topology = "full"
    axes: dict[str, Axis] = Field(default_factory=dict)
    exclude: tuple[Exclusion, ...] = ()
    """Combinations of values that make no sense."""
    facts: dict[str, FactPlan] = Field(default_factory=dict)
    corpus: CorpusPlan | None = None
    evolve: EvolvePlan | None = None
    brief: dict[str, str] = Field(default_factory=dict)
    turns: tuple[TurnPlan, ...] = ()
    world: WorldPlan | None = None
    redraws: int = Field(default=8, ge=1, le=64)
    """Draws of a line or field at the most."""
    backtracks: int = Field(default=2, ge=0, le=16)
    """How often a dialogue may drop its last line and try again where every draw of the next one failed."""
    revisions: int = Field(default=1, ge=0, le=10)
    """Refine steps a sample may take."""
    exclusive: tuple[str, ...] = ()
    """Axes and facts of which a sample may name only its own value."""
    fields: tuple[FieldPlan, ...] = ()
    roles: dict[str, Role] = Field(default_factory=dict)
    demonstrations: DemonstrationPlan | None = None
    checks: tuple[CheckPlan, ...] = ()
    questions: dict[str, str] = Field(default_factory=dict)
    """What the verifying model is asked: name → yes-or-no question, where yes is right."""
    rubric: dict[str, str] = Field(default_factory=dict)
    """Criterion → what it asks."""
    min_score: float | None = Field(default=None, ge=1, le=5)
    """The least mean score, where the judge is informative."""
    calibration: tuple[Calibration, ...] = ()
    settings: dict[str, Any] = Field(default_factory=dict)
    """The scenario's defaults for the command line's keys."""

    @model_validator(mode="after")
    def _whole(self) -> Scenario:
        if self.family is Family.DIALOGUE and not self.turns:
            raise ValueError("a dialogue scenario needs 'turns'")
        if self.family is Family.FIELDS and not self.fields:
            raise ValueError("a fields scenario needs 'fields'")
        if (self.family is Family.WORLD) != (self.world is not None):
            raise ValueError("a scenario of the family 'world', and no other, needs 'world'")
        if self.world and sorted(role.speaks_as for role in self.roles.values() if role.speaks_as) != _TWO:
            raise ValueError("a world needs one role with 'speaks_as: user' and one with 'speaks_as: assistant'")
        if self.world and self.demonstrations and self.demonstrations.accepted:
            raise ValueError("demonstrations: 'accepted' is not for worlds, whose examples are made anew")
        if "trust" in self.settings:
            raise ValueError("settings: 'trust' is for the command line alone")
        fields = [field.name for field in self.fields]
        for check in self.checks:
            if check.field and check.field not in fields:
                raise ValueError(f"the check '{check.name}' names '{check.field}', which is no field")
        for place, field in enumerate(self.fields):
            if field.by != "generator" and field.by not in self.roles:
                raise ValueError(f"the field '{field.name}' is written by '{field.by}', which is no role")
            if unknown := sorted(set(field.sees or ()) - set(fields[:place])):
                raise ValueError(f"the field '{field.name}' sees '{unknown[0]}', which is no field before it")
        self._check_cells()
        self._check_evolve(fields)
        for name in self.exclusive:
            if name not in self.axes and name not in self.facts:
                raise ValueError(f"'exclusive' names '{name}', which is no axis and no fact")
        for turn in self.turns:
            role = self.roles.get(turn.speaker)
            if role is None or role.speaks_as is None:
                raise ValueError(f"turn speaker '{turn.speaker}' is no role with 'speaks_as'")
            self._known_cells(turn.when, "a turn's")
        for name, fact in self.facts.items():
            self._known_cells(fact.when, f"the fact {name}'s")
        return self

    def _known_cells(self, when: dict[str, tuple[str, ...]], whose: str) -> None:
        for axis, names in when.items():
            known = set(self.axes[axis].known) if axis in self.axes else set()
            if unknown := sorted(set(names) - known):
                why = self.axes[axis].unknown if axis in self.axes else ""
                raise ValueError(f"{whose} 'when' names {axis}={unknown[0]}, which no axis has{why}")

    def _check_evolve(self, fields: Sequence[str]) -> None:
        plan = self.evolve
        if plan is None:
            return
        if self.family is not Family.FIELDS or plan.field not in fields:
            raise ValueError(f"'evolve' names the field '{plan.field}', which is no field{nearest(plan.field, fields)}")
        if plan.axis not in self.axes:
            raise ValueError(f"'evolve' names '{plan.axis}', which is no axis{nearest(plan.axis, self.axes)}")
        for value in self.axes[plan.axis].values:
            if not value.attributes().get(plan.field, "").strip():
                raise ValueError(f"'evolve': the seed {value.name!r} of '{plan.axis}' has no text '{plan.field}'")
        if PARENT in self.axes or PARENT in self.brief:
            raise ValueError(f"'{PARENT}' is what 'evolve' adds to the brief; give your axis or text another name")

    def _check_cells(self) -> None:
        for axis in self.ideated:
            self._check_ideated(axis)
        sizes = [self._size(axis) for axis in self.axes]
        pairs = sum(left * right for left, right in combinations(sizes, 2))
        if pairs > _MAX_PAIRS:
            raise ValueError(f"the axes have {pairs} pairs of values, and {_MAX_PAIRS} are the most")
        for exclusion in self.exclude:
            for axis, names in exclusion.axes.items():
                if axis not in self.axes:
                    raise ValueError(f"'exclude' names '{axis}', which is no axis{nearest(axis, self.axes)}")
                known = self.axes[axis].known
                if unknown := next((name for name in names if name not in known), None):
                    hint = self.axes[axis].unknown or nearest(unknown, known)
                    raise ValueError(f"'exclude' names {axis}={unknown}, which the axis has not{hint}")
        if self.exclude and completed({axis: plan.names for axis, plan in self.axes.items()}, self.exclude, {}) is None:
            raise ValueError("'exclude' leaves no cell")

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
                f"axes.{axis}.ideate.each: '{plan.each}' is no other axis{nearest(plan.each, {*self.axes} - {axis})}"
            )
        if other.ideate and other.ideate.each:
            raise ValueError(f"axes.{axis}.ideate.each: '{plan.each}' has an 'each' of its own; one step is the most")
        if unknown := next((name for name in plan.examples if name not in other.known), None):
            hint = other.unknown or nearest(unknown, other.known)
            raise ValueError(f"axes.{axis}.ideate.examples: '{plan.each}' has no value '{unknown}'{hint}")

    def _size(self, axis: str) -> int:
        """How many values an axis has, or is going to have."""
        plan = self.axes[axis]
        if plan.ideate is None:
            return len(plan.values)
        size = plan.ideate.count * (self._size(plan.ideate.each) if plan.ideate.each else 1)
        if size > _MAX_IDEATED:
            raise ValueError(f"axes.{axis}.ideate: {size} values are asked for, and {_MAX_IDEATED} are the most")
        return size
