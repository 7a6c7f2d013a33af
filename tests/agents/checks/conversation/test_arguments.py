"""The arguments of calls: codes and names that are known pass, changed and invented ones do not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agents.checks.check import Reading
from agents.checks.conversation.arguments import arguments_kept
from scenarios.loading import Loaded
from scenarios.messages import Message, Speech
from tests.conversations import FIND, conversation, held, scene

FACTS = {"customer": {"name": "Lucia Ferreira", "order": "QP-36551", "phone": "0151 8823417"}, "agent": {}}
SAID = ("customer", "It's Lucia Ferreira, order QP-36551, phone 0151 8823417, on 14 March.")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return conversation(tmp_path_factory.mktemp("shop"), tools=[FIND])


def found(shop: Loaded, *lines: tuple[str, str], **arguments: Any) -> str:
    made = held(shop, scene(FACTS), *lines)
    call = {"id": "c", "type": "function", "function": {"name": "find_order", "arguments": json.dumps(arguments)}}
    asked = Message(role=Speech.ASSISTANT, content="", name="agent", tool_calls=(call,))
    return arguments_kept(Reading(shop, made.model_copy(update={"messages": (*made.messages, asked)}))).detail


@pytest.mark.parametrize(
    "arguments",
    [
        {"order": "QP-36551"},
        {"order": "qp36551"},
        {"order": 36551},
        {"patient": "Ferreira", "day": "2027-03-14", "kind": "follow-up"},
        {"from": "2027-03-01", "to": "2027-03-31", "page": 2, "limit": 50},
        {"note": "Parcel late since 14 March, wants 48.20 euros back"},
        {"key": "12345678-1234-4234-8234-123456789abc"},
        {"items": [{"order": "QP-36551", "gift": True}], "query": "late parcels"},
        {"phone": "+49 151 8823417"},
        {"start": "2026-12-01T00:00:00+01:00", "period": "PT30M", "hours": "09:00-12:00", "since": 1767225600},
        {"lat": "59.9139", "hash": "sha256", "path": "notes/2026-12.md", "url": "https://example.org/x?page=12345"},
        {"query": "status:open AND day>=20261201 LIMIT 1000", "topic": "COVID-19", "size": "10000000"},
    ],
)
def test_sound_arguments_pass(shop: Loaded, arguments: dict[str, Any]) -> None:
    assert found(shop, SAID, **arguments) == ""


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"order": "QP-36515"}, "looks like 'QP-36551' with a mistake"),
        ({"items": [{"order": "QP-36552"}]}, "looks like 'QP-36551' with a mistake"),
        ({"order": "ZK-90417"}, "which it has from nowhere"),
        ({"patient": "Lucia Fereira"}, "looks like 'Ferreira' with a mistake"),
        ({"phone": "01518823471"}, "looks like"),
    ],
)
def test_wrong_arguments_do_not(shop: Loaded, arguments: dict[str, Any], why: str) -> None:
    detail = found(shop, SAID, **arguments)
    assert detail.startswith("calls find_order and ")
    assert why in detail


def test_what_only_the_customer_knows_so_far_is_from_nowhere(shop: Loaded) -> None:
    assert "from nowhere" in found(shop, ("customer", "Where is my parcel?"), order="QP-36551")


def test_a_name_that_the_customer_has_not_said_yet_is_nobodys_to_pass_on(shop: Loaded) -> None:
    early = found(shop, ("customer", "Where is my parcel?"), patient="Lucia Ferreira")
    assert "gives 'Lucia Ferreira', which only customer knows at that point (name)" in early
    assert found(shop, SAID, patient="Lucia Ferreira") == ""
