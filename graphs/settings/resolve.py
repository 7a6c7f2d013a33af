"""From what was given to the settings of a run: the command line over the scenario's defaults over ours, checked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agents.judging.roles import check_asking
from graphs.planning.quotas import Quotas
from graphs.planning.room import most_apart
from graphs.settings.embedding import EmbeddingBackend, backend_of
from graphs.settings.keys import explain
from graphs.settings.layers import ForeignSetting, Layers, check_foreign
from graphs.settings.models import llm_of, role_llm
from graphs.settings.schema import RoleSettings, Settings
from scenarios.errors import SettingsError, nearest
from scenarios.loading import Loaded
from scenarios.schema.conversation import How
from scenarios.schema.plans import Decoding
from scenarios.schema.scenario import Scenario
from scenarios.schema.styles import Style


def resolve(given: Mapping[str, Any] | Layers, loaded: Loaded) -> Settings:
    """The settings of a run: what was given, over the scenario's, over the defaults. Raises SettingsError, also if somebody
    else than the user chose where requests, keys or files go."""
    whole, foreign = _layers(given).merged(loaded.scenario.settings)
    check_foreign(foreign)
    return _checked(whole, loaded)


def resolved(given: Mapping[str, Any] | Layers, loaded: Loaded) -> tuple[Settings, list[ForeignSetting]]:
    """As `resolve`, and what of the settings somebody else chose, in place of an error: none of that may be used."""
    whole, foreign = _layers(given).merged(loaded.scenario.settings)
    return _checked(whole, loaded), foreign


def first_look(layers: Layers, loaded: Loaded) -> Settings:
    """What the settings say before it is known whether the scenario stays: nothing is held against it. Raises SettingsError."""
    return _valid(layers.merged(loaded.scenario.settings)[0])


def first_settings(given: Mapping[str, Any]) -> Settings:
    """Settings without a scenario, for a command that asks a model and makes nothing. Raises SettingsError."""
    return _valid(dict(given))


def _layers(given: Mapping[str, Any] | Layers) -> Layers:
    return given if isinstance(given, Layers) else Layers(given)


def _valid(whole: dict[str, Any]) -> Settings:
    try:
        return Settings.model_validate(whole)
    except ValidationError as error:
        raise SettingsError(explain(error)) from None


def _checked(whole: dict[str, Any], loaded: Loaded) -> Settings:
    settings = _valid(whole)
    if settings.memory.url and "path" in settings.memory.model_fields_set:
        raise SettingsError(
            "memory.path and memory.url are both given, and a run has one memory: leave one of them out"
        )
    if backend_of(settings.embedding) is EmbeddingBackend.OPENAI and settings.memory.min_distance is None:
        raise SettingsError(
            "memory.min_distance=auto: needs a local embedding; with embedding.backend=openai, give a number"
        )
    most = most_apart(settings.memory.min_distance or 0.0)
    if most is not None and settings.n > most:
        raise SettingsError(
            f"memory.min_distance={settings.memory.min_distance:g}: no more than {most} samples can be so far from each other, and "
            f"n={settings.n}; a distance over 1 is that of opposites: give a smaller one, such as 0.1"
        )
    Quotas(loaded.scenario, settings.quota, settings.n)
    check_roles_known(settings, loaded.scenario)
    for role, own in settings.roles.items():
        role_llm(settings, role, own)
    if not settings.memory.scope:
        scope = settings.memory.model_copy(update={"scope": loaded.scenario.name})
        settings = settings.model_copy(update={"memory": scope})
    return settings


def check_roles_known(settings: Settings, scenario: Scenario) -> None:
    """Raise SettingsError if the settings name a role that the scenario lacks."""
    for role in settings.roles:
        if role not in scenario.roles:
            known = list(scenario.roles)
            raise SettingsError(
                f"roles.{role}: the scenario has no such role{nearest(role, known)}; it has {', '.join(known)}"
            )


def with_decoding(loaded: Loaded, settings: Settings) -> Loaded:
    """The scenario with `llm.temperature`, `llm.max_tokens` and `asking` in place of the roles' own, if they are given. Raises
    ScenarioError if a role cannot be asked so."""
    scenario = loaded.scenario

    def changed(decodings: dict[Style, Any], role: str) -> dict[Style, Any]:
        llm = llm_of(settings, role, scenario.roles)
        update = {k: v for k, v in (("temperature", llm.temperature), ("max_tokens", llm.max_tokens)) if v is not None}
        if not update:
            return decodings
        return {style: decodings.get(style, Decoding()).model_copy(update=update) for style in Style}

    asked = {n: _asked_otherwise(own) for n, own in settings.roles.items()}
    roles = {
        n: r.model_copy(update={"decoding": changed(r.decoding, n), **asked.get(n, {})})
        for n, r in scenario.roles.items()
    }
    fields = tuple(f.model_copy(update={"decoding": changed(f.decoding, "generator")}) for f in scenario.fields)
    made = loaded.model_copy(update={"scenario": scenario.model_copy(update={"roles": roles, "fields": fields})})
    check_asking(made)
    return made


def _asked_otherwise(own: RoleSettings) -> dict[str, Any]:
    """What settings say of how a judge is asked."""
    return {name: said for name in ("asking", "scoring", "samples") if (said := getattr(own, name)) is not None}


def made_as(loaded: Loaded, how: How | None) -> Loaded:
    """The scenario whose conversations are made as `how` says, if it says anything. Raises SettingsError if they cannot be."""
    if how is None:
        return loaded
    scenario = loaded.scenario
    if scenario.conversation is None:
        raise SettingsError(f"how={how}: the scenario {scenario.name} makes no free conversations; leave how out")
    if how is How.WHOLE and (scenario.tools or scenario.mcp):
        raise SettingsError(
            f"how={how}: the scenario {scenario.name} has tools, and one answer that is all of a conversation calls none; "
            "leave how out"
        )
    plan = scenario.conversation.model_copy(update={"how": how})
    return loaded.model_copy(update={"scenario": scenario.model_copy(update={"conversation": plan})})


def new_run_dir(scenario: str, home: Path) -> Path:
    """The first free directory `runs/SCENARIO-NNN`."""
    path = Path(scenario)
    name = (path.resolve().parent.name if path.name == "scenario.yaml" else path.stem) or "run"
    number = 1
    while (home / f"{name}-{number:03d}").exists():
        number += 1
    return home / f"{name}-{number:03d}"
