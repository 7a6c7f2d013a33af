"""Whether a dialogue in a world gets on: the user asks for something, and nobody says the same again and again. Pure."""

from __future__ import annotations

from agents.proof.case import Case
from agents.proof.consent import Consent, answer
from agents.proof.trace import Called, Flaw
from agents.text.phrases import words
from scenarios.worlds.blueprint import Action, Side

_SHORT = 5
"""Words below which a line may come again: 'Yes, please.'"""
_LATELY = 3
"""Lines back in which a line may not have been said, by either side."""
_OFTEN = 3
"""Times that one side may not say a line."""


def user_asks(case: Case) -> Flaw | None:
    """The user opens with something that may be a wish: more than a greeting, and about something in this world."""
    spoken = case.trace.said(Side.USER)
    if not spoken or any(one.raised is not None and one.raised <= spoken[0].turn for one in case.standings):
        return None
    return Flaw(spoken[0].turn, "opens without asking for what it wants")


def user_repeats(case: Case) -> Flaw | None:
    """The user says no line that was just said, and none again and again."""
    return _repeats(case, Side.USER)


def assistant_repeats(case: Case) -> Flaw | None:
    """The assistant says no line that was just said, and none again and again, and reads nothing twice before the
    user has spoken or something was changed."""
    return case.first(fault for fault in (_repeats(case, Side.ASSISTANT), _rereads(case)) if fault)


def _rereads(case: Case) -> Flaw | None:
    read: list[Action] = []
    for event in case.trace.events:
        if not isinstance(event, Called):
            if event.side is Side.USER:
                read.clear()
        elif event.wrote:
            read.clear()
        elif event.side is Side.ASSISTANT and event.action in read:
            return Flaw(event.turn, f"calls {event.action.tool} again, and nothing has happened since")
        elif event.side is Side.ASSISTANT:
            read.append(event.action)
    return None


def _repeats(case: Case, side: Side) -> Flaw | None:
    spoken = sorted((*case.trace.said(Side.USER), *case.trace.said(Side.ASSISTANT)), key=lambda said: said.turn)
    for place, said in enumerate(spoken):
        line = words(said.text)
        if said.side is not side or len(line) < _SHORT:
            continue
        if side is Side.USER and answer(said.text) is Consent.YES:
            continue
        if any(words(other.text) == line for other in spoken[max(0, place - _LATELY) : place]):
            return Flaw(said.turn, f"says what was just said: {said.text!r}", excusable=True)
        own = sum(other.side is side and words(other.text) == line for other in spoken[:place])
        if own >= _OFTEN - 1:
            return Flaw(said.turn, f"says {own + 1} times: {said.text!r}", excusable=True)
    return None
