"""A short scenario of a free conversation, and the parts of one, for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from scenarios.briefs import plan_brief
from scenarios.loading import Loaded, load
from scenarios.messages import Message
from scenarios.records import Candidate
from scenarios.scene import ConversationScene, Part, PrivateFact

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
