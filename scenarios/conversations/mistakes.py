"""What is wrong with a short scenario as its file says it, before its defaults hide it: one line, with the place."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from scenarios.errors import ScenarioError, nearest
from scenarios.material.tools.spec import TOOLS_ROLE
from scenarios.schema.conversation import MODERATOR, WRITER, ConversationPlan, Order
from scenarios.schema.ideation import IDEATOR
from scenarios.schema.plans import Role
from scenarios.schema.roles import REFINER, RoleKind
from scenarios.schema.scenario import Scenario

ALSO = ("about",)
"""What only a short scenario's file has."""
PERSONAS = "personas"
_ASKED = (WRITER, MODERATOR, IDEATOR, TOOLS_ROLE, *RoleKind, REFINER)
"""The roles that are asked without being named by a topology."""
_SAYS = "say in a sentence what happens in the conversations"
_FILE = re.compile(r"[\w./\\-]+\.[A-Za-z]\w{0,4}")
"""A text that is meant as a file's name."""


def check_given(given: Mapping[str, Any], defaults: Mapping[str, Any], where: Path) -> None:
    """Raise ScenarioError for the first mistake in what a short scenario says itself: keys that nobody knows, nulls that
    take nothing away, roles that do nothing or that nobody can tell apart, a missing `about`."""
    known = [*Scenario.model_fields, *ALSO]
    if unknown := next((key for key in given if key not in known), ""):
        raise ScenarioError(f"{where}: unknown field '{unknown}'{nearest(unknown, known)}")
    for key in ("axes", "facts", "roles", "questions", "rubric", "conversation"):
        names = list(ConversationPlan.model_fields if key == "conversation" else defaults.get(key) or ())
        if key == "axes":  # that of a speaker is its personas'
            names += [name for name, role in (given.get("roles") or {}).items() if _speaks(role)]
        check_nulls(given.get(key) or {}, names, f"{where}: {key}")
    roles = given.get("roles") or {}
    for name, role in roles.items():
        _check_role(f"{where}: roles.{name}", name, role, given)
    _check_apart(roles, where)
    _check_axes(given.get("axes") or {}, {**(defaults.get("roles") or {}), **roles}, where)
    if given.get("about") and given.get("description"):
        raise ScenarioError(f"{where}: 'about' and 'description' are the same; leave 'description' out")
    about = given.get("about") or given.get("description")
    if not isinstance(about, str) or not about.strip():
        raise ScenarioError(f"{where}: about: {'is no text' if about else 'is missing'}; {_SAYS}")


def _speaks(role: Any) -> bool:
    return isinstance(role, Mapping) and bool(role.get("speaks_as"))


def check_nulls(given: Any, defaults: Collection[str], where: str) -> None:
    """Raise ScenarioError if a name is null, by which a default is left out, and there is no default of that name."""
    if not isinstance(given, Mapping):
        return
    if unknown := next((name for name, value in given.items() if value is None and name not in defaults), ""):
        raise ScenarioError(
            f"{where}.{unknown}: is empty, which leaves out a default, but none has that name{nearest(unknown, defaults)}; "
            f"the defaults are {', '.join(defaults)}"
        )


def _check_role(where: str, name: str, role: Any, given: Mapping[str, Any]) -> None:
    if role is None:
        return
    if not isinstance(role, Mapping):
        raise ScenarioError(f"{where}: is no mapping; write such as {{speaks_as: user}}")
    known = [*Role.model_fields, PERSONAS]
    if unknown := next((key for key in role if key not in known), ""):
        raise ScenarioError(f"{where}.{unknown}: unknown field{nearest(unknown, known)}; a role has {', '.join(known)}")
    if role.get("speaks_as"):
        return
    only = (PERSONAS, "who", "goal", "knows", "briefed")
    if given_to_speakers := next((key for key in only if role.get(key) or role.get(key) is False), ""):
        raise ScenarioError(
            f"{where}.{given_to_speakers}: is for roles that speak; add 'speaks_as: user' or 'speaks_as: assistant'"
        )
    plan = given.get("conversation")
    order = plan.get("order") if isinstance(plan, Mapping) else None
    if name == MODERATOR and order != Order.MODERATOR:
        raise ScenarioError(f"{where}: nobody asks it; add 'order: moderator' under 'conversation', or leave it out")
    if name == TOOLS_ROLE and not (given.get("tools") or given.get("mcp")):
        raise ScenarioError(
            f"{where}: nobody asks it, because there are no tools; add 'tools' or 'mcp', or leave it out"
        )
    if name not in _ASKED and not isinstance(given.get("topology"), Mapping):
        raise ScenarioError(
            f"{where}: neither speaks nor is asked for anything{nearest(name, _ASKED)}; add 'speaks_as: user' or "
            "'speaks_as: assistant', or name it in a topology of your own"
        )


def _check_apart(roles: Mapping[str, Any], where: Path) -> None:
    """Raise ScenarioError if two speakers go by the same words: prompts would speak of both as of one."""
    for key in ("who", "label"):
        seen = dict[str, str]()
        for name, role in roles.items():
            said = role.get(key) if _speaks(role) else None
            words = " ".join(said.casefold().split()) if isinstance(said, str) else ""
            if words and words in seen:
                raise ScenarioError(
                    f"{where}: roles.{name}.{key}: is that of '{seen[words]}', too, so that nobody can tell the two apart; "
                    "change one"
                )
            seen[words] = name


def _check_axes(axes: Any, roles: Mapping[str, Any], where: Path) -> None:
    """Raise ScenarioError if an axis has the name of a role that does not speak: that of a speaker is its personas'."""
    for name in axes if isinstance(axes, Mapping) else ():
        role = roles.get(name)
        if role is not None and axes[name] is not None and not _speaks(role):
            raise ScenarioError(f"{where}: axes.{name}: '{name}' is a role that does not speak; rename the axis")


def check_policy(policy: Any, where: Path) -> None:
    """Raise ScenarioError if a policy is no text, or is the name of a file of another kind."""
    if not isinstance(policy, str):
        raise ScenarioError(f"{where}: policy: is no text; write it, or name a .md or .txt file")
    if _FILE.fullmatch(policy.strip()) and not policy.strip().lower().endswith((".md", ".txt")):
        raise ScenarioError(
            f"{where}: policy: '{policy.strip()[:60]}' is no .md or .txt file; save the policy as one of them"
        )


def check_personas(personas: Any, where: str) -> None:
    """Raise ScenarioError if personas are neither a file's name nor a list of personas with names, nor an axis."""
    if isinstance(personas, str) and "." not in personas:
        raise ScenarioError(
            f"{where}: '{personas}' is no file of personas, such as personas.yaml; 'packaged' stands for the library"
            f"{nearest(personas, ['packaged'])}"
        )
    if isinstance(personas, Mapping | str):
        return
    if not isinstance(personas, list) or not personas:
        raise ScenarioError(f"{where}: name a file, write 'packaged', or a list of personas, each with a 'name'")
    for number, persona in enumerate(personas, 1):
        name = persona.get("name") if isinstance(persona, Mapping) else persona
        if not isinstance(name, str) or not name.strip():
            raise ScenarioError(f"{where}: row {number}: has no name; give each persona a short 'name' of its own")
