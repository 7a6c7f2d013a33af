"""What the parts of a scenario are planned by: roles, turns, fields, facts, checks, demonstrations, worlds, corpora."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from scenarios.frozen import Frozen
from scenarios.messages import Speech
from scenarios.schema.demonstrations import Choice
from scenarios.schema.styles import PerStyle, Style

NAME = r"^[a-z][a-z0-9_]*$"


_MOST_WORDS = 1_000_000
MOST_FOCUS = 4000
"""Characters of a role's focus."""
_Steps = Annotated[int, Field(ge=0, le=10_000)]


def _is_empty(value: tuple[Any, ...] | str) -> bool:
    """Whether a list says nothing: a scenario that has none is the same as before there were such lists."""
    return not value


def _is_off(value: bool) -> bool:
    """Whether a switch is off, as it was before there was one."""
    return not value


def _is_on(value: bool) -> bool:
    """Whether a switch is on, as it was before there was one."""
    return value


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
        if not draws:
            return self
        warmest = max(_WARMEST, self.temperature)
        return self.model_copy(update={"temperature": min(self.temperature + _WARMER * draws, warmest)})


class AnswerKind(StrEnum):
    """What a role answers: free text, or JSON of a schema that its step knows."""

    TEXT = "text"
    JSON = "json"


class Asking(StrEnum):
    """How a judge is asked for its scores."""

    SINGLE = "single"
    """All criteria in one call, in the order of the rubric: the cheapest. Scores of one call pull at each other."""
    EACH = "each"
    """One criterion a call."""
    PERMUTED = "permuted"
    """All criteria in one call, in an order that the sample's seed draws: what the order does is the same for all criteria."""


class Scoring(StrEnum):
    """What is taken as a judge's score of a criterion."""

    MODE = "mode"
    """What it says in one answer: a whole number."""
    TOKEN_MEAN = "token_mean"
    """The mean of all scores, weighted by the probabilities that the model gave them at their place in one answer; if there are
    none to use, as `samples`, and the evidence says so."""
    SAMPLES = "samples"
    """The mean of several answers."""


FEWEST_DRAWS, MOST_DRAWS, USUAL_DRAWS = 2, 20, 5
"""Answers whose mean is a score."""


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
    """Phrases that show that the role was flipped or the prompt leaked; they count as a turn's `cues` do."""
    markup: bool = Field(default=False, exclude_if=_is_off)
    """Of a speaker: lists, headings and other Markdown are wanted."""
    required: bool = True
    """False: if the role's answer is no valid JSON, its evidence is ERROR and the sample goes on."""
    asking: Asking = Field(default=Asking.SINGLE, exclude_if=lambda asking: asking is Asking.SINGLE)
    """Of a judge: whether its criteria are asked in one call, one by one, or in a drawn order."""
    scoring: Scoring = Field(default=Scoring.MODE, exclude_if=lambda scoring: scoring is Scoring.MODE)
    """Of a judge: what is taken as a score."""
    samples: int = Field(
        default=USUAL_DRAWS, ge=FEWEST_DRAWS, le=MOST_DRAWS, exclude_if=lambda draws: draws == USUAL_DRAWS
    )
    """Of a judge: the answers whose mean is a score."""
    who: str = Field(default="", exclude_if=_is_empty)
    """Of a speaker of a conversation: who it is, as 'You are …' goes on; by default its name."""
    goal: str = Field(default="", exclude_if=_is_empty)
    """Of a speaker of a conversation: what it wants, a template over the cell and the facts; by default the writer's to say."""
    knows: tuple[str, ...] = Field(default=(), exclude_if=_is_empty)
    """Of a speaker of a conversation: the scenario's facts that it knows; others know them only if they name them, too. What no
    speaker knows, the writer may use."""
    focus: str = Field(default="", max_length=MOST_FOCUS, exclude_if=_is_empty)
    """What the role attends to in particular, in plain words: a chat model reads it behind the prompt, and over it if the two
    do not agree."""
    reached_as: str = Field(default="", exclude_if=_is_empty)
    """The role whose model it has unless the settings give it one of its own."""
    briefed: bool = Field(default=True, exclude_if=_is_on)
    """Of a speaker of a conversation: the writer of the scene gives it a goal and facts. False: it has only what the scenario
    gives it, such as passages, and what the others write to it."""


class TurnPlan(Frozen):
    """One planned turn; texts are templates over the cell and the facts."""

    speaker: str
    act: str
    must: tuple[str | tuple[str, ...], ...] = ()
    """What the line has to say: a phrase, or several (also joined with `|`) of which it says one."""
    cues: tuple[str | tuple[str, ...], ...] = Field(default=(), exclude_if=_is_empty)
    """As `must`, but only signs by which the line of a model is recognised that nobody can ask: they count for nothing if
    a verifier whose judgement counts reads the sample."""
    must_not: tuple[str, ...] = ()
    """Phrases, also joined with `|`, that show that the line does something else; they count as `cues` do."""
    routine: bool = False
    """A line that many would word alike, such as a goodbye: it may be a demonstration's."""
    when: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Axis → value names: the turn is left out of other cells."""


GENERATOR = "generator"
"""The role that writes fields, unless they name another."""


class FieldKind(StrEnum):
    """What a field's text is."""

    PROSE = "prose"
    EXACT = "exact"
    """Code, data or a value: the guards of language pass it over."""


class FieldPlan(Frozen):
    """One field of a task, drawn in the order of the file."""

    name: str = Field(pattern=NAME)
    kind: FieldKind = FieldKind.PROSE
    by: str = GENERATOR
    """The role that writes it. If it is another one, no refiner rewrites it: it is drawn anew."""
    sees: tuple[str, ...] | None = None
    """The earlier fields that its writer is shown; all of them by default."""
    runs: str = ""
    """For a program: a Python expression; later fields' prompts are shown its value as `results.FIELD`."""
    prompt: PerStyle
    decoding: dict[Style, Decoding] = Field(default_factory=dict)
    must: tuple[str | tuple[str, ...], ...] = ()
    cues: tuple[str | tuple[str, ...], ...] = Field(default=(), exclude_if=_is_empty)
    """As a turn's."""
    min_words: int = Field(default=1, ge=1, le=_MOST_WORDS)
    max_words: int = Field(default=400, ge=1, le=_MOST_WORDS)
    markup: bool = Field(default=False, exclude_if=_is_off)
    """Lists, headings and other Markdown are wanted."""
    steps: tuple[_Steps, _Steps] | None = None
    """For a numbered list: the least and the most steps."""
    scripted: str = ""
    """What the scripted backend writes here: a template over the cell, the facts and the brief's texts."""


INGREDIENTS = ", "
"""Between the words of a fact that is several."""


class FactPlan(Frozen):
    """How a fact is drawn: a pattern (`#` a digit, `@` a letter), one of a list, `count` words that the sample has to use, of
    a list or of a file with a word or phrase on each line, or a template over the cell and the facts before it."""

    pattern: str | None = None
    choice: tuple[str, ...] = ()
    when: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Axis → value names: the fact is left out of other cells."""
    words: tuple[str, ...] = ()
    count: int = Field(default=1, ge=1, le=20)
    text: str = Field(default="", exclude_if=_is_empty)
    """A template, so that facts agree with each other: a price that follows from the product, a limit below the price."""
    said: bool = Field(default=True, exclude_if=_is_on)
    """Of a fact that a speaker of a conversation knows: it has to have come up by the end."""

    @model_validator(mode="after")
    def _one_way(self) -> FactPlan:
        if (self.pattern is not None) + bool(self.choice) + bool(self.words) + bool(self.text) != 1:
            raise ValueError("give one of 'pattern', 'choice', 'words' and 'text'; a list is not empty")
        if len(set(self.words)) < len(self.words) or any(INGREDIENTS in word for word in self.words):
            raise ValueError("'words' must differ from each other and have no comma")
        if self.count > max(1, len(self.words)):
            raise ValueError(f"'count' is {self.count}, but there are only {len(self.words)} words")
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
    user: str = Field(default="", exclude_if=_is_empty)
    """How the user goes about it: cooperative (the default), forthcoming, argues, insists or wavers."""
    most_messages: int = Field(default=40, ge=2, le=400)
    """At most so many spoken messages in a dialogue."""
    most_calls: int = Field(default=8, ge=1, le=64)
    """At most so many calls of tools in one turn."""
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
    """At most so many evolutions from a seed to a sample."""


PASSAGE = "passage"
"""The axis that a corpus or documents add to their scenario: a value for each passage, with its title."""
PARENT = "parent"
"""The name by which templates use what a brief evolves: its `id`, `depth` and `text`."""


class CheckPlan(Frozen):
    """One check of a scenario, by the name it is registered under."""

    name: str
    required: bool = True
    field: str = ""
    """The field that is drawn again if the check fails as soon as it is drawn."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        """A string stands for a required check's name."""
        return {"name": value} if isinstance(value, str) else value


class ItemKind(StrEnum):
    """What a verifier is asked a question of."""

    SAMPLE = "sample"
    """Once, of the whole."""
    USER = "user"
    """Of each line of the user."""
    ASSISTANT = "assistant"
    """Of each line of the assistant."""
    CLAIM = "claim"
    """Of each sentence of the assistant, with the words that it cites; in a free conversation of each that cites a passage, with
    the passages' ids."""


class QuestionPlan(Frozen):
    """A yes-or-no question to the verifier whose right answer is yes, and what it is asked of."""

    ask: str = Field(min_length=1)
    """A template over the cell, the facts and the brief's texts."""
    of: ItemKind = ItemKind.SAMPLE


class DemonstrationPlan(Frozen):
    """Where the demonstrations are, how many a prompt shows and which."""

    file: str
    choose: Choice = Choice.NEAR
    count: int = Field(default=2, ge=0, le=12)
    accepted: int = Field(default=0, ge=0, le=12)
    """How many of them are accepted samples of earlier rounds, chosen in the same way, as soon as there are any and if
    the run steers."""

    @model_validator(mode="after")
    def _some_of_all(self) -> DemonstrationPlan:
        if self.accepted > self.count:
            raise ValueError(f"'accepted' is {self.accepted}, which is more than 'count', {self.count}")
        return self
