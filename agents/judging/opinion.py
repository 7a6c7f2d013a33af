"""An opinion, the evidence that is made of it, and the row that every kind of judging role fills in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from agents.cast import Cast
from agents.judging.standing import Standing, may_be_standing
from scenarios.loading import Loaded
from scenarios.records import Candidate, Evidence, Problem, Status, Usage

VERSION = 1
"""Of the evidence that judging roles give."""
SAID = "; it said: "


@dataclass(frozen=True)
class Opinion:
    """What a judging role said of a candidate."""

    usage: Usage
    said: str = ""
    """Its words, as the evidence keeps them."""
    problems: tuple[Problem, ...] = ()
    """To be answered by a refine step, if the judgement counts."""
    advice: bool = False
    """Its problems lead to a refine step, and decide nothing."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """By criterion."""
    turn: int | None = None
    """The first turn at fault, if it names one."""
    how: str = ""
    """How its scores came about, in words, if it is not the usual way."""


@dataclass(frozen=True)
class Rating:
    """How well a judging role thinks of a candidate, for measuring what that is worth."""

    value: float
    """Higher is better."""
    objects: bool
    """With its judgement trusted, the candidate is rejected or sent to a refine step."""
    usage: Usage
    scores: Mapping[str, float] = field(default_factory=dict)
    """By criterion."""
    turns: tuple[int, ...] = ()
    """The turns or fields that it finds fault with, if it names any."""
    problems: tuple[Problem, ...] = ()
    how: str = ""
    """As of an opinion."""


@dataclass(frozen=True)
class Judging:
    """How one kind of judging role works. `role` is always the name of the role that is asked."""

    ask: Callable[[Cast, Candidate, str, str], Awaitable[Opinion]]
    """(cast, candidate, role, step) → its opinion. Raises as ask_structured."""
    rate: Callable[[Cast, Candidate, str, str], Awaitable[Rating]]
    """(cast, candidate, role, step) → how well it thinks of the candidate. Raises as ask_structured."""
    evidence: Callable[[Loaded, str, Standing, Opinion], Evidence]
    """(loaded, role, what its judgement is worth, what it said) → the evidence."""
    form: Callable[[Loaded, Evidence, Mapping[str, float]], str]
    """(loaded, evidence, its scores by criterion) → the form that the evidence must have, in words, if it has another."""
    lenient: bool = False
    """With `required: false`, an answer that cannot be read is the evidence ERROR and the sample goes on."""


def unheard(role: str, known: Standing, said: str) -> Evidence:
    """What a role said whose judgement does not count with its model."""
    return evidence_of(role, Status.UNVERIFIABLE, f"{known.reason}{SAID}{said}")


def evidence_of(role: str, status: Status, detail: str, turn: int | None = None) -> Evidence:
    """The evidence that a judging role gives."""
    return Evidence(check=role, version=VERSION, status=status, detail=detail, turn=turn)


def unheard_form(evidence: Evidence) -> str:
    """The form of words that do not count, if the evidence has another; else nothing."""
    reason, said, words = evidence.detail.partition(SAID)
    sound = evidence.status is Status.UNVERIFIABLE and said and words and may_be_standing(reason, trusted=False)
    return "" if sound else "UNVERIFIABLE, why the judgement does not count, and what it said"
