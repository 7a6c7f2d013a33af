"""Axes of variation: the forms in which a scenario may give them, all brought to a list of values; and which cells make
sense."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any

from pydantic import ConfigDict, Field, field_validator, model_validator

from scenarios.frozen import Frozen

Cell = Mapping[str, str]
"""One value's name for each axis."""


class AxisValue(Frozen):
    """One value of an axis: its name, and what templates may use about it."""

    model_config = ConfigDict(frozen=True, extra="allow")
    name: str = Field(min_length=1)
    weight: float = Field(default=1.0, gt=0)
    """How often it is wanted, beside the other values of its axis."""

    def attributes(self) -> dict[str, str]:
        """The value's name and its further texts."""
        return {"name": self.name, **{key: str(value) for key, value in (self.model_extra or {}).items()}}


class Numbers(Frozen):
    """A range of numbers, cut into bins: a bin is what is covered, a number in it is what a brief gets."""

    least: float
    most: float
    bins: int = Field(default=5, ge=1, le=100)
    whole: bool = True

    @model_validator(mode="after")
    def _a_range(self) -> Numbers:
        if self.least >= self.most:
            raise ValueError("'least' must be below 'most'")
        if self.whole and self.most - self.least + 1 < self.bins:
            raise ValueError(f"there are fewer whole numbers than {self.bins} bins")
        return self

    def values(self) -> list[dict[str, Any]]:
        """A value for each bin; the last one holds `most`."""
        width = (self.most - self.least + (1 if self.whole else 0)) / self.bins
        edges = [self.least + width * number for number in range(self.bins + 1)]
        found = []
        for low, high in pairwise(edges):
            if self.whole:
                first, last = -int(-low // 1), -int(-high // 1) - 1
                found.append({"name": f"{first} to {last}", "low": first, "high": last})
            else:
                found.append({"name": f"{low:g} to {high:g}", "low": low, "high": high})
        return found


class Ideation(Frozen):
    """Values that a model proposes before the run begins."""

    ask: str = Field(min_length=1)
    """What to propose, in words."""
    count: int = Field(default=20, ge=2, le=500)
    """How many values are wanted."""
    role: str = "generator"
    """The role whose model proposes."""
    distance: float = Field(default=0.25, ge=0, le=2)
    """Values nearer to one another than this (cosine) are one."""
    unlike: str = ""
    """Another axis: what fits two of its values is dropped."""


_FORMS = ("values", "weighted", "tree", "numbers", "file", "ideate")


class Axis(Frozen):
    """An axis of variation. Written as a list of values, or as one of:

    `weighted: {name: weight}`, `tree: {branch: {branch: [leaves]}}` (its leaves are the values), `numbers: {least, most,
    bins}`, `file: rows.jsonl` (a row with a name is a value), `ideate: {ask, count}` (a model proposes the values).
    """

    values: tuple[AxisValue, ...] = ()
    numbers: Numbers | None = None
    file: str = ""
    ideate: Ideation | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, value: Any) -> Any:
        """Every form as a list of values; a list stands for its values, a string for a value's name."""
        if isinstance(value, list | tuple):
            return {"values": [_value(each) for each in value]}
        if not isinstance(value, dict):
            raise ValueError("an axis is a list of values, or a mapping with one of " + ", ".join(_FORMS))
        given = {key: inner for key, inner in value.items() if inner not in (None, "", (), [])}
        if unknown := sorted(set(given) - set(_FORMS)):
            raise ValueError(f"unknown field '{unknown[0]}'; an axis has one of {', '.join(_FORMS)}")
        if "weighted" in given:
            return {"values": [{"name": str(name), "weight": weight} for name, weight in given["weighted"].items()]}
        if "tree" in given:
            return {"values": list(_leaves(given["tree"], ()))}
        if "numbers" in given and "values" not in given:
            numbers = Numbers.model_validate(given["numbers"])
            return {"values": numbers.values(), "numbers": numbers}
        if "values" in given:
            return {**given, "values": [_value(each) for each in given["values"]]}
        return given

    @model_validator(mode="after")
    def _one_way(self) -> Axis:
        ways = [bool(self.values), bool(self.file), self.ideate is not None]
        if not any(ways):
            raise ValueError("an axis needs values")
        return self

    @field_validator("values")
    @classmethod
    def _distinct(cls, values: tuple[AxisValue, ...]) -> tuple[AxisValue, ...]:
        names = [value.name for value in values]
        if len(set(names)) < len(names):
            raise ValueError("an axis names a value twice")
        return values

    def value(self, name: str) -> AxisValue:
        """The value of a name."""
        return next(value for value in self.values if value.name == name)


def _value(value: Any) -> Any:
    return value if isinstance(value, dict | AxisValue) else {"name": str(value)}


def _leaves(tree: Any, path: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The leaves of a tree, each with its `parent` and its `path`."""
    if isinstance(tree, dict):
        for branch, below in tree.items():
            yield from _leaves(below, (*path, str(branch)))
        return
    if not isinstance(tree, list | tuple):
        raise ValueError("a tree is a mapping of branches to branches or to lists of leaves")
    for leaf in tree:
        found = dict(leaf) if isinstance(leaf, dict) else {"name": str(leaf)}
        yield {**found, "parent": path[-1] if path else "", "path": " / ".join(path)}


class Exclusion(Frozen):
    """Values of several axes that make no sense together: axis → names. A cell with one of each is never planned."""

    axes: dict[str, tuple[str, ...]] = Field(min_length=2)

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, dict) and set(value) != {"axes"}:
            value = {"axes": value}
        if isinstance(value, dict) and isinstance(value.get("axes"), dict):
            named = value["axes"].items()
            return {"axes": {axis: names if isinstance(names, list | tuple) else [names] for axis, names in named}}
        return value

    def forbids(self, cell: Cell) -> bool:
        """Whether the cell, or the part of one that is given, has all of it."""
        return all(cell.get(axis) in names for axis, names in self.axes.items())


def makes_sense(cell: Cell, exclusions: Sequence[Exclusion]) -> bool:
    """Whether no exclusion forbids the cell, or the part of one that is given."""
    return not any(exclusion.forbids(cell) for exclusion in exclusions)


def tuples_of(cell: Cell, strength: int) -> Iterator[tuple[tuple[str, str], ...]]:
    """Every combination of `strength` values of a cell, as (axis, name) in the cell's order; the whole cell where it has
    fewer axes."""
    yield from combinations(cell.items(), min(strength, len(cell)))
