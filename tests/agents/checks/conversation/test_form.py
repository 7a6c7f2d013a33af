"""The form of free conversations: what a message may look like, what may be said twice, how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.checks.check import Reading
from agents.checks.conversation.form import ended_well, message_form, not_said_twice
from scenarios.loading import Loaded
from tests.conversations import conversation, held, scene

NOTHING = scene({"customer": {}, "agent": {}})


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return conversation(tmp_path_factory.mktemp("shop"), conversation={"messages": "2 to 4", "most_words": 30})


def form(shop: Loaded, name: str, text: str) -> str:
    return message_form(Reading(shop, held(shop, NOTHING, (name, text)))).detail


@pytest.mark.parametrize(
    "text",
    [
        "ok",
        "no no no",
        "hm 🤔 (kidding)",
        "- the lid\n- the cup",
        "it is *really* late!!",
        "Wo bleibt es?\nIch warte.",
        "もう届きましたか？",
        "أين طلبي؟",
    ],
)
def test_people_type_as_they_like(shop: Loaded, text: str) -> None:
    assert form(shop, "customer", text) == ""


@pytest.mark.parametrize("text", ["Hello [Name], how are you?", "", "Dear {customer}", "  "])
def test_a_placeholder_or_nothing_is_no_message(shop: Loaded, text: str) -> None:
    assert form(shop, "customer", text)


def test_markdown_is_the_assistants_if_the_scenario_says_so(shop: Loaded, tmp_path: Path) -> None:
    text = "**Two ways:**\n- wait\n- send it back"
    assert "markup" in form(shop, "agent", text)
    assert form(conversation(tmp_path, conversation={"markup": True}), "agent", text) == ""


def test_a_message_has_its_bound(shop: Loaded) -> None:
    assert "31 words" in form(shop, "agent", "word " * 31)


def test_a_message_is_not_said_twice_but_thanks_are(shop: Loaded) -> None:
    again = "I would like to know where my parcel is."
    lines = [
        ("customer", again),
        ("agent", "Thanks a lot!"),
        ("customer", "Thanks a lot!"),
        ("agent", "I'd like to know where my parcel is."),
    ]
    assert not_said_twice(Reading(shop, held(shop, NOTHING, *lines[:3]))).detail == ""
    found = not_said_twice(Reading(shop, held(shop, NOTHING, *lines[:3], ("customer", again))))
    assert found.turn == 3
    assert "message 0" in found.detail


def test_it_ends_with_who_closes_it(shop: Loaded) -> None:
    two = [("customer", "Hello."), ("agent", "Hello.")]
    assert ended_well(Reading(shop, held(shop, NOTHING, *two))).detail == ""
    assert "not of agent" in ended_well(Reading(shop, held(shop, NOTHING, *two, ("customer", "Bye.")))).detail
    assert "no message of agent" in ended_well(Reading(shop, held(shop, NOTHING, two[0], two[0]))).detail
    assert "not 2 to 4" in ended_well(Reading(shop, held(shop, NOTHING, *two * 3))).detail
