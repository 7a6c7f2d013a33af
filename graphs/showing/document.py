"""A whole scenario as its file would say it: a short one with all that it has by default."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenarios.conversations.expanding import is_conversation
from scenarios.loading import FRAMES, Loaded, load, read_written
from scenarios.messages import Speech
from scenarios.schema.conversation import ConversationPlan
from scenarios.schema.ideation import IDEATOR
from scenarios.schema.languages import ENGLISH
from scenarios.schema.plans import PASSAGE
from scenarios.schema.styles import PerStyle

PACKAGED = "packaged"
"""The personas of the packaged library."""
_FIRST = ("name", "about", "description", "family", "language", "policy", "documents", "tools", "mcp", "topology", "conversation",
          "axes", "exclude", "exclusive", "facts", "brief", "roles", "checks", "questions", "rubric")  # fmt: skip
"""The order of a conversation's keys; others follow."""


@dataclass(frozen=True)
class Document:
    """A scenario, what its file says, and what it would say if it said everything."""

    path: Path
    given: Mapping[str, Any]
    """What the file says."""
    whole: dict[str, Any]
    """The same with what it has by default; prompts and personas by the names of their files."""
    loaded: Loaded
    is_short: bool
    """It is of the family that has defaults."""

    @property
    def prompts(self) -> dict[str, list[str]]:
        """The prompts that it names, by file, each with the parts that use it."""
        found: dict[str, list[str]] = {}
        for part, prompt in prompts_in(self.whole):
            for file in PerStyle.model_validate(prompt).files():
                found.setdefault(file, []).append(part)
        return found


def document_of(name: str, trusted: Collection[str] = ()) -> Document:
    """The document of a scenario by its name or path. Raises ScenarioError, also if the scenario cannot be loaded."""
    written, loaded = read_written(name), load(name, trusted)
    short = is_conversation(written.given)
    whole = _spelled_out(written.given, written.whole, loaded) if short else dict(written.whole)
    if IDEATOR in loaded.scenario.roles and IDEATOR not in (whole.get("roles") or {}):
        role = loaded.scenario.roles[IDEATOR].model_dump(mode="json", exclude_defaults=True)
        whole["roles"] = {**(whole.get("roles") or {}), IDEATOR: role}
    return Document(written.path, written.given, whole, loaded, short)


def _spelled_out(given: Mapping[str, Any], whole: Mapping[str, Any], loaded: Loaded) -> dict[str, Any]:
    """A conversation with every part, as a file would say it: personas by their file, and what the file left out as null."""
    found = {"language": ENGLISH, **whole, "about": whole["description"]}
    del found["description"]
    said = given.get("roles") or {}
    found["roles"] = {name: _role(name, role, said, given.get("axes") or {}) for name, role in whole["roles"].items()}
    for key in ("documents", "tools"):
        if given.get(key):
            found[key] = given[key]
    voices = {name for name, role in found["roles"].items() if "personas" in role}
    voices |= {PASSAGE} if given.get("documents") else set()
    found["axes"] = {name: axis for name, axis in whole["axes"].items() if name not in voices}
    files = {frame.value: prompts.chat for frame, prompts in FRAMES.items()}
    plan = {**_plain(loaded.scenario.conversation), **whole["conversation"]}
    found["conversation"] = {**plan, "prompts": {**files, **(plan.get("prompts") or {})}}
    for key in ("axes", "facts", "roles", "questions", "rubric", "conversation"):
        left_out = [name for name, value in (given.get(key) or {}).items() if value is None and name not in found[key]]
        found[key] = {**found[key], **dict.fromkeys(left_out)}
    if isinstance(given.get("checks"), Mapping):
        found["checks"] = _by_name(whole["checks"]) | {
            name: None for name, said in given["checks"].items() if said is None
        }
    order = [key for key in _FIRST if key in found]
    return {key: found[key] for key in [*order, *(key for key in found if key not in order)]}


def _by_name(checks: Sequence[Any]) -> dict[str, Any]:
    """Checks as a mapping, which can leave one out."""
    named = [check if isinstance(check, Mapping) else {"name": check} for check in checks]
    return {check["name"]: {key: value for key, value in check.items() if key != "name"} for check in named}


def _plain(plan: ConversationPlan | None) -> dict[str, Any]:
    """How conversations go, without what has no value."""
    found = plan.model_dump(mode="json") if plan else {}
    return {key: value for key, value in found.items() if value not in ("", None)}


def _role(name: str, role: Mapping[str, Any], said: Mapping[str, Any], axes: Mapping[str, Any]) -> Mapping[str, Any]:
    """A role with the personas that became an axis of its name."""
    own = said.get(name) or {}
    role = {**{key: role[key] for key in own if key in role}, **role}
    if not role.get("speaks_as") or name in axes:
        return role
    if "personas" in own:
        return {**role, "personas": own["personas"]}
    return {**role, "personas": PACKAGED} if role["speaks_as"] == Speech.USER.value else role


def prompts_in(whole: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Every prompt that a document names, with the part that uses it: a file, or one for each style."""
    roles = [(f"roles.{name}", role["prompt"]) for name, role in (whole.get("roles") or {}).items() if role]
    fields = [(f"fields.{field['name']}", field["prompt"]) for field in whole.get("fields") or ()]
    axes = [
        (f"axes.{name}", axis["ideate"]["prompt"])
        for name, axis in (whole.get("axes") or {}).items()
        if isinstance(axis, Mapping) and isinstance(axis.get("ideate"), Mapping) and axis["ideate"].get("prompt")
    ]
    frames = (whole.get("conversation") or {}).get("prompts") or {}
    return [*roles, *fields, *axes, *((f"conversation.prompts.{name}", file) for name, file in frames.items())]
