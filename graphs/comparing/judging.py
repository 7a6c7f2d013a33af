"""Pairs as a judge sees them: asked in both orders, kept in a journal, without knowing which dataset a sample is of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.judging.pairs import PAIR_DECODING, Preference, in_both_orders
from agents.models.calls import Asker, Call, Model
from agents.models.limits.ledger import prompt_tokens_at_most
from graphs.comparing.datasets import Piece
from graphs.comparing.pairing import PairedBy, PiecePair
from graphs.pages.lines import SideLine
from graphs.running.outside import OutsideModel
from scenarios.frozen import Frozen
from scenarios.loading import shared_prompt
from scenarios.messages import Message
from scenarios.records import Better

JUDGE = "compare"
"""The name under which the judge is asked."""
JUDGED = "judge.sqlite"
_PROMPT = shared_prompt("compare.chat.jinja")
_RELATED = {
    PairedBy.BRIEF: "Both were made for the same brief.",
    PairedBy.PROMPT: "Both answer the same request.",
    PairedBy.CELL: "Both were made for the same kind of case, but each for a case of its own.",
    PairedBy.RANDOM: "Each was made for a case of its own.",
}
_PLAIN = {
    "right": "Is what it says right, as far as can be seen, and is what was asked for done?",
    "useful": "Would a model that learns from it learn the right thing?",
    "natural": "Does it read as if people had written it for a reason?",
}
"""What counts if the datasets' scenarios say nothing of it, or not the same."""
_APART = {PairedBy.CELL, PairedBy.RANDOM}
_ANSWER_TOKENS = 120
"""What an answer about a pair takes, about."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What was said of a pair."""

    share: float
    """Of the left one's wins: 1, ½ or 0."""
    words: str = ""
    flipped: bool = False
    """Its answer turned with the order."""


class JudgeForecast(Frozen):
    """What a judge will take."""

    pairs: int
    calls: int
    tokens: int
    usd: float | None
    """None if no price was given."""


@dataclass(frozen=True, slots=True)
class PairQuestion:
    """What the judge is asked about: the purpose of the datasets, and what counts."""

    about: str
    criteria: Mapping[str, str]

    @classmethod
    def of(cls, about: str, criteria: Mapping[str, str]) -> PairQuestion:
        """With a plain default if nothing counts in particular."""
        return cls(about, criteria or _PLAIN)

    def prompts(self, first: Piece, second: Piece, by: PairedBy) -> list[tuple[Message, ...]]:
        """The prompt in both orders."""
        return [_PROMPT.messages(self._view(one, other, by)) for one, other in ((first, second), (second, first))]

    def _view(self, first: Piece, second: Piece, by: PairedBy) -> dict[str, Any]:
        return {
            "about": self.about, "related": _RELATED[by], "apart": by in _APART, "criteria": dict(self.criteria),
            "samples": [
                {"mark": mark, "lines": [_line(line) for line in piece.lines]} for mark, piece in zip("AB", (first, second), strict=True)
            ],
        }  # fmt: skip


def _line(line: SideLine) -> dict[str, str]:
    return {"who": line.who, "text": line.text}


def key_of(pair: PiecePair, by: PairedBy) -> str:
    """What a pair is known by: equal pairs are asked about once. Which one is the first is no sign of its dataset."""
    return f"{by}/{'/'.join(sorted((pair.left.id, pair.right.id)))}"


async def judged(
    judge: OutsideModel,
    question: PairQuestion,
    asked: Sequence[tuple[PiecePair, PairedBy]],
    found: dict[str, Preference | None],
) -> None:
    """Put into `found`, by `key_of`, what the judge says of each pair, told of the sample with the lesser id as the first; None if
    its answer could not be read. Of equal samples nobody is asked. Raises RunStopped and UserError; what it said before is kept."""
    first_of = {key_of(pair, by): (pair, by) for pair, by in asked if pair.left.id != pair.right.id}
    await judge.all(
        [(key, _asking(judge, question, pair, by, place)) for place, (key, (pair, by)) in enumerate(first_of.items())],
        found,
    )


def _asking(
    judge: OutsideModel, question: PairQuestion, pair: PiecePair, by: PairedBy, place: int
) -> Callable[[], Awaitable[Preference]]:
    first, second = _sides(pair)
    steps = (f"{by}/1", f"{by}/2")
    askers = [Asker(sample=f"{first.id}/{second.id}", step=step, place=(0, place)) for step in steps]
    return lambda: in_both_orders(
        judge.gateway, judge.model, question.prompts(first, second, by), askers, role=JUDGE, seed=0, steps=steps
    )


def _sides(pair: PiecePair) -> tuple[Piece, Piece]:
    first, second = sorted((pair.left, pair.right), key=lambda piece: piece.id)
    return first, second


def verdict_on(pair: PiecePair, by: PairedBy, found: Mapping[str, Preference | None]) -> Judged | None:
    """What the judge said of a pair; None if it has not, or not so that it can be read."""
    if pair.left.id == pair.right.id:
        return Judged(0.5, "They say the same.")
    said = found.get(key_of(pair, by))
    if said is None:
        return None
    share = {Better.FIRST: 1.0, Better.SECOND: 0.0, Better.TIE: 0.5}[said.better]
    turned = _sides(pair)[0] is not pair.left
    return Judged(1 - share if turned else share, _named(said, turned), said.flipped)


def _named(said: Preference, turned: bool) -> str:
    """Its reasons as it gave them when the left one was shown first."""
    return said.words[1] if turned else said.words[0]


def forecast(question: PairQuestion, asked: Sequence[tuple[PiecePair, PairedBy]], model: Model) -> JudgeForecast:
    """What the judge will take, about, if nothing is answered yet."""
    pairs = {key_of(pair, by): (pair, by) for pair, by in asked if pair.left.id != pair.right.id}
    prompt = 0
    for pair, by in pairs.values():
        for messages in question.prompts(pair.left, pair.right, by):
            call = Call(
                role=JUDGE,
                asker=Asker(sample="", step=""),
                model=model,
                messages=messages,
                decoding=PAIR_DECODING,
                seed=0,
            )
            prompt += prompt_tokens_at_most(call)
    calls = 2 * len(pairs)
    usd = model.price(prompt, calls * _ANSWER_TOKENS)
    return JudgeForecast(pairs=len(pairs), calls=calls, tokens=prompt + calls * _ANSWER_TOKENS, usd=usd or None)
