"""Guesses about what is asked and answered over a passage, from lists of words: for models that cannot judge."""

from __future__ import annotations

import re

from agents.checks.check import Reading
from agents.checks.grounded.asked import Ask
from agents.checks.grounded.citations import claims, sentences, uncited
from agents.checks.grounded.entailment import alike, content, polarity, unsupported
from agents.text.numbers import is_number, tokens
from agents.text.stems import stems
from agents.text.synonyms import ASKING, DECLINING, KINDS

_DECLINES = re.compile(
    r"\b(?:(?:does not|doesn't|do not|don't|did not|didn't) (?:say|tell|mention|state|give|cover|explain)"
    r"|(?:says|tells|gives|mentions) nothing|no (?:word|mention)|is not (?:in|mentioned|stated|given|said)"
    r"|cannot (?:find|tell|say)|can't (?:find|tell|say)|could not find|nothing (?:about|on))\b"
)


def entailed(reading: Reading, ask: Ask, answer: str) -> str:
    """The cited spans, the question and the title hold every claim, word by word."""
    for claim in claims(answer):
        if claim.spans and (found := unsupported(claim.text, claim.spans, ask.known)):
            return f"{claim.text!r} {found}"
    return ""


def key_said(reading: Reading, ask: Ask, answer: str) -> str:
    """The answer says what answers the question, in the words of the passage or listed ones of the same meaning."""
    if not ask.spans or declines(answer):
        return ""
    said = stems(uncited(answer))
    for word in content(ask.key):
        if not alike(word, said):
            return f"does not say {ask.key!r}, which answers the question"
    return ""


def declines(answer: str) -> bool:
    """True where an answer says that the passage does not tell."""
    return _DECLINES.search(uncited(answer).lower().replace("’", "'")) is not None


def declined(reading: Reading, ask: Ask, answer: str) -> str:
    """The assistant declines a question that the passage does not answer, without a citation and without a claim."""
    if ask.spans:
        return ""
    if any(claim.spans for claim in claims(answer)):
        return "cites the passage, which does not answer the question"
    known = {*content(ask.known), *DECLINING}
    asked = {word for word in content(ask.question) if word not in content(ask.title)}
    for sentence in sentences(uncited(answer)):
        named = {word for word in content(sentence) if word not in DECLINING}
        if named and 2 * len(asked & named) < len(asked):
            return f"says {sentence!r}, which is about more than was asked"
        if not declines(sentence):
            return f"says {sentence!r}, where the passage does not answer the question"
        for word in content(sentence):
            if is_number(word) or not alike(word, known):
                return f"says {word!r}, which nobody asked about, where the passage does not answer the question"
    return ""


def not_declined(reading: Reading, ask: Ask, answer: str) -> str:
    """The assistant answers every question that the passage answers."""
    if ask.spans and declines(answer) and not any(_DECLINES.search(span.lower()) for span in ask.spans):
        return f"declines, although the passage answers: {ask.spans[0]!r}"
    return ""


def on_plan(reading: Reading, ask: Ask, line: str) -> str:
    """A line of the user asks what was planned, as far as words show it."""
    if not line.rstrip().endswith(("?", ".")) or "?" not in line:
        return "asks no question"
    said, wanted = content(line), content(ask.question)
    given = {*content(ask.known), *ASKING}
    for word in said:
        if not alike(word, given):
            return f"says {word!r}, which is not in the planned question {ask.question!r}"
    missing = [word for word in wanted if not alike(word, said)]
    if missing and (3 * len(missing) > len(set(wanted)) or any(is_number(word) for word in missing)):
        return f"does not ask what was planned: {missing[0]!r} is missing of {ask.question!r}"
    if polarity(line) != polarity(ask.question):
        return f"turns the planned question around: {ask.question!r}"
    kind, plain = _kind(ask.question), " ".join(tokens(line))
    if kind and not any(re.search(rf"\b{form}\b", plain) for form in KINDS[kind]):
        return f"asks something else than {kind!r}, which was planned"
    return ""


def _kind(question: str) -> str:
    """What a question asks for, by its first question word."""
    plain = " ".join(tokens(question))
    found = [(match.start(), -len(kind), kind) for kind in KINDS if (match := re.search(rf"\b{kind}\b", plain))]
    return min(found)[2] if found else ""
