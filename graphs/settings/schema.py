"""Settings: the command line over the scenario's defaults over ours, checked; unknown keys are errors."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import orjson
import yaml
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pydantic import BaseModel, BeforeValidator, Field, ValidationError, field_validator

from agents.models.calls import Backend, Model
from agents.models.embedded import DEFAULT_NAME
from agents.models.limits.ledger import Budget
from graphs.planning.planner import Planning
from graphs.planning.quotas import Quotas
from graphs.settings.embedding import EmbeddingBackend, EmbeddingSettings, backend_of, naming_of
from scenarios.errors import SettingsError, nearest
from scenarios.frozen import Frozen
from scenarios.loading import Loaded
from scenarios.schema.styles import Style


class RunnerBackend(StrEnum):
    """Where sample graphs run."""

    LOCAL = "local"
    RAY = "ray"


class Switch(StrEnum):
    """Off or on. YAML reads both words as booleans."""

    OFF = "off"
    ON = "on"

    @classmethod
    def _missing_(cls, value: object) -> Switch | None:
        return {False: cls.OFF, True: cls.ON}.get(value) if isinstance(value, bool) else None


class Prices(Frozen):
    """USD per million tokens."""

    prompt: float = Field(0.0, ge=0, description="USD per million prompt tokens")
    completion: float = Field(0.0, ge=0, description="USD per million completion tokens")


class Llm(Frozen):
    """A model, as the command line names it."""

    backend: Backend | None = Field(
        None, description="embedded (default), openai (implied by llm.base_url) or scripted"
    )
    base_url: str = Field("", description="an OpenAI-compatible endpoint, such as http://127.0.0.1:8000/v1")
    model: str = Field("", description="the model's name at the endpoint")
    api_key_env: str = Field("OPENAI_API_KEY", description="the environment variable that holds the key")
    gguf: str = Field("", description="other weights for the embedded backend: PATH, or hf:OWNER/REPO/FILE")
    style: Style | None = Field(None, description="chat or transcript; by default what suits the backend")
    temperature: float | None = Field(None, ge=0, le=2, description="in place of every role's own")
    max_tokens: int | None = Field(None, ge=1, le=32_768, description="in place of every role's own")
    timeout: float = Field(120.0, gt=0, description="seconds a request may take")
    outage: float = Field(600.0, gt=0, description="seconds to wait for an endpoint that is away, before the run stops")
    rpm: int | None = Field(None, ge=1, description="requests a minute at the most")
    tpm: int | None = Field(None, ge=1, description="tokens a minute at the most")
    price: Prices = Prices()


class RoleSettings(Frozen):
    """What can be set for one role."""

    llm: dict[str, Any] = Field(default_factory=dict, description="any llm.* key, for this role alone")


_AUTO = BeforeValidator(lambda value: None if value == "auto" else value)
_OFF = BeforeValidator(lambda value: None if value is False or value == "off" else value)
"""YAML reads the word as a boolean."""


class MemorySettings(Frozen):
    """The store of accepted samples."""

    path: str = Field("runs/memory", description="a Chroma directory; one run at a time may own it")
    url: str = Field(
        "", description="a Chroma server in place of memory.path, such as http://127.0.0.1:8000; runs may share it"
    )
    scope: str = Field(
        "", description="what counts as before: samples stored under the same scope (default: the scenario)"
    )
    min_distance: Annotated[float | None, Field(ge=0, le=2), _AUTO] = Field(
        0.1, description="least cosine distance between accepted samples; auto: from the demonstrations' own"
    )
    max_overlap: Annotated[float | None, Field(gt=0, le=1), _OFF] = Field(
        0.7, description="a sample that shares this part of its 3-word shingles with an accepted one is refused, or off"
    )


class RefuseSettings(Frozen):
    """What samples may not repeat."""

    benchmarks: Annotated[
        tuple[str, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)
    ] = Field((), description="JSONL or text files, as [FILE,…]; 13 words in a row of theirs are refused")
    demonstrations: Annotated[float | None, Field(gt=0, le=1), _OFF] = Field(
        0.5, description="a sample that shares this part of its 3-word shingles with a demonstration is refused, or off"
    )


class SaturationSettings(Frozen):
    """When a run stops because nothing new comes out of it."""

    window: int = Field(
        60, ge=0, le=100_000, description="the last samples that passed their checks; 0: never stop for it"
    )
    share: float = Field(0.95, gt=0, le=1, description="stop where as many of them were too close to others")


class Runner(Frozen):
    """Where sample graphs run."""

    backend: RunnerBackend = Field(RunnerBackend.LOCAL, description="local, or ray: in worker processes (extra 'ray')")
    workers: int = Field(2, ge=1, le=1024, description="Ray workers")
    address: str = Field("", description="a Ray cluster to join, such as ray-head:6379 (default: one of its own)")


class Settings(Frozen):
    """Everything a run can be told."""

    scenario: str = Field("support", description="a scenario's name, or the path of a scenario.yaml")
    n: int = Field(4, ge=1, le=10_000_000, description="accepted records wanted")
    out: str = Field("", description="run directory; an existing run is continued (default: a new one under runs/)")
    seed: int = Field(0, ge=0, description="the run's seed")
    concurrency: int = Field(4, ge=1, le=4096, description="model calls in flight")
    round_size: int = Field(4, ge=1, le=10_000, description="samples planned together")
    lookahead: int = Field(1, ge=0, le=64, description="rounds that run while an earlier one is curated")
    patience: int = Field(
        10, ge=1, le=100_000, description="rounds in a row without an accepted sample before stopping"
    )
    saturation: SaturationSettings = SaturationSettings()
    planner: Planning = Field(Planning.COVERAGE, description="coverage: every pair of values first; random: by chance")
    steering: Switch = Field(
        Switch.ON,
        description="briefs say what samples near to them were about; one more attempt after a novelty rejection",
    )
    quota: dict[str, dict[str, int]] = Field(default_factory=dict)
    topology: str = Field("", description="full, no_critic, generate_only, chain (default: the scenario's)")
    budget: Budget = Budget()
    llm: Llm = Llm()
    roles: dict[str, RoleSettings] = Field(default_factory=dict)
    memory: MemorySettings = MemorySettings()
    embedding: EmbeddingSettings = EmbeddingSettings()
    refuse: RefuseSettings = RefuseSettings()
    runner: Runner = Runner()
    trust: str = Field("", description="a Python module that the scenario may play in as its world: it is run")
    otel: Switch = Field(Switch.OFF, description="on: record OpenTelemetry spans, to spans.jsonl or as OTEL_… says")

    @field_validator("quota", mode="before")
    @classmethod
    def _whole_names(cls, value: Any) -> Any:
        """Values by their whole names: one with a dot in it was read as nested."""
        if not isinstance(value, dict):
            return value
        return {str(axis): flat(inner) if isinstance(inner, dict) else inner for axis, inner in value.items()}

    @field_validator("quota")
    @classmethod
    def _counts(cls, value: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
        for axis, by_value in value.items():
            if below := next((f"{axis}.{name}={count}" for name, count in by_value.items() if count < 0), None):
                raise ValueError(f"quota.{below} is below 0")
        return value


OPERATIONAL = (
    "out", "n", "concurrency", "patience", "saturation", "budget", "memory.path", "memory.url", "embedding", "runner", "llm.timeout", "llm.outage",
    "llm.rpm", "llm.tpm", "llm.base_url", "llm.api_key_env", "llm.price", "llm.backend", "llm.gguf",
    "otel", "trust", "refuse.benchmarks",
)  # fmt: skip
"""Keys that a continued run may change: they do not bear on what a sample becomes.

The model's name and style do; the backend and the weights show in the name. The embedding binds by the name that a memory
knows it by, and files of benchmarks by their contents.
"""


def keys(model: type[BaseModel] = Settings, prefix: str = "") -> dict[str, tuple[Any, str]]:
    """Every key of the command line, with its default and what it is."""
    found: dict[str, tuple[Any, str]] = {}
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found |= keys(inner, f"{prefix}{name}.")
        elif name == "roles":
            found["roles.ROLE.llm.KEY"] = ("", "any llm key, for one role alone")
        elif name == "quota":
            found["quota.AXIS.VALUE"] = ("", "accepted records of the n that have this value")
        else:
            found[f"{prefix}{name}"] = (field.default, field.description or "")
    return found


_BUDGET_HELP = {"calls": "requests", "tokens": "prompt and completion tokens", "usd": "USD", "samples": "briefs"}


def help_text(model: type[BaseModel] = Settings) -> str:
    """Every key with its default, a line each."""
    rows = []
    for key, (default, text) in keys(model).items():
        if key.startswith("budget."):
            text = f"hard limit on {_BUDGET_HELP[key.removeprefix('budget.')]}"
        shown = "" if default in (None, "", ()) else str(getattr(default, "value", default))
        rows.append(f"  {key:<26} {shown:<14} {text}")
    return "\n".join(rows)


def parse_arguments(arguments: Sequence[str]) -> dict[str, Any]:
    """The command line's `key=value` words as nested settings. Raises SettingsError."""
    for word in arguments:
        if "=" not in word:
            raise SettingsError(f"'{word}' is no setting; write key=value (--help lists the keys)")
    try:
        # Interpolations are left as they are: settings are data, and must not reach the environment.
        parsed = OmegaConf.to_container(OmegaConf.from_dotlist(list(arguments)), resolve=False)
    except (OmegaConfBaseException, yaml.YAMLError, ValueError, TypeError, AttributeError, LookupError) as error:
        raise SettingsError(f"the settings cannot be read: {str(error).splitlines()[0]}") from None
    assert isinstance(parsed, dict)
    return {str(key): value for key, value in parsed.items()}


def resolve(given: dict[str, Any], loaded: Loaded) -> Settings:
    """The settings of a run: what was given, over the scenario's, over the defaults. Raises SettingsError."""
    defaults = without_memory(loaded.scenario.settings, given)
    merged = OmegaConf.merge(OmegaConf.create(defaults), OmegaConf.create(given))
    container = OmegaConf.to_container(merged, resolve=False)
    try:
        settings = Settings.model_validate(container)
    except ValidationError as error:
        raise SettingsError(explain(error)) from None
    if settings.memory.url and "path" in settings.memory.model_fields_set:
        raise SettingsError(
            "memory.path and memory.url are both given, and a run has one memory: leave one of them out"
        )
    if backend_of(settings.embedding) is EmbeddingBackend.OPENAI and settings.memory.min_distance is None:
        raise SettingsError(
            "memory.min_distance=auto: is measured before any endpoint is asked; give a number with embedding.backend=openai"
        )
    Quotas(loaded.scenario, settings.quota, settings.n)
    for role, own in settings.roles.items():
        if role not in loaded.scenario.roles:
            known = list(loaded.scenario.roles)
            raise SettingsError(
                f"roles.{role}: the scenario has no such role{nearest(role, known)}; it has {', '.join(known)}"
            )
        _role_llm(settings, role, own)
    if not settings.memory.scope:
        scope = settings.memory.model_copy(update={"scope": loaded.scenario.name})
        settings = settings.model_copy(update={"memory": scope})
    return settings


def without_memory(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`base` without the memory that it names, where `over` names one: a directory replaces a server, and the reverse."""
    names, memory = {"path", "url"}, over.get("memory")
    if not isinstance(memory, dict) or not names & memory.keys() or not isinstance(base.get("memory"), dict):
        return base
    return {**base, "memory": {key: value for key, value in base["memory"].items() if key not in names}}


def explain(error: ValidationError, prefix: str = "", model: type[BaseModel] = Settings) -> str:
    """The first error of the validation of a `model`, in one line that names the key."""
    first = error.errors()[0]
    key = prefix + ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{key}: unknown key{nearest(key, keys(model))}; --help lists the keys"
    shown = first.get("input")
    return f"{key}={shown}: {first['msg'][0].lower()}{first['msg'][1:]}"


def _role_llm(settings: Settings, role: str, own: RoleSettings) -> Llm:
    """A role's model settings: its own over the run's."""
    merged = {**settings.llm.model_dump(exclude_unset=True), **own.llm}
    if own.llm.get("base_url") and "backend" not in own.llm:
        merged["backend"] = Backend.OPENAI
    try:
        return Llm.model_validate(merged)
    except ValidationError as error:
        raise SettingsError(explain(error, f"roles.{role}.llm.")) from None


def llm_of(settings: Settings, role: str) -> Llm:
    """The model settings of one role."""
    own = settings.roles.get(role)
    return _role_llm(settings, role, own) if own else settings.llm


def model_of(llm: Llm, weights_name: str = DEFAULT_NAME) -> Model:
    """The model that settings name. `weights_name` names the embedded weights by content."""
    backend = llm.backend or (Backend.OPENAI if llm.base_url else Backend.EMBEDDED)
    if backend is Backend.OPENAI and not llm.base_url:
        raise SettingsError("llm.backend=openai needs llm.base_url, the endpoint's address")
    if backend is Backend.OPENAI and not llm.model:
        raise SettingsError("llm.base_url needs llm.model, the model's name at that endpoint")
    if backend is Backend.OPENAI and not llm.base_url.startswith(("http://", "https://")):
        raise SettingsError(f"llm.base_url={llm.base_url}: write http://… or https://…")
    names = {Backend.EMBEDDED: weights_name, Backend.SCRIPTED: "scripted", Backend.OPENAI: llm.model}
    base = backend is Backend.EMBEDDED and weights_name == DEFAULT_NAME
    return Model(
        backend=backend,
        name=names[backend],
        style=llm.style or (Style.TRANSCRIPT if base else Style.CHAT),
        base_url=llm.base_url if backend is Backend.OPENAI else "",
        api_key_env=llm.api_key_env if backend is Backend.OPENAI else "",
        timeout=llm.timeout,
        outage=llm.outage,
        requests_per_minute=llm.rpm,
        tokens_per_minute=llm.tpm,
        usd_per_million_prompt=llm.price.prompt,
        usd_per_million_completion=llm.price.completion,
    )


def flat(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings by their dotted keys."""
    found: dict[str, Any] = {}
    for key, inner in value.items():
        found |= flat(inner, f"{prefix}{key}.") if isinstance(inner, dict) else {f"{prefix}{key}": inner}
    return found


def binding(settings: Settings, models: dict[str, Model], loaded: Loaded) -> dict[str, Any]:
    """What decides a run's outcome, by key: a continued run must agree with it in full."""
    chosen = {
        key: value
        for key, value in flat(settings.model_dump(mode="json")).items()
        if not any(key == name or key.startswith(f"{name}.") for name in OPERATIONAL) and not key.startswith("roles.")
    }
    who = {f"roles.{role}.model": f"{model.name} ({model.style})" for role, model in sorted(models.items())}
    embedded = {"embedding": naming_of(settings.embedding).name}
    return {**chosen, **who, **embedded, "scenario file": scenario_digest(loaded)}


def scenario_digest(loaded: Loaded) -> str:
    """A digest of a scenario with all the files that it names."""
    text = orjson.dumps(loaded.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()[:16]


def with_decoding(loaded: Loaded, settings: Settings) -> Loaded:
    """The scenario with `llm.temperature` and `llm.max_tokens` in place of the roles' own, where they are given."""

    def changed(decodings: dict[Style, Any], role: str) -> dict[Style, Any]:
        llm = llm_of(settings, role)
        update = {k: v for k, v in (("temperature", llm.temperature), ("max_tokens", llm.max_tokens)) if v is not None}
        if not update:
            return decodings
        from scenarios.schema.plans import Decoding

        return {style: decodings.get(style, Decoding()).model_copy(update=update) for style in Style}

    scenario = loaded.scenario
    roles = {n: r.model_copy(update={"decoding": changed(r.decoding, n)}) for n, r in scenario.roles.items()}
    fields = tuple(f.model_copy(update={"decoding": changed(f.decoding, "generator")}) for f in scenario.fields)
    return loaded.model_copy(update={"scenario": scenario.model_copy(update={"roles": roles, "fields": fields})})


def new_run_dir(scenario: str, home: Path) -> Path:
    """The first free directory `runs/SCENARIO-NNN`."""
    name = Path(scenario).stem if "/" in scenario or scenario.endswith((".yaml", ".yml")) else scenario
    number = 1
    while (home / f"{name}-{number:03d}").exists():
        number += 1
    return home / f"{name}-{number:03d}"
