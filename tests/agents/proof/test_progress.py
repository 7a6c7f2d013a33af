"""A dialogue gets on: it begins with a wish, and nobody says the same again and again."""

from __future__ import annotations

from dataclasses import replace

from scenarios.messages import Message, Speech
from tests.agents.proof.dialogues import CLOAKROOM, WORLDS, a_blueprint, failing, proof_of, right


def said(role: Speech, text: str) -> Message:
    return Message(role=role, content=text)


def test_a_user_that_opens_without_a_wish_is_at_fault() -> None:
    for seed in range(6):
        blueprint = a_blueprint("cloakroom", seed)
        made = right(CLOAKROOM, blueprint)
        for opening in ("Hello there, how are you?", "I would like to see your picture.", "Yes."):
            wrong = replace(made, messages=(said(Speech.USER, opening), *made.messages[1:]))
            assert "user_asks" in failing(proof_of(CLOAKROOM, blueprint, wrong))


def test_whoever_says_a_line_again_is_at_fault_and_not_the_other() -> None:
    blueprint = a_blueprint("cloakroom", 0)
    first = right(CLOAKROOM, blueprint).messages[0]
    line = "I really would like to see your picture."
    opening = replace(right(CLOAKROOM, blueprint), private_calls=(), ending=None)

    def faults(*messages: Message) -> set[str]:
        made = replace(opening, messages=(first, *messages))
        return set(proof_of(CLOAKROOM, blueprint, made).faults) & {"user_repeats", "assistant_repeats"}

    assert faults(said(Speech.ASSISTANT, line)) == set()
    assert faults(said(Speech.ASSISTANT, line), said(Speech.USER, line)) == {"user_repeats"}
    assert faults(said(Speech.ASSISTANT, first.content)) == {"assistant_repeats"}
    apart = [said(Speech.ASSISTANT, line)]
    for number in range(2):
        apart += [
            said(Speech.USER, f"That is something else, number {number} of many."), said(Speech.ASSISTANT, f"Then which is it, {number}?"),
            said(Speech.USER, f"I do not know that, really, {number}."), said(Speech.ASSISTANT, f"Let us see about {number} then."),
            said(Speech.USER, f"All right, {number}."), said(Speech.ASSISTANT, line),
        ]  # fmt: skip
    assert faults(*apart[:7]) == set()
    assert faults(*apart) == {"assistant_repeats"}


def test_short_words_may_come_again() -> None:
    blueprint = a_blueprint("cloakroom", 0)
    made = right(CLOAKROOM, blueprint)
    again = (*made.messages[:-1], said(Speech.ASSISTANT, "Yes, of course."), said(Speech.USER, "Yes, of course."))
    assert "user_repeats" not in failing(proof_of(CLOAKROOM, blueprint, replace(made, messages=again)))


def test_a_read_is_not_made_twice_before_anything_has_happened() -> None:
    for name, world in WORLDS.items():
        blueprint = a_blueprint(name, 2)
        made = right(world, blueprint)
        place = next(p for p, message in enumerate(made.messages) if message.tool_calls)
        again = (*made.messages[: place + 2], *made.messages[place : place + 2], *made.messages[place + 2 :])
        assert "assistant_repeats" not in failing(proof_of(world, blueprint, made))
        fault = proof_of(world, blueprint, replace(made, messages=again)).faults["assistant_repeats"]
        assert fault.turn == place + 2
