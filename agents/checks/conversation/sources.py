"""What a conversation over documents cites: passages that it was given, and quotations that stand in them."""

from __future__ import annotations

from agents.checks.check import NOTHING, Finding, Reading
from agents.checks.conversation.citing import citations_of, misquoted, unknown_citations
from scenarios.messages import Speech


def cites_given(reading: Reading) -> Finding:
    """The assistant cites passages that this conversation was given, and what it quotes of them stands there word for word."""
    given = reading.candidate.brief.passages
    if not given:
        return NOTHING
    texts = [one.text for one in reading.loaded.passages if one.id in given]
    before = [*texts, reading.loaded.scenario.policy]
    for place, message in enumerate(reading.candidate.messages):
        if message.role is Speech.ASSISTANT:
            beside = message.cites or ()
            unknown = [*unknown_citations(message.content, given), *(one for one in beside if one not in given)]
            if unknown:
                return Finding(f"cites {unknown[0]!r}, which is no passage of this conversation", place)
            if (beside or citations_of(message.content)) and (wrong := misquoted(message.content, before)):
                return Finding(f"quotes {wrong[0]!r}, which stands in none of the passages", place)
        before.append(message.content)
    return NOTHING
