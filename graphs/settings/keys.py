"""Every key of a command line: its default, what it is, and the error that names it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from graphs.settings.addresses import HOLDS_SECRET
from graphs.settings.schema import Settings
from scenarios.errors import SettingsError, nearest
from scenarios.reading.files import unwritable
from scenarios.reading.yaml_text import parse_yaml

_MOST_SHOWN, _LONGEST = 80, 200
"""Characters that an error repeats: of a word that cannot be read, and of a value that does not fit."""


def keys(model: type[BaseModel] = Settings, prefix: str = "") -> dict[str, tuple[Any, str]]:
    """Every key of the command line, with its default and what it is.

    A field that stands for many keys says in its title how they are written.
    """
    found: dict[str, tuple[Any, str]] = {}
    for name, field in model.model_fields.items():
        inner, key = field.annotation, f"{prefix}{field.title or name}"
        if get_origin(inner) is dict and field.title:  # a group for each of some names
            inner = get_args(inner)[1]
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found |= keys(inner, f"{key}.")
        else:
            default = "" if field.default_factory else field.default
            found[key] = (default, field.description or "")
    return found


def help_text(model: type[BaseModel] = Settings) -> str:
    """Every key with its default, a line each."""
    rows = []
    for key, (default, text) in keys(model).items():
        value = "" if default in (None, "", ()) else str(getattr(default, "value", default))
        rows.append(f"  {key:<26} {value:<14} {text}")
    return "\n".join(rows)


def parse_arguments(arguments: Sequence[str]) -> dict[str, Any]:
    """The command line's `key=value` words as nested settings.

    A value is text as it stands, which a setting reads as the number or the switch that it wants; `null` is no value, `[…]` a
    list and `{…}` a mapping. Raises SettingsError: no such word, a list that is broken, a key that is given twice, a group after
    one of its keys.
    """
    given, seen = dict[str, Any](), list[str]()
    for word in arguments:
        key, equals, value = word.partition("=")
        if not equals:
            raise SettingsError(f"'{word}' is not a setting; write key=value (--help lists the keys)")
        check_new(key, seen)
        seen.append(key)
        *groups, last = key.split(".")
        inner = given
        for group in groups:
            if not isinstance(inner.get(group), dict):
                inner[group] = {}
            inner = inner[group]
        inner[last] = _value(key, value)
    return given


def check_new(key: str, seen: Collection[str]) -> None:
    """Raise SettingsError if a word of a command line would take the place of one that was `seen` before it."""
    if key in seen:
        raise SettingsError(f"{key} is given twice; leave one of the two out")
    if inner := next((other for other in seen if other.startswith(f"{key}.")), ""):
        raise SettingsError(
            f"{key} is given after {inner}, which it holds; write {key} first, or leave one of the two out"
        )


def _value(key: str, value: str) -> Any:
    if why := unwritable(key + value):
        raise SettingsError(f"{key.encode('ascii', 'backslashreplace').decode()}: {why}; write it in UTF-8")
    if value == "null":
        return None
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    if not quoted and not value.startswith(("[", "{")):
        return value
    try:
        return parse_yaml(value)
    except ValueError as error:
        raise SettingsError(
            f"{key}={value[:_MOST_SHOWN]}: settings take a list as [a, b], a mapping as {{a: b}} and a text in quotation "
            f"marks as YAML does: {error}"
        ) from None


def explain(error: ValidationError, prefix: str = "", model: type[BaseModel] = Settings) -> str:
    """The first error of the validation of a `model`, in one line that names the key."""
    first = error.errors()[0]
    key = prefix + ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{key}: unknown key{nearest(key, keys(model))}; --help lists the keys"
    if first["type"] == HOLDS_SECRET:
        return f"{key}: {first['msg']}"
    return f"{key}={shown(first.get('input'))}: {first['msg'][0].lower()}{first['msg'][1:]}"


def shown(value: Any, longest: int = _LONGEST) -> str:
    """A value in an error: it may be anything, and stand for very much."""
    if value is None or isinstance(value, str | float | bool) or (isinstance(value, int) and abs(value) < 10**20):
        text = str(value)
        return text if len(text) <= longest else f"{text[:longest]}…"
    return f"({type(value).__name__})"
