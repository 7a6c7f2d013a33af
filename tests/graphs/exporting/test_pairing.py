"""Calls and results: each result behind its call, or the sample is left out and counted."""

from __future__ import annotations

from typing import Any

import pytest

from graphs.exporting.pairing import paired
from graphs.exporting.sample import Learned, Unfit
from scenarios.messages import Message, Speech


def calls(*ids: str, arguments: Any = "{}") -> Message:
    made = tuple({**({"id": id_} if id_ else {}), "function": {"name": "f", "arguments": arguments}} for id_ in ids)
    return Message(role=Speech.ASSISTANT, content="", tool_calls=made)


def result(text: str, id_: str = "") -> Message:
    return Message(role=Speech.TOOL, content=text, tool_call_id=id_ or None)


def said(text: str) -> Message:
    return Message(role=Speech.ASSISTANT, content=text)


def ids_of(*messages: Message) -> list[tuple[str, ...]]:
    made = paired(Learned(id="x", messages=messages)).messages
    return [tuple(call["id"] for call in one.tool_calls or ()) or ((one.tool_call_id or ""),) for one in made]


def test_results_without_ids_belong_to_their_calls_in_order() -> None:
    assert ids_of(calls("", ""), result("a"), result("b")) == [
        ("call00000", "call00001"),
        ("call00000",),
        ("call00001",),
    ]


def test_results_with_ids_belong_to_theirs_in_any_order() -> None:
    found = ids_of(calls("p", "q"), result("for q", "q"), result("for p", "p"))
    assert found == [("call00000", "call00001"), ("call00001",), ("call00000",)]


def test_an_id_that_comes_again_in_a_later_turn_is_another_call() -> None:
    found = ids_of(calls("0"), result("a", "0"), said("A."), calls("0"), result("b", "0"))
    assert found == [("call00000",), ("call00000",), ("",), ("call00001",), ("call00001",)]


def test_both_answers_of_a_pair_go_on_from_the_same_words() -> None:
    made = paired(
        Learned(
            id="x",
            messages=(calls("a"), result("r", "a")),
            chosen=(calls("b"),),
            rejected=(calls("c", arguments='{"x": 1}'),),
        )
    )
    assert [side[0].tool_calls[0]["id"] for side in (made.chosen, made.rejected) if side[0].tool_calls] == [
        "call00001"
    ] * 2


@pytest.mark.parametrize(
    ("messages", "why"),
    [
        ((result("a", "0"),), "a result that answers no call"),
        ((calls("0"), said("A.")), "a call that nobody answers"),
        ((calls("0", arguments="{broken"), result("a", "0")), "no JSON object"),
        ((calls("0", arguments="[1]"), result("a", "0")), "no JSON object"),
        ((calls("0", arguments='{"x": NaN}'), result("a", "0")), "no JSON object"),
        ((calls("0", arguments='{"x": 123456789012345678901234567890}'), result("a", "0")), "a whole number"),
        ((Message(role=Speech.ASSISTANT, content="", tool_calls=({"id": "0"},)),), "without the name"),
    ],
)
def test_what_no_reader_could_take_is_left_out_with_its_reason(messages: tuple[Message, ...], why: str) -> None:
    with pytest.raises(Unfit, match=why):
        paired(Learned(id="x", messages=messages))
