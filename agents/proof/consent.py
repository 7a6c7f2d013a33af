"""Whether words agree to what was asked: a stated reading of yes and no. Pure."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from agents.text.phrases import words
from agents.text.sentences import sentences
from agents.text.values import says_any


class Consent(StrEnum):
    """How somebody answers a proposal."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"
    """Neither: a question, a condition, or something else."""


_HARMLESS = (
    "no problem at all", "no problem", "no worries", "no objections", "no objection", "no doubt", "no need to wait",
    "no need to ask", "not a problem", "why not", "don't worry", "do not worry", "don't mind", "do not mind", "can't wait",
    "cannot wait", "no rush", "no hurry", "don't hesitate", "do not hesitate", "no questions", "no more questions",
    "nothing against", "no changes", "could not be better", "couldn't be better", "can't complain", "no further questions",
    "nothing else", "no nothing else", "no that's all", "no that is all", "no that's everything", "no other questions",
    "no more for now", "not at all", "isn't a problem", "is not a problem", "i'll wait", "i will wait", "happy to wait", "can wait",
)  # fmt: skip
"""Negations that say nothing against it."""
_NO = (
    "no", "nope", "nah", "not yet", "not now", "not today", "not really", "not quite", "not sure", "not certain",
    "not right", "not correct", "not okay", "not ok", "not that", "not this", "not what", "not like that", "don't",
    "do not", "doesn't", "does not", "didn't", "did not", "rather not", "shouldn't", "should not", "wouldn't",
    "would not", "won't", "will not", "can't", "cannot", "never", "wait", "hold on", "hang on", "stop", "wrong",
    "mistake", "changed my mind", "changed your mind", "nothing of the kind", "leave it", "forget it", "refuse",
    "decline", "disagree", "isn't", "is not", "aren't", "i'd prefer", "i would prefer", "instead", "neither",
)  # fmt: skip
_NO_CLAUSE = re.compile(
    r"(?:oh |well |sorry |hmm |actually |and )*(?:no|nope|nah)\b(?! (?:longer|more|doubt|idea|one|need|need to|matter))"
)
_TAKING_BACK = (
    "only if", "provided", "unless", "but first", "first tell", "first i", "first let", "before that", "before you",
    "let me think", "let me check", "as long as", "on condition", "it depends", "but not", "except",
)  # fmt: skip
"""Conditions that count even behind a plain yes."""
_AGAINST = (
    "not yet", "not now", "not today", "not really", "not quite", "not sure", "not certain",
    "not right", "not correct", "not that", "not this", "not what", "not like that", "don't do", "do not do", "don't change",
    "do not change", "please don't", "please do not", "don't want", "do not want", "don't think so", "do not think so",
    "don't agree", "do not agree", "rather not", "wait", "hold on", "hang on", "stop", "wrong", "mistake",
    "changed my mind", "leave it", "forget it", "refuse", "decline", "disagree", "instead", "neither", "never mind",
)  # fmt: skip
"""What speaks against a proposal even after a yes, and what plainly says no."""
_YES_OPENING = re.compile(
    r"(?:oh |ah |ok |okay |well )*(?:yes|yeah|yep|yup|sure|certainly|absolutely|of course|go ahead|please do|perfect|great)\b"
)
_BESIDES = re.compile(
    r"\bbut (?=.*\b(?:also|too|as well)\b)(?!.*\b(?:first|before)\b)"
    r"|\bbut (?:yes|yeah|ok|okay|all right|alright|fine|sure|go ahead|please do|i agree|i accept|i'll take)\b"
)
"""'Yes, but tell me the price, too' asks for more beside the yes; '… but yes' is one."""
_HEDGED = (
    "but", "however", "although", "though", "unless", "only if", "provided", "as long as", "on condition", "maybe",
    "perhaps", "possibly", "i guess", "i think so", "it depends", "depends", "first tell", "but first", "first i", "first let", "before that", "before you", "let me think",
    "let me check", "if", "except",
)  # fmt: skip
_YES = (
    "yes", "yeah", "yep", "yup", "aye", "go ahead", "please do", "please proceed", "i confirm", "agreed", "i agree",
    "by all means", "that works", "works for me", "suits me", "be my guest", "with pleasure", "i'd like that",
    "i would like that", "no problem", "no problem at all", "no objections", "no objection", "not a problem",
)  # fmt: skip
"""What agrees wherever it stands."""
_YES_CLAUSE = re.compile(
    r"(?:(?:then|so|well|oh|ah|and|just|thanks|thank you|okay|ok|sure|great|alright|please|you can|you may) )*"
    r"(?:(?:do (?:it|that|so)|that(?:'s| is) (?:right|correct|fine|good|it|the one)|carry on|proceed|let's do|of course|"
    r"absolutely|certainly|definitely|why not|sounds (?:good|right|fine|great)|very well|all right|gladly)\b.*|"
    r"(?:great|perfect|good|right|fine|lovely|wonderful|excellent|correct|exactly|okay|ok|sure|alright|confirmed|"
    r"that would be (?:great|good|lovely|fine|nice|perfect|wonderful)|please)"
    r"(?: (?:thanks|thank you|then|idea|by me|with me|for me|so|please|thing))*)"
)
"""What agrees as a clause of its own, or as the beginning of one."""
_POLITE = (
    "if you would", "if you could", "if you please", "if you don't mind", "if that's possible", "if possible", "if you can",
    "if that's okay", "if that's ok", "if that's all right", "if that is all right", "if it's no trouble",
)  # fmt: skip
"""Conditions that are none."""
_HARMLESS_RUN = re.compile(
    "|".join(rf"(?<!\S){re.escape(phrase)}(?!\S)" for phrase in sorted((*_POLITE, *_HARMLESS), key=len, reverse=True))
)
_ASKED_TO = ("could you", "can you", "would you", "will you")


@lru_cache(maxsize=8192)
def answer(text: str) -> Consent:
    """How a text answers a proposal.

    YES only where it agrees, and neither says no, nor hedges ('yes, but', 'if', 'maybe', 'first'). Negations that
    are none ('no problem', 'why not') count as agreement; a further question beside a yes does no harm, a question
    alone is UNCLEAR. NO wins over YES. What cannot be read is UNCLEAR, which is not a yes.
    """
    agrees = bool(says_any(_YES, _said(text))) or any(map(_agrees, sentences(text)))
    plain = _plain(text)
    if _opens_with_yes(text):
        # What follows a plain yes is about something else, unless it takes it back: 'Yes. I don't need a receipt.'
        first = _BESIDES.sub(" ", _plain(sentences(text)[0]))
        hedged = says_any(_HEDGED, first) or says_any(_TAKING_BACK, plain)
        return Consent.NO if _against(text) else Consent.UNCLEAR if hedged else Consent.YES
    if says_any(_NO, plain):
        return Consent.NO
    return Consent.YES if agrees and not says_any(_HEDGED, _BESIDES.sub(" ", plain)) else Consent.UNCLEAR


@lru_cache(maxsize=8192)
def declines(text: str) -> bool:
    """Whether a text plainly says no to a proposal, and not only something with a 'not' in it."""
    return _against(text) and not _opens_with_yes(text)


def _against(text: str) -> bool:
    """Whether a text speaks against a proposal: a clause that begins with no, or a phrase that takes it back."""
    clauses = re.split(r"[,.;:!?–—]+", text)
    return bool(says_any(_AGAINST, _plain(text))) or any(_NO_CLAUSE.match(_plain(clause).strip()) for clause in clauses)


def _plain(text: str) -> str:
    """The words that answer, without negations that say nothing against it."""
    return _HARMLESS_RUN.sub(" ", " ".join(words(_said(text))))


def _opens_with_yes(text: str) -> bool:
    """Whether the first words agree, so that a negation further on is about something else: 'Yes. I don't need a receipt.'"""
    first = re.split(r"[,.;:!–—]+", text, maxsplit=1)[0]
    return bool(_YES_OPENING.match(" ".join(words(first)))) or _agrees(first)


def _said(text: str) -> str:
    """The words that answer: no questions, but 'could you do that?' asks for it, and 'yes, and how long …?' says yes."""
    return " ".join(map(_answering, sentences(text)))


def _answering(part: str) -> str:
    if "?" not in part or _asks_for_it(part):
        return part
    before, found, _ = part.partition(", and ")
    return before if found else ""


def _agrees(part: str) -> bool:
    if "?" in part and _asks_for_it(part):
        return True
    clauses = re.split(r"[,.;:!–—]+", _answering(part))
    return any(_YES_CLAUSE.fullmatch(" ".join(words(clause))) for clause in clauses)


def _asks_for_it(part: str) -> bool:
    """'Could you do that, please?'"""
    return bool(says_any(_ASKED_TO, part) and says_any(("go ahead", "do that", "do it", "proceed"), part))
