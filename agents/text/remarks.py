"""What checks ask for and what they find, as sentences for a model that makes a text, or makes it again. Pure.

The evidence keeps what a check found in the check's own few words ("says 5, which is not planned", "move_hold: nobody was
asked"); these are compared when a dataset is verified, so the sentences are made of them here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_DOES = frozenset(
    [
        "adds",
        "agrees",
        "asks",
        "begins",
        "breaks",
        "calls",
        "cites",
        "comes",
        "copies",
        "denies",
        "does",
        "drops",
        "ends",
        "excludes",
        "gives",
        "goes",
        "has",
        "holds",
        "is",
        "leaves",
        "lets",
        "looks",
        "makes",
        "names",
        "never",
        "opens",
        "puts",
        "recites",
        "refuses",
        "repeats",
        "says",
        "sets",
        "shares",
        "shows",
        "speaks",
        "starts",
        "states",
        "takes",
        "tells",
        "tries",
        "turns",
        "uses",
        "works",
        "writes",
    ]
)
"""First words of what is said of the text itself: 'says …'."""
_VALUE = re.compile(r"(\w+)\.(\w+) is (.+)", re.DOTALL)
_CALL = re.compile(r"(\w+): (.+)", re.DOTALL)
_TURN = re.compile(r"turn \d+: (.+)", re.DOTALL)
_BEGINS = re.compile(r"[A-Z][a-z]*,? \S+ \S")
"""What is a sentence of its own begins so."""
_ENDED = (".", "!", "?", ".”", '."', ".'")


def sentence(detail: str) -> str:
    """What a check found as a sentence: "It says 5, which is not planned."."""
    told = " ".join(detail.split())
    if turn := _TURN.fullmatch(told):
        told = turn[1]
    if value := _VALUE.fullmatch(told):
        return ended(f"In its call of {value[1]}, the value of {value[2]} is {value[3]}")
    if call := _CALL.fullmatch(told):
        return ended(f"Its call of {call[1]} is not right: {call[2]}")
    first = told.partition(" ")[0]
    if _BEGINS.match(told):
        return ended(told)
    return ended(f"It {told}" if first in _DOES else f"This is wrong with it: {told}")


def ended(text: str) -> str:
    """A text with a mark at its end."""
    text = text.strip()
    return text if text.endswith(_ENDED) else f"{text}."


_QUESTION = "?"
"""Among phrases: that something is asked."""


def asked_for(group: Sequence[str]) -> str:
    """What a text has to say, as a sentence; one phrase of the group is enough: 'Say “name” or “who”.'"""
    phrases = [phrase for phrase in group if phrase != _QUESTION]
    if len(phrases) == len(group):
        return f"Say {_either(phrases)}."
    return f"Ask a question, or say {_either(phrases)}." if phrases else "Ask a question."


def ruled_out(phrases: Sequence[str]) -> str:
    """What a text may not say, as a sentence."""
    said = [phrase for phrase in phrases if phrase != _QUESTION]
    no_question = "Ask no question." if len(said) < len(phrases) else ""
    return " ".join(filter(None, [f"Do not say {_either(said)}." if said else "", no_question]))


def _either(phrases: Sequence[str]) -> str:
    quoted = [f"“{phrase}”" for phrase in phrases]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
