"""The checks of a dialogue over a passage: each looks at one thing, and each is evidence of its own.

Exact ones (`exact.py`) reject whatever a model thinks. The others (`guesses.py`) compare words, for models that cannot judge:
a verifier whose judgement counts is asked in their place, claim by claim.
"""

from __future__ import annotations

from agents.checks.check import NOTHING, Check, Finding, Reading, of_english
from agents.checks.grounded import exact, guesses
from agents.checks.grounded.asked import asks, each_answer, each_question
from agents.checks.grounded.citations import uncited
from agents.checks.guards import no_repetition


def _fresh(reading: Reading) -> Finding:
    """No line repeats an earlier one of its speaker, itself or a demonstration, apart from citations. Two lines that decline may
    be alike, but not the same."""
    messages = reading.candidate.messages
    declining = {ask.answered[0] for ask in asks(reading) if ask.answered and not ask.spans}
    for place, passage in reading.passages:
        mine = uncited(passage.text)
        earlier = {at: uncited(m.content) for at, m in enumerate(messages[:place]) if m.role is messages[place].role}
        if place in declining:
            earlier = {at: said for at, said in earlier.items() if at not in declining or said == mine}
        own = passage.model_copy(
            update={
                "text": mine,
                "earlier": tuple(earlier.values()),
                "demonstrated": tuple(map(uncited, passage.demonstrated)),
            }
        )
        if found := no_repetition(own).fault:
            return Finding(found, place)
    return NOTHING


GROUNDING: dict[str, Check] = {
    "claims_cited": Check(each_answer(exact.cited), version=2, early=True),
    "spans_exist": Check(each_answer(exact.spans_exist), version=2, early=True),
    "answer_cited": Check(each_answer(exact.answer_cited), early=True),
    "figures_cited": Check(each_answer(exact.figures_cited), version=2, early=True),
    "declined_bare": Check(each_answer(exact.declined_bare), version=2, early=True),
    "nothing_given_away": Check(each_question(exact.nothing_given_away), early=True),
    "fresh_lines": Check(_fresh, version=2, early=True),
    "asks_planned": Check(of_english(each_question(guesses.on_plan)), version=2, early=True, meaning=True),
    "claims_entailed": Check(of_english(each_answer(guesses.entailed)), version=2, early=True, meaning=True),
    "answers_question": Check(of_english(each_answer(guesses.key_said)), version=2, early=True, meaning=True),
    "unanswerable_declined": Check(of_english(each_answer(guesses.declined)), version=2, early=True, meaning=True),
    "answerable_answered": Check(of_english(each_answer(guesses.not_declined)), version=2, early=True, meaning=True),
}
"""The checks of a dialogue over a passage, by name."""
