"""Every key of a command line: its default, what it is, and the error that names it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pydantic import BaseModel, ValidationError

from graphs.settings.addresses import HOLDS_SECRET
from graphs.settings.schema import Settings
from scenarios.errors import SettingsError, nearest

_LONGEST = 200
"""Characters of a value that an error repeats."""


def keys(model: type[BaseModel] = Settings, prefix: str = "") -> dict[str, tuple[Any, str]]:
    """Every key of the command line, with its default and what it is.

    A field that stands for many keys says in its title how they are written.
    """
    found: dict[str, tuple[Any, str]] = {}
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found |= keys(inner, f"{prefix}{name}.")
        else:
            default = "" if field.default_factory else field.default
            found[field.title or f"{prefix}{name}"] = (default, field.description or "")
    return found


def help_text(model: type[BaseModel] = Settings) -> str:
    """Every key with its default, a line each."""
    rows = []
    for key, (default, text) in keys(model).items():
        shown = "" if default in (None, "", ()) else str(getattr(default, "value", default))
        rows.append(f"  {key:<26} {shown:<14} {text}")
    return "\n".join(rows)


def parse_arguments(arguments: Sequence[str]) -> dict[str, Any]:
    """The command line's `key=value` words as nested settings. Raises SettingsError."""
    for word in arguments:
        if "=" not in word:
            raise SettingsError(f"'{word}' is not a setting; write key=value (--help lists the keys)")
    try:
        # Interpolations are left as they are: settings are data, and must not reach the environment.
        parsed = OmegaConf.to_container(OmegaConf.from_dotlist(list(arguments)), resolve=False)
    except (OmegaConfBaseException, yaml.YAMLError, ValueError, TypeError, AttributeError, LookupError) as error:
        raise SettingsError(f"the settings cannot be read: {str(error).splitlines()[0]}") from None
    assert isinstance(parsed, dict)
    return {str(key): value for key, value in parsed.items()}


def explain(error: ValidationError, prefix: str = "", model: type[BaseModel] = Settings) -> str:
    """The first error of the validation of a `model`, in one line that names the key."""
    first = error.errors()[0]
    key = prefix + ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{key}: unknown key{nearest(key, keys(model))}; --help lists the keys"
    if first["type"] == HOLDS_SECRET:
        return f"{key}: {first['msg']}"
    return f"{key}={_shown(first.get('input'))}: {first['msg'][0].lower()}{first['msg'][1:]}"


def _shown(value: Any) -> str:
    """A value in an error: it may be anything, and stand for very much."""
    if value is None or isinstance(value, str | float | bool) or (isinstance(value, int) and abs(value) < 10**20):
        text = str(value)
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return f"({type(value).__name__})"
