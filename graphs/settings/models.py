"""From settings to models and the transports that reach them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from agents.models.calls import Backend, Model, Transport
from agents.models.embedded import DEFAULT_NAME, Embedded, digest, verbatim_template, weights
from agents.models.endpoint.embeddings import EmbeddingWire
from graphs.settings.schema import Settings, llm_of, model_of
from scenarios.errors import SettingsError
from scenarios.loading import Loaded
from scenarios.schema.styles import Style


def models_of(settings: Settings, loaded: Loaded) -> tuple[dict[str, Model], Path | None]:
    """The model of every role, and the embedded weights where a role needs them.

    Raises SettingsError and ModelUnavailable.
    """
    path: Path | None = None
    chosen = ""
    models: dict[str, Model] = {}
    for role in loaded.scenario.roles:
        llm = llm_of(settings, role)
        name = DEFAULT_NAME
        if (llm.backend or (Backend.OPENAI if llm.base_url else Backend.EMBEDDED)) is Backend.EMBEDDED:
            if path is None:
                path, chosen = weights(llm.gguf), llm.gguf
            elif llm.gguf != chosen:
                raise SettingsError(
                    f"roles.{role}.llm.gguf: a run has one embedded model; give another role an endpoint"
                )
            if llm.gguf:
                name = f"{path.stem} sha256:{digest(path)}"
        models[role] = model_of(llm, name)
    styles = {model.style for model in models.values() if model.backend is Backend.EMBEDDED}
    if len(styles) > 1:
        raise SettingsError("llm.style: the embedded model takes one style for all roles")
    return models, path


def transports_of(models: Iterable[Model], path: Path | None, slots: int) -> dict[tuple[str, str], Transport]:
    """A transport for every backend and address that the models need."""
    found: dict[tuple[str, str], Transport] = {}
    for model in models:
        if model.where not in found:
            found[model.where] = _transport(model, path, slots)
    return found


def _transport(model: Model, path: Path | None, slots: int) -> Transport:
    if model.backend is Backend.SCRIPTED:
        from agents.models.scripted import Scripted

        return Scripted()
    if model.backend is Backend.EMBEDDED:
        assert path is not None
        return Embedded(path, verbatim_template(model.style is Style.TRANSCRIPT), slots)
    key = os.environ.get(model.api_key_env, "")
    if model.embeds:
        return EmbeddingWire(model.base_url, key)
    from agents.models.endpoint.wire import Wire  # LangChain takes a second to import

    return Wire(model.base_url, key)
