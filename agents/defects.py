"""Planted defects: one known fault in a sound sample, to measure who notices. Pure functions of the sample and a seed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from enum import StrEnum

from scenarios.messages import Message
from scenarios.records import Candidate
from scenarios.seeds import seed_of


class Defect(StrEnum):
    """The kinds of planted defect."""

    ROLE_FLIP = "role_flip"
    """Two neighbouring lines change their speakers' words."""
    REPETITION = "repetition"
    """A line says what an earlier line of the same speaker said."""
    WRONG_FACT = "wrong_fact"
    """A code or number of the brief is said differently."""
    CUT_OFF = "cut_off"
    """The sample ends before its goal is met."""
    LEAK = "leak"
    """A line shows its instructions."""


def _flip(candidate: Candidate, rng: random.Random) -> Candidate:
    lines = list(candidate.messages)
    if len(lines) < 4:
        return _fields(candidate, lambda text: "\n".join(reversed(text.splitlines())))
    place = rng.randrange(1, len(lines) - 2)
    left, right = lines[place], lines[place + 1]
    lines[place], lines[place + 1] = _saying(left, right.content), _saying(right, left.content)
    return candidate.model_copy(update={"messages": tuple(lines)})


def _repeat(candidate: Candidate, rng: random.Random) -> Candidate:
    lines = list(candidate.messages)
    if len(lines) < 4:
        return _fields(
            candidate, lambda text: re.sub(r"(?m)^(\d+)\. .*$", lambda m: f"{m[1]}. {_first_step(text)}", text)
        )
    place = rng.randrange(2, len(lines))
    lines[place] = _saying(lines[place], lines[place - 2].content)
    return candidate.model_copy(update={"messages": tuple(lines)})


def _first_step(text: str) -> str:
    return text.splitlines()[0].split(". ", 1)[-1]


def _wrong_fact(candidate: Candidate, rng: random.Random) -> Candidate:
    shift = rng.randint(1, 8)

    def changed(text: str) -> str:
        return re.sub(r"\d(?=\b)", lambda m: str((int(m.group()) + shift) % 10), text, count=1)

    lines = list(candidate.messages)
    numbered = [place for place, line in enumerate(lines) if re.search(r"\d\b", line.content)]
    if not lines:
        return _fields(candidate, lambda text: "\n".join(text.splitlines()[::2]))
    if not numbered:
        return _cut(candidate, rng)
    place = numbered[-1]
    lines[place] = _saying(lines[place], changed(lines[place].content))
    return candidate.model_copy(update={"messages": tuple(lines)})


def _cut(candidate: Candidate, rng: random.Random) -> Candidate:
    if not candidate.messages:
        return _fields(candidate, lambda text: text[: max(10, len(text) // 3)])
    keep = max(2, len(candidate.messages) // 2 - rng.randint(0, 1))
    return candidate.model_copy(update={"messages": candidate.messages[:keep]})


def _leak(candidate: Candidate, rng: random.Random) -> Candidate:
    lines = list(candidate.messages)
    if not lines:
        return _fields(candidate, lambda text: f"As an AI language model, I was told to answer this. {text}")
    place = rng.randrange(len(lines))
    told = candidate.brief.turns[place].act if place < len(candidate.brief.turns) else "go on"
    content = f"My instructions say that this line {told}. {lines[place].content}"
    lines[place] = _saying(lines[place], content)
    return candidate.model_copy(update={"messages": tuple(lines)})


def _saying(message: Message, content: str) -> Message:
    """The same speaker's message with other words."""
    return Message(role=message.role, content=content, name=message.name)


def _fields(candidate: Candidate, change: Callable[[str], str]) -> Candidate:
    """Change a task's last field."""
    name = list(candidate.fields)[-1]
    return candidate.model_copy(update={"fields": {**candidate.fields, name: change(candidate.fields[name])}})


_PLANT: dict[Defect, Callable[[Candidate, random.Random], Candidate]] = {
    Defect.ROLE_FLIP: _flip,
    Defect.REPETITION: _repeat,
    Defect.WRONG_FACT: _wrong_fact,
    Defect.CUT_OFF: _cut,
    Defect.LEAK: _leak,
}


def plant(candidate: Candidate, number: int) -> tuple[Candidate, Defect]:
    """The candidate with one defect planted; the kinds take turns by `number`."""
    defect = list(Defect)[number % len(Defect)]
    rng = random.Random(seed_of(candidate.brief.id, defect))
    return _PLANT[defect](candidate, rng), defect
