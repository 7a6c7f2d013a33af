"""Exact facts of free conversations: sound lines pass, lines with a changed, invented or private value do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.checks.check import Finding, Reading
from agents.checks.conversation.facts import facts_conveyed, private_kept, values_kept
from scenarios.loading import Loaded
from tests.conversations import conversation, held, scene

FACTS = {
    "customer": {"name": "Lucia Ferreira", "order": "QP-36551", "day": "14 March", "paid": "48.20 euros"},
    "agent": {"depot": "Porto Norte", "items": "43.30 euros", "case": "900417"},
}
OPENER = ("customer", "Hi, it's Lucia Ferreira, order QP-36551 from 14 March, I paid 48.20 euros.")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return conversation(tmp_path_factory.mktemp("shop"))


def kept(shop: Loaded, *lines: tuple[str, str]) -> Finding:
    return values_kept(Reading(shop, held(shop, scene(FACTS), *lines)))


@pytest.mark.parametrize(
    "line",
    [
        "Thanks, Lucia. Order QP-36551, got it.",
        "qp 36551, yes - I see it left Porto Norte.",
        "You paid 48.20 euros; 43.30 euros of that comes back, 4.90 is postage.",
        "That's 48.20 - 4.90 = 43.30 euros.",
        "Half of it would be 24.10 euros.",
        "It arrived on 14 March, so you have until 13 April.",
        "We answer within 5 days, so by 19 March at the latest.",
        "Give me 2 minutes. There are 3 parcels in the van, I think 1 is yours.",
        "Open 24/7, call us at 9:30 or in 2027.",
        "Ihre Bestellung QP-36551 vom 14. März ist unterwegs, Frau Ferreira.",
        "ご注文QP-36551ですね。48.20ユーロは返金できます。",
        "طلبك QP-36551 بتاريخ 14 مارس في الطريق.",
        "Su pedido QP-36551, señora Ferreira: le devolvemos 43,30 euros.",
        "Lucias Paket liegt noch im Depot.",
    ],
)
def test_a_sound_line_passes(shop: Loaded, line: str) -> None:
    assert kept(shop, OPENER, ("agent", line)).detail == ""


@pytest.mark.parametrize(
    "line",
    [
        "Order QP-36515 is on its way.",
        "Your order QP-36552 left today.",
        "Your case is 900471.",
        "I have opened ticket 7741902 for you.",
        "You get 52.00 euros back.",
        "We refund 61,35 euros today.",
        "It will be with you on 27 August.",
        "Thank you, Lucia Fereira.",
        "Frau Ferriera, Ihr Paket ist da.",
        "ご注文はQP-36554ですね。",
    ],
)
def test_a_changed_or_invented_value_is_found(shop: Loaded, line: str) -> None:
    found = kept(shop, OPENER, ("agent", line))
    assert found.turn == 1, line


@pytest.mark.parametrize(
    "line", ["I waited since 3 May, my neighbour paid 12 euros for hers.", "My postcode is 48110, phone 07700 900118."]
)
def test_who_does_not_serve_may_add_values_of_everyday_life(shop: Loaded, line: str) -> None:
    assert kept(shop, OPENER, ("customer", line)).detail == ""


def test_what_was_said_may_be_said_by_all(shop: Loaded) -> None:
    lines = [OPENER, ("agent", "Where do you live?"), ("customer", "My postcode is 48110."), ("agent", "48110, noted.")]
    assert kept(shop, *lines).detail == ""


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("agent", "Hello Lucia Ferreira!"),
        ("agent", "Is it about QP-36551?"),
        ("customer", "Is it still in Porto Norte?"),
    ],
)
def test_what_only_another_knows_cannot_be_said_before(shop: Loaded, name: str, line: str) -> None:
    other = "customer" if name == "agent" else "agent"
    found = private_kept(Reading(shop, held(shop, scene(FACTS), (other, "Hello."), (name, line))))
    assert found.turn == 1
    assert "only" in found.detail


def test_what_was_said_before_is_no_secret(shop: Loaded) -> None:
    lines = [OPENER, ("agent", "Lucia Ferreira, QP-36551 is at Porto Norte."), ("customer", "Porto Norte? Why there?")]
    assert private_kept(Reading(shop, held(shop, scene(FACTS), *lines))).detail == ""


def test_a_part_that_a_speaker_may_see_is_no_secret(tmp_path: Path) -> None:
    roles = {"customer": {"speaks_as": "user"}, "agent": {"speaks_as": "assistant", "sees": ["policy", "customer"]}}
    shop = conversation(tmp_path, roles=roles)
    made = held(shop, scene(FACTS), ("customer", "Hello."), ("agent", "Hello Lucia Ferreira, about QP-36551?"))
    assert private_kept(Reading(shop, made)).detail == ""


def test_what_has_to_come_up_is_missed_at_its_owners_last_message(shop: Loaded) -> None:
    made = held(shop, scene(FACTS, unsaid=["day", "depot", "items", "case"]), ("customer", "Lucia Ferreira, 48.20 euros."), ("agent", "And the order?"), ("customer", "No idea."), ("agent", "Bye."))  # fmt: skip
    found = facts_conveyed(Reading(shop, made))
    assert found.turn == 2
    assert "QP-36551" in found.detail


@pytest.mark.parametrize("said", ["QP 36551", "qp36551", "order no. QP-36551."])
def test_a_code_is_conveyed_in_any_of_its_forms(shop: Loaded, said: str) -> None:
    unsaid = ["name", "day", "paid", "depot", "items", "case"]
    assert facts_conveyed(Reading(shop, held(shop, scene(FACTS, unsaid=unsaid), ("customer", said)))).detail == ""


def test_an_amount_that_others_come_to_is_no_secret(shop: Loaded) -> None:
    made = scene({"customer": {}, "agent": {"price": "62.60 euros"}})
    lines = [
        ("customer", "What did I pay?"),
        ("agent", "46.40 euros and 16.20 euros."),
        ("customer", "So 62.60 euros in all."),
    ]
    assert private_kept(Reading(shop, held(shop, made, *lines))).detail == ""
    alone = held(shop, made, ("customer", "I paid 62.60 euros."), ("agent", "I see."))
    assert private_kept(Reading(shop, alone)).turn == 0


@pytest.mark.parametrize(
    ("line", "private"),
    [("Three of something else on the slip.", False), ("On the 3rd of November?", True), ("It is 3 November.", True)],
)
def test_a_date_is_given_away_by_its_day_and_month(shop: Loaded, line: str, private: bool) -> None:
    made = scene({"customer": {}, "agent": {"today": "Monday, 3 November"}})
    found = private_kept(Reading(shop, held(shop, made, ("customer", line))))
    assert (found.turn == 0) is private


def test_an_amount_within_a_phrase_is_private_too(shop: Loaded) -> None:
    made = scene({"customer": {}, "agent": {"withdrawal": "74.30 euros, broken off, not booked, no fee"}})
    found = private_kept(Reading(shop, held(shop, made, ("customer", "And 74.30, did it go off?"))))
    assert found.turn == 0
    assert facts_conveyed(Reading(shop, held(shop, made, ("agent", "The 74,30 euros were not booked.")))).detail == ""


def test_phrases_are_left_to_those_who_read(shop: Loaded) -> None:
    made = scene({"customer": {"flaw": "a crack along the whole rim", "colour": "blue"}})
    assert facts_conveyed(Reading(shop, held(shop, made, ("customer", "Hm.")))).detail == ""
    assert private_kept(Reading(shop, held(shop, made, ("agent", "Is it the blue one?")))).detail == ""
