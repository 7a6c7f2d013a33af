"""The plan that a model made of a sample: a JSON object in the field `plan`. Pure."""

from __future__ import annotations

from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from agents.checks.check import Reading

PLAN = "plan"
IN_PLAN = frozenset({"function", "params", "rule"})
"""The brief's texts that the field `plan` may say in its place."""
_MOST = 12_000
"""Characters of a plan."""
_Shape = TypeVar("_Shape", bound=BaseModel)


def object_in(text: str) -> dict[str, Any] | None:
    """The JSON object that a text is, or None."""
    try:
        found = orjson.loads(text) if len(text) <= _MOST else None
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def shaped(reading: Reading, shape: type[_Shape], field: str = PLAN) -> tuple[_Shape | None, str]:
    """The plan of a sample, or what is wrong with it in words that go on after "It …"."""
    found = object_in(reading.candidate.fields.get(field, ""))
    if found is None:
        return None, "is no JSON object"
    try:
        return shape.model_validate(found), ""
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        return None, f"does not fit{f' at {where}' if where else ''}: {first['msg']}"[:300]


def told_in_plan(reading: Reading, name: str) -> str:
    """What is planned under a name, as a text: by the brief, or else by the model's plan. Empty if nothing is."""
    return " ".join(items(reading, name, "\n"))


def items(reading: Reading, name: str, between: str) -> list[str]:
    """What is planned under a name, one by one. In a text of the brief the items stand with `between` between them; in the
    model's plan they are a list, or one text."""
    texts = reading.candidate.brief.texts
    if name in texts:
        return [part.strip() for part in texts[name].split(between) if part.strip()]
    found = (object_in(reading.candidate.fields.get(PLAN, "")) or {}).get(name, [])
    return [str(one) for one in (found if isinstance(found, list) else [found])]


def least(reading: Reading, name: str) -> int:
    """A number that the brief asks for, such as of steps. Raises KeyError and ValueError if the scenario has none."""
    return int(reading.candidate.brief.texts[name])
