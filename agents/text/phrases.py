"""Words and phrases: the words of a text, how alike two texts are, and which phrases a text holds. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"[a-z0-9']+")


# Demonstrations and earlier lines are read again with every draw, hence the caches.
@lru_cache(maxsize=8192)
def words(text: str) -> tuple[str, ...]:
    """The words of a text, in lower case."""
    return tuple(_WORD.findall(_plain(text)))


@lru_cache(maxsize=8192)
def word_set(text: str) -> frozenset[str]:
    return frozenset(words(text))


@lru_cache(maxsize=8192)
def _plain(text: str) -> str:
    """The text in lower case, with one kind of apostrophe."""
    return text.lower().replace("’", "'")


def similarity(left: str, right: str) -> float:
    """Share of words that two texts have in common (Jaccard), 0 … 1."""
    a, b = word_set(left), word_set(right)
    common = len(a & b)
    return common / (len(a) + len(b) - common) if common else 0.0


def holds(phrase: str, text: str) -> bool:
    """True where `text` has `phrase` as whole words, whatever the case and spacing."""
    return _any_of((phrase,)).search(_plain(text)) is not None


def begins(phrase: str, text: str) -> bool:
    """As `holds`, but the last word may go on: 'refund' is held by 'refunded'."""
    return _beginning(phrase).search(_plain(text)) is not None


def held(phrases: tuple[str, ...], text: str) -> list[str]:
    """Those of `phrases` that `text` holds, in the order of the text; of two that begin together, the earlier one."""
    plain = _plain(text)
    # Few of many are there, and a pattern of those few is soon compiled.
    some = tuple(phrase for phrase, first in zip(phrases, _first_words(phrases), strict=True) if first in plain)
    return [some[found.lastindex - 1] for found in _any_of(some).finditer(plain) if found.lastindex] if some else []


@lru_cache(maxsize=1024)
def _first_words(phrases: tuple[str, ...]) -> tuple[str, ...]:
    return tuple((phrase.lower().split() or [""])[0] for phrase in phrases)


@lru_cache(maxsize=1024)
def _any_of(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """A group for each phrase, as whole words."""
    ends = (r"(?!\w)" if phrase[-1:].isalnum() else "" for phrase in phrases)
    return re.compile(
        "|".join(f"({_start(phrase)}{end})" for phrase, end in zip(phrases, ends, strict=True)) or r"(?!)"
    )


@lru_cache(maxsize=4096)
def _beginning(phrase: str) -> re.Pattern[str]:
    return re.compile(_start(phrase))


def _start(phrase: str) -> str:
    """The pattern of a phrase from the start of a word, where it starts with one."""
    edge = r"(?<!\w)" if phrase[:1].isalnum() else ""
    return edge + r"\s+".join(map(re.escape, phrase.lower().split()))
