"""What decides a run's outcome, so that a continued run is held to it."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from agents.models.calls import Model
from agents.tools.requests import ToolWay
from graphs.settings.embedding import naming_of
from graphs.settings.schema import RoleSettings, Settings, Switch, flat
from scenarios.loading import Loaded

OPERATIONAL = (
    "out", "base_models", "n", "concurrency", "patience", "give_up", "saturation", "budget", "memory.path", "memory.url", "embedding", "runner", "llm.timeout", "llm.outage",
    "llm.rpm", "llm.tpm", "llm.base_url", "llm.api_key_env", "llm.price", "llm.batch", "llm.batch_size", "llm.backend", "llm.gguf",
    "tools.server", "tools.mcp", "tools.api_key_env", "tools.api_key_header", "tools.timeout", "tools.outage",
    "otel", "trust", "forbidden.benchmarks",
)  # fmt: skip
"""Keys that a continued run may change: they do not change what a sample becomes.

The model's name and style do; the backend and the weights show in the name. The embedding binds by the name that a memory
knows it by, and files of benchmarks and feedback by their contents. Which form of its scenario it takes shows in the scenario's content.
"""

_LATER = {
    "tools.calls": ToolWay.SIMULATED.value,
    "how": None,
    "draws": None,
    "memory.frozen": Switch.OFF.value,
    "feedback": "",
}
"""Keys that earlier runs did not know, with what they did: at that they do not bind."""


def binding(settings: Settings, models: dict[str, Model], loaded: Loaded) -> dict[str, Any]:
    """What decides a run's outcome, by key: a continued run must agree with it in full."""
    chosen = {
        key: value
        for key, value in flat(settings.model_dump(mode="json")).items()
        if not any(key == name or key.startswith(f"{name}.") for name in OPERATIONAL)
        and not key.startswith("roles.")
        and _LATER.get(key) != value
    }
    changed = {
        f"roles.{role}.{key}": value
        for role, own in sorted(settings.roles.items())
        for key, value in role_changes(own).items()
    }
    who = {f"roles.{role}.model": f"{model.name} ({model.style})" for role, model in sorted(models.items())}
    embedded = {"embedding": naming_of(settings.embedding).name}
    return {**chosen, **changed, **who, **embedded, "scenario file": scenario_digest(loaded)}


def role_changes(own: RoleSettings) -> dict[str, Any]:
    """What the settings of a role change about it, by key; of a prompt a digest of its text."""
    found: dict[str, Any] = {}
    if own.focus is not None:
        found["focus"] = own.focus
    if own.prompt:
        found["prompt"] = f"content {hashlib.sha256(own.prompt.encode()).hexdigest()[:16]}"
    if own.sees is not None:
        found["sees"] = list(own.sees)
    return found


def scenario_digest(loaded: Loaded) -> str:
    """A digest of a scenario with all the files that it names."""
    text = orjson.dumps(loaded.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()[:16]
