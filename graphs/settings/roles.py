"""What the settings change about a role: what it attends to, its prompt, and what it sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from graphs.settings.binding import role_changes
from graphs.settings.layers import Layers, check_foreign
from graphs.settings.resolve import check_roles_known
from graphs.settings.schema import RoleSettings, Settings
from scenarios.errors import SettingsError
from scenarios.loading import Loaded
from scenarios.material.tools.spec import TOOLS_ROLE
from scenarios.reading.files import read_text
from scenarios.schema.ideation import IDEATOR
from scenarios.schema.plans import FieldPlan, Role
from scenarios.schema.scenario import Scenario
from scenarios.schema.styles import PerStyle
from scenarios.templates import Prompt

_MOST_PROMPT = 256 * 1024
"""Bytes of a prompt file."""


def check_prompt_files(layers: Layers, scenario: Scenario) -> None:
    """Raise SettingsError if somebody else than the user names a file for a role's prompt: none is read for them. The text of
    one, as a run keeps it, is read in the sandbox like any prompt of a scenario."""
    foreign = layers.merged(scenario.settings)[1]
    check_foreign(one for one in foreign if _is_prompt(one.key) and not _is_text(one.value))


def _is_prompt(key: str) -> bool:
    return key.startswith("roles.") and key.endswith(".prompt")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "\n" in value


def with_prompt_texts(settings: Settings) -> Settings:
    """The settings with the text of each role's prompt in place of its file: a run keeps the text. Raises SettingsError."""
    if not any(own.prompt for own in settings.roles.values()):
        return settings
    roles = {
        name: own.model_copy(update={"prompt": _text(name, own.prompt)}) if own.prompt else own
        for name, own in settings.roles.items()
    }
    return settings.model_copy(update={"roles": roles})


def _text(role: str, given: str) -> str:
    """A prompt's text, which has more than one line and so is no path. Raises SettingsError."""
    if _is_text(given):
        return given
    try:
        text = read_text(Path(given).expanduser(), SettingsError, _MOST_PROMPT)
    except (SettingsError, RuntimeError) as error:
        raise SettingsError(f"roles.{role}.prompt={error}; name a file with a Jinja template") from None
    if not text.strip():
        raise SettingsError(f"roles.{role}.prompt={given}: is empty; write the prompt into it")
    return f"{text.rstrip()}\n"


def with_role_settings(loaded: Loaded, settings: Settings) -> Loaded:
    """The scenario with what the settings change about its roles. Raises SettingsError: no such role, a file that cannot be
    read, a change that would reach nobody. What templates use and what roles see is checked with the scenario's own."""
    changes = {name: own for name, own in settings.roles.items() if role_changes(own)}
    if not changes:
        return loaded
    check_roles_known(settings, loaded.scenario)
    roles, fields, prompts = dict(loaded.scenario.roles), loaded.scenario.fields, dict(loaded.prompts)
    for name, own in changes.items():
        _check_reaches(name, own, loaded.scenario)
        role = roles[name]
        if own.focus is not None:
            role = role.model_copy(update={"focus": own.focus})
        if own.sees is not None:
            role = role.model_copy(update={"sees": own.sees})
        if own.prompt:
            file = f"roles.{name}.prompt"
            prompts[file] = Prompt.parse(file, _text(name, own.prompt))
            role, fields = _prompted(name, role, fields, file)
        roles[name] = role
    changed = loaded.scenario.model_copy(update={"roles": roles, "fields": fields})
    return loaded.model_copy(update={"scenario": changed, "prompts": prompts})


def _prompted(name: str, role: Role, fields: tuple[FieldPlan, ...], file: str) -> tuple[Role, tuple[FieldPlan, ...]]:
    """A role with another prompt, and the field that it writes with the same."""

    def other(prompt: PerStyle) -> PerStyle:
        return PerStyle(chat=file, transcript=file if prompt.transcript else "")

    changed = (plan.model_copy(update={"prompt": other(plan.prompt)}) if plan.by == name else plan for plan in fields)
    return role.model_copy(update={"prompt": other(role.prompt)}), tuple(changed)


def _check_reaches(name: str, own: RoleSettings, scenario: Scenario) -> None:
    """Raise SettingsError if a change would change nothing that the role is asked."""
    if name == TOOLS_ROLE and scenario.conversation:
        raise SettingsError(f"roles.{name}: stands in for a tool, and takes llm.* keys alone")
    written = [plan.name for plan in scenario.fields if plan.by == name]
    if own.prompt and len(written) > 1:
        raise SettingsError(
            f"roles.{name}.prompt: it writes {', '.join(written)}, each by a prompt of its own; change them in the scenario's "
            f"'fields', or give it a focus: roles.{name}.focus=…"
        )
    if own.sees is not None and name == IDEATOR:
        raise SettingsError(f"roles.{name}.sees: it is asked before there is anything of a sample to see; leave it out")
    if own.sees is not None and scenario.conversation and name not in scenario.speakers:
        raise SettingsError(
            f"roles.{name}.sees: in a free conversation whoever does not speak sees all of it; the speakers are "
            f"{', '.join(scenario.speakers)}"
        )
