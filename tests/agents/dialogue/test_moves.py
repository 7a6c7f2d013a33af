"""Moves: what a model's answer says and does, and how a dialogue looks from each side."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.dialogue.moves import (
    DrawnMove,
    Unreadable,
    action_of,
    lines_of,
    moves_made,
    read_transcript,
    read_words,
)
from agents.models.scripted import scripted_move
from scenarios.messages import Speech
from scenarios.schema.styles import Style
from scenarios.worlds.blueprint import Action, Ending, Side
from scenarios.worlds.cloakroom import WORLD
from scenarios.worlds.compose import draw_blueprint
from scenarios.worlds.exemplar import Move, enact, exemplar
from scenarios.worlds.world import Dial

LABELS = {Side.USER: "Guest", Side.ASSISTANT: "Clerk"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (": Good day.", DrawnMove(text="Good day.")),
        ("Clerk: Good day.\nGuest: Hi", DrawnMove(text="Good day.")),
        (' calls: hand_out {"tag": "T1"}', DrawnMove(actions=(Action(tool="hand_out", arguments={"tag": "T1"}),))),
        (" calls: list_items {}", DrawnMove(actions=(Action(tool="list_items"),))),
    ],
)
def test_a_transcript_goes_on_with_words_or_a_call(text: str, wanted: DrawnMove) -> None:
    assert read_transcript(text, Side.ASSISTANT, "Clerk") == wanted


@pytest.mark.parametrize(
    "text", ["", "  ", "and then", " calls: hand_out", ' calls: hand_out {"tag": }', " calls: hand_out [1]", ": "]
)
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_transcript(text, Side.ASSISTANT, "Clerk")


@given(st.text(max_size=80), st.sampled_from(list(Side)))
def test_any_answer_is_read_or_refused(text: str, side: Side) -> None:
    for read in (read_transcript, read_words):
        try:
            drawn = read(text, side, "Clerk")
        except Unreadable:
            continue
        assert bool(drawn.text) != bool(drawn.actions)
        assert drawn.text == " ".join(drawn.text.split())


def test_only_the_user_signals_the_end_and_no_signal_stays_in_its_words() -> None:
    assert read_words("Thanks! [done]", Side.USER, "Guest") == DrawnMove(text="Thanks!", ending=Ending.DONE)
    assert read_words("I give up. [STUCK]", Side.USER, "Guest") == DrawnMove(text="I give up.", ending=Ending.STUCK)
    assert read_words("Thanks! [done]", Side.ASSISTANT, "Clerk").ending is None
    with pytest.raises(Unreadable):
        read_words("[done]", Side.USER, "Guest")


@pytest.mark.parametrize("arguments", ["[]", "1", '"x"', "{", "nul", '{"a":1}}'])
def test_arguments_that_are_no_object_are_refused(arguments: str) -> None:
    with pytest.raises(Unreadable):
        action_of("hand_out", arguments, Side.ASSISTANT)


def test_each_side_sees_its_own_calls_and_the_words_of_both() -> None:
    blueprint = draw_blueprint(WORLD, 1, Dial(), "move")
    talk = enact(WORLD, blueprint, exemplar(WORLD, blueprint))
    words = [m.content for m in talk.messages if m.content and m.role is not Speech.TOOL]
    clerk = lines_of(talk.messages, talk.private_calls, LABELS, Side.ASSISTANT)
    guest = lines_of(talk.messages, talk.private_calls, LABELS, Side.USER)
    for lines in (clerk, guest):
        assert [line.text for line in lines if line.kind == "said"] == words
    assert [line.text.split()[0] for line in clerk if line.kind == "called"] == [
        "find_guest",
        "list_items",
        "move_item",
    ]
    assert [line.text.split()[0] for line in guest if line.kind == "called"] == ["read_ticket"]
    assert talk.private_calls[0].result not in [line.text for line in clerk]
    place = [line.kind for line in guest].index("result")
    assert guest[place + 1].label == "Guest", "the guest says what it read after it read it"


def test_moves_are_counted_as_the_script_counts_them() -> None:
    blueprint = draw_blueprint(WORLD, 2, Dial(goals=2), "move")
    moves = exemplar(WORLD, blueprint)
    for end in range(len(moves) + 1):
        talk = enact(WORLD, blueprint, moves[:end])
        assert moves_made(talk.messages, talk.private_calls) == end


def test_a_move_word_for_word_is_read_as_that_move() -> None:
    said = Move(Side.USER, "Thanks.", ending=Ending.DONE)
    assert read_words(scripted_move([said], 0, Style.CHAT), Side.USER, "Guest") == DrawnMove(
        text="Thanks.", ending=Ending.DONE
    )
    called = Move(Side.ASSISTANT, action=Action(tool="hand_out", arguments={"tag": "T1"}))
    assert read_transcript(scripted_move([called], 0, Style.TRANSCRIPT), Side.ASSISTANT, "Clerk").actions == (
        called.action,
    )
