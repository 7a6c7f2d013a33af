"""The mark of settings that say where something goes, or which secret goes there: only the user may choose them.

A field of a settings model that names an address, a path, a command or an environment variable is `Guarded`. Such a
value counts if the command line, Python or the user's own settings file gave it, and not if it stands in a scenario or
in a run directory that was not made here (`graphs.settings.layers`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo


@dataclass(frozen=True)
class Guard:
    """The mark itself, for fields that are no plain text."""


@dataclass(frozen=True)
class KeysOf:
    """A mapping whose keys are those of a settings model, guarded as they are there."""

    model: type[BaseModel]


Guarded = Annotated[str, Guard()]
"""A text that only the user may choose."""


def guarded_in(values: Any, model: type[BaseModel], prefix: str = "") -> dict[str, Any]:
    """What nested settings of a `model` say for guarded fields, by dotted keys."""
    if not isinstance(values, Mapping):
        return {}
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if name not in values:
            continue
        if is_guarded(field):
            found[f"{prefix}{name}"] = values[name]
        for key, value, inner in _within(field, values[name]):
            found |= guarded_in(value, inner, f"{prefix}{name}.{key}")
    return found


def is_guarded(field: FieldInfo) -> bool:
    """Whether only the user may choose the field's value."""
    return any(isinstance(mark, Guard) for mark in field.metadata)


def _within(field: FieldInfo, value: Any) -> Iterator[tuple[str, Any, type[BaseModel]]]:
    """The settings that a field's value holds: the beginning of their keys, the values, and their model."""
    for mark in field.metadata:
        if isinstance(mark, KeysOf):
            yield "", value, mark.model
    kinds = get_args(field.annotation) or (field.annotation,)
    models = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
    for model in models:
        if get_origin(field.annotation) is dict and isinstance(value, Mapping):
            yield from ((f"{name}.", inner, model) for name, inner in value.items())
        elif isinstance(value, list | tuple):
            yield from ((f"{place}.", inner, model) for place, inner in enumerate(value))
        else:
            yield "", value, model


def default_of(key: str, model: type[BaseModel]) -> Any:
    """The default of a field by its dotted key; None if the model has no such plain field."""
    name, _, rest = key.partition(".")
    field = model.model_fields.get(name)
    if field is None:
        return None
    if not rest:
        return field.get_default(call_default_factory=True)
    inner = field.annotation
    return default_of(rest, inner) if isinstance(inner, type) and issubclass(inner, BaseModel) else None
