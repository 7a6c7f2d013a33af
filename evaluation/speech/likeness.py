"""How unlike conversations are to others, such as real logs: trait by trait with an effect size, and as a whole.

One conversation is one case. A trait's effect is Cliff's delta: how much likelier a conversation of the first set is above one of the
second than below it, −1 … 1 (Cliff 1993), with the interval of DeLong et al. (1988) for the area 2A − 1. What tells the sets apart as
a whole is a linear discriminant that never saw the conversation it judges (a classifier two-sample test, Lopez-Paz and Oquab 2017).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from hashlib import blake2b
from math import nan

import numpy as np

from evaluation.contrasts.effects import Size, area_above, cliffs_delta, size_of
from evaluation.intervals import Figure, mean_of_known
from evaluation.lexical import Floats
from evaluation.speech.dialogues import Dialogue, DialogueSide
from evaluation.writing import Trait, slips_of, traits
from memory.words.tokens import words
from scenarios.frozen import Frozen

_FOLDS = 5
_RIDGE = 0.1
_FEWEST = 10
"""Conversations of each set below which nothing is said of the whole."""


class Course(StrEnum):
    """What is counted beside the traits of messages."""

    MESSAGES = "messages_per_conversation"
    NEW_WORDS = "new_words_per_message"
    """Words of a message that nobody in the conversation used before: how much it adds."""
    ECHO = "echo"
    """The share of a message's different words that stood in the message before it."""


class Effect(Frozen):
    """How two sets differ in one thing."""

    first: float | None
    """Mean over the conversations of the first set, and"""
    second: float | None
    delta: Figure
    """Cliff's delta, above 0 if the first set has more of it."""
    size: Size | None = None


class LogLikeness(Frozen):
    """How unlike two sets of conversations are."""

    first: int
    second: int
    """Conversations."""
    course: dict[Course, Effect]
    """Of whole conversations, both sides together."""
    sides: dict[DialogueSide, dict[str, Effect]]
    """By side, the traits of its messages and what they add, by the keys of `Trait` and `Course`."""
    told_apart: Figure
    """The area under the curve of a classifier that tells the sets apart by all of this: 0.5 if it cannot, 1 if it always can."""


def likeness(first: Sequence[Dialogue], second: Sequence[Dialogue]) -> LogLikeness:
    """Compare two sets of conversations. Equal sets, in whatever order, give equal figures."""
    first, second = (sorted(one, key=_digest) for one in (first, second))
    slips = slips_of(text for dialogue in (*first, *second) for _, text in dialogue)
    left, right = (_table([_features(dialogue, slips) for dialogue in one]) for one in (first, second))
    sides = [side for side in DialogueSide if any(who is side for dialogue in (*first, *second) for who, _ in dialogue)]
    keys = [*Trait, Course.NEW_WORDS, Course.ECHO]
    return LogLikeness(
        first=len(first), second=len(second),
        course={Course.MESSAGES: _effect(left, right, Course.MESSAGES)},
        sides={side: {str(key): _effect(left, right, f"{side}.{key}") for key in keys} for side in sides},
        told_apart=_told_apart(left, right),
    )  # fmt: skip


def _digest(dialogue: Dialogue) -> bytes:
    return blake2b(repr(dialogue).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _features(dialogue: Dialogue, slips: frozenset[str]) -> dict[str, float]:
    """What is measured of one conversation; what a side does not show is left out."""
    values: dict[str, list[float]] = {}
    heard: set[str] = set()
    before: set[str] = set()
    for side, text in dialogue:
        spoken = words(text)
        distinct = set(spoken)
        for trait, value in traits(text, slips).items():
            values.setdefault(f"{side}.{trait}", []).append(value)
        values.setdefault(f"{side}.{Course.NEW_WORDS}", []).append(len(distinct - heard))
        if before and distinct:
            values.setdefault(f"{side}.{Course.ECHO}", []).append(len(distinct & before) / len(distinct))
        heard |= distinct
        before = distinct
    means = {key: mean_of_known(found) for key, found in values.items()}
    return {Course.MESSAGES: float(len(dialogue)), **means}


def _table(rows: Sequence[Mapping[str, float]]) -> dict[str, Floats]:
    keys = dict.fromkeys(key for row in rows for key in row)
    return {key: np.array([row.get(key, nan) for row in rows]) for key in keys}


def _effect(left: Mapping[str, Floats], right: Mapping[str, Floats], key: str) -> Effect:
    a, b = (values[~np.isnan(values)] for values in (left.get(key, np.zeros(0)), right.get(key, np.zeros(0))))
    delta = cliffs_delta(a, b)
    size = None if delta.value is None else size_of(delta.value)
    return Effect(first=_rounded_mean(a), second=_rounded_mean(b), delta=delta, size=size)


def _rounded_mean(values: Floats) -> float | None:
    return round(float(values.mean()), 4) if len(values) else None


def _told_apart(left: Mapping[str, Floats], right: Mapping[str, Floats]) -> Figure:
    """How well a linear discriminant tells conversations apart that it was not made from. Each fold leaves out every fifth."""
    keys = [key for key in left if key in right]
    sizes = [len(next(iter(one.values()), ())) for one in (left, right)]
    if min(sizes) < _FEWEST or not keys:
        return Figure(value=None)
    sets = [np.column_stack([one[key] for key in keys]) for one in (left, right)]
    middle = np.nanmean(np.concatenate(sets), axis=0)
    sets = [np.where(np.isnan(one), middle, one) for one in sets]
    scores = [np.zeros(size) for size in sizes]
    for fold in range(_FOLDS):
        held = [np.arange(size) % _FOLDS == fold for size in sizes]
        direction = _discriminant(*(one[~out] for one, out in zip(sets, held, strict=True)))
        for place in range(2):
            scores[place][held[place]] = sets[place][held[place]] @ direction
    return area_above(scores[0], scores[1])


def _discriminant(a: Floats, b: Floats) -> Floats:
    """Fisher's direction with a ridge, for columns of any scale."""
    scale = np.maximum(np.concatenate([a, b]).std(axis=0), 1e-9)
    a, b = a / scale, b / scale
    spread = (np.cov(a, rowvar=False) * (len(a) - 1) + np.cov(b, rowvar=False) * (len(b) - 1)) / (len(a) + len(b) - 2)
    spread = np.atleast_2d(spread) + _RIDGE * np.eye(a.shape[1])
    found: Floats = np.linalg.solve(spread, a.mean(axis=0) - b.mean(axis=0)) / scale
    return found
