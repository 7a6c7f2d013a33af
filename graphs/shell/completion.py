"""What a shell can complete: commands, their keys, and the values of keys that have few."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, get_args

from pydantic import BaseModel

from graphs.sampling.topology import topology_names
from graphs.settings.schema import Settings
from graphs.shell.commands import Command
from scenarios.loading import scenario_names


def completions(command: str, word: str) -> list[str]:
    """What `word` can become as a word of `command`: `key=`, or `key=value` after the equals sign."""
    if command not in set(Command):
        return []
    key, equals, begun = word.partition("=")
    if equals:
        return [f"{key}={value}" for value in _values(key) if value.startswith(begun)]
    known: Iterable[str] = importlib.import_module(f"graphs.{command}").KEYS
    return [f"{name}=" for name in known if name.startswith(word)]


def _values(key: str) -> list[str]:
    """The values of a key that has few."""
    if key == "scenario":
        return scenario_names()
    if key == "topology":
        return topology_names()
    kinds = _kinds(Settings, key.split("."))
    return [str(member) for kind in kinds if isinstance(kind, type) and issubclass(kind, StrEnum) for member in kind]


def _kinds(model: Any, parts: list[str]) -> list[Any]:
    """The types that the field at a dotted key may have."""
    field = model.model_fields.get(parts[0]) if isinstance(model, type) and issubclass(model, BaseModel) else None
    if field is None:
        return []
    if len(parts) > 1:
        return _kinds(field.annotation, parts[1:])
    return [field.annotation, *get_args(field.annotation)]
