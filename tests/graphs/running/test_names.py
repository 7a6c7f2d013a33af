"""Who spoke: every message of a dialogue names it, and no model, key or vector knows of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

from agents.models.calls import Call
from graphs.verify import main as verify
from memory.journal.journal import Journal
from memory.words.wording import wording_of
from scenarios.messages import Message, Speech, named
from scenarios.records import Brief, Candidate
from tests.endpoint import Endpoint, scripted
from tests.helpers import TALK, Ran, Workshop, a_call, at, said_by, write_scenario

SIDES = {"user": "guest", "assistant": "clerk"}
"""Who speaks in the tests' talk and in the cloakroom."""


def due(message: dict[str, Any], before: list[dict[str, Any]]) -> str:
    """The name that a message has to have."""
    if message["role"] != "tool":
        return SIDES[message["role"]]
    calls = [call for one in before for call in one.get("tool_calls", ())]
    return next(str(call["function"]["name"]) for call in calls if call["id"] == message["tool_call_id"])


def named_rightly(messages: list[dict[str, Any]]) -> None:
    for place, message in enumerate(messages):
        assert list(message)[:3] == ["role", "content", "name"]
        assert message["name"] == due(message, messages[:place])


def lines_without_names(ran: Ran) -> list[dict[str, Any]]:
    """As a version wrote them that kept no names."""
    lines = ran.lines()
    for message in itertools.chain.from_iterable(line["messages"] for line in lines):
        del message["name"]
    return lines


@pytest.mark.parametrize("name", ["talk", "cloakroom"])
def test_every_message_names_who_spoke(
    workshop: Workshop, serve: Callable[..., Endpoint], capfd: pytest.CaptureFixture[str], name: str
) -> None:
    endpoint = serve(scripted)
    scenario = write_scenario(workshop.home / "s", TALK) if name == "talk" else name
    given = at(endpoint.url) if name == "talk" else ["llm.backend=scripted"]
    ran = workshop.run("r", f"scenario={scenario}", *given, "n=3")
    assert ran.code == 0, ran.stderr
    lines = ran.lines()
    for line in lines:
        named_rightly(line["messages"])
    rows = pq.read_table(ran.out / "dataset.parquet").to_pylist()
    assert [[m["name"] for m in row["messages"]] for row in rows] == [[m["name"] for m in line["messages"]] for line in lines]  # fmt: skip
    for asked in endpoint.asked:
        assert not any("name" in message for message in asked.body["messages"])
    journal = Journal(ran.out / "run.sqlite")
    try:
        kept = [record.candidate.messages for record in journal.records()]
    finally:
        journal.close()
    assert [[m.name for m in messages] for messages in kept] == [
        [m["name"] for m in line["messages"]] for line in lines
    ]
    say = said_by(verify, capfd)
    assert say(f"out={ran.out}")[0] == 0
    before = ran.out / "before.jsonl"
    before.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines_without_names(ran)))
    assert say(before, f"scenario={scenario}")[0] == 0, "datasets of before have no names"
    for place, wrong in itertools.product((0, -1), (None, "nobody")):
        changed = ran.lines()
        changed[1]["messages"][place].pop("name")
        changed[1]["messages"][place] |= {"name": wrong} if wrong else {}
        before.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in changed))
        code, told, _ = say(before, f"scenario={scenario}")
        assert (code, "].name: expected" in told) == (4, True), told


def test_pairs_of_preferences_name_who_spoke(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clerk of a cloakroom looks at a list before it knows whose it is, once in each dialogue."""
    from agents.models import scripted as model

    usual = model.Scripted.send

    async def send(self: model.Scripted, call: Call) -> Any:
        wrong = call.role == "clerk" and call.asker.step == "generate/3" and not call.asker.attempt
        return await usual(self, call.model_copy(update={"verbatim": 'list_items {"guest":"G-1"}'}) if wrong else call)

    monkeypatch.setattr(model.Scripted, "send", send)
    ran = workshop.run("r", "scenario=cloakroom", "llm.backend=scripted", "n=3")
    pairs = ran.lines("preferences.jsonl")
    assert pairs
    for pair in pairs:
        policy, *before = pair["prompt"]
        assert "name" not in policy
        named_rightly(before)
        assert [pair[which][0]["name"] for which in ("chosen", "rejected")] == ["clerk", "clerk"]


def test_a_name_is_in_no_prompt_key_or_vector() -> None:
    said = Message(role=Speech.USER, content="Fly.", name="guest")
    plain = said.model_copy(update={"name": None})
    assert said.sent() == plain.sent() == {"role": "user", "content": "Fly."}
    assert a_call(messages=(said,)).key() == a_call(messages=(plain,)).key()
    brief = Brief(id="b", scenario="s", round=0, index=0, seed=0, cell={})
    made = [Candidate(brief=brief, messages=(one,)) for one in (said, plain)]
    assert wording_of(made[0]) == wording_of(made[1])


def test_a_result_is_named_after_its_call() -> None:
    call = {"id": "a", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    messages = (
        Message(role=Speech.ASSISTANT, content="", tool_calls=(call,)),
        Message(role=Speech.TOOL, content="[]", tool_call_id="a"),
        Message(role=Speech.TOOL, content="[]", tool_call_id="b"),
    )
    assert [m.name for m in named(messages, {Speech.ASSISTANT: "clerk"})] == ["clerk", "look", None]
