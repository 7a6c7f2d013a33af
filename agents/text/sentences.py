"""What words do: say, ask, refuse, conclude. Stated phrases of plain English. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from agents.text.values import says_any
from scenarios.text import codes, folded

_SENTENCE = re.compile(r"(?<=[.!?])[\"'”’)]*\s+|\n+")
_CLAUSE = re.compile(r"[,;:]\s+|\s+-\s+|\s+(?:and|but|so|because)\s+")
_ASKING = (
    "please confirm", "can you confirm", "could you confirm", "let me know", "tell me whether", "tell me if", "say yes",
    "do you want", "would you like", "do you agree", "just confirm", "shall i", "should i", "is that right",
)  # fmt: skip
_REQUESTING = (
    "please", "could you", "can you", "i need", "i would need", "i will need", "i'll need", "tell me", "give me", "may i have",
)  # fmt: skip
_REFUSING = (
    "cannot", "can't", "can not", "could not", "couldn't", "unable", "not able", "not allowed", "not permitted",
    "not possible", "isn't possible", "impossible", "must not", "mustn't", "may not", "won't be able",
    "will not be able", "have to decline", "must decline", "have to refuse", "must refuse", "have to say no",
    "must say no", "am afraid not", "i'm afraid not", "not authorised", "not authorized", "isn't allowed",
    "isn't permitted", "forbids", "forbidden", "does not allow", "doesn't allow", "do not allow", "don't allow",
    "does not permit", "doesn't permit", "won't do", "will not do", "am not going to", "not something i can",
    "nothing i can do", "no way for me", "not eligible", "isn't eligible", "against our", "against the",
)  # fmt: skip
_LIMITING = re.compile(
    r"\b(?:can|may|sorry|handed|given|goes|allowed|possible)\b.*\bonly\b|\bonly\b.*\b(?:can|may|allowed|possible)\b"
    r"|\bnothing\b.*\bcan\b|\bmost\b.*\bcan\b|\bno longer\b.*\b(?:possible|be)\b"
)
"""'It can be done only for …': what goes beyond it is refused."""
_CLOSING = (
    "anything else", "something else", "anything more", "any other", "is that all", "is that everything",
    "would that be all", "will that be all", "was that all", "what else", "anything further", "does that help",
    "any more questions", "any further questions",
)  # fmt: skip
_DONE = (
    "done", "taken care", "all set", "sorted", "settled", "finished", "completed", "arranged", "in order", "dealt with",
)  # fmt: skip


@lru_cache(maxsize=8192)
def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text, in plain typography: those of every script end with '.', '!' or '?'."""
    return tuple(part.strip() for part in _SENTENCE.split(folded(text)) if part.strip())


def statements(text: str) -> str:
    """The text without its questions."""
    return " ".join(part for part in sentences(text) if "?" not in part)


def clauses(text: str) -> list[str]:
    """The clauses of the text's statements."""
    return [part for sentence in sentences(text) if "?" not in sentence for part in _CLAUSE.split(sentence)]


def asks(text: str) -> bool:
    """Whether a text asks something."""
    return any("?" in part or says_any(_ASKING, part) for part in sentences(text))


def requests(text: str) -> bool:
    """Whether a text asks for something to be said or done."""
    return asks(text) or bool(says_any(_REQUESTING, text))


def open_question(text: str) -> bool:
    """Whether a text ends with a question that waits for more than a goodbye."""
    asked = [part for part in sentences(text) if "?" in part]
    if not asked:
        return asks(text) and not says_any(_CLOSING, text)
    return not says_any(_CLOSING, asked[-1])


def refuses(text: str) -> bool:
    """Whether a statement of the text says that something cannot be done."""
    told = [part for part in sentences(text) if "?" not in part]
    return any(says_any(_REFUSING, part) or _LIMITING.search(part.lower()) for part in told)


def concludes(text: str) -> bool:
    """Whether a text sounds like the end of a matter: a refusal, 'that is done', an offer of more, or a number told."""
    told = statements(text)
    return bool(refuses(text) or says_any(_CLOSING, text) or says_any(_DONE, told) or codes(told))
