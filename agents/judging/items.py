"""What a verifier is asked about one by one: the lines of a dialogue, and the claims in them."""

from __future__ import annotations

from collections.abc import Iterator

from agents.checks.conversation.citing import cited_sentences
from agents.checks.conversation.sources import plain_brackets
from agents.checks.grounded.citations import claims
from scenarios.briefs import questions_about
from scenarios.frozen import Frozen
from scenarios.loading import Loaded
from scenarios.messages import Speech
from scenarios.records import Candidate
from scenarios.schema.plans import ItemKind


class AskedItem(Frozen):
    """One line or claim, and the questions that are asked of it by name."""

    key: str
    """Its name in the verifier's answer."""
    turn: int
    """The message that it stands in (from 0)."""
    text: str
    spans: tuple[str, ...] = ()
    """Of a claim: the words that it cites, or the ids of passages."""
    questions: dict[str, str]


def items_of(loaded: Loaded, candidate: Candidate) -> list[AskedItem]:
    """All that the scenario's questions are asked of one by one, in the order of the dialogue."""
    asked = {kind: questions_about(loaded, candidate.brief, kind) for kind in ItemKind}
    return [
        AskedItem(key=key, turn=turn, text=text, spans=spans, questions=asked[kind])
        for kind, key, turn, text, spans in _parts(loaded, candidate)
        if asked[kind]
    ]


def _parts(loaded: Loaded, candidate: Candidate) -> Iterator[tuple[ItemKind, str, int, str, tuple[str, ...]]]:
    for turn, message in enumerate(candidate.messages):
        if message.role is Speech.USER and message.content:
            yield ItemKind.USER, f"line_{turn}", turn, message.content, ()
        if message.role is Speech.ASSISTANT and message.content:
            yield ItemKind.ASSISTANT, f"line_{turn}", turn, message.content, ()
            for number, (text, spans) in enumerate(_claims(loaded, candidate, turn), 1):
                yield ItemKind.CLAIM, f"claim_{turn}_{number}", turn, text, spans


def _claims(loaded: Loaded, candidate: Candidate, turn: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The claims of a message, each with what it cites. Of a conversation whose citations are kept beside the text, nobody can
    tell which sentence cites what."""
    text, plan = candidate.messages[turn].content, loaded.scenario.conversation
    if plan is None:
        yield from ((claim.text, claim.spans) for claim in claims(text))
    elif plan.cites:
        yield from cited_sentences(text, plain_brackets(loaded, candidate.brief, candidate.messages[:turn]))
