"""What a sample's vector is of: its text without the names and numbers that its brief drew.

A name or an order number is a rare word, and rare words weigh most in a vector: a copy of a dialogue with other names
would count as another dialogue. What the facts say in words (a colour, a reason) stays: it is what a dialogue is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scenarios.records import Brief, Candidate
from scenarios.scene import ConversationScene

_LONGEST_NAME = 4
"""Words; a fact with more of them is a sentence or a passage."""
_SENTENCE_ENDS = (".", "?", "!")


@dataclass(frozen=True)
class Wording:
    """A sample's text, and the names and numbers of its brief, which count for nothing in its vector."""

    text: str
    names: tuple[str, ...] = ()

    @property
    def embedded(self) -> str:
        """The text that the vector is of."""
        return without(self.text, self.names)


def wording_of(candidate: Candidate) -> Wording:
    """A candidate's wording. Only a dialogue has names: in fields the facts may be all that there is."""
    facts = facts_in(candidate.brief, candidate.scene)
    return Wording(candidate.text(), names_in(facts) if candidate.messages else ())


def facts_in(brief: Brief, scene: ConversationScene | None) -> Iterator[str]:
    """The values of all facts, also of those that a world drew or a scene has."""
    yield from brief.facts.values()
    if brief.blueprint:
        yield from (fact.value for fact in brief.blueprint.known())
    if scene:
        yield from scene.values()


def names_in(facts: Iterable[str]) -> tuple[str, ...]:
    """Those values that are names or numbers: a few words with a capital letter or a digit in them, and no sentence.

    The longest come first, so that a name within a name is found last.
    """
    found = {value.strip() for value in facts if _is_name(value.strip())}
    return tuple(sorted(found, key=lambda name: (-len(name), name)))


def _is_name(value: str) -> bool:
    marked = any(letter.isdigit() or letter.isupper() for letter in value)
    return marked and len(value) > 1 and len(value.split()) <= _LONGEST_NAME and not value.endswith(_SENTENCE_ENDS)


def without(text: str, names: Sequence[str]) -> str:
    """The text without some names, as whole words, in capital letters or small ones."""
    if not names:
        return text
    return re.compile(_any_of(names), re.IGNORECASE).sub("", text)


def _any_of(names: Iterable[str]) -> str:
    return rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)"
