"""How much a question helps a model to foresee its answer, and whose figure is out of the ordinary.

Instruction-following difficulty (IFD; Li et al. 2023, arXiv 2308.12032) is the mean negative log-likelihood of an answer's tokens
after its question, divided by that without it. Near 1 or above, the question does not help: the answer may not belong to it. Far
below 1, the question gives the answer away. Random selection often does as well as selection by it (arXiv 2410.09335): it is a
flag with two sides, and no cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Protocol

from evaluation.signals.robust import middle_and_spread
from scenarios.frozen import Frozen

_FEWEST = 10
"""Values of a language below which nothing is said of any of them."""


class Scored(Protocol):
    """A text's tokens and their log-probabilities (`agents.models.likelihoods.reading.ScoredText`)."""

    @property
    def tokens(self) -> Sequence[str]:
        """The tokens in their order."""
        ...

    @property
    def logprobs(self) -> Sequence[float | None]:
        """Of each token; None if the model says nothing of it."""
        ...


class Difficulty(Frozen):
    """The IFD of an answer, and what it comes from."""

    value: float | None
    """None if no token can be compared, or if the answer is certain without its question."""
    after: float | None = None
    """Mean negative log-likelihood of a compared token, in nats, behind the question;"""
    alone: float | None = None
    """and without the question."""
    compared: int = 0
    """Tokens."""
    left_out: int = 0
    """Tokens of the answer that are not compared: its first, if the model says nothing of it, and those that are other tokens
    behind the question."""


def difficulty(after: Scored, alone: Scored) -> Difficulty:
    """The IFD of an answer from its tokens behind the question (`after`: those of the question may precede them) and without it.

    Only tokens that both have are compared, from the end until they differ or one has no log-probability: so both means are of the
    same tokens, and it need not be known where the question ends.
    """
    behind, without = [], []
    pairs = zip(
        reversed(after.tokens), reversed(after.logprobs), reversed(alone.tokens), reversed(alone.logprobs), strict=False
    )
    for token, first, other, second in pairs:
        if token != other or first is None or second is None:
            break
        behind.append(-first)
        without.append(-second)
    compared, left_out = len(behind), len(alone.tokens) - len(behind)
    if not compared:
        return Difficulty(value=None, left_out=left_out)
    given, free = fmean(behind), fmean(without)
    value = round(given / free, 6) if free > 0 else None
    return Difficulty(
        value=value, after=round(given, 6), alone=round(free, 6), compared=compared, left_out=left_out
    )  # fmt: skip


def whole(parts: Sequence[Difficulty]) -> Difficulty:
    """The IFD of all answers of a conversation together: both means are over the compared tokens of all of them."""
    counted = [(one.after, one.alone, one.compared) for one in parts if one.after is not None and one.alone is not None]
    compared, left_out = sum(count for _, _, count in counted), sum(one.left_out for one in parts)
    if not compared:
        return Difficulty(value=None, left_out=left_out)
    given = sum(after * count for after, _, count in counted) / compared
    free = sum(alone * count for _, alone, count in counted) / compared
    value = round(given / free, 6) if free > 0 else None
    return Difficulty(value=value, after=round(given, 6), alone=round(free, 6), compared=compared, left_out=left_out)


def unusualness(values: Sequence[float | None], languages: Sequence[str]) -> list[float | None]:
    """How far each value is from the median of its language, in robust standard deviations and with its sign.

    The spread is 1.4826 times the median absolute deviation, or, if more than half of the values are equal, 1.2533 times the mean
    absolute deviation (Iglewicz and Hoaglin 1993); 0 for all if all are equal. None stays None, and a language with fewer than
    10 values has none. Raises ValueError if the lengths differ.
    """
    groups: dict[str, list[float]] = {}
    for value, language in zip(values, languages, strict=True):
        if value is not None:
            groups.setdefault(language, []).append(value)
    scales = {language: middle_and_spread(group) for language, group in groups.items() if len(group) >= _FEWEST}
    found: list[float | None] = []
    for value, language in zip(values, languages, strict=True):
        if value is None or language not in scales:
            found.append(None)
            continue
        middle, spread = scales[language]
        found.append(round((value - middle) / spread, 4) if spread else 0.0)
    return found


def out_of_the_ordinary(unusual: Sequence[float | None], beyond: float) -> list[bool | None]:
    """Whose `unusualness` is further from 0 than `beyond`, on either side. There is no usual limit: 3.5 is customary for normal
    values, which likelihoods are not."""
    return [None if value is None else abs(value) > beyond for value in unusual]
