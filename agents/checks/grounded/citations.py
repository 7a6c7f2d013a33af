"""The notation of citations: a sentence, then `Source: "words of the passage".`; several are joined by `and`."""

from __future__ import annotations

import re

from agents.checks.kept import unmarked
from scenarios.frozen import Frozen
from scenarios.schema.corpus import JOINT

_SOURCE = re.compile(r'\s*\bSource:\s*"([^"]*(?:" and "[^"]*)*)"[.!]?')
_NO_END = "".join(
    rf"(?<!\b{short}\.)" for short in ("Dr", "Mr", "Ms", "St", "No", "Mrs", "Prof", "a.m", "p.m", "e.g", "i.e")
)
"""A full stop after these ends no sentence."""
_SENTENCE = re.compile(rf"(?<=[.!?]){_NO_END}(?<!\b[A-Z]\.)\s+(?=[A-Z\"'‘“])")
_CURLY = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})
_LOOSE = re.compile(
    r'\s*[(\[]?\bsources?:\s*("[^"]+"(?:(?:\s*[,;&]\s*(?:and\s+)?|\s+and\s+)"[^"]+")*)[)\]]?\s*[.!]*', re.IGNORECASE
)
"""A citation as people write it."""
_EDGE = " .,;:!?…"


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


def as_cited(message: str, passage: str) -> str:
    """A message with its citations in the notation, and each span in the passage's own letters where only its quotes, capitals,
    spaces or final punctuation are other ones. Of spans that the passage does not hold nothing is changed."""
    return _LOOSE.sub(lambda found: _in_notation(found, " ".join(passage.split())), message.translate(_CURLY))


def _in_notation(found: re.Match[str], passage: str) -> str:
    spans = [_of_passage(span, passage) for span in re.findall(r'"([^"]+)"', found[1])]
    before = " " if found[0][:1].isspace() else ""
    return f'{before}Source: "{JOINT.join(spans)}".'


def _of_passage(span: str, passage: str) -> str:
    """The words of the passage that a span copies, or the span."""
    if (alone := span.strip(_EDGE)) in passage and alone:
        return alone
    wanted = [re.escape(word) for word in unmarked(span).strip(_EDGE).split()]
    # Folding leaves most texts as long as they are; where it does not, the places would not fit.
    plain = unmarked(passage)
    if not wanted or len(plain) != len(passage):
        return span
    run = r"\s+".join(wanted)
    place = re.search(rf"(?<!\w){run}(?!\w)", plain, re.IGNORECASE)
    return passage[place.start() : place.end()] if place else span
