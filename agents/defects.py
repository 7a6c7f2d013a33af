"""Planted defects: one known fault in a sound sample, to measure who notices. Pure functions of the sample and a seed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from enum import StrEnum

from scenarios.messages import Message, Speech
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


def _spoken(candidate: Candidate) -> list[int]:
    """The places of the messages that are words: a call or its result with other words would be no message at all."""
    return [place for place, m in enumerate(candidate.messages) if m.role is not Speech.TOOL and not m.tool_calls]


def _flip(candidate: Candidate, rng: random.Random) -> Candidate:
    lines, spoken = list(candidate.messages), _spoken(candidate)
    if not lines:
        return _fields(candidate, lambda text: "\n".join(reversed(text.splitlines())))
    if len(spoken) < 4:
        return _cut(candidate, rng)
    at = rng.randrange(1, len(spoken) - 2)
    # Of two neighbours of one side, nobody would see it.
    at = next((n for n in [*range(at, len(spoken) - 1), *range(at)] if _sides(lines, spoken, n)), at)
    place, other = spoken[at], spoken[at + 1]
    left, right = lines[place], lines[other]
    lines[place], lines[other] = _saying(left, right.content), _saying(right, left.content)
    return candidate.model_copy(update={"messages": tuple(lines)})


def _sides(lines: list[Message], spoken: list[int], at: int) -> bool:
    return lines[spoken[at]].role is not lines[spoken[at + 1]].role


def _repeat(candidate: Candidate, rng: random.Random) -> Candidate:
    lines, spoken = list(candidate.messages), _spoken(candidate)
    if lines and len(spoken) < 4:
        return _cut(candidate, rng)
    if not lines:
        return _fields(
            candidate, lambda text: re.sub(r"(?m)^(\d+)\. .*$", lambda m: f"{m[1]}. {_first_step(text)}", text)
        )
    at = rng.randrange(2, len(spoken))
    lines[spoken[at]] = _saying(lines[spoken[at]], lines[spoken[at - 2]].content)
    return candidate.model_copy(update={"messages": tuple(lines)})


def _first_step(text: str) -> str:
    return text.splitlines()[0].split(". ", 1)[-1]


def _wrong_fact(candidate: Candidate, rng: random.Random) -> Candidate:
    shift = rng.randint(1, 8)

    def changed(text: str) -> str:
        return re.sub(r"\d(?=\b)", lambda m: str((int(m.group()) + shift) % 10), text, count=1)

    lines = list(candidate.messages)
    numbered = [place for place in _spoken(candidate) if re.search(r"\d\b", lines[place].content)]
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
    spoken = _spoken(candidate)
    keep = max(2, len(spoken) // 2 - rng.randint(0, 1))
    last = spoken[keep - 1] + 1 if keep <= len(spoken) else 1
    return candidate.model_copy(update={"messages": candidate.messages[:last]})


def _leak(candidate: Candidate, rng: random.Random) -> Candidate:
    lines = list(candidate.messages)
    if not lines:
        return _fields(candidate, lambda text: f"As an AI language model, I was told to answer this. {text}")
    place = rng.choice(_spoken(candidate))
    told = candidate.brief.turns[place].act if place < len(candidate.brief.turns) else "go on"
    content = f"My instructions say that this line {told}. {lines[place].content}"
    lines[place] = _saying(lines[place], content)
    return candidate.model_copy(update={"messages": tuple(lines)})


def _saying(message: Message, content: str) -> Message:
    """The same speaker's message with other words."""
    return message.model_copy(update={"content": content})


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
