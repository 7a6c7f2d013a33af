"""The reading of words: yes and no, values in their usual forms, refusals, and what nobody gave."""

from __future__ import annotations

import pytest

from agents.proof.consent import Consent, answer
from agents.text.sentences import asks, open_question, refuses, statements
from agents.text.values import Known, says, tells

YES = (
    "Yes.", "yes please", "Yeah, sure!", "No problem, go ahead.", "No worries, please do.", "Sure.", "Okay, do it.",
    "That's correct.", "I confirm.", "Certainly, thank you.", "Why not? Go ahead.", "Yes, and could you be quick?",
    "Go ahead, I'm not in a hurry.", "I don't mind, go ahead.", "Yes, I'll wait here.", "That works for me.", "Please.",
    "Yes, if you would.", "Could you do that please?", "Right, that one.", "No objections.", "Perfect, thanks.",
)  # fmt: skip
NO = (
    "No.", "no thanks", "Not yet.", "I don't think so.", "Please don't.", "Nope.", "Wait, that is the wrong one.",
    "I'd rather not.", "Hold on.", "No, go ahead with the other one.", "Yes, no, stop!", "That's not what I want.",
    "I changed my mind.", "I would prefer the other one.", "Not now, please.", "Don’t do that.",
)  # fmt: skip
UNCLEAR = (
    "Yes, but first tell me what it costs.", "Yes, but not today" , "What does it cost?", "Maybe.", "Is that okay?",
    "Yes, if it is free.", "Hmm.", "Please tell me the price.", "Good question.", "I can do that myself.", "Can you tell me more, please?",
    "Okay so what about my hat", "I am right here.", "Please confirm the price.", "My name is Sure.", "It costs more than is right.", "I have two of them.", "Only if it is free, okay?", "Yesterday.", "Yes, unless it is late.",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((text, Consent.YES) for text in YES),
        *((text, Consent.NO) for text in NO),
        *((text, None) for text in UNCLEAR),
        ("", Consent.UNCLEAR),
    ],
)
def test_yes_and_no(text: str, expected: Consent | None) -> None:
    assert answer(text) is expected if expected else answer(text) is not Consent.YES


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        ("T12", "It is t12.", True), ("T12", "It is T123.", False), ("H-4", "Hook h-4!", True),
        ("2026-03-05", "on 5 March", True), ("2026-03-05", "on March 5th, 2026", True), ("2026-03-05", "on 15 March", False),
        ("5 March", "on the 5th of March", True), ("5 March", "on March 25", False), ("4.50 euros", "for €4.50", True),
        ("4.50 euros", "for 4.5 euros", True), ("4.50 euros", "for 14.50 euros", False), ("3", "three copies", True),
        ("3", "3.0", True), ("blue umbrella", "the Blue Umbrella.", True), ("blue umbrella", "blue, umbrella-like", True),
        ("blue umbrella", "an umbrella, blue", False), ("", "anything", False), ("1,200", "1200 euros", True), ("T12", "the tag 'T12'", True), ("evening", "set to ‘evening’", True), ("'", "it's", False),
    ],
)  # fmt: skip
def test_a_value_is_found_in_its_usual_forms(value: str, text: str, expected: bool) -> None:
    assert says(value, text) is expected


def test_told_words_may_be_inflected_and_codes_may_not() -> None:
    assert tells("owner", "only their owners")
    assert not tells("R1", "R12")


def test_questions_are_no_statements() -> None:
    assert statements("Here it is. Is it R1? Good.") == "Here it is. Good."
    assert asks("Please confirm.")
    assert not asks("It came on 5 May. I have seen it.")
    assert open_question("It is ready. Shall I go ahead?")
    assert not open_question("It is ready. Is there anything else?")
    assert not open_question("It is ready.")


@pytest.mark.parametrize("text", ["I can't do that.", "It goes only to its owner, sorry.", "That is not possible."])
def test_refusals(text: str) -> None:
    assert refuses(text)
    assert not refuses("I can do that for you.")
    assert not refuses("Can't you wait?")


def test_what_nobody_gave() -> None:
    known = Known(["Ada Brandt has T12 since 2026-03-05, for 4.50 euros."])
    assert not known.strange("Good, Ada Brandt: T12, since Thursday 5 March, and €4.5.")
    assert known.strange("It was T13.") == "T13"
    assert known.strange("It was the 6th of March.") == "6th"
    assert known.strange("So says Mr Okoro.") == "Okoro"
    assert known.strange("the red scarf", ("red scarf",)) == "red scarf"
    assert not known.strange("1. First look.\n2. Then go.")
