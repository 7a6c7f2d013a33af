"""A short scenario of a free conversation, and the parts of one, for tests."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from scenarios.briefs import plan_brief
from scenarios.loading import Loaded, load
from scenarios.messages import Message
from scenarios.records import Candidate
from scenarios.scene import ConversationScene, Part, PrivateFact
from tests.endpoint import Asked, Reply, called, scripted

POLICY = "Refunds are possible within 30 days. Postage of 4.90 euros is not refunded. Answers come within 5 days."
SHORT: dict[str, Any] = {
    "name": "shop",
    "about": "A customer writes to a shop's support.",
    "policy": "policy.md",
    "roles": {"customer": {"speaks_as": "user"}, "agent": {"speaks_as": "assistant"}},
    "axes": {"reason": ["a late parcel", "a broken cup"]},
}
CELL = {"outcome": "granted", "length": "short"}


def write_conversation(folder: Path, **changes: Any) -> Path:
    """A folder with the scenario, as changed; returns its file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "policy.md").write_text(POLICY, encoding="utf-8")
    path = folder / "scenario.yaml"
    path.write_text(yaml.safe_dump({**SHORT, **changes}, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path


def conversation(folder: Path, **changes: Any) -> Loaded:
    """The scenario, loaded."""
    return load(str(write_conversation(folder, **changes)))


def scene(parts: Mapping[str, Mapping[str, str]], unsaid: Sequence[str] = ()) -> ConversationScene:
    """A scene with facts by speaker; those in `unsaid` need not come up."""
    return ConversationScene(
        situation="A parcel is late.",
        outcome="It is sent again.",
        parts={
            name: Part(goal="You want it settled.", facts=tuple(PrivateFact(what=what, value=value, said=what not in unsaid) for what, value in facts.items()))
            for name, facts in parts.items()
        },
    )  # fmt: skip


def held(loaded: Loaded, made: ConversationScene, *lines: tuple[str, str]) -> Candidate:
    """A candidate with these messages, each by its speaker's name."""
    messages = []
    for name, text in lines:
        role = loaded.scenario.roles[name].speaks_as
        assert role is not None
        messages.append(Message(role=role, content=text, name=name))
    return Candidate(brief=plan_brief(loaded, 0, 0, 0, 0), scene=made, messages=tuple(messages))


# -- a conversation with everything that one can have ------------------------------------------------------------

PARCELS = """# Late parcels

A parcel that is 3 working days late is searched for. The search takes 5 working days.

# Lost parcels

A lost parcel is sent again free of charge, or its price of up to 500 euros is paid back.
"""
FIND = {
    "name": "find_order",
    "description": "Looks an order up.",
    "writes": False,
    "parameters": {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"], "additionalProperties": False},
    "returns": {"type": "object", "properties": {"paid": {"type": "string"}}, "required": ["paid"]},
}  # fmt: skip
DESK: dict[str, Any] = {
    "name": "desk",
    "about": "A customer writes to a shop; a clerk and an expert answer.",
    "documents": "help/",
    "tools": [FIND],
    "roles": {"customer": {"speaks_as": "user"}, "clerk": {"speaks_as": "assistant"}, "expert": {"speaks_as": "assistant"}},
    "conversation": {"order": "moderator", "in_a_row": 2, "messages": "3 to 5"},
    "axes": {"reason": ["a late parcel", "a lost parcel", "a wrong parcel"], "length": None},
}  # fmt: skip


def write_desk(folder: Path, **changes: Any) -> Path:
    """A scenario with documents, tools, three speakers and a moderator; returns its file."""
    (folder / "help").mkdir(parents=True, exist_ok=True)
    (folder / "help" / "parcels.md").write_text(PARCELS, encoding="utf-8")
    return write_conversation(folder, **{**DESK, **changes})


def at_the_desk(asked: Asked) -> Any:
    """What a model answers there: a scene with facts, calls of its tool, words that cite, in an order that the calls decide."""
    properties = (asked.schema or {}).get("properties", {})
    order = f"QP-{10000 + asked.seed % 89999}"
    if "situation" in properties:
        own = {"customer": [{"what": "order", "value": order, "said": True}], "clerk": [], "expert": []}
        parts = {name: {"goal": "You want it settled.", "facts": facts} for name, facts in own.items()}
        return json.dumps({"situation": f"Order {order} is late.", "outcome": "It comes.", "parts": parts})
    if "next" in properties:
        names = properties["next"].get("enum") or [properties["next"]["const"]]
        return json.dumps({"next": names[asked.seed % len(names)]})
    if asked.schema is not None:
        return scripted(asked)
    last, notes = asked.body["messages"][-1], re.search(r"order: (QP-\d+)", asked.prompt)
    words = scripted(asked)
    if asked.tools and last["role"] != "tool" and asked.seed % 5 < 3:
        heard = re.findall(r"QP-\d{5}", asked.prompt)
        return Reply(body=called(asked, *[("find_order", {"order": one}) for one in heard[-1:] or [order]]))
    if notes:
        return f"It is {notes[1]}. {words}"
    return f"{words} [parcels-{1 + asked.seed % 2}]" if asked.seed % 2 else words
