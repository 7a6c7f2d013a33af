"""What belongs to the user and lies outside of every run: the settings file, and the key that seals what was made here."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from graphs.settings.guarding import guarded_in
from graphs.settings.keys import explain
from graphs.settings.layers import nested
from graphs.settings.schema import Settings
from scenarios.errors import SettingsError
from scenarios.reading.yaml_text import read_yaml

FILE = "colloquia.yaml"
SEAL = "made_here"
"""The key of run.yaml that holds the seal."""
_KEY_BYTES = 32


def own_file() -> Path | None:
    """Where the user's own settings file is, or would be; None if the user has no home."""
    home = _home("XDG_CONFIG_HOME", ".config")
    return home / FILE if home else None


def own_settings() -> dict[str, Any]:
    """The settings in the user's own file, nested; empty if there is none. Raises SettingsError, naming the file."""
    path = own_file()
    if path is None or not os.path.lexists(path):
        return {}
    found = read_yaml(path, SettingsError)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise SettingsError(f"{path}: is not a mapping of settings, such as llm: {{base_url: …}}")
    told = nested(found)
    try:
        Settings.model_validate(told)
    except ValidationError as error:
        raise SettingsError(f"{path}: {explain(error)}") from None
    return told


def seal(settings: Mapping[str, Any]) -> str:
    """The seal of a run's settings: it vouches that this user gave those of them that are guarded, wherever the run's
    directory is. Empty if the user has no place for a key."""
    key = _key(make=True)
    return _sealed(key, settings) if key else ""


def is_sealed(settings: Mapping[str, Any]) -> bool:
    """Whether the guarded settings of a run.yaml are as they were sealed here."""
    key, told = _key(make=False), settings.get(SEAL)
    return (
        key is not None
        and isinstance(told, str)
        and hmac.compare_digest(told.encode(), _sealed(key, settings).encode())
    )


def _sealed(key: bytes, settings: Mapping[str, Any]) -> str:
    said = json.dumps(guarded_in(settings, Settings), sort_keys=True, default=str)
    return hmac.new(key, said.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _key(*, make: bool) -> bytes | None:
    """This user's key; None if there is none and it cannot be made: then nothing is vouched for."""
    home = _home("XDG_STATE_HOME", ".local/state")
    if home is None:
        return None
    path = home / "colloquia" / "seal.key"
    try:
        if make and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
            partial.touch(mode=0o600, exist_ok=False)
            partial.write_bytes(secrets.token_bytes(_KEY_BYTES))
            try:
                os.link(partial, path)  # of several that start at once, one makes it
            except FileExistsError:
                pass
            finally:
                partial.unlink()
        key = path.read_bytes() if path.is_file() else b""
    except OSError:
        return None
    return key if len(key) == _KEY_BYTES else None


def _home(variable: str, usual: str) -> Path | None:
    """A folder of the user's by the XDG rules, by which a relative path is none."""
    told = Path(os.environ.get(variable, ""))
    if told.is_absolute():
        return told
    try:
        return Path.home() / usual
    except RuntimeError:
        return None
