"""A short scenario of a conversation made whole: the defaults under what it says, and its files in place of their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from scenarios.conversations.mistakes import check_given, check_nulls, check_personas, check_policy
from scenarios.errors import ScenarioError
from scenarios.material.personas import packaged_personas, read_personas
from scenarios.material.tools.spec import TOOLS_ROLE
from scenarios.messages import Speech
from scenarios.reading.files import read_text
from scenarios.reading.yaml_text import read_yaml, typed
from scenarios.schema.axes import AxisValue
from scenarios.schema.conversation import MODERATOR, Order
from scenarios.schema.languages import LANGUAGE
from scenarios.schema.plans import PASSAGE
from scenarios.schema.roles import RoleKind

_HOME = Path(__file__).parent
PROMPTS = _HOME / "prompts"
DEFAULTS = _HOME / "defaults.yaml"
FAMILY = "conversation"
_MOST_PASSAGES = 1000
"""Values of an axis: the planner weighs each of them for every cell."""
_OTHERS = ("turns", "fields", "world", "corpus")
"""What only scenarios of other families have."""
_SHORT = ("about", "documents", "conversation")
"""What only short scenarios of conversations have."""
_MAPPINGS = ("axes", "facts", "roles", "questions", "rubric", "conversation")
_SPEAKER = {"prompt": "@speaker.chat.jinja", "decoding": {"chat": {"temperature": 0.9, "max_tokens": 500}}}
_LONGEST_NAME = 40
_ARGUMENTS = "arguments_kept"
"""The check of the arguments of calls."""
_TAKEN = frozenset(
    ("system", "tool", "tools", "end", "plan", "policy", "passages", PASSAGE, LANGUAGE, "writer", "moderator", *RoleKind)
)  # fmt: skip
"""What cannot be a speaker's name: other roles, what a speaker may see, and how a moderator says that it is over."""
_TEXTS = (".md", ".txt")
_PLAIN_MESSAGES = "6 to 14"

Inside = Callable[[str], Path]
"""The path of a file that the scenario names. Raises ScenarioError if it lies outside its folder or is not there."""


def is_conversation(data: Mapping[str, Any]) -> bool:
    """Whether a scenario's file is one of a free conversation: it says so, or has nothing that only other families have."""
    if "family" in data:
        return bool(data["family"] == FAMILY)
    roles = data.get("roles")
    speaks = isinstance(roles, Mapping) and any(
        isinstance(role, Mapping) and "speaks_as" in role for role in roles.values()
    )
    return not any(key in data for key in _OTHERS) and (speaks or any(key in data for key in _SHORT))


def expanded(
    data: Mapping[str, Any], where: Path, inside: Inside, folder: Inside
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The whole scenario that a short one stands for, and what of the user's files is not used, a line each; `folder` finds a
    folder, too. Raises ScenarioError."""
    notes: tuple[str, ...] = ()
    given = {key: value for key, value in data.items() if value is not None}
    defaults = read_yaml(DEFAULTS)
    roles = _mapping(given, "roles", where)
    check_given(given, defaults, where)
    speakers = {name: role for name, role in roles.items() if isinstance(role, Mapping) and role.get("speaks_as")}
    if not speakers:
        raise ScenarioError(f"{where}: roles: a conversation needs roles that speak: 'customer: {{speaks_as: user}}'")
    for name in speakers:
        _check_name(name, where)
    whole = {**defaults, **given}
    for key in _MAPPINGS:
        whole[key] = _merged(_mapping(defaults, key, DEFAULTS), _mapping(given, key, where))
    whole["settings"] = _layered(defaults["settings"], _mapping(given, "settings", where))
    whole["family"] = FAMILY
    whole["description"] = whole.pop("about", whole.get("description", ""))
    whole["roles"] = _roles(whole, speakers)
    whole["checks"] = _checks(given.get("checks"), defaults["checks"], where)
    own = {**whole["axes"], **_mapping(given, "axes", where)}
    whole["axes"] = {**_persona_axes(own, speakers, where, inside), **whole["axes"]}
    if "policy" in given:
        check_policy(given["policy"], where)
        whole["policy"] = _text(given["policy"], where, inside)
    if given.get("documents"):
        _ground(whole, given["documents"], where, folder)
    if given.get("tools"):
        from scenarios.material.tools.reading import tools_of  # it loads what checks schemas

        found = tools_of(given["tools"], inside, str(where))
        notes = found.notes
        whole["tools"] = [spec.model_dump(mode="json", exclude_defaults=True) for spec in found.tools]
    _without_unused(whole, given)
    return whole, notes


def _check_name(name: Any, where: Path) -> None:
    """Raise ScenarioError if a speaker cannot be called so."""
    if not isinstance(name, str) or not name.isidentifier() or name.startswith("_") or len(name) > _LONGEST_NAME:
        shown = str(name)[:_LONGEST_NAME]
        raise ScenarioError(
            f"{where}: roles: {shown!r} cannot be the name of a speaker: letters, digits and _, at most {_LONGEST_NAME}"
        )
    if name.lower() in _TAKEN:
        raise ScenarioError(
            f"{where}: roles.{name}: the name has a meaning of its own; call the speaker something else"
        )


def _mapping(data: Mapping[str, Any], key: str, where: Path) -> Mapping[str, Any]:
    value = data.get(key) or {}
    if not isinstance(value, Mapping):
        raise ScenarioError(f"{where}: {key}: is a mapping of names")
    return value


def _merged(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given over the defaults, name by name; what is given as null is left out. A role's parts are merged, too."""
    found = {**given}
    for name, value in defaults.items():
        own = given.get(name)
        if name not in given:
            found[name] = value
        elif isinstance(own, Mapping) and isinstance(value, Mapping) and "prompt" in value:
            found[name] = {**value, **own}
    return {name: value for name, value in found.items() if value is not None}


def _layered(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings over settings, key by key at every depth."""
    found = {**defaults, **given}
    for key, value in defaults.items():
        if isinstance(value, Mapping) and isinstance(given.get(key), Mapping):
            found[key] = _layered(value, given[key])
    return found


def _roles(whole: Mapping[str, Any], speakers: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The roles, those who speak with what they have by default and without what became an axis."""
    found = {}
    for name, role in whole["roles"].items():
        if name in speakers:
            sees = () if role["speaks_as"] == Speech.USER.value else ("policy", "passages", "tools")
            given = {key: value for key, value in role.items() if key != "personas"}
            found[name] = {**_SPEAKER, "sees": list(sees), "label": name.replace("_", " ").capitalize(), **given}
        elif name == MODERATOR:
            found |= {name: role} if whole["conversation"].get("order") == Order.MODERATOR else {}
        elif name != TOOLS_ROLE or whole.get("tools") or whole.get("mcp"):
            found[name] = role
    return found


def _checks(given: Any, usual: list[Any], where: Path) -> list[Any]:
    """The checks: those by default, with what the scenario says of them, and its own. A mapping of names leaves out by null
    what a list can only change."""
    defaults = {_name_of(check): check for check in usual}
    if isinstance(given, Mapping):
        check_nulls(given, defaults, f"{where}: checks")
        if wrong := next((name for name, said in given.items() if not isinstance(said, Mapping | None)), ""):
            raise ScenarioError(
                f"{where}: checks.{wrong}: is a mapping such as {{required: false}}, or null to leave it out"
            )
        own = {name: None if said is None else {**said, "name": name} for name, said in given.items()}
        return [check for check in {**defaults, **own}.values() if check is not None]
    if given is not None and not isinstance(given, list):
        raise ScenarioError(f"{where}: checks: is a list of names, or a mapping of them; 'NAME: null' leaves one out")
    return list({**defaults, **{_name_of(check): check for check in given or ()}}.values())


def _name_of(check: Any) -> str:
    return str(check.get("name")) if isinstance(check, Mapping) else str(check)


def _persona_axes(
    axes: Mapping[str, Any], speakers: Mapping[str, Mapping[str, Any]], where: Path, inside: Inside
) -> dict[str, Any]:
    """An axis for each speaker that has personas: the user's sides by default the packaged ones. `axes` are the others, with
    null for those that are left out."""
    found = dict[str, Any]()
    for name, role in speakers.items():
        if name in axes:
            if role.get("personas"):
                raise ScenarioError(f"{where}: axes.{name}: is the axis of the personas of '{name}'; rename yours")
            continue
        personas = role.get("personas", "packaged" if role["speaks_as"] == Speech.USER.value else None)
        if personas == "packaged":
            found[name] = _values(packaged_personas())
            continue
        if personas is not None:
            check_personas(personas, f"{where}: roles.{name}.personas")
        if isinstance(personas, str):
            found[name] = _values(read_personas(inside(personas)))
        elif personas is not None:
            found[name] = personas
    return found


def _values(personas: tuple[AxisValue, ...]) -> list[dict[str, Any]]:
    return [persona.model_dump() for persona in personas]


def names_text(given: str) -> bool:
    """Whether a text is the name of a file with the text."""
    return "\n" not in given and given.strip().lower().endswith(_TEXTS)


def _ground(whole: dict[str, Any], named: Any, where: Path, inside: Inside) -> None:
    """Put the passages of the documents into a scenario, and an axis of them."""
    if not isinstance(named, str):
        raise ScenarioError(f"{where}: documents: names a folder or a file, such as 'help/'")
    from scenarios.material.documents.folder import read_documents  # it loads readers that most scenarios do not need

    if PASSAGE in whole["axes"]:
        raise ScenarioError(f"{where}: axes: '{PASSAGE}' is the axis that documents add; give yours another name")
    found = read_documents(inside(named))
    if len(found) > _MOST_PASSAGES:
        raise ScenarioError(
            f"{where}: documents: {len(found)} passages; at most {_MOST_PASSAGES} are possible: name a part of them"
        )
    whole["documents"] = [one.model_dump() for one in found]
    whole["axes"] = {PASSAGE: [{"name": one.id, "title": one.title} for one in found], **whole["axes"]}


def _text(given: str, where: Path, inside: Inside) -> str:
    """A text, or that of the file that it names."""
    text = read_text(inside(given.strip())) if names_text(given) else given
    if not text.strip():
        what = f"the file '{given.strip()}'" if given.strip() else "the text"
        raise ScenarioError(f"{where}: policy: {what} is empty; leave the key out if there is no policy")
    return text.strip()


def _without_unused(whole: dict[str, Any], given: Mapping[str, Any]) -> None:
    """Take out what cannot be asked for: the question on a policy that there is not, what is about tools if there are none, that
    on citations in a text that has none, the length by an axis that is gone."""
    tools = whole.get("tools") or whole.get("mcp")
    for question, needed in (("policy_kept", whole.get("policy")), ("tools_used", tools)):
        if not needed and question not in (given.get("questions") or {}):
            whole["questions"].pop(question, None)
    if not tools and _ARGUMENTS not in str(given.get("checks")):
        whole["checks"] = [check for check in whole["checks"] if _name_of(check) != _ARGUMENTS]
    plan = whole["conversation"]
    if not (whole.get("documents") and typed(plan.get("cites")) is True) and "supported" not in (
        given.get("questions") or {}
    ):
        whole["questions"].pop("supported", None)  # nobody can tell which sentence cites what
    if "length" not in whole["axes"] and plan.get("messages") == "{{ length.messages }}":
        plan["messages"] = _PLAIN_MESSAGES
