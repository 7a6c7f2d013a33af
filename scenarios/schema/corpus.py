"""A corpus: the passages that a scenario's dialogues are about, with questions that they answer or do not answer."""

from __future__ import annotations

import random
from collections.abc import Sequence
from enum import StrEnum

from pydantic import Field, field_validator, model_validator

from scenarios.errors import ScenarioError, nearest
from scenarios.frozen import Frozen

JOINT = '" and "'
"""What stands between two cited spans."""
_NO_SPANS = ("The text does not say.", "That is not mentioned in the text.", "The text says nothing about that.")


def _plain(text: str) -> str:
    """The text in one line. What a citation's or a plan's notation is made of is not allowed in it."""
    line = " ".join(text.split())
    for mark in ('"', "|"):
        if mark in line:
            raise ValueError(f"{mark} is part of the notation of citations and plans, so it cannot be in a corpus")
    return line


class _Asked(Frozen):
    ask: str = Field(min_length=3, max_length=200)

    @field_validator("ask")
    @classmethod
    def _a_question(cls, ask: str) -> str:
        if not _plain(ask).endswith("?"):
            raise ValueError("a question ends with '?'")
        return _plain(ask)


class FollowUp(_Asked):
    """A question that the passage answers, asked after another one."""

    spans: tuple[str, ...] = Field(min_length=1, max_length=3)
    """The words of the passage that answer it, exactly; an answer has to cite each."""
    key: str = Field(min_length=1, max_length=100)
    """The words of the spans that an answer has to say; paraphrase is allowed elsewhere."""

    @field_validator("spans")
    @classmethod
    def _in_one_line(cls, spans: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(_plain, spans))


class Answerable(FollowUp):
    """A question that the passage answers."""

    then: FollowUp | None = None
    """A question that only makes sense right after this one."""


class Unanswerable(_Asked):
    """A question that sounds as if the passage answered it, and it does not."""


class CorpusPassage(Frozen):
    """One passage with its questions."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)
    title: str = Field(min_length=1, max_length=100)
    text: str = Field(min_length=20, max_length=4000)
    answerable: tuple[Answerable, ...] = Field(min_length=1, max_length=40)
    unanswerable: tuple[Unanswerable, ...] = Field(default=(), max_length=40)

    @field_validator("title", "text")
    @classmethod
    def _in_one_line(cls, text: str) -> str:
        return _plain(text)

    @model_validator(mode="after")
    def _spans_are_there(self) -> CorpusPassage:
        for question in (*self.answerable, *(one.then for one in self.answerable if one.then)):
            for span in question.spans:
                if span not in self.text:
                    raise ValueError(f"passage '{self.id}' does not hold the span '{span}'")
            if not any(question.key.lower() in span.lower() for span in question.spans):
                raise ValueError(f"passage '{self.id}': no span of '{question.ask}' holds its key '{question.key}'")
        return self


class Corpus(Frozen):
    """Every passage that a scenario may choose."""

    passages: tuple[CorpusPassage, ...] = Field(min_length=1, max_length=10_000)

    @field_validator("passages")
    @classmethod
    def _distinct(cls, passages: tuple[CorpusPassage, ...]) -> tuple[CorpusPassage, ...]:
        ids = [passage.id for passage in passages]
        if len(set(ids)) < len(ids):
            raise ValueError("two passages have the same id")
        return passages

    def passage(self, name: str) -> CorpusPassage:
        """The passage of that id."""
        return next(passage for passage in self.passages if passage.id == name)


class Kind(StrEnum):
    """What a plan of questions may ask for."""

    ANSWERABLE = "answerable"
    FOLLOW_UP = "follow_up"
    """What follows the answerable question right before it."""
    UNANSWERABLE = "unanswerable"


def kinds_of(plan: str, where: str) -> tuple[Kind, ...]:
    """The kinds that a plan such as 'answerable follow_up' names. Raises ScenarioError, naming `where`."""
    kinds: list[Kind] = []
    for word in plan.split():
        if word not in set(Kind):
            raise ScenarioError(f"{where}: '{word}' is not a kind of question{nearest(word, list(Kind))}")
        if word == Kind.FOLLOW_UP and kinds[-1:] != [Kind.ANSWERABLE]:
            raise ScenarioError(f"{where}: 'follow_up' has to come right after 'answerable'")
        kinds.append(Kind(word))
    return tuple(kinds)


def draw_questions(passage: CorpusPassage, kinds: Sequence[Kind], rng: random.Random, where: str) -> dict[str, str]:
    """The facts of a brief that asks about `passage`, for questions numbered from 1.

    `question_N` what is asked, `span_N` the spans that answer it, joined as they are cited (empty if the passage
    does not answer), `key_N` what an answer has to say, `right_N` an answer that is right by construction.
    Raises ScenarioError, naming `where`, if the passage has too few questions of a kind.
    """
    lead = [one for one in passage.answerable if one.then]
    led = min(kinds.count(Kind.FOLLOW_UP), len(lead))
    followed = rng.sample(lead, led)
    other = [one for one in passage.answerable if one not in followed]
    pools: dict[bool, list[Answerable]] = {True: followed, False: rng.sample(other, len(other))}
    unanswerable = rng.sample(passage.unanswerable, len(passage.unanswerable))
    drawn: list[FollowUp | Unanswerable] = []
    before: Answerable | None = None
    for place, kind in enumerate(kinds):
        try:
            if kind is Kind.UNANSWERABLE:
                drawn.append(unanswerable.pop())
            elif kind is Kind.ANSWERABLE:
                before = pools[kinds[place + 1 : place + 2] == (Kind.FOLLOW_UP,)].pop()
                drawn.append(before)
            elif before and before.then:
                drawn.append(before.then)
        except IndexError:
            raise ScenarioError(f"{where}: passage '{passage.id}' has too few questions for this plan") from None
    facts: dict[str, str] = {}
    gaps = 0
    for number, one in enumerate(drawn, 1):
        spans = one.spans if isinstance(one, FollowUp) else ()
        facts[f"question_{number}"] = one.ask
        facts[f"span_{number}"] = JOINT.join(spans)
        facts[f"key_{number}"] = one.key if isinstance(one, FollowUp) else ""
        facts[f"right_{number}"] = _right(spans) or _NO_SPANS[gaps % len(_NO_SPANS)]
        gaps += not spans
    return facts


def _right(spans: Sequence[str]) -> str:
    """An answer in the words of the spans, each with its citation; empty without spans."""
    return " ".join(f'{span[0].upper()}{span[1:]}. Source: "{span}".' for span in spans)
