"""The proof of how the user brought the dialogue to its end. Pure."""

from __future__ import annotations

from agents.proof.case import Case
from agents.proof.trace import Flaw
from agents.text.sentences import open_question, requests
from agents.text.values import says, says_any
from scenarios.messages import Speech
from scenarios.worlds.blueprint import Ending, Fact, Side


def user_ended(case: Case) -> Flaw | None:
    """The user ended the dialogue when all that it wanted was settled: not before, not after, and not in despair."""
    trace = case.trace
    spoken = trace.said(Side.USER)
    last = spoken[-1].turn if spoken else 0
    match trace.ending:
        case None:
            return Flaw(case.length, "the dialogue has no ending")
        case Ending.DONE:
            return _done(case, last)
        case Ending.STUCK:
            return Flaw(last, "gives up", excusable=True, at_end=True)
        case Ending.TOO_LONG:
            return keeps_on(case)
        case Ending.TOO_MANY_CALLS:
            return None
        case Ending.LIMIT | Ending.MODERATED:
            return Flaw(case.length, "ends as no dialogue in a world does")
        case Ending.NO_DRAW:
            if trace.messages and trace.messages[-1].role is not Speech.ASSISTANT:
                return None
            return Flaw(case.length, "no draw of the user's next move would do", excusable=True, at_end=True)


def _done(case: Case, last: int) -> Flaw | None:
    trace = case.trace
    if not trace.messages or trace.messages[-1].role is not Speech.USER:
        return Flaw(case.length, "the dialogue is said to be done, and its last words are not the user's", at_end=True)
    open_ = next((one for one in case.standings if not one.settled), None)
    if open_ is None:
        return None
    if open_.raised is None:
        return Flaw(
            last, f"ends before it asked for all that it wants: {open_.goal.wants}", excusable=True, at_end=True
        )
    asked = trace.said(Side.ASSISTANT)
    if asked and open_question(asked[-1].text):
        return Flaw(last, f"ends at the assistant's question: {asked[-1].text!r}", excusable=True, at_end=True)
    return Flaw(last, f"ends before this is settled: {open_.goal.wants}", excusable=True, at_end=True)


def keeps_on(case: Case) -> Flaw | None:
    """How it is the user's doing that a dialogue became too long, or nothing."""
    spoken = case.trace.said(Side.USER)
    last = spoken[-1].turn if spoken else 0
    open_ = next((one for one in case.standings if not one.settled), None)
    if open_ is None:
        return Flaw(last, "goes on when all that it wants is settled", excusable=True, at_end=True)
    if open_.raised is None:
        return Flaw(last, f"never asks for this: {open_.goal.wants}", excusable=True, at_end=True)
    facts = [(-1, fact) for fact in case.trace.blueprint.facts] + [(open_.raised, fact) for fact in open_.goal.facts]
    for since, fact in facts:
        if (turn := _withheld(case, fact, since)) is not None:
            return Flaw(turn, f"never gives {fact.label!r}, for which it was asked", excusable=True, at_end=True)
    return None


def _withheld(case: Case, fact: Fact, since: int) -> int | None:
    """The user's words after the assistant asked for a fact by its label, where the user never gave it."""
    spoken = case.trace.said(Side.USER)
    if any(says(fact.value, said.text) for said in spoken):
        return None
    heard = [said for said in case.trace.said(Side.ASSISTANT) if said.turn > since]
    first = next((said.turn for said in heard if requests(said.text) and says_any((fact.label,), said.text)), None)
    return next((said.turn for said in spoken if first is not None and said.turn > first), None)
