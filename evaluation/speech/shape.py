"""The outer shape of a sample: how long it is, how it is laid out, and how its turns are written; one number a sample each. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from math import log, nan

import numpy as np
import regex

from evaluation.intervals import mean_of_known
from evaluation.lexical import Floats
from evaluation.writing import Trait, slips_of, traits
from memory.words.tokens import words

_LIST = regex.compile(r"^\s*(?:[-*•]|\d{1,3}[.)])\s+\S", regex.M)
_MARKDOWN = regex.compile(r"^\s*#{1,6}\s|\*\*[^*\n]+\*\*|```|`[^`\n]+`|^\s*\|.*\|\s*$|\[[^\]\n]+\]\([^)\n]+\)", regex.M)


class Feature(StrEnum):
    """The features, by their keys in `comparison.json`."""

    WORDS = "words"
    """Of the whole sample."""
    TURNS = "turns"
    TURN_WORDS = "words_per_turn"
    MARKDOWN = "markdown"
    """1 if there is a heading, bold, code, a table or a link in Markdown."""
    LISTS = "list_items"
    """Lines that begin as items of a list."""
    QUESTIONS = "questions"
    """Share of the turns with a question mark."""
    POLITE = "polite"
    """Share of the turns with a polite word."""
    ODD = "odd_spelling"
    """Share of words with a likely slip of the finger."""
    EMOJI = "emoji"
    CAPITALS = "capitals"
    UNENDED = "no_final_mark"
    NEWS = "new_words_per_turn"
    """Different words in a turn that no earlier turn of the sample had: a measure of information."""


_TRAITS = {
    Feature.QUESTIONS: Trait.QUESTION, Feature.POLITE: Trait.POLITE, Feature.ODD: Trait.ODD, Feature.EMOJI: Trait.EMOJI,
    Feature.CAPITALS: Trait.CAPITALS, Feature.UNENDED: Trait.UNENDED,
}  # fmt: skip


def shapes(sets: Sequence[Sequence[Sequence[str]]]) -> list[dict[Feature, Floats]]:
    """Each set's features, one value a sample, NaN if it has none. A sample is given as its turns, or as its fields; what is a slip
    of the finger is judged from the words of all sets together."""
    slips = slips_of(turn for samples in sets for turns in samples for turn in turns)
    return [_features(samples, slips) for samples in sets]


def _features(samples: Sequence[Sequence[str]], slips: frozenset[str]) -> dict[Feature, Floats]:
    found = [_shape(turns, slips) for turns in samples]
    return {feature: np.array([one[feature] for one in found], np.float64) for feature in Feature}


def _shape(turns: Sequence[str], slips: frozenset[str]) -> dict[Feature, float]:
    said = [turn for turn in turns if turn.strip()]
    each, count = [words(turn) for turn in said], len(said)
    written = [traits(turn, slips) for turn in said]
    seen, news = set[str](), 0
    for found in each:
        new = {word.casefold() for word in found} - seen
        news += len(new)
        seen |= new
    form = _form(said)
    return {
        **form, Feature.TURN_WORDS: form[Feature.WORDS] / count if count else nan,
        Feature.NEWS: news / count if count else nan,
        **{feature: mean_of_known([one[trait] for one in written]) for feature, trait in _TRAITS.items()},
    }  # fmt: skip


def _form(said: Sequence[str]) -> dict[Feature, float]:
    """Length and layout."""
    whole = "\n".join(said)
    return {
        Feature.WORDS: float(len(words(whole))), Feature.TURNS: float(len(said)),
        Feature.MARKDOWN: float(bool(_MARKDOWN.search(whole))), Feature.LISTS: float(len(_LIST.findall(whole))),
    }  # fmt: skip


def form_differences(left: Sequence[str], right: Sequence[str]) -> dict[str, float]:
    """What two samples differ by in length and format, the left one's less the right one's: the logarithm of the ratio of words and
    of list items, Markdown, and the logarithm of the ratio of turns."""
    one, other = (_form([turn for turn in turns if turn.strip()]) for turns in (left, right))

    def ratio(feature: Feature) -> float:
        return log((one[feature] + 1) / (other[feature] + 1))

    return {
        "length": ratio(Feature.WORDS),
        "list items": ratio(Feature.LISTS),
        "markdown": one[Feature.MARKDOWN] - other[Feature.MARKDOWN],
        "turns": ratio(Feature.TURNS),
    }
