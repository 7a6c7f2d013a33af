"""The notation of citations: a sentence, then `Source: "words of the passage".`; several are joined by `and`."""

from __future__ import annotations

import re

from scenarios.frozen import Frozen
from scenarios.schema.corpus import JOINT

_SOURCE = re.compile(r'\s*\bSource:\s*"([^"]*(?:" and "[^"]*)*)"[.!]?')
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'‘“])")


class CitedClaim(Frozen):
    """A sentence with the spans that are cited right after it."""

    text: str
    spans: tuple[str, ...] = ()


def claims(message: str) -> tuple[CitedClaim, ...]:
    """The sentences of an answer in order, each with its citation; one without has no spans."""
    found: list[CitedClaim] = []
    end = 0
    for source in _SOURCE.finditer(message):
        *bare, cited = sentences(message[end : source.start()]) or [""]
        found += [CitedClaim(text=sentence) for sentence in bare]
        found.append(CitedClaim(text=cited, spans=tuple(span.strip() for span in source[1].split(JOINT))))
        end = source.end()
    return (*found, *(CitedClaim(text=sentence) for sentence in sentences(message[end:])))


def sentences(text: str) -> list[str]:
    """The sentences of a text."""
    return [part.strip() for part in _SENTENCE.split(text) if part.strip()]


def uncited(message: str) -> str:
    """A message without its citations: what its speaker says in their own words."""
    return " ".join(_SOURCE.sub(" ", message).split())
