"""The JSON schemas of a task's kinds, and how a planned fact becomes a value of one. Pure functions.

A schema is an attribute `schema` (JSON text) of an axis's value. It describes one flat object; a property is a
string, integer, number, boolean, a list of strings, or one of an `enum`; a type in a pair with "null" may be null.
A key that is null counts as one that is left out. Two keywords are our own: `x-cues` (value →
phrases that say it, for booleans and enums) and `x-near` (words that stand nearest to the value in the text).
"""

from __future__ import annotations

import datetime
import re
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from typing import Any

import jsonschema
import orjson
from pydantic import ConfigDict, Field, ValidationError, model_validator
from referencing import Registry

from scenarios.errors import ScenarioError
from scenarios.frozen import Frozen
from scenarios.loading import Loaded
from scenarios.records import Brief

SCHEMA = "schema"
_MONTHS = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
]  # fmt: skip
_MAX_SCHEMA = 20_000
_NULL = "null"


class Type(StrEnum):
    """What a property may be."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    ARRAY = "array"


class Items(Frozen):
    """What a list holds."""

    type: Type


class Property(Frozen):
    """One key of the JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    type: Type
    nullable: bool = False
    """It may be null: the text need not give it. In a schema: `type: [string, "null"]`."""
    format: str | None = Field(default=None, pattern="^date$")
    enum: tuple[str, ...] | None = None
    items: Items | None = None
    description: str = ""
    minimum: float | None = None
    maximum: float | None = None
    cues: dict[str, tuple[str, ...]] = Field(default_factory=dict, alias="x-cues")
    near: tuple[str, ...] = Field(default=(), alias="x-near")

    @model_validator(mode="before")
    @classmethod
    def _or_null(cls, value: Any) -> Any:
        """A type that is paired with null is the type, and may be null."""
        kinds = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kinds, list) or len(kinds) != 2 or _NULL not in kinds:
            return value
        named = (
            {"enum": [one for one in value["enum"] if one is not None]} if isinstance(value.get("enum"), list) else {}
        )
        return {**value, **named, "type": next((kind for kind in kinds if kind != _NULL), _NULL), "nullable": True}

    @model_validator(mode="after")
    def _told(self) -> Property:
        if self.type is Type.BOOLEAN and set(self.cues) != {"true", "false"}:
            raise ValueError("a boolean needs 'x-cues' for 'true' and 'false'")
        if (self.type is Type.ARRAY) != (self.items is not None):
            raise ValueError("a list, and nothing else, has 'items'")
        if self.items is not None and self.items.type is not Type.STRING:
            raise ValueError("a list is one of strings")
        return self


class Shape(Frozen):
    """A schema that the checks can read."""

    type: str = Field(pattern="^object$")
    properties: dict[str, Property] = Field(min_length=1, max_length=40)
    required: tuple[str, ...] = ()
    additional: bool = Field(default=False, alias="additionalProperties")


@lru_cache(maxsize=256)
def shape_of(source: str) -> Shape:
    """Read a schema. Raises ScenarioError with what is wrong in it."""
    try:
        if len(source) > _MAX_SCHEMA:
            raise ScenarioError(f"schema: larger than {_MAX_SCHEMA} characters")
        shape = Shape.model_validate_json(source)
        jsonschema.Draft202012Validator.check_schema(orjson.loads(source))
    except ValidationError as error:
        first = error.errors()[0]
        raise ScenarioError(f"schema: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except jsonschema.SchemaError as error:
        raise ScenarioError(f"schema: {error.message}") from None
    if unknown := sorted(set(shape.required) - set(shape.properties)):
        raise ScenarioError(f"schema: requires {unknown[0]!r}, which is not a property")
    return shape


@lru_cache(maxsize=256)
def validator_of(source: str) -> jsonschema.Draft202012Validator:
    """The validator of a schema; it looks nothing up elsewhere."""
    registry: Registry[Any] = Registry()
    formats = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return jsonschema.Draft202012Validator(orjson.loads(source), registry=registry, format_checker=formats)


def schema_of(brief: Brief) -> str:
    """The schema of a brief's cell. Raises ScenarioError where no axis has one."""
    for attributes in brief.attributes.values():
        if SCHEMA in attributes:
            return attributes[SCHEMA]
    raise ScenarioError(f"{brief.scenario}: no value of an axis has the attribute '{SCHEMA}'")


def check_schemas(loaded: Loaded) -> None:
    """Raise ScenarioError where a schema of the scenario is broken."""
    for axis, plan in loaded.scenario.axes.items():
        for value in plan.values:
            if source := value.attributes().get(SCHEMA):
                try:
                    shape_of(source)
                except ScenarioError as error:
                    raise ScenarioError(f"{loaded.scenario.name}: axes.{axis}: {value.name}: {error}") from None


def gold(brief: Brief) -> dict[str, Any]:
    """The values that the brief's facts are, by the schema's keys. Raises ScenarioError for a fact that fits no value."""
    shape = shape_of(schema_of(brief))
    return {
        key: value_of(shape.properties[key], fact, key) for key, fact in brief.facts.items() if key in shape.properties
    }


def value_of(plan: Property, fact: str, key: str) -> Any:
    """The value of a planned fact. Raises ScenarioError, naming the key, where it is none of the property's type."""
    if plan.cues:
        meant = next((value for value, phrases in plan.cues.items() if fact in phrases), None)
        if meant is None:
            raise ScenarioError(f"facts: {key}: '{fact}' is not a cue of the schema's 'x-cues'")
        return meant == "true" if plan.type is Type.BOOLEAN else meant
    if plan.type is Type.ARRAY:
        return [part.strip() for part in re.split(r",\s*(?:and\s+)?|\s+and\s+", fact) if part.strip()]
    if plan.type in {Type.INTEGER, Type.NUMBER}:
        number = number_of(fact)
        if number is None:
            raise ScenarioError(f"facts: {key}: '{fact}' holds no number")
        return int(number) if number == int(number) else float(number)
    if plan.format == "date":
        days = dates(fact)
        if not days:
            raise ScenarioError(f"facts: {key}: '{fact}' holds no date, such as 4 May 2027")
        return days[0].isoformat()
    return fact


def number_of(text: str) -> Decimal | None:
    """The first number of a text, thousands' commas left out."""
    found = re.search(r"\d[\d,]*(?:\.\d+)?", text)
    try:
        return Decimal(found[0].replace(",", "")) if found else None
    except InvalidOperation:
        return None


_DATE = re.compile(
    r"\b(?:(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})"
    r"|(?P<d1>\d{1,2})(?:st|nd|rd|th)?(?: of)? (?P<m1>[a-z]{3,9})\.?,? (?P<y1>\d{4})"
    r"|(?P<m2>[a-z]{3,9})\.? (?P<d2>\d{1,2})(?:st|nd|rd|th)?,? (?P<y2>\d{4}))\b"
)


def dates(text: str) -> list[datetime.date]:
    """Every date of a text: 4 May 2027, May 4, 2027 or 2027-05-04."""
    return [day for day, _ in placed_dates(text)]


def placed_dates(text: str) -> list[tuple[datetime.date, int]]:
    """Every date of a text with its place."""
    found: list[tuple[datetime.date, int]] = []
    for match in _DATE.finditer(" ".join(text.lower().split())):
        parts = match.groupdict()
        named = parts["m1"] or parts["m2"] or ""
        month = parts["m"] or next((n for n, name in enumerate(_MONTHS, 1) if name == named or name[:3] == named), 0)
        day, year = (parts[a] or parts[b] or parts[c] for a, b, c in (("d", "d1", "d2"), ("y", "y1", "y2")))
        try:
            found.append((datetime.date(int(year), int(month), int(day)), match.start()))
        except ValueError:
            continue
    return found
