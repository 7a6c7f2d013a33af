"""What a template prints: texts and numbers, and lists and mappings of them. All else would be Python's words for itself."""

from __future__ import annotations

from typing import Any

from jinja2 import Undefined
from jinja2.exceptions import TemplateRuntimeError

from scenarios.templating.budget import budget, check_size

_PARTS = (str, int, float, type(None))


def printed(value: Any) -> Any:
    """A value that a template prints, checked: a text, a number, or a list or mapping of such.

    Raises TemplateRuntimeError for all else: its text would be Python's, often with an address in memory.
    """
    if (
        isinstance(value, str | int | float) or type(value) is Undefined
    ):  # `{{ "x" if … }}` without an else prints nothing
        return value
    if isinstance(value, Undefined):
        return str(value)  # raises what is missing
    if isinstance(value, list | tuple | dict | set):
        check_size(budget().size(value))
        check_parts(value)
        return value
    if value is None:
        raise TemplateRuntimeError("none is printed; give it a default, such as `| default('…', true)`")
    if callable(value):
        name = getattr(value, "__name__", None) or getattr(value, "name", None) or "it"
        raise TemplateRuntimeError(f"a function or method is printed; call it: {name}(…)")
    raise TemplateRuntimeError(f"a value that is no text is printed ({type(value).__name__})")


def check_parts(value: Any) -> None:
    """Raise TemplateRuntimeError if a list or mapping holds what cannot be printed, however deep."""
    seen: set[int] = set()
    left = [value]
    while left:
        inner = left.pop()
        if isinstance(inner, list | tuple | dict | set):
            if id(inner) not in seen:
                seen.add(id(inner))
                left += [part for pair in inner.items() for part in pair] if isinstance(inner, dict) else inner
        elif not isinstance(inner, _PARTS) and type(inner) is not Undefined:
            printed(inner)
