"""How a model is asked for values of an axis, and what its answer is read as. A function of question and answer."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, Field

from agents.focus import focused
from agents.models.calls import Asker, Call, Model, ModelAccess
from agents.models.scripted import scripted_fits, scripted_lines, scripted_values
from agents.models.structured import ask_structured
from agents.views import in_language
from scenarios.errors import AnswerInvalid
from scenarios.frozen import Frozen
from scenarios.loading import FITS, Loaded
from scenarios.schema.ideation import IDEATOR, tidied
from scenarios.schema.languages import ENGLISH, LANGUAGE, LanguageName
from scenarios.schema.plans import Decoding
from scenarios.schema.styles import PerStyle, Style
from scenarios.seeds import seed_of

_LINE = re.compile(
    r"(?P<value>[^|]+?)\s*\|\s*(?P<chance>[01]|0?\.\d{1,6}|1\.0{1,6}|\d{1,2}(?:\.\d{1,6})?\s?%|100\s?%)\s*"
)
_MOST = 200
"""Values that an answer may hold."""
_SHOWN = 5


class Proposal(Frozen):
    """A value that a model proposes."""

    value: str
    probability: float
    """That somebody thinks of it first, as the model says: good for an order, and for nothing else."""


class _Proposed(BaseModel):
    value: str = Field(max_length=400)
    probability: float = Field(ge=0, le=100)
    """Some models answer in per cent: only the order counts."""


class Proposals(BaseModel):
    """An ideator's answer."""

    values: list[_Proposed] = Field(max_length=_MOST)


class _Fit(BaseModel):
    value: str = Field(max_length=400)
    groups: list[str] = Field(max_length=_MOST)


class Fits(BaseModel):
    """What each of some values fits."""

    fits: list[_Fit] = Field(max_length=_MOST)


@dataclass(frozen=True)
class Question:
    """What is asked for once."""

    axis: str
    parent: str
    """The value of the axis `each` that the values are to belong to; empty where there is none."""
    count: int
    known: tuple[str, ...]
    """What is there already."""
    number: int
    """Which call for this list it is, from 0."""


@dataclass(frozen=True)
class Read:
    """What an answer held."""

    proposals: tuple[Proposal, ...] = ()
    unread: int = 0
    """Lines, or whole answers, that could not be read."""
    fault: str = ""
    """Why a whole answer could not be."""


@dataclass(frozen=True)
class Ideator:
    """Who proposes values, and for what."""

    loaded: Loaded
    gateway: ModelAccess
    model: Model
    seed: int
    """The run's."""

    def demonstrated(self, axis: str) -> tuple[str, ...]:
        """The values in the demonstration of a transcript prompt: a base model writes them down again."""
        if self.model.style is not Style.TRANSCRIPT:
            return ()
        bare = Question(axis=axis, parent="", count=1, known=(), number=0)
        prompt = self.loaded.prompt(self._prompt(axis), self.model.style)
        lines = "\n".join(one.content for one in prompt.messages(asked_values(self.loaded, bare))).splitlines()
        return tuple(one.value for line in lines for one in read_lines(line.strip().removeprefix("- ")).proposals)

    def _prompt(self, axis: str) -> PerStyle:
        return self.loaded.scenario.ideated[axis].prompt or self.loaded.scenario.roles[IDEATOR].prompt

    async def propose(self, question: Question) -> Read:
        """The values that the model proposes. An answer that cannot be read holds none. Raises as Gateway.ask."""
        step = f"{question.parent}/{question.number}" if question.parent else str(question.number)
        if self.model.style is Style.TRANSCRIPT:
            question = replace(question, known=self._shown(question, step))
        call = self._call(question.axis, step, self._prompt(question.axis), asked_values(self.loaded, question))
        if self.model.style is Style.TRANSCRIPT:
            call = call.model_copy(update={"verbatim": scripted_lines(question, call.seed)})
            answer = await self.gateway.ask(call)
            return read_lines(answer.text, cut_off=answer.finish == "length")
        call = call.model_copy(update={"verbatim": scripted_values(question, call.seed)})
        try:
            said, _ = await ask_structured(self.gateway, call, Proposals)
        except AnswerInvalid as error:
            return Read(unread=1, fault=str(error))
        found = (Proposal(value=tidied(one.value), probability=one.probability) for one in said.values)
        return Read(tuple(found))

    def _shown(self, question: Question, step: str) -> tuple[str, ...]:
        """A few of the values that are there, others in each call: a base model goes on with the pattern of a long list."""
        rng = random.Random(seed_of(self.seed, IDEATOR, question.axis, step, "shown"))
        return tuple(rng.sample(question.known, min(_SHOWN, len(question.known))))

    async def misfits(self, axis: str, parent: str, values: Sequence[str], step: str) -> set[str]:
        """Those of the values that fit another value of the axis `each` than `parent`, too, as the model says.

        What it does not speak of, or not so that it can be read, stays. Raises as Gateway.ask.
        """
        plan = self.loaded.scenario.ideated[axis]
        groups = self.loaded.scenario.axes[plan.each].names
        # What it answers are the values and groups as they are, whatever their language.
        asked = {
            **_about(self.loaded, axis), "groups": list(groups), "values": list(values), LANGUAGE: LanguageName(ENGLISH)
        }  # fmt: skip
        call = self._call(axis, f"fits/{parent}/{step}", FITS, asked)
        call = call.model_copy(update={"verbatim": scripted_fits(parent, groups, values)})
        try:
            said, _ = await ask_structured(self.gateway, call, Fits)
        except AnswerInvalid:
            return set()
        named = {_form(group): group for group in groups}
        wrong = set[str]()
        for one in said.fits:
            fitting = {named[_form(group)] for group in one.groups if _form(group) in named}
            if fitting - {parent}:
                wrong.add(_form(one.value))
        return {value for value in values if _form(value) in wrong}

    def _call(self, axis: str, step: str, prompt: PerStyle, values: Mapping[str, Any]) -> Call:
        role, style = self.loaded.scenario.roles[IDEATOR], self.model.style
        rendered = in_language(self.loaded.prompt(prompt, style), style, values)
        return Call(
            role=IDEATOR,
            asker=Asker(sample=f"ideation/{axis}", step=step),
            model=self.model,
            messages=rendered if prompt is FITS else focused(rendered, role, style),
            decoding=role.decoding.get(style, Decoding()),
            seed=seed_of(self.seed, IDEATOR, axis, step),
        )


def _about(loaded: Loaded, axis: str) -> dict[str, Any]:
    plan = loaded.scenario.ideated[axis]
    return {"description": loaded.scenario.description, "about": plan.about, "each": plan.each}


def asked_values(loaded: Loaded, question: Question) -> dict[str, Any]:
    """What a prompt of the ideator may use."""
    plan = loaded.scenario.ideated[question.axis]
    others = loaded.scenario.axes[plan.each].names if plan.each else ()
    return {
        **_about(loaded, question.axis),
        LANGUAGE: LanguageName(loaded.scenario.own_language),
        "parent": question.parent,
        "others": [name for name in others if name != question.parent],
        "known": list(question.known),
        "count": question.count,
    }


def read_lines(text: str, cut_off: bool = False) -> Read:
    """The proposals in the lines `VALUE | CHANCE` of a transcript that goes on after the marker of a list.

    A line that is not whole, or has anything else in it, is dropped and counted; so is the last one of an answer that
    was cut off, whose chance may be half a number. A blank line or a heading ends the list: what follows is another one.
    """
    lines = text.splitlines()
    found, unread = list[Proposal](), 0
    for place, line in enumerate(lines):
        body = line.strip()
        if body.endswith(":") or (not body and place):
            break
        body = body.removeprefix("- ") if place else body
        match = _LINE.fullmatch(body)
        if match is None or (cut_off and place == len(lines) - 1):
            unread += bool(body)
            continue
        chance = match["chance"]
        share = float(chance.rstrip(" %")) / 100 if chance.endswith("%") else float(chance)
        found.append(Proposal(value=tidied(match["value"]), probability=share))
    return Read(tuple(found), unread)


def _form(text: str) -> str:
    return " ".join(text.casefold().split())
