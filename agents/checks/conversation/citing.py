"""Citations in an answer, such as `[refunds-3]`, and quoted words: what can be computed about them. Pure.

What stands in brackets in a document or a chat may have the form of a citation and be none, such as `[covid-19]`. So functions
here take `plain`: what `bracketed` found in all that was given and is no id of a passage. That is text; anything else of the
form is a citation, an invented one too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from agents.text.scripts import words

_ID = r"[^\W_]\S*?-\d+"
_LIST = rf"{_ID}(?:\s*[,;、，،]\s*{_ID})*"
_MARK = re.compile(rf"(?:\[({_LIST})\](?!\()|【({_LIST})】|［({_LIST})］)")
_PART = re.compile(r"\s*[,;、，،]\s*")
_SHORT = "".join(
    rf"(?<!\b{short}\.)" for short in ("Dr", "Mr", "Ms", "No", "Mrs", "St", "e.g", "i.e", "z. B", "ca", "Nr")
)
_SHORT += r"(?<!\s\d\.)(?<!\s\d\d\.)"  # the 7th, in many languages
_STOP = "[.!?؟۔।…。！？]"
_END = re.compile(rf"(?<={_STOP}){_SHORT}\s+|(?<={_STOP}[”\"'’)])\s+|(?<=[。！？])|\n+")
_BEHIND = re.compile(rf"({_STOP}+[”\"'’)]?)((?:\s*{_MARK.pattern})+)")
"""Citations that stand behind the stop of their sentence."""
_LISTED = re.compile(r"^(?:[-*•–]|\d{1,2}[.)])\s+")
_QUOTED = re.compile(r"“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»|»([^«»]+)«|「([^「」]+)」|『([^『』]+)』|\"([^\"\n]+)\"")
_GAP = re.compile(r"\s*(?:\[(?:\.\.\.|…)\]|\.\.\.|…)\s*")
_SHORTEST = 5
"""Words from which quotation marks are a quotation: fewer name a button, a title, a word."""


class CitedSentence(NamedTuple):
    """A sentence with its citations, and the ids that it cites."""

    text: str
    ids: tuple[str, ...]


@lru_cache(maxsize=4096)
def bracketed(text: str) -> frozenset[str]:
    """What has the form of an id and stands in brackets in a text."""
    return frozenset(one for mark in _MARK.finditer(text) for one in _ids(mark))


def plain_in(texts: Iterable[str], ids: Collection[str]) -> frozenset[str]:
    """What stands in brackets in texts that were given and is the id of no passage."""
    return frozenset().union(*map(bracketed, texts)) - frozenset(ids)


def marks_in(text: str) -> list[str]:
    """All that has the form of a citation, brackets included."""
    return [mark[0] for mark in _MARK.finditer(text)]


def citations_of(text: str, plain: Collection[str] = ()) -> list[str]:
    """The ids that a text cites, each once, in their order: `[refunds-3]`, several as `[refunds-3, fees-1]`. A link in
    Markdown is no citation."""
    return list(dict.fromkeys(one for mark in _marks(text, plain) for one in _ids(mark)))


def without_citations(text: str, plain: Collection[str] = ()) -> str:
    """The text without its citations and the blanks before them; all else stays as it is."""
    left, end = "", 0
    for mark in _marks(text, plain):
        left += text[end : mark.start()].rstrip(" \t")
        end = mark.end()
    return left + text[end:]


def cited_sentences(text: str, plain: Collection[str] = ()) -> list[CitedSentence]:
    """The sentences of a text that cite something. A citation behind the full stop is that sentence's, and comes before it."""
    parts = _END.split(_BEHIND.sub(lambda found: f" {found[2].strip()}{found[1]}", text))
    cited = ((_LISTED.sub("", part.strip()), tuple(citations_of(part, plain))) for part in parts)
    return [CitedSentence(part, ids) for part, ids in cited if ids]


def _marks(text: str, plain: Collection[str]) -> Iterator[re.Match[str]]:
    return (mark for mark in _MARK.finditer(text) if not set(_ids(mark)) <= set(plain))


def _ids(mark: re.Match[str]) -> list[str]:
    return _PART.split(next(filter(None, mark.groups())))


def unknown_citations(text: str, given: Collection[str], plain: Collection[str] = ()) -> list[str]:
    """The ids that a text cites and that are not among those given: none if the citations are right."""
    return [one for one in citations_of(text, plain) if one not in given]


def quotations(text: str) -> list[str]:
    """What stands in quotation marks, five words or more, without citations inside."""
    spans = (next(filter(None, found.groups())) for found in _QUOTED.finditer(without_citations(text)))
    return [span.strip() for span in spans if len(words(span)) >= _SHORTEST]


def misquoted(text: str, passages: Iterable[str]) -> list[str]:
    """The quotations of a text that stand word for word in none of the passages: none if all are right. Case, marks of
    punctuation and line ends do not count; `…` stands for words left out, whose parts follow each other in one passage."""
    read = [f" {' '.join(words(passage))} " for passage in passages]
    return [span for span in quotations(text) if not any(_holds(passage, span) for passage in read)]


def _holds(passage: str, span: str) -> bool:
    place = 0
    for part in filter(None, (" ".join(words(piece)) for piece in _GAP.split(span))):
        found = passage.find(f" {part} ", place)
        if found < 0:
            return False
        place = found + len(part) + 1
    return True
