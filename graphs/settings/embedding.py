"""Which embedding a run asks for: its keys, and what they name."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from agents.models.calls import Backend, Model
from graphs.settings.addresses import Address
from graphs.settings.guarding import Guarded
from memory.vectors.embedding import Embedding, Naming, WordLlamaEmbedding
from scenarios.errors import SettingsError
from scenarios.frozen import Frozen
from scenarios.schema.styles import Style


class EmbeddingBackend(StrEnum):
    """Where vectors come from."""

    WORDLLAMA = "wordllama"
    OPENAI = "openai"
    SENTENCE_TRANSFORMERS = "sentence-transformers"


class EmbeddingSettings(Frozen):
    """What samples are compared by."""

    backend: EmbeddingBackend | None = Field(
        None,
        description="wordllama (default), openai (implied by embedding.base_url) or sentence-transformers (an extra)",
    )
    base_url: Address = Field(
        "", description="an OpenAI-compatible endpoint with /embeddings, such as http://127.0.0.1:8000/v1"
    )
    model: Guarded = Field("", description="the embedding model's name; for sentence-transformers also a folder")
    api_key_env: Guarded = Field("OPENAI_API_KEY", description="the environment variable that holds the key")
    dimensions: int | None = Field(None, ge=1, le=65_536, description="ask the endpoint for vectors of this length")
    batch: int = Field(64, ge=1, le=2048, description="at most so many texts in a request")
    timeout: float = Field(120.0, gt=0, description="seconds a request may take")
    outage: float = Field(600.0, gt=0, description="seconds to wait for an endpoint that is away, before the run stops")
    rpm: int | None = Field(None, ge=1, description="at most so many requests a minute")
    tpm: int | None = Field(None, ge=1, description="at most so many tokens a minute")
    price: float = Field(0.0, ge=0, description="USD per million tokens")


_DEFAULTS = {name: field.default for name, field in EmbeddingSettings.model_fields.items()}
_OF_ENDPOINTS = ("base_url", "dimensions")


def backend_of(chosen: EmbeddingSettings) -> EmbeddingBackend:
    """The backend that settings mean. Raises SettingsError if they do not agree with each other."""
    backend = chosen.backend or (EmbeddingBackend.OPENAI if chosen.base_url else EmbeddingBackend.WORDLLAMA)
    if backend is not EmbeddingBackend.OPENAI:
        for key in _OF_ENDPOINTS:
            if (value := getattr(chosen, key)) not in ("", None):
                raise SettingsError(f"embedding.{key}={value}: is for embedding.backend=openai, not {backend}")
    if backend is EmbeddingBackend.WORDLLAMA:
        if chosen.model:
            raise SettingsError(
                f"embedding.model={chosen.model}: wordllama has one model; choose embedding.backend=openai with "
                "embedding.base_url, or embedding.backend=sentence-transformers"
            )
        return backend
    if backend is EmbeddingBackend.OPENAI and not chosen.base_url:
        raise SettingsError("embedding.backend=openai needs embedding.base_url, the endpoint's address")
    if backend is EmbeddingBackend.OPENAI and not chosen.base_url.startswith(("http://", "https://")):
        raise SettingsError(f"embedding.base_url={chosen.base_url}: write http://… or https://…")
    if not chosen.model:
        what = "its name at the endpoint" if backend is EmbeddingBackend.OPENAI else "its name, or its folder"
        raise SettingsError(f"embedding.backend={backend} needs embedding.model, {what}")
    return backend


def naming_of(chosen: EmbeddingSettings) -> Naming:
    """How a memory knows the embedding that settings mean. Raises SettingsError and ModelUnavailable."""
    if backend_of(chosen) is EmbeddingBackend.OPENAI:
        told = {"dimensions": chosen.dimensions, "api_key_env": chosen.api_key_env}
        more = [f" embedding.{key}={value}" for key, value in told.items() if value != _DEFAULTS[key]]
        return Naming(
            f"openai:{chosen.model}{f'@{chosen.dimensions}' if chosen.dimensions else ''}",
            f"embedding.backend=openai embedding.base_url={chosen.base_url} embedding.model={chosen.model}{''.join(more)}",
            chosen.dimensions,
        )
    found = local_embedding(chosen)
    assert found is not None
    return found.naming


def refusing_name(chosen: EmbeddingSettings) -> str:
    """What the embedding is called that settings mean, without loading it."""
    backend = chosen.backend or (EmbeddingBackend.OPENAI if chosen.base_url else EmbeddingBackend.WORDLLAMA)
    return f"{backend}:{chosen.model}" if chosen.model else backend.value


def local_embedding(chosen: EmbeddingSettings) -> Embedding | None:
    """The embedding that settings mean; None if an endpoint has it. Raises SettingsError and ModelUnavailable."""
    backend = backend_of(chosen)
    if backend is EmbeddingBackend.SENTENCE_TRANSFORMERS:
        from memory.vectors.sentences import SentenceEmbedding

        return SentenceEmbedding(chosen.model)
    return WordLlamaEmbedding() if backend is EmbeddingBackend.WORDLLAMA else None


def embedding_model(chosen: EmbeddingSettings) -> Model | None:
    """The model at an endpoint that settings mean; None if the embedding is a local one. Raises SettingsError."""
    if backend_of(chosen) is not EmbeddingBackend.OPENAI:
        return None
    return Model(
        backend=Backend.OPENAI,
        name=chosen.model,
        style=Style.CHAT,
        base_url=chosen.base_url,
        api_key_env=chosen.api_key_env,
        timeout=chosen.timeout,
        outage=chosen.outage,
        requests_per_minute=chosen.rpm,
        tokens_per_minute=chosen.tpm,
        usd_per_million_prompt=chosen.price,
        embeds=True,
        dimensions=chosen.dimensions,
    )


def embedding_named(told: str) -> Embedding | None:
    """The embedding that a word names: BACKEND, or BACKEND:MODEL; empty: the packaged one. None if an endpoint has it. Raises
    SettingsError and ModelUnavailable."""
    backend, _, model = told.partition(":")
    if backend == EmbeddingBackend.OPENAI:
        return None
    if backend not in ("", *EmbeddingBackend):
        known = ", ".join(EmbeddingBackend)
        raise SettingsError(f"embedding={told}: is not one of {known}; write BACKEND, or sentence-transformers:MODEL")
    return local_embedding(EmbeddingSettings(backend=EmbeddingBackend(backend) if backend else None, model=model))
