"""From settings to models and the transports that reach them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from pydantic import ValidationError

from agents.models.calls import Backend, Model, Transport
from agents.models.embedded import DEFAULT_NAME, Embedded, gguf_file, verbatim_template, weights, weights_name
from agents.models.endpoint.embeddings import EmbeddingWire
from agents.models.likelihoods.asking import rating
from agents.models.likelihoods.local import LocalLikelihoods
from agents.models.likelihoods.wire import LikelihoodWire
from graphs.settings.keys import explain
from graphs.settings.schema import Llm, RoleSettings, Settings, Switch
from scenarios.errors import SettingsError
from scenarios.loading import Loaded
from scenarios.schema.plans import Role
from scenarios.schema.roles import debating
from scenarios.schema.styles import Style

_DRAWING = {"temperature", "max_tokens"}


def role_llm(settings: Settings, role: str, own: RoleSettings) -> Llm:
    """A role's model settings: its own over the run's."""
    merged = {**settings.llm.model_dump(exclude_unset=True), **own.llm}
    if own.llm.get("base_url") and "backend" not in own.llm:
        merged["backend"] = Backend.OPENAI
    try:
        return Llm.model_validate(merged)
    except ValidationError as error:
        raise SettingsError(explain(error, f"roles.{role}.llm.")) from None


def llm_of(settings: Settings, role: str, roles: Mapping[str, Role] | None = None) -> Llm:
    """The model settings of one role; of one of a scenario's `roles` that is reached as another, over what is said of that
    one's model. How an answer is drawn is each role's own."""
    own = settings.roles.get(role, RoleSettings())
    said = dict(own.llm)
    for other in _reached_as(role, roles or {}):
        theirs = settings.roles.get(other, RoleSettings()).llm
        if said.get("base_url") and theirs.get("base_url") != said["base_url"]:
            theirs = {}  # the model, the key and the limits there are of another endpoint
        said = {**{key: value for key, value in theirs.items() if key not in _DRAWING}, **said}
    return role_llm(settings, role, own.model_copy(update={"llm": said})) if said else settings.llm


def _reached_as(role: str, roles: Mapping[str, Role]) -> list[str]:
    """The roles whose model a role has by default, the nearest first."""
    found = [role]
    while (one := roles.get(found[-1])) and one.reached_as and one.reached_as not in found:
        found.append(one.reached_as)
    return found[1:]


def model_of(llm: Llm, weights_name: str = DEFAULT_NAME) -> Model:
    """The model that settings name. `weights_name` names the embedded weights by content."""
    backend = _backend(llm)
    if backend is Backend.OPENAI and not llm.base_url:
        raise SettingsError("llm.backend=openai needs llm.base_url, the endpoint's address")
    if backend is Backend.OPENAI and not llm.model:
        raise SettingsError("llm.base_url needs llm.model, the model's name at that endpoint")
    if backend is Backend.OPENAI and not llm.base_url.startswith(("http://", "https://")):
        raise SettingsError(f"llm.base_url={llm.base_url}: write http://… or https://…")
    names = {Backend.EMBEDDED: weights_name, Backend.SCRIPTED: "scripted", Backend.OPENAI: llm.model}
    return Model(
        backend=backend,
        name=names[backend],
        style=_style(llm, backend, weights_name == DEFAULT_NAME),
        base_url=llm.base_url if backend is Backend.OPENAI else "",
        api_key_env=llm.api_key_env if backend is Backend.OPENAI else "",
        timeout=llm.timeout,
        outage=llm.outage,
        requests_per_minute=llm.rpm,
        tokens_per_minute=llm.tpm,
        usd_per_million_prompt=llm.price.prompt,
        usd_per_million_completion=llm.price.completion,
    )


def _style(llm: Llm, backend: Backend, packaged: bool) -> Style:
    base = backend is Backend.EMBEDDED and packaged
    return llm.style or (Style.TRANSCRIPT if base else Style.CHAT)


def base_model_speaks(settings: Settings, roles: Iterable[str]) -> bool:
    """Whether the model of one of these roles is a base model. No weights are looked for. Raises SettingsError."""
    models = [llm_of(settings, role) for role in roles]
    return any(_style(llm, _backend(llm), not llm.gguf) is Style.TRANSCRIPT for llm in models)


def _backend(llm: Llm) -> Backend:
    return llm.backend or (Backend.OPENAI if llm.base_url else Backend.EMBEDDED)


def without_batches(settings: Settings) -> Settings:
    """The settings with every call going by itself."""
    roles = {
        role: own.model_copy(update={"llm": {key: value for key, value in own.llm.items() if key != "batch"}})
        for role, own in settings.roles.items()
    }
    llm = settings.llm.model_copy(update={"batch": Switch.OFF})
    return settings.model_copy(update={"llm": llm, "roles": roles})


def models_of(settings: Settings, loaded: Loaded, once: Collection[str] = ()) -> tuple[dict[str, Model], Path | None]:
    """The model of every role, and the embedded weights if a role needs them. `once` are the roles that are asked once for
    each sample: their calls may go in batches.

    Raises SettingsError and ModelUnavailable.
    """
    path: Path | None = None
    chosen = ""
    models: dict[str, Model] = {}
    for role in loaded.scenario.roles:
        llm = llm_of(settings, role, loaded.scenario.roles)
        name = DEFAULT_NAME
        if _backend(llm) is Backend.EMBEDDED:
            if path is None:
                path, chosen = weights(llm.gguf), llm.gguf
            elif llm.gguf != chosen:
                raise SettingsError(
                    f"roles.{role}.llm.gguf: a run has one embedded model; give another role an endpoint"
                )
            name = weights_name(llm.gguf, path)
        models[role] = _batched(model_of(llm, name), llm, role, settings, once)
        if models[role].style is Style.TRANSCRIPT and loaded.chat_only(role):
            raise SettingsError(
                f"scenario={loaded.scenario.name}: needs an instruct model, and {models[role].name} is a base model; name an "
                f"endpoint: llm.base_url=http://… llm.model=NAME (llm.backend=scripted tries it without a model)"
            )
        instructed = loaded.scenario.roles[role].focus or role in debating(loaded.scenario)
        if models[role].style is Style.TRANSCRIPT and instructed:
            what = (
                f"roles.{role}.focus:"
                if loaded.scenario.roles[role].focus
                else f"roles.{role}: has a part in a debate, and"
            )
            raise SettingsError(
                f"{what} {models[role].name} is a base model, which follows no instructions; name an instruct "
                f"model for this role, roles.{role}.llm.base_url=http://… roles.{role}.llm.model=NAME, or for all, llm.base_url=…"
            )
    styles = {model.style for model in models.values() if model.backend is Backend.EMBEDDED}
    if len(styles) > 1:
        raise SettingsError("llm.style: the embedded model takes one style for all roles")
    on = settings.llm.batch is Switch.ON and any(model.backend is Backend.OPENAI for model in models.values())
    if on and not any(model.batch_size for model in models.values()):
        raise SettingsError(f"llm.batch=on: {_may(once)}; leave llm.batch out")
    return models, path


def model_alone(llm: Llm) -> tuple[Model, Path | None]:
    """A model that belongs to no role, and the embedded weights if it needs them. Raises SettingsError and ModelUnavailable."""
    if _backend(llm) is not Backend.EMBEDDED:
        return model_of(llm), None
    path = weights(llm.gguf)
    return model_of(llm, weights_name(llm.gguf, path)), path


def rating_model(llm: Llm) -> tuple[Model, Path | None]:
    """A model that says how likely texts are, and the weights if it is computed here. Raises SettingsError and ModelUnavailable."""
    if _backend(llm) is not Backend.EMBEDDED:
        return rating(model_of(llm)), None
    path = gguf_file(llm.gguf)
    return rating(model_of(llm, weights_name(llm.gguf, path))), path


def _batched(model: Model, llm: Llm, role: str, settings: Settings, once: Collection[str]) -> Model:
    """The model, with its calls in batches if the settings say so and the role is asked once for each sample. Raises
    SettingsError if they say so of a role that is not."""
    own = settings.roles.get(role)
    named = own is not None and "batch" in own.llm and llm.batch is Switch.ON
    if named and role not in once:
        raise SettingsError(f"roles.{role}.llm.batch=on: each call of '{role}' waits for another; {_may(once)}")
    if named and model.backend is not Backend.OPENAI:
        raise SettingsError(
            f"roles.{role}.llm.batch=on: needs an endpoint, and '{role}' has none; name its llm.base_url"
        )
    if llm.batch is not Switch.ON or role not in once or model.backend is not Backend.OPENAI:
        return model
    return model.model_copy(update={"batch_size": llm.batch_size, "batch_price": llm.price.batch})


def _may(once: Collection[str]) -> str:
    if not once:
        return "batches are for roles that are asked once for each sample, and here none is"
    return f"batches are for roles that are asked once for each sample: here {', '.join(once)}"


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
        if model.rates:
            return LocalLikelihoods(path)
        return Embedded(path, verbatim_template(model.style is Style.TRANSCRIPT), slots)
    key = os.environ.get(model.api_key_env, "")
    if model.embeds:
        return EmbeddingWire(model.base_url, key)
    if model.rates:
        return LikelihoodWire(model.base_url, key)
    from agents.models.endpoint.wire import Wire  # LangChain takes a second to import

    return Wire(model.base_url, key)
