"""Phrases: how alike two texts are, and which phrases a text holds, in any script. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import Any

import regex

from agents.text.scripts import UNSPACED, plain, spaced, word_set, words

__all__ = ["begins", "held", "holds", "similarity", "word_set", "words"]

_PREFIXES = {"Arabic": "[وفبكلس]{0,3}", "Hebrew": "[והבלמשכ]{0,3}"}
"""Letters that these scripts write as one with the word after them: and, in, to, the."""
_ARTICLE = "ال"
_JOINED = regex.compile(r"[\p{Arabic}\p{Hebrew}]")
_ATOM = regex.compile(rf"[{UNSPACED}]", regex.V1)


def similarity(left: str, right: str) -> float:
    """Share of words that two texts have in common (Jaccard), 0 … 1; of scripts without spaces, of pairs of signs."""
    a, b = _parts(left), _parts(right)
    common = len(a & b)
    return common / (len(a) + len(b) - common) if common else 0.0


def _parts(text: str) -> frozenset[Any]:
    return word_set(text) if spaced(text) else frozenset(pairwise(words(text)))


def holds(phrase: str, text: str) -> bool:
    """True if `text` has `phrase` as whole words, whatever the case, the spacing and the typography."""
    return _any_of((phrase,)).search(plain(text)) is not None


def begins(phrase: str, text: str) -> bool:
    """As `holds`, but the last word may go on: 'refund' is held by 'refunded'."""
    return _beginning(phrase).search(plain(text)) is not None


def held(phrases: tuple[str, ...], text: str) -> list[str]:
    """Those of `phrases` that `text` holds, in the order of the text; of two that begin together, the earlier one."""
    said = plain(text)
    # Few of many are there, and a pattern of those few is soon compiled.
    some = tuple(phrase for phrase, first in zip(phrases, _first_words(phrases), strict=True) if first in said)
    return [some[found.lastindex - 1] for found in _any_of(some).finditer(said) if found.lastindex] if some else []


@lru_cache(maxsize=1024)
def _first_words(phrases: tuple[str, ...]) -> tuple[str, ...]:
    return tuple((plain(phrase).split() or [""])[0].removeprefix(_ARTICLE) for phrase in phrases)


@lru_cache(maxsize=1024)
def _any_of(phrases: tuple[str, ...]) -> Any:
    """A group for each phrase, as whole words."""
    return _compiled("|".join(f"({_start(phrase)}{_end(phrase)})" for phrase in phrases) or r"(?!)")


@lru_cache(maxsize=4096)
def _beginning(phrase: str) -> Any:
    return _compiled(_start(phrase))


def _compiled(pattern: str) -> Any:
    """A pattern; one beyond ASCII by `regex`, to which the marks of Hindi are part of a word."""
    return re.compile(pattern) if pattern.isascii() else regex.compile(pattern)


def _end(phrase: str) -> str:
    """The end of a word, if the phrase ends with one in a script that has spaces."""
    last = plain(phrase).rstrip()[-1:]
    return r"(?!\w)" if last.isalnum() and not _ATOM.match(last) else ""


def _start(phrase: str) -> str:
    """The pattern of a phrase from the start of a word, if it starts with one."""
    said = plain(phrase)
    first = said.strip()[:1]
    body = r"\s+".join(map(re.escape, said.split()))
    if not first.isalnum() or _ATOM.match(first):
        return body
    if not _JOINED.match(first):
        return r"(?<!\w)" + body
    script = "Hebrew" if "\u0590" <= first <= "\u05ff" else "Arabic"
    if script == "Arabic" and body.startswith(_ARTICLE):  # "to the" is written as one: للاثنين
        body = f"(?:{_ARTICLE}|لل){body.removeprefix(_ARTICLE)}"
    return rf"(?<!\w){_PREFIXES[script]}{body}"
