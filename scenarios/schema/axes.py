"""Axes of variation: the forms in which a scenario may give them, all brought to a list of values; and which cells make
sense."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations, pairwise
from typing import Any

from pydantic import ConfigDict, Field, ValidationError, field_validator, model_validator

from scenarios.errors import nearest
from scenarios.frozen import Frozen
from scenarios.reading.yaml_text import Plain, number_of
from scenarios.schema.ideation import Ideation

Cell = Mapping[str, str]
"""One value's name for each axis."""


_FARTHEST = 1e15
"""Whole numbers beyond it are not exact."""


class AxisValue(Frozen):
    """One value of an axis: its name, and what templates may use about it."""

    model_config = ConfigDict(frozen=True, extra="allow")
    name: str = Field(min_length=1)
    weight: float = Field(default=1.0, ge=1e-6, le=1e6)
    """How often it is wanted, beside the other values of its axis."""

    @model_validator(mode="before")
    @classmethod
    def _as_spelled(cls, value: Any) -> Any:
        """What templates use is rendered as it is spelled: `1.10` is a text, `12` a number that is written so."""
        if not isinstance(value, dict):
            return value
        return {
            key: number_of(inner) if isinstance(inner, Plain) and key not in cls.model_fields else inner
            for key, inner in value.items()
        }

    def attributes(self) -> dict[str, str]:
        """The value's name and its further texts."""
        return {"name": self.name, **{key: _shown(value) for key, value in (self.model_extra or {}).items()}}

    def shown(self) -> str | dict[str, str]:
        """The value as a scenario gives it, without its weight."""
        return self.attributes() if self.model_extra else self.name


def _shown(value: Any) -> str:
    """As YAML and JSON spell it, where Python would say None and True."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


class Numbers(Frozen):
    """A range of numbers, cut into bins: a bin is what is covered, a number in it is what a brief gets."""

    least: float = Field(ge=-_FARTHEST, le=_FARTHEST)
    most: float = Field(ge=-_FARTHEST, le=_FARTHEST)
    bins: int = Field(default=5, ge=1, le=100)
    whole: bool = True

    @model_validator(mode="after")
    def _a_range(self) -> Numbers:
        if self.least >= self.most:
            raise ValueError("'least' must be below 'most'")
        if self.whole and math.floor(self.most) - math.ceil(self.least) + 1 < self.bins:
            raise ValueError(f"the range has fewer whole numbers than {self.bins} bins")
        return self

    def values(self) -> list[dict[str, Any]]:
        """A value for each bin; the last one holds `most`."""
        if self.whole:
            first, past = math.ceil(self.least), math.floor(self.most) + 1
            edges = [first + (past - first) * number // self.bins for number in range(self.bins + 1)]
            return [{"name": f"{low} to {high - 1}", "low": low, "high": high - 1} for low, high in pairwise(edges)]
        width = (self.most - self.least) / self.bins
        bounds = [self.least + width * number for number in range(self.bins)] + [self.most]
        return [{"name": f"{low:g} to {high:g}", "low": low, "high": high} for low, high in pairwise(bounds)]

    def draw(self, bin_: Mapping[str, str], own: int) -> str:
        """A number of a bin, by a seed; one that is not whole to about a hundredth of its bin."""
        rng = random.Random(own)
        if self.whole:
            return str(rng.randint(int(bin_["low"]), int(bin_["high"])))
        low, high = float(bin_["low"]), float(bin_["high"])
        places = 2 - math.floor(math.log10(high - low))
        return str(min(max(round(rng.uniform(low, high), places), low), high))


_FORMS = ("values", "weighted", "tree", "numbers", "file", "ideate")


class Axis(Frozen):
    """An axis of variation. Written as a list of values, or as one of:

    `weighted: {name: weight}`, `tree: {branch: {branch: [leaves]}}` (its leaves are the values), `numbers: {least, most,
    bins}`, `file: rows.jsonl` (each row is a value) or `file: logs.csv` with the columns `name`, `weight`, `text` (each name is a
    value; read when the scenario is loaded), `ideate: {about, count, examples, each, calls, prompt}` (a model proposes the values when a run begins).
    """

    values: tuple[AxisValue, ...] = Field(min_length=1)
    """Of an axis that is to be ideated: its examples, and stand-ins for the rest, so that it can be counted with."""
    numbers: Numbers | None = None
    ideate: Ideation | None = None
    """How the values are to be proposed; None as soon as they are there."""

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, value: Any) -> Any:
        """Every form as a list of values; a list stands for its values, a string for a value's name."""
        if isinstance(value, list | tuple):
            return {"values": [_value(each) for each in value]}
        if not isinstance(value, dict):
            raise ValueError("an axis is a list of values, or a mapping with one of " + ", ".join(_FORMS))
        given = {key: inner for key, inner in value.items() if inner is not None}
        if unknown := sorted(set(given) - set(_FORMS)):
            raise ValueError(f"unknown field '{unknown[0]}'; an axis has one of {', '.join(_FORMS)}")
        if len(given) != 1 and set(given) not in ({"values", "numbers"}, {"values", "ideate"}):
            raise ValueError(f"an axis has one of {', '.join(_FORMS)}")
        if "weighted" in given:
            if not isinstance(given["weighted"], dict):
                raise ValueError("'weighted' is a mapping of names to weights")
            return {"values": [{"name": str(name), "weight": weight} for name, weight in given["weighted"].items()]}
        if "tree" in given:
            return {"values": list(_leaves(given["tree"], ()))}
        if "file" in given:
            raise ValueError("'file' is the name of a file beside the scenario")
        if "ideate" in given:
            plan = _ideation(given["ideate"])
            return {"values": plan.stand_ins(), "ideate": plan}
        if "values" not in given:
            numbers = Numbers.model_validate(given["numbers"])
            return {"values": numbers.values(), "numbers": numbers}
        if not isinstance(given["values"], list | tuple):
            raise ValueError("'values' is a list")
        return {**given, "values": [_value(each) for each in given["values"]]}

    @field_validator("values")
    @classmethod
    def _distinct(cls, values: tuple[AxisValue, ...]) -> tuple[AxisValue, ...]:
        names = [value.name for value in values]
        if len(set(names)) < len(names):
            raise ValueError("an axis names a value twice")
        return values

    def value(self, name: str) -> AxisValue:
        """The value of a name. Raises KeyError."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, AxisValue]:
        return {value.name: value for value in self.values}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of its values, in order."""
        return tuple(self._by_name)

    @cached_property
    def weights(self) -> tuple[float, ...]:
        """The weights of its values, in order."""
        return tuple(value.weight for value in self.values)

    @property
    def known(self) -> tuple[str, ...]:
        """The names that are known before anything is asked: of an axis that is to be ideated, its examples."""
        return self.names if self.ideate is None else tuple(self.ideate.given())

    @property
    def unknown(self) -> str:
        """Words for an error about a name that is not among the known ones, if others are to be ideated."""
        if self.ideate is None:
            return ""
        return (
            f" (its values are ideated: only its examples can be named beforehand, {', '.join(self.known) or 'none'})"
        )

    def attributes(self, name: str, own: int) -> dict[str, str]:
        """What templates may use about a value; on an axis of numbers also a `number` of its bin, drawn by the seed `own`.

        Raises KeyError for a value that the axis has not.
        """
        found = self.value(name).attributes()
        return found if self.numbers is None else {**found, "number": self.numbers.draw(found, own)}


def _value(value: Any) -> Any:
    if value is None:
        raise ValueError("a value is empty; give it a name, in quotation marks if it is no word")
    return value if isinstance(value, dict | AxisValue) else {"name": str(value)}


def _ideation(given: Any) -> Ideation:
    """Raises ValueError in one line that names the field."""
    try:
        return Ideation.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(["ideate", *map(str, first["loc"])])
        if first["type"] == "extra_forbidden":
            name = str(first["loc"][-1])
            raise ValueError(f"unknown field '{where}'{nearest(name, Ideation.model_fields)}") from None
        raise ValueError(f"{where}: {first['msg'].removeprefix('Value error, ')}") from None


def _leaves(tree: Any, path: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The leaves of a tree, each with its `parent` and its `path`."""
    if isinstance(tree, dict):
        for branch, below in tree.items():
            yield from _leaves(below, (*path, str(branch)))
        return
    if not isinstance(tree, list | tuple):
        raise ValueError("a tree is a mapping of branches to branches or to lists of leaves")
    for leaf in tree:
        found = dict(_value(leaf))
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


class ExclusionIndex:
    """Exclusions that many cells are held against: each is looked at only for cells with one of its values."""

    def __init__(self, exclusions: Sequence[Exclusion]) -> None:
        self.axes = {axis for rule in exclusions for axis in rule.axes}
        """The axes that some exclusion names."""
        self._by_value: dict[tuple[str, str], list[Exclusion]] = {}
        named = Counter((axis, name) for rule in exclusions for axis, names in rule.axes.items() for name in names)
        for rule in exclusions:
            # Under the axis whose values few exclusions name: a value that belongs to another one is named once.
            axis = min(rule.axes, key=lambda axis: max(named[axis, name] for name in rule.axes[axis] or ("",)))
            for name in rule.axes[axis]:
                self._by_value.setdefault((axis, name), []).append(rule)

    def allow(self, cell: Cell) -> bool:
        """Whether no exclusion forbids the cell, or the part of one that is given."""
        return not any(rule.forbids(cell) for value in cell.items() for rule in self._by_value.get(value, ()))

    def completed(self, names: Mapping[str, Sequence[str]], part: Cell) -> dict[str, str] | None:
        """Some cell of these values, by axis, that makes sense and has `part`; or None."""
        cell = dict(part)
        # Axes that no exclusion names can have any value: only the others are searched.
        free = [axis for axis in names if axis not in cell and axis not in self.axes]
        if not self.allow(cell) or not all(names[axis] for axis in free):
            return None
        cell |= {axis: names[axis][0] for axis in free}
        return self._complete(names, cell, [axis for axis in names if axis not in cell])

    def possible(self, names: Mapping[str, Sequence[str]]) -> Callable[[Cell], bool]:
        """Tells of parts of cells whether some cell of these values makes sense and has the part.

        As `completed`, for many parts: only the values of axes that an exclusion names make a difference, and what was found
        for them once is known.
        """
        known: dict[tuple[tuple[str, str], ...], bool] = {}

        def can_be(part: Cell) -> bool:
            bound = tuple(value for value in part.items() if value[0] in self.axes)
            if bound not in known:
                known[bound] = self.completed(names, dict(bound)) is not None
            return known[bound]

        return can_be

    def _complete(
        self, names: Mapping[str, Sequence[str]], part: dict[str, str], left: Sequence[str]
    ) -> dict[str, str] | None:
        if not left:
            return {axis: part[axis] for axis in names}
        for name in names[left[0]]:
            tried = {**part, left[0]: name}
            if self.allow(tried) and (whole := self._complete(names, tried, left[1:])):
                return whole
        return None


def completed(names: Mapping[str, Sequence[str]], exclusions: Sequence[Exclusion], part: Cell) -> dict[str, str] | None:
    """Some cell of these values, by axis, that makes sense and has `part`; or None."""
    return ExclusionIndex(exclusions).completed(names, part)


def tuples_of(cell: Cell, strength: int) -> Iterator[tuple[tuple[str, str], ...]]:
    """Every combination of `strength` values of a cell, as (axis, name) in the cell's order; the whole cell if it has
    fewer axes."""
    yield from combinations(cell.items(), min(strength, len(cell)))
