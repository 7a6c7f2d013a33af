"""What to say of a model that cannot be used, and what to do about it."""

from __future__ import annotations

from urllib.parse import urlsplit

from agents.models.calls import Model


def key_refused(model: Model, fault: object) -> str:
    """The endpoint does not accept the key."""
    return (
        f"{model.said} does not accept the key ({fault}); put a valid key into the environment variable "
        f"{model.settings}.api_key_env={model.api_key_env}"
    )


def unreachable(model: Model, fault: object) -> str:
    """Nobody was ever there."""
    return f"{model.said} cannot be reached ({fault}); check {model.address_key}"


def no_batches(model: Model, fault: object) -> str:
    """The endpoint takes no batches."""
    return (
        f"llm.batch=on: llm.base_url={model.base_url} takes no batches in OpenAI's form ({fault}); leave llm.batch out, "
        "then its calls go one by one"
    )


def what_to_check(model: Model) -> str:
    """What to look at if a model seems not to be where it is said to be."""
    if model.acts:
        return f"check {model.address_key}"
    keys = model.settings
    path = urlsplit(model.base_url).path.strip("/")
    return f"check {keys}.model and {keys}.base_url{'' if path else ' (most addresses end in /v1)'}"
