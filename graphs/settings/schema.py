"""Every setting of a run, with its default; unknown keys are errors."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from agents.models.calls import Backend
from agents.models.limits.ledger import Budget
from graphs.planning.planner import Planning
from graphs.settings.addresses import Address, plain_address
from graphs.settings.embedding import EmbeddingSettings
from graphs.settings.guarding import Guard, Guarded, KeysOf
from graphs.settings.tools import ToolSettings
from scenarios.frozen import Frozen
from scenarios.schema.conversation import How
from scenarios.schema.plans import FEWEST_DRAWS, MOST_DRAWS, MOST_FOCUS, Asking, Scoring
from scenarios.schema.styles import Style


class RunnerBackend(StrEnum):
    """Where sample graphs run."""

    LOCAL = "local"
    RAY = "ray"


_NO = {"off", "no", "false"}


class Switch(StrEnum):
    """Off or on, or what YAML has for them."""

    OFF = "off"
    ON = "on"

    @classmethod
    def _missing_(cls, value: object) -> Switch | None:
        word = str(value).lower()
        return cls.OFF if word in _NO else cls.ON if word in {"on", "yes", "true"} else None


class Prices(Frozen):
    """USD per million tokens, and what batches cost of that."""

    prompt: float = Field(0.0, ge=0, description="USD per million prompt tokens")
    completion: float = Field(0.0, ge=0, description="USD per million completion tokens")
    batch: float = Field(0.5, gt=0, le=1, description="the part of these prices that a call in a batch costs")


class Llm(Frozen):
    """A model, as the command line names it."""

    backend: Backend | None = Field(
        None, description="embedded (default), openai (implied by llm.base_url) or scripted"
    )
    base_url: Address = Field("", description="an OpenAI-compatible endpoint, such as http://127.0.0.1:8000/v1")
    model: str = Field("", description="the model's name at the endpoint")
    api_key_env: Guarded = Field("OPENAI_API_KEY", description="the environment variable that holds the key")
    gguf: Guarded = Field("", description="other weights for the embedded backend: PATH, or hf:OWNER/REPO/FILE")
    style: Style | None = Field(None, description="chat or transcript; by default what suits the backend")
    temperature: float | None = Field(None, ge=0, le=2, description="a temperature for every role, in place of its own")
    max_tokens: int | None = Field(
        None, ge=1, le=32_768, description="a limit on the answer's tokens for every role, in place of its own"
    )
    timeout: float = Field(120.0, gt=0, description="seconds a request may take")
    outage: float = Field(600.0, gt=0, description="seconds to wait for an endpoint that is away, before the run stops")
    rpm: int | None = Field(None, ge=1, description="at most so many requests a minute")
    tpm: int | None = Field(None, ge=1, description="at most so many tokens a minute")
    price: Prices = Prices()
    batch: Switch = Field(
        Switch.OFF,
        description="on: the calls of roles that are asked once for each sample (judge, verifier, …) go through the endpoint's "
        "batch interface, in hours and for half the price",
    )
    batch_size: int = Field(1000, ge=1, le=50_000, description="calls of a batch at the most")


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


class RoleSettings(Frozen):
    """What can be set for one role."""

    llm: Annotated[dict[str, Any], KeysOf(Llm)] = Field(
        default_factory=dict, title="llm.KEY", description="any llm key, for this role alone"
    )
    focus: Annotated[str, Field(max_length=MOST_FOCUS)] | None = Field(
        None, description="what it attends to in particular, in plain words; a chat model reads it behind the prompt"
    )
    prompt: Guarded = Field(
        "", description="a Jinja file in place of its prompt, with the same names; the run keeps the text"
    )
    sees: Annotated[tuple[str, ...] | None, BeforeValidator(_listed)] = Field(
        None, description="what of the brief it sees, as [NAME,…], in place of the scenario's list"
    )
    asking: Asking | None = Field(
        None,
        description="of a judge: `single`, all criteria in one call; `each`, one call each; or `permuted`, one call in a drawn order",
    )
    scoring: Scoring | None = Field(
        None,
        description="of a judge: `mode`, the score that it says; `token_mean`, the mean over the probabilities of scores; or `samples`, the mean of several answers",
    )
    samples: int | None = Field(
        None, ge=FEWEST_DRAWS, le=MOST_DRAWS, description="of a judge: the answers whose mean is a score"
    )

    @field_validator("llm")
    @classmethod
    def _addressed(cls, value: dict[str, Any]) -> dict[str, Any]:
        """All of it is validated where the role's model is made; its address at once, before it is stored."""
        plain_address(str(value.get("base_url") or ""))
        return value


_AUTO = BeforeValidator(lambda value: None if value == "auto" else value)
_OFF = BeforeValidator(lambda value: None if str(value).lower() in _NO else value)


class MemorySettings(Frozen):
    """The store of accepted samples."""

    path: Guarded = Field("runs/memory", description="a Chroma directory; one run at a time may own it")
    url: Address = Field(
        "", description="a Chroma server in place of memory.path, such as http://127.0.0.1:8000; runs may share it"
    )
    scope: str = Field(
        "", description="compare only with samples stored under the same scope (default: the scenario's name)"
    )
    min_distance: Annotated[float | None, Field(ge=0, le=2), _AUTO] = Field(
        0.1, description="the least cosine distance between accepted samples; auto: measured between the demonstrations"
    )
    frozen: Switch = Field(
        Switch.OFF,
        description="on: hold samples against the memory as it stands, not against each other, and add none; for experiments",
    )
    max_overlap: Annotated[float | None, Field(gt=0, le=1), _OFF] = Field(
        0.7, description="reject a sample that shares this part of its 3-word shingles with an accepted one, or off"
    )


class ForbiddenSettings(Frozen):
    """What samples may not repeat."""

    benchmarks: Annotated[tuple[str, ...], BeforeValidator(_listed), Guard()] = Field(
        (), description="JSONL or text files, as [FILE,…]; a sample with 13 words in a row of theirs is rejected"
    )
    demonstrations: Annotated[float | None, Field(gt=0, le=1), _OFF] = Field(
        0.5,
        description="reject a sample that shares this part of its 3-word shingles with a demonstration or a real text of feedback, or off",
    )


class SaturationSettings(Frozen):
    """When a run stops because nothing new comes out of it."""

    window: int = Field(
        60,
        ge=0,
        le=100_000,
        description="how many of the last samples that passed their checks to look at; 0: never stop for this",
    )
    share: float = Field(0.95, gt=0, le=1, description="stop if this share of them was too near to others")


class Runner(Frozen):
    """Where sample graphs run."""

    backend: RunnerBackend = Field(RunnerBackend.LOCAL, description="local, or ray: in worker processes (extra 'ray')")
    workers: int = Field(2, ge=1, le=1024, description="Ray workers")
    address: Address = Field("", description="a Ray cluster to join, such as ray-head:6379 (default: one of its own)")


class Settings(Frozen):
    """Every setting of a run."""

    scenario: str = Field("support", description="a scenario's name, or the path of a scenario.yaml")
    n: int = Field(4, ge=1, le=10_000_000, description="how many accepted records to make")
    out: Guarded = Field(
        "", description="the run directory; if it holds a run, that run continues (default: a new one under runs/)"
    )
    seed: int = Field(0, ge=0, le=2**63 - 1, description="the run's seed")
    concurrency: int = Field(4, ge=1, le=4096, description="model calls in flight")
    round_size: int = Field(4, ge=1, le=10_000, description="samples planned together")
    lookahead: int = Field(1, ge=0, le=64, description="rounds that run while an earlier one is curated")
    patience: int = Field(
        10, ge=1, le=100_000, description="rounds in a row without an accepted sample before stopping"
    )
    give_up: int = Field(
        6,
        ge=0,
        le=100_000,
        description="make no more briefs with a value of an axis after so many that failed the same check at every draw, "
        "if none got past it; 0: never",
    )
    saturation: SaturationSettings = SaturationSettings()
    planner: Planning = Field(Planning.COVERAGE, description="coverage: every pair of values first; random: by chance")
    steering: Switch = Field(
        Switch.ON,
        description="on: briefs say what earlier samples near to them were about, and a sample that was too near gets one "
        "more attempt",
    )
    feedback: Guarded = Field(
        "",
        description="a transfer.json with a validation part: more of what its student gets wrong, at most threefold, and prompts "
        "that show real texts which are hard for it, or samples that helped it",
    )
    quota: dict[str, dict[str, int]] = Field(
        default_factory=dict,
        title="quota.AXIS.VALUE",
        description="exactly so many of the n accepted records have this value",
    )
    base_models: bool | None = Field(
        None,
        description="true: the scenario's form for base models, if it has one; false: its usual form (default: the former if a base model speaks, such as the packaged one)",
    )
    how: How | None = Field(
        None,
        description="how free conversations are made: turns, message by message, or whole, in one answer, for a half of the tokens (default: the scenario's)",
    )
    topology: str = Field(
        "",
        description="full, no_critic, generate_only, proof, best_of, self_consistency, two_critics, self_refine, panel, debate or chain (default: the scenario's)",
    )
    draws: int | None = Field(
        None,
        ge=2,
        le=16,
        description="how many candidates a topology that chooses among several makes of each brief (default: the topology's)",
    )
    budget: Budget = Budget()
    llm: Llm = Llm()
    roles: dict[str, RoleSettings] = Field(default_factory=dict, title="roles.ROLE")
    memory: MemorySettings = MemorySettings()
    embedding: EmbeddingSettings = EmbeddingSettings()
    forbidden: ForbiddenSettings = ForbiddenSettings()
    runner: Runner = Runner()
    tools: ToolSettings = ToolSettings()
    trust: Guarded = Field("", description="a Python module that the scenario may use as its world; its code is run")
    otel: Switch = Field(
        Switch.OFF,
        description="on: record OpenTelemetry spans, in spans.jsonl or wherever the OTEL_… variables say",
    )

    @field_validator("quota", mode="before")
    @classmethod
    def _whole_names(cls, value: Any) -> Any:
        """Values by their whole names: the command line reads one with a dot in it as nested."""
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


def flat(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings by their dotted keys."""
    found: dict[str, Any] = {}
    for key, inner in value.items():
        found |= flat(inner, f"{prefix}{key}.") if isinstance(inner, dict) else {f"{prefix}{key}": inner}
    return found
