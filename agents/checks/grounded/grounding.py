"""Checks of a dialogue over a passage: each looks at one thing, and each is evidence of its own.

The brief's facts number the planned questions from 1: `question_N`, `span_N` (empty where the passage does not
answer), `key_N`. The N-th line of the user asks question N and the N-th line of the assistant answers it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from agents.checks.check import NOTHING, Check, Finding, Reading
from agents.checks.grounded.citations import CitedClaim, claims, sentences, uncited
from agents.checks.grounded.entailment import alike, content, polarity, unsupported
from agents.checks.guards import no_repetition
from agents.text.numbers import is_number, tokens
from agents.text.stems import stems
from agents.text.synonyms import ASKING, DECLINING, KINDS
from scenarios.messages import Speech
from scenarios.schema.corpus import JOINT

SOURCE = "source"
"""The brief's text that holds the passage."""
TITLE = "title"
_MAX_SPAN, _MAX_SPANS = 40, 3
_DECLINES = re.compile(
    r"\b(?:(?:does not|doesn't|do not|don't|did not|didn't) (?:say|tell|mention|state|give|cover|explain)"
    r"|(?:says|tells|gives|mentions) nothing|no (?:word|mention)|is not (?:in|mentioned|stated|given|said)"
    r"|cannot (?:find|tell|say)|can't (?:find|tell|say)|could not find|nothing (?:about|on))\b"
)


@dataclass(frozen=True)
class Ask:
    """One planned question with the lines that ask and answer it, as far as they are made."""

    question: str
    spans: tuple[str, ...]
    key: str
    earlier: str
    """The questions before, which a follow-up may lean on."""
    asked: tuple[int, str] | None
    answered: tuple[int, str] | None


def asks(reading: Reading) -> Iterator[Ask]:
    """The planned questions in order."""
    facts, messages = reading.candidate.brief.facts, list(enumerate(reading.candidate.messages))
    users = [(place, message.content) for place, message in messages if message.role is Speech.USER]
    answers = [(place, message.content) for place, message in messages if message.role is Speech.ASSISTANT]
    number, earlier = 1, ""
    while f"question_{number}" in facts:
        question, spans = facts[f"question_{number}"], facts[f"span_{number}"]
        yield Ask(
            question=question,
            spans=tuple(spans.split(JOINT)) if spans else (),
            key=facts[f"key_{number}"],
            earlier=earlier,
            asked=users[number - 1] if number <= len(users) else None,
            answered=answers[number - 1] if number <= len(answers) else None,
        )
        number, earlier = number + 1, f"{earlier} {question}".strip()


def _each_answer(test: Callable[[Reading, Ask, str], str]) -> Callable[[Reading], Finding]:
    """The check that applies `test` to each line of the assistant."""

    def find(reading: Reading) -> Finding:
        for ask in asks(reading):
            if ask.answered and (found := test(reading, ask, ask.answered[1])):
                return Finding(f"turn {ask.answered[0]}: {found}", ask.answered[0])
        return NOTHING

    return find


def _cited(reading: Reading, ask: Ask, answer: str) -> str:
    """Every sentence of an answer has a citation right after it, and every citation a sentence."""
    if declines(answer) and not ask.spans:
        return ""
    for claim in claims(answer):
        if not claim.text:
            return f"cites {claim.spans[0]!r} for nothing"
        if not claim.spans:
            return f"claims {claim.text!r} without a citation"
        if not claim.text.endswith((".", "!")):
            return f"does not end {claim.text!r} as a sentence"
    return "cites nothing" if not claims(answer) else ""


def _spans_exist(reading: Reading, ask: Ask, answer: str) -> str:
    """The passage holds every cited span word by word; a sentence cites at most 3 spans, and a span has at most 40 words."""
    source = " ".join(reading.candidate.brief.texts[SOURCE].split())
    for claim in claims(answer):
        if len(claim.spans) > _MAX_SPANS:
            return f"cites {len(claim.spans)} spans for one sentence, more than {_MAX_SPANS}"
        for span in claim.spans:
            if len(span.split()) > _MAX_SPAN:
                return f"cites {len(span.split())} words in one span, more than {_MAX_SPAN}"
            whole = re.search(rf"(?<!\w){re.escape(span)}(?!\w)", source) if span else None
            if whole is None:
                return f"cites {span!r}, which the passage does not hold"
    return ""


def _entailed(reading: Reading, ask: Ask, answer: str) -> str:
    """The cited spans, the question and the title hold every claim, word by word."""
    known = f"{ask.earlier} {ask.question} {reading.candidate.brief.texts.get(TITLE, '')}"
    for claim in claims(answer):
        if claim.spans and (found := unsupported(claim.text, claim.spans, known)):
            return f"{claim.text!r} {found}"
    return ""


def _answers(reading: Reading, ask: Ask, answer: str) -> str:
    """The answer cites the spans that answer the question, and says what they answer."""
    if not ask.spans or declines(answer):
        return ""
    cited = [span for claim in claims(answer) for span in claim.spans]
    source = " ".join(reading.candidate.brief.texts[SOURCE].split())
    for gold in ask.spans:
        if not any(_meet(source, span, gold) for span in cited):
            return f"does not cite the words that answer the question: {gold!r}"
    said = stems(uncited(answer))
    for word in content(ask.key):
        if not alike(word, said):
            return f"does not say {ask.key!r}, which answers the question"
    return ""


def _meet(source: str, span: str, gold: str) -> bool:
    """True where two spans share at least half of the shorter one's words, at the same place of the passage."""
    start = source.find(gold)
    for found in re.finditer(re.escape(span), source) if span else ():
        shared = source[max(start, found.start()) : min(start + len(gold), found.end())]
        if 2 * len(shared.split()) >= min(len(gold.split()), len(span.split())) and len(shared.split()) >= min(
            3, len(gold.split())
        ):
            return True
    return False


def declines(answer: str) -> bool:
    """True where an answer says that the passage does not tell."""
    return _DECLINES.search(uncited(answer).lower().replace("’", "'")) is not None


def _declined(reading: Reading, ask: Ask, answer: str) -> str:
    """The assistant declines a question that the passage does not answer, without a citation and without a claim."""
    if ask.spans:
        return ""
    if any(claim.spans for claim in claims(answer)):
        return "cites the passage, which does not answer the question"
    title = reading.candidate.brief.texts.get(TITLE, "")
    known = {*content(f"{ask.earlier} {ask.question} {title}"), *DECLINING}
    asked = {word for word in content(ask.question) if word not in content(title)}
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


def _not_declined(reading: Reading, ask: Ask, answer: str) -> str:
    """The assistant answers every question that the passage answers."""
    if ask.spans and declines(answer) and not any(_DECLINES.search(span.lower()) for span in ask.spans):
        return f"declines, although the passage answers: {ask.spans[0]!r}"
    return ""


def _asked(reading: Reading) -> Finding:
    """Each line of the user asks what was planned, and gives no answer away."""
    title = reading.candidate.brief.texts.get(TITLE, "")
    for ask in asks(reading):
        if ask.asked and (found := _off_plan(ask, ask.asked[1], title)):
            return Finding(f"turn {ask.asked[0]}: {found}", ask.asked[0])
    return NOTHING


def _off_plan(ask: Ask, line: str, title: str) -> str:
    if not line.rstrip().endswith(("?", ".")) or "?" not in line:
        return "asks no question"
    said, wanted = content(line), content(ask.question)
    given = {*content(f"{ask.earlier} {ask.question} {title}"), *ASKING}
    key = " ".join(content(ask.key))
    if key and f" {key} " in f" {' '.join(said)} " and f" {key} " not in f" {' '.join(wanted)} ":
        return f"gives the answer away: {ask.key!r}"
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


def _fresh(reading: Reading) -> Finding:
    """No line repeats an earlier one of its speaker, itself or a demonstration, apart from citations."""
    messages = reading.candidate.messages
    for place, passage in reading.passages:
        own = passage.model_copy(
            update={
                "text": uncited(passage.text),
                "earlier": tuple(uncited(m.content) for m in messages[:place] if m.role is messages[place].role),
                "demonstrated": tuple(map(uncited, passage.demonstrated)),
            }
        )
        if found := no_repetition(own).fault:
            return Finding(f"turn {place}: {found}", place)
    return NOTHING


GROUNDING: dict[str, Check] = {
    "asks_planned": Check(_asked, early=True),
    "claims_cited": Check(_each_answer(_cited), early=True),
    "spans_exist": Check(_each_answer(_spans_exist), early=True),
    "claims_entailed": Check(_each_answer(_entailed), early=True),
    "answers_question": Check(_each_answer(_answers), early=True),
    "unanswerable_declined": Check(_each_answer(_declined), early=True),
    "answerable_answered": Check(_each_answer(_not_declined), early=True),
    "fresh_lines": Check(_fresh, early=True),
}
"""The checks of a dialogue over a passage, by name."""

__all__ = ["GROUNDING", "Ask", "CitedClaim", "asks", "declines"]
