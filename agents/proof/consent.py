"""Whether words agree to what was asked: a stated reading of yes and no. Pure."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from agents.guards import words
from agents.proof.words import says_any, sentences


class Answer(StrEnum):
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
    "not at all", "isn't a problem", "is not a problem", "i'll wait", "i will wait", "happy to wait", "can wait",
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
_HEDGED = (
    "but", "however", "although", "though", "unless", "only if", "provided", "as long as", "on condition", "maybe",
    "perhaps", "possibly", "i guess", "i think so", "it depends", "depends", "first tell", "but first", "first i", "first let", "before that", "before you", "let me think",
    "let me check", "if", "except",
)  # fmt: skip
_YES = (
    "yes", "yeah", "yep", "yup", "aye", "sure", "ok", "okay", "go ahead", "please do", "do it", "do that", "do so",
    "that's right", "that is right", "that's correct", "that is correct", "correct", "that's fine", "that is fine", "fine",
    "that's good", "good", "confirm", "confirmed", "agreed", "i agree", "of course", "absolutely", "certainly",
    "definitely", "by all means", "proceed", "that works", "works for me", "suits me", "great", "perfect", "exactly",
    "right", "gladly", "carry on", "sounds good", "sounds right", "all right", "alright", "very well", "wonderful", "excellent",
    "lovely", "please", "be my guest", "with pleasure", "let's do", "that would be", "i'd like that", "i would like that",
    "no problem", "no problem at all", "no objections", "no objection", "why not", "not a problem",
)  # fmt: skip
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
def answer(text: str) -> Answer:
    """How a text answers a proposal.

    YES only where it agrees, and neither says no, nor hedges ('yes, but', 'if', 'maybe', 'first'). Negations that
    are none ('no problem', 'why not') count as agreement; a further question beside a yes does no harm, a question
    alone is UNCLEAR. NO wins over YES. What cannot be read is UNCLEAR, which is not a yes.
    """
    plain = _HARMLESS_RUN.sub(" ", " ".join(words(_said(text))))
    agrees = bool(says_any(_YES, _said(text)))
    if says_any(_NO, plain):
        return Answer.NO
    if agrees and not says_any(_HEDGED, plain):
        return Answer.YES
    return Answer.UNCLEAR


def _said(text: str) -> str:
    """The words that answer: no questions, but 'could you do that?' asks for it, and 'yes, and how long …?' says yes."""
    return " ".join(map(_answering, sentences(text)))


def _answering(part: str) -> str:
    if "?" not in part or (says_any(_ASKED_TO, part) and _urges(part)):
        return part
    before, found, _ = part.partition(", and ")
    return before if found else ""


def _urges(part: str) -> bool:
    return bool(says_any(("go ahead", "do that", "do it", "proceed", "please"), part))
