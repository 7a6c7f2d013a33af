"""What can be checked exactly in a dialogue over a passage: citations, numbers, names, and that no answer is given away."""

from __future__ import annotations

import re

from agents.checks.check import Reading
from agents.checks.grounded.asked import Ask, passage_of
from agents.checks.grounded.citations import claims, uncited
from agents.checks.kept import (
    figures,
    name_said,
    names_beyond,
    names_in,
    number_said,
    numbers_beyond,
    numbers_lost,
    unmarked,
    word_list,
)
from agents.text.numbers import tokens
from agents.text.prose import ended
from agents.text.synonyms import FREE

_MAX_SPAN, _MAX_SPANS = 40, 3


def cited(reading: Reading, ask: Ask, answer: str) -> str:
    """Every sentence of an answer has a citation right after it, and every citation a sentence. An answer to what the passage
    does not tell has no citation to have."""
    if not ask.spans:
        return ""
    made = claims(answer)
    if not any(claim.spans for claim in made):
        return f"cites nothing, although the text answers the question: {ask.spans[0]!r}"
    for claim in made:
        if not claim.text:
            return f"cites {claim.spans[0]!r} for nothing: no sentence stands before it"
        if not claim.spans:
            return f"says {claim.text!r} without a source of its own"
        if ended(claim.text, reading.candidate.brief.language) is False:
            return f"does not end {claim.text!r} as a sentence"
    return ""


def spans_exist(reading: Reading, ask: Ask, answer: str) -> str:
    """The passage holds every cited span word by word; a sentence cites at most 3 spans, and a span has at most 40 words."""
    source = passage_of(reading)
    for claim in claims(answer):
        if len(claim.spans) > _MAX_SPANS:
            return f"cites {len(claim.spans)} places for one sentence, more than {_MAX_SPANS}"
        for span in claim.spans:
            if len(span.split()) > _MAX_SPAN:
                return f"cites {len(span.split())} words in one place, more than {_MAX_SPAN}"
            whole = re.search(rf"(?<!\w){re.escape(span)}(?!\w)", source) if span else None
            if whole is None:
                return f"cites {span!r}, which the text does not hold letter by letter"
    return ""


def answer_cited(reading: Reading, ask: Ask, answer: str) -> str:
    """The answer to a question cites the places that answer it, and says the numbers and names that answer it, in any spelling."""
    spans = [span for claim in claims(answer) for span in claim.spans]
    if not ask.spans or not spans:
        return ""
    source, said = passage_of(reading), uncited(answer)
    for gold in ask.spans:
        if not any(_meet(source, span, gold) for span in spans):
            return f"does not cite the words that answer the question: {gold!r}"
    if not reading.in_english:
        return f"does not say {ask.key!r}, which answers the question" if figures(ask.key) - figures(said) else ""
    if numbers_lost(said, ask.key):
        return f"does not say {ask.key!r}, which answers the question"
    # One of a person's names is enough.
    named = names_in(f"{source} , {ask.key}") & set(word_list(ask.key))
    if named and len(names_beyond(_as_names(named), said)) == len(named):
        return f"does not name {ask.key!r}, which answers the question"
    return ""


def _as_names(names: frozenset[str]) -> str:
    return " ".join(f"of {name.capitalize()}" for name in sorted(names))


def _meet(source: str, span: str, gold: str) -> bool:
    """Whether two spans share at least two words at the same place of the passage, or one holds the other."""
    start = source.find(gold)
    for found in re.finditer(re.escape(span), source) if span else ():
        shared = source[max(start, found.start()) : min(start + len(gold), found.end())]
        if len(shared.split()) >= min(2, len(gold.split()), len(span.split())):
            return True
    return False


def figures_cited(reading: Reading, ask: Ask, answer: str) -> str:
    """Every number of a claim stands in its cited words, the question or the title, in whatever form, and every name in the
    passage, the question or the title."""
    for claim in claims(answer):
        if not claim.spans:
            continue
        told = f"{' . '.join(claim.spans)} . {ask.known}"
        if not reading.in_english:
            if new := sorted(figures(claim.text) - figures(told)):
                return f"says {new[0]!r}, which is not in the words that it cites"
            continue
        if new := numbers_beyond(claim.text, told):
            return f"says {number_said(new[0], claim.text)!r}, which is not in the words that it cites"
        if new := names_beyond(claim.text, f"{passage_of(reading)} {ask.known}"):
            return f"names {name_said(new[0], claim.text)!r}, which is not in the text"
    return ""


def declined_bare(reading: Reading, ask: Ask, answer: str) -> str:
    """An answer to what the passage does not tell cites nothing, and says no number and no name that nobody asked about."""
    if ask.spans:
        return ""
    if any(claim.spans for claim in claims(answer)) or "source:" in answer.lower():
        return "cites the text, which does not answer the question: say only that it does not"
    said = " ".join(message.content for message in reading.candidate.messages[: ask.answered[0] if ask.answered else 0])
    if not reading.in_english:
        return ""
    if new := numbers_beyond(answer, f"{ask.known} {said}"):
        return f"says {number_said(new[0], answer)!r}, where the text does not answer the question: say only that it does not"
    if new := names_beyond(answer, f"{ask.known} {said}"):
        return f"names {name_said(new[0], answer)!r}, where the text does not answer the question: say only that it does not"
    return ""


def nothing_given_away(reading: Reading, ask: Ask, line: str) -> str:
    """A line of the user does not hold what answers its question."""
    key, given = _weighty(ask.key), " ".join(_weighty(ask.known))
    told = " ".join(key)
    if key and f" {told} " in f" {' '.join(_weighty(line))} " and f" {told} " not in f" {given} ":
        earlier = [m.content for m in reading.candidate.messages[: ask.asked[0] if ask.asked else 0]]
        if not any(f" {told} " in f" {' '.join(_weighty(one))} " for one in earlier):
            return f"gives the answer away: {ask.key!r}"
    return ""


def _weighty(text: str) -> list[str]:
    return [word for word in tokens(unmarked(text)) if word not in FREE]
