"""Ideated axes: how a scenario asks for values that a model is to propose, and which proposals can be values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import Field, field_validator, model_validator

from scenarios.frozen import Frozen
from scenarios.schema.styles import PerStyle

IDEATOR = "ideator"
"""The role that proposes values."""
LONGEST = 60
"""At most so many characters in a value."""
_REFUSED = "{}[]|<>=\\`*_#~^"
"""Signs of templates, of alternatives (`a|b` in a `must`), of settings' keys, and of markup."""
_MARKER = re.compile(r"^(?:[-•–—]|\d{1,3}[.)])\s+")
_EDGES = " \t.,;:!\"'“”‘’"


def tidied(text: str) -> str:
    """A proposal without the marker of a list, quotation marks around it, and stops at its end."""
    found = _MARKER.sub("", text.strip())
    return found.lstrip(" \t\"'“”‘’").rstrip(_EDGES)


def unfit(name: str) -> str:
    """Why a text cannot be a value of an axis, or an empty string.

    Values are data: they stand in prompts, in keys of settings and in files, and mean nothing there but themselves.
    """
    if not name or len(name) > LONGEST:
        return f"it has {len(name)} characters; 1 to {LONGEST} can be"
    if not name.isprintable():
        return "it has a line break or another sign that is not printed"
    if refused := next((sign for sign in name if sign in _REFUSED), ""):
        return f"it has the sign {refused}"
    if name != tidied(name):
        return "it begins or ends with a mark of punctuation or a blank"
    return "" if any(sign.isalpha() for sign in name) else "it has no letter"


class Ideation(Frozen):
    """Values that a model is to propose."""

    about: str = Field(min_length=1, max_length=300)
    """What each value is, such as 'a reason why a customer writes to a hardware shop'."""
    count: int = Field(ge=2, le=200)
    """Values wanted; with `each`, for each value of that axis."""
    each: str = ""
    """Another axis, each value of which gets values of its own."""
    examples: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Values known in advance; with `each`, by that axis's value, else under an empty name."""
    calls: int = Field(default=12, ge=1, le=100)
    """At most so many calls for a list."""
    prompt: PerStyle | None = None
    """In place of the ideator's own."""

    @field_validator("examples", mode="before")
    @classmethod
    def _lists(cls, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return {"": value}
        if not isinstance(value, dict):
            raise ValueError("'examples' is a list; with 'each', a mapping of that axis's values to lists")
        return value

    @model_validator(mode="after")
    def _sound(self) -> Ideation:
        if self.examples and ("" in self.examples) == bool(self.each):
            form = "a mapping of its values to lists" if self.each else "a list"
            raise ValueError(f"'examples' is {form} {'with' if self.each else 'without'} 'each'")
        names = list(self.given())
        for name in names:
            if why := unfit(name):
                raise ValueError(f"the example '{name[:LONGEST]}' cannot be a value: {why}")
        if len(set(names)) < len(names):
            raise ValueError("'examples' names a value twice")
        if any(len(own) >= self.count for own in self.examples.values()):
            raise ValueError(f"'count' is {self.count}, but there are as many examples, which leaves nothing to ideate")
        return self

    def given(self) -> Iterator[str]:
        """The values known in advance."""
        for names in self.examples.values():
            yield from names

    def stand_ins(self) -> list[dict[str, str]]:
        """The values as they are until others are there: the examples, and as many that stand for the rest."""
        known = [
            {"name": name, **({"parent": parent} if self.each else {})}
            for parent, names in self.examples.items()
            for name in names
        ]
        more = range(1, self.count - len(self.examples.get("", ())) + 1)
        return known + [{"name": f"(not ideated yet: {n})", **({"parent": ""} if self.each else {})} for n in more]
