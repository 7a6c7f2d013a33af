"""Scripts: the words of a text in any of them, in one form for comparing. Pure.

A script without spaces between words is read sign by sign: each counts as a word where texts are compared.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import regex  # unlike re, it knows scripts, and the marks that are part of a word in Hindi and its like

from scenarios.schema.languages import ENGLISH, LANGUAGES, language_of
from scenarios.text import folded

UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}ー\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_PLAIN_WORD = re.compile(r"[a-z0-9']+")
_SIGN = regex.compile(rf"[{UNSPACED}]\p{{M}}*", regex.V1)
_WORD = regex.compile(rf"[{UNSPACED}]\p{{M}}*|(?:[[\p{{L}}\p{{M}}\p{{N}}']--[{UNSPACED}]])+", regex.V1)
_PIECE = regex.compile(
    rf"(?:[{UNSPACED}]\p{{M}}*){{1,3}}|(?<![\w-])[[\p{{L}}\p{{M}}']--[{UNSPACED}]]+(?![\w-]*\d)(?!\w)", regex.V1
)
_UNSPACED_RUN = regex.compile(rf"(?:[{UNSPACED}]\p{{M}}*)+", regex.V1)
_POINTS = regex.compile(r"(?<=[\p{Arabic}\p{Hebrew}])\p{Mn}+")
"""Vowel signs that most writers of these scripts leave out."""
_LONGEST = 5.0
"""Signs in a word of a script without spaces, at the most, as an average over a line: Thai has four to five."""


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """A text for comparing: one typography, one case, and without signs that only some writers set."""
    if text.isascii():
        return text.lower()
    said: str = _POINTS.sub("", folded(text).casefold().replace("i\u0307", "i").replace("ı", "i"))
    return said


# Demonstrations and earlier lines are read again with every draw, hence the caches.
@lru_cache(maxsize=8192)
def words(text: str) -> tuple[str, ...]:
    """The words of a text in any script, in one case; of a script without spaces, its signs."""
    said = plain(text)
    return tuple((_PLAIN_WORD if said.isascii() else _WORD).findall(said))


@lru_cache(maxsize=8192)
def word_set(text: str) -> frozenset[str]:
    """The words of a text, each once."""
    return frozenset(words(text))


def spaced(text: str) -> bool:
    """Whether a text has no more than a few signs of scripts without spaces between words."""
    if text.isascii():
        return True
    return 4 * len(_SIGN.findall(text)) < len(_WORD.findall(text))


def unspaced(word: str) -> bool:
    """Whether a word is of a script without spaces between words."""
    return _SIGN.match(word) is not None


def pieces(text: str) -> list[str]:
    """The words of a text as it writes them, without numbers and codes; of a script without spaces, runs of up to three
    signs."""
    found: list[str] = _PIECE.findall(folded(text))
    return found


def counted(text: str) -> tuple[int, int]:
    """The least and the most words that a text can have: the same number, unless a script has no spaces between them."""
    said = plain(text)
    if said.isascii():
        number = len(_PLAIN_WORD.findall(said))
        return number, number
    runs = [len(_SIGN.findall(run)) for run in _UNSPACED_RUN.findall(said)]
    others = len(_WORD.findall(said)) - sum(runs)
    return others + sum(max(1, round(run / _LONGEST)) for run in runs), others + sum(runs)


def bare(word: str) -> str:
    """A word without accents, by which 'Malmo' and 'Malmö' are one; 'ß' is 'ss', 'ø' is 'o'."""
    said = plain(word)
    if said.isascii():
        return said
    said = said.translate(
        {ord("ø"): "o", ord("ł"): "l", ord("đ"): "d", ord("æ"): "ae", ord("œ"): "oe", ord("ð"): "d", ord("þ"): "th"}
    )
    return "".join(c for c in unicodedata.normalize("NFD", said) if not unicodedata.combining(c))


@lru_cache(maxsize=8192)
def strange_letters(text: str, language: str) -> str:
    """The first letters of a text in a script that its language is not written in. Latin letters are everywhere, and single
    Greek ones are signs. Empty of a language that nobody knows."""
    known = language_of(language)
    if text.isascii() or not known.known:
        return ""
    own = "".join(rf"\p{{{script}}}" for script in known.scripts)
    found = regex.search(rf"(?:[\p{{L}}--[{own}\p{{Latin}}\p{{Common}}\p{{Inherited}}]])+", text, regex.V1)
    if found is None:
        return ""
    run: str = found.group()
    alone = len(run) == 1 and regex.fullmatch(r"\p{Greek}", run)
    return "" if alone else run


def english(text: str) -> bool:
    """Whether a text has as many of the words that are frequent in English as English has."""
    said = words(text)
    return sum(word in LANGUAGES[ENGLISH].common for word in said) * 10 >= max(1, len(said))
