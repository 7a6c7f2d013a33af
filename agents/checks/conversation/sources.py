"""What a conversation over documents cites: passages that it was given, as many as its brief asks for, and quotations that stand
in them."""

from __future__ import annotations

from collections.abc import Iterable

from agents.checks.check import NOTHING, Finding, Reading
from agents.checks.conversation.citing import citations_of, misquoted, plain_in, unknown_citations
from scenarios.loading import Loaded
from scenarios.messages import Message, Speech
from scenarios.records import Brief
from scenarios.schema.conversation import least_cited


def plain_brackets(loaded: Loaded, brief: Brief, said: Iterable[Message] = ()) -> frozenset[str]:
    """What has the form of a citation and is text, because it stands so in a passage of the conversation, in the policy, or in
    what was `said`, and no passage of the documents has that id."""
    given = [one.text for one in loaded.passages if one.id in brief.passages]
    return plain_in([*given, loaded.scenario.policy, *(message.content for message in said)], loaded.passage_ids)


def cites_given(reading: Reading) -> Finding:
    """The assistant cites passages that this conversation was given, and what it quotes of them stands there word for word."""
    made, loaded = reading.candidate, reading.loaded
    given = made.brief.passages
    if not given:
        return NOTHING
    before = [*(one.text for one in loaded.passages if one.id in given), loaded.scenario.policy]
    for place, message in enumerate(made.messages):
        if message.role is Speech.ASSISTANT:
            plain = plain_brackets(loaded, made.brief, made.messages[:place])
            beside = message.cites or ()
            unknown = [*unknown_citations(message.content, given, plain), *(one for one in beside if one not in given)]
            if unknown:
                return Finding(f"cites {unknown[0]!r}, which is no passage of this conversation", place)
            if (beside or citations_of(message.content, plain)) and (wrong := misquoted(message.content, before)):
                return Finding(f"quotes {wrong[0]!r}, which stands in none of the passages", place)
        before.append(message.content)
    return NOTHING


def cites_wanted(brief: Brief) -> int:
    """How many passages one message has to cite, by the cell's values; 0 if none says so."""
    wanted = max((least_cited(said) for said in brief.attributes.values()), default=0)
    return wanted if brief.passages else 0


def cites_enough(reading: Reading) -> Finding:
    """One message of the assistant cites as many different passages as the brief asks for: the most that a value of an axis says
    under `cites`."""
    made = reading.candidate
    least = cites_wanted(made.brief)
    if not least:
        return NOTHING
    counts = {
        place: len({*(message.cites or ()), *citations_of(message.content)}.intersection(made.brief.passages))
        for place, message in enumerate(made.messages)
        if message.role is Speech.ASSISTANT and message.content
    }
    most = max(counts.values(), default=0)
    if most >= least:
        return NOTHING
    place = next((place for place, count in counts.items() if count == most), None)
    named = f"{most} passage{'s' if most > 1 else ''}" if most else "no passage"
    return Finding(
        f"cites {named}, where the answer to what was asked rests on {least} and has to name them all", place
    )
