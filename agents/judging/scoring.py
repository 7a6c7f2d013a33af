"""What is taken as a judge's scores: what it says, the mean over the odds of what it could have said, or the mean of several answers.

The mean over the tokens of a score is that of Liu et al. (2023, G-Eval, arXiv 2303.16634), renormalised over the scores that a
criterion can have. Which way was taken stands in the evidence unless it is the usual one, so that a fallback shows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from agents.models.calls import Answer, TokenOdds
from scenarios.schema.plans import Scoring

LEAST, MOST = 1, 5
"""The scores that a criterion can have: the whole numbers from one to the other, and by a mean what lies between them."""
TOP = 5
"""Tokens whose probabilities are wanted at each place: as many as there are scores, and more than some endpoints give."""
DRAWN = 1.0
"""The temperature at which several answers are drawn, if the role has a lower one: at zero they would all be the same."""
_ROUNDED = 3
_ENOUGH = 0.5
"""With less of the probability on scores, the model was about to say something else, and the mean tells little."""
_SCORED = "; scored by "
_MEANS, _DRAWS, _LACKING = (
    "the mean over its tokens",
    "the mean of {} answers",
    ", since it gave no odds of the tokens to use",
)
_WAYS = {
    Scoring.TOKEN_MEAN: (
        re.compile(rf"{_MEANS} \([0-9.]+ % on no score\)"),
        re.compile(_DRAWS.format(r"\d+") + re.escape(_LACKING)),
    ),
    Scoring.SAMPLES: (re.compile(_DRAWS.format(r"\d+")),),
    Scoring.MODE: (),
}
_SPACE = re.compile(r"\s*")


@dataclass(frozen=True)
class TokenMeans:
    """The scores by the odds of their tokens."""

    scores: Mapping[str, float]
    outside: float
    """The largest share of the probability, of a criterion, that lay on no score."""


def token_means(answer: Answer, criteria: Sequence[str]) -> TokenMeans | None:
    """The mean score of each criterion by the odds of its token in an answer `{"scores": {…}}`; None if a criterion's token cannot
    be found for sure, or half of the probability or more lies on no score."""
    begins = answer.text.find("{")
    spans = {name: value_span(answer.text, begins, ("scores", name)) for name in criteria}
    found: dict[str, float] = {}
    outside = 0.0
    for name, span in spans.items():
        shares = _shares(answer.odds, span) if span else {}
        whole = sum(shares.values())
        if whole <= _ENOUGH:
            return None
        found[name] = round(sum(score * share for score, share in shares.items()) / whole, _ROUNDED)
        outside = max(outside, 1 - whole)
    return TokenMeans(found, max(0.0, outside))


def value_span(text: str, begins: int, path: Sequence[str]) -> tuple[int, int] | None:
    """Where the value at `path` stands in the JSON object that begins at `begins`: its first character, and the one behind it.
    None if there is none. Of a name that is there twice, the last counts, as for those who read the JSON."""
    found: tuple[int, int] | None = None
    for name, start, end in _members(text, begins):
        if name == path[0]:
            found = (start, end) if len(path) == 1 else value_span(text, start, path[1:])
    return found


def _members(text: str, begins: int) -> Iterable[tuple[str, int, int]]:
    """The names and the places of the values of a JSON object; none if it is no object, or as far as it can be read."""
    decoder, at = json.JSONDecoder(), begins
    if not 0 <= at < len(text) or text[at] != "{":
        return
    try:
        while True:
            at = _over(text, at + 1)
            if text[at] != '"':
                return
            name, at = decoder.raw_decode(text, at)
            at = _over(text, _over(text, at) + 1)
            _, end = decoder.raw_decode(text, at)
            yield name, at, end
            at = _over(text, end)
            if text[at] != ",":
                return
    except (ValueError, IndexError, RecursionError):
        return


def _over(text: str, at: int) -> int:
    """The place behind white space."""
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _shares(odds: Sequence[TokenOdds], span: tuple[int, int]) -> Mapping[int, float]:
    """The probability of each score at a place in the text; none if no token holds the digit that stands there."""
    start, end = span
    token = next((one for one in odds if one.start <= start < one.start + len(one.text)), None)
    if token is None or end - start != 1:
        return {}
    # A token may hold what stands before the digit, too: an alternative must, but for spaces, begin with the same.
    before = token.text[: start - token.start].strip()
    read = re.compile(rf"\s*{re.escape(before)}\s*([{LEAST}-{MOST}])(?:[\s,}}].*)?", re.DOTALL)
    shares: dict[int, float] = {}
    for text, share in token.odds.items():
        if said := read.fullmatch(text):
            shares[int(said[1])] = shares.get(int(said[1]), 0.0) + share
    return shares


def mean_of_answers(drawn: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean score of each criterion over several answers that have the same criteria."""
    return {name: round(sum(one[name] for one in drawn) / len(drawn), _ROUNDED) for name in drawn[0]}


def by_tokens(outside: float) -> str:
    """How scores came about that are means over tokens, in words; `outside` is the share of the probability on no score."""
    return f"{_SCORED}{_MEANS} ({100 * outside:.1f} % on no score)"


def by_answers(count: int, lacking: bool) -> str:
    """How scores came about that are means of so many answers, in words; `lacking`: since there were no odds to use."""
    return f"{_SCORED}{_DRAWS.format(count)}{_LACKING if lacking else ''}"


def joined(hows: Iterable[str]) -> str:
    """How scores came about that were asked one by one: in the way of each, said once."""
    ways = dict.fromkeys(how.removeprefix(_SCORED) for how in hows if how)
    return f"{_SCORED}{' and '.join(ways)}" if ways else ""


def without_how(detail: str) -> str:
    """What evidence says but for how the scores came about."""
    return detail.partition(_SCORED)[0]


def how_of(detail: str) -> str:
    """How the scores behind evidence came about, as it says; empty if it says nothing."""
    _, mark, ways = detail.partition(_SCORED)
    return f"{mark}{ways}"


def may_be_scored(detail: str, scoring: Scoring) -> bool:
    """Whether evidence says of its scores what a judge can say who scores so."""
    ways = how_of(detail).removeprefix(_SCORED)
    if scoring is Scoring.MODE:
        return not ways
    return bool(ways) and all(any(form.fullmatch(way) for form in _WAYS[scoring]) for way in ways.split(" and "))


def fell_back(detail: str) -> bool:
    """Whether evidence says that scores are means of answers since there were no odds of tokens."""
    return _LACKING in how_of(detail)
