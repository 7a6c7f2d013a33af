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
    said = plain(text)
    return _any_of((phrase,), _mixed(said)).search(said) is not None


def begins(phrase: str, text: str) -> bool:
    """As `holds`, but the last word may go on: 'refund' is held by 'refunded'."""
    said = plain(text)
    return _beginning(phrase, _mixed(said)).search(said) is not None


def held(phrases: tuple[str, ...], text: str) -> list[str]:
    """Those of `phrases` that `text` holds, in the order of the text; of two that begin together, the earlier one."""
    said = plain(text)
    # Few of many are there, and a pattern of those few is soon compiled.
    some = tuple(phrase for phrase, first in zip(phrases, _first_words(phrases), strict=True) if first in said)
    pattern = _any_of(some, _mixed(said)) if some else None
    return [some[found.lastindex - 1] for found in pattern.finditer(said) if found.lastindex] if pattern else []


@lru_cache(maxsize=1024)
def _first_words(phrases: tuple[str, ...]) -> tuple[str, ...]:
    return tuple((plain(phrase).split() or [""])[0].removeprefix(_ARTICLE) for phrase in phrases)


def _mixed(said: str) -> bool:
    """Whether a text has signs of scripts without spaces, beside which a word of another script begins and ends."""
    return not said.isascii() and _ATOM.search(said) is not None


@lru_cache(maxsize=1024)
def _any_of(phrases: tuple[str, ...], mixed: bool = False) -> Any:
    """A group for each phrase, as whole words."""
    return _compiled("|".join(f"({_start(phrase, mixed)}{_end(phrase, mixed)})" for phrase in phrases) or r"(?!)")


@lru_cache(maxsize=4096)
def _beginning(phrase: str, mixed: bool) -> Any:
    return _compiled(_start(phrase, mixed))


def _compiled(pattern: str) -> Any:
    """A pattern; one beyond ASCII by `regex`, to which the marks of Hindi are part of a word."""
    return re.compile(pattern) if pattern.isascii() else regex.compile(pattern, regex.V1)


def _letter(mixed: bool) -> str:
    """What a word has none of beside it."""
    return rf"[\w--[{UNSPACED}]]" if mixed else r"\w"


def _end(phrase: str, mixed: bool) -> str:
    """The end of a word, if the phrase ends with one in a script that has spaces."""
    last = plain(phrase).rstrip()[-1:]
    return f"(?!{_letter(mixed)})" if last.isalnum() and not _ATOM.match(last) else ""


def _start(phrase: str, mixed: bool) -> str:
    """The pattern of a phrase from the start of a word, if it starts with one."""
    said = plain(phrase)
    first = said.strip()[:1]
    body = r"\s+".join(map(re.escape, said.split()))
    if not first.isalnum() or _ATOM.match(first):
        return body
    edge = f"(?<!{_letter(mixed)})"
    if not _JOINED.match(first):
        return edge + body
    script = "Hebrew" if "\u0590" <= first <= "\u05ff" else "Arabic"
    if script == "Arabic" and body.startswith(_ARTICLE):  # "to the" is written as one: للاثنين
        body = f"(?:{_ARTICLE}|لل){body.removeprefix(_ARTICLE)}"
    return f"{edge}{_PREFIXES[script]}{body}"
