"""Citations in an answer, such as `[refunds-3]`, and quoted words: what can be computed about them. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from agents.text.scripts import words

_ID = r"[^\W_]\S*?-\d+"
_LIST = rf"{_ID}(?:\s*[,;、，،]\s*{_ID})*"
_MARK = re.compile(rf"(?:\[({_LIST})\](?!\()|【({_LIST})】|［({_LIST})］)")
_PART = re.compile(r"\s*[,;、，،]\s*")
_QUOTED = re.compile(r"“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»|»([^«»]+)«|「([^「」]+)」|『([^『』]+)』|\"([^\"\n]+)\"")
_GAP = re.compile(r"\s*(?:\[(?:\.\.\.|…)\]|\.\.\.|…)\s*")
_SHORTEST = 5
"""Words from which quotation marks are a quotation: fewer name a button, a title, a word."""


def citations_of(text: str) -> list[str]:
    """The ids that a text cites, each once, in their order: `[refunds-3]`, several as `[refunds-3, fees-1]`. A link in
    Markdown is no citation."""
    found = [_PART.split(next(filter(None, mark.groups()))) for mark in _MARK.finditer(text)]
    return list(dict.fromkeys(one for ids in found for one in ids))


def without_citations(text: str) -> str:
    """The text without its citations and the blanks before them; all else stays as it is."""
    return re.sub(rf"[ \t]*{_MARK.pattern}", "", text)


def unknown_citations(text: str, given: Collection[str]) -> list[str]:
    """The ids that a text cites and that are not among those given: none if the citations are right."""
    return [one for one in citations_of(text) if one not in given]


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
