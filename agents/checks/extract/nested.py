"""JSON schemas of nested objects and lists that a model wrote. Pure.

What a schema may hold is closed: nothing that is looked up elsewhere (`$ref`), no patterns, which take a machine as long as
they like.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any

import jsonschema
import orjson
from pydantic import ConfigDict, Field, ValidationError, model_validator
from referencing import Registry

from scenarios.frozen import Frozen

_MAX = 12_000
"""Characters of a schema, and of a JSON."""
_DEEPEST = 5
_NULL = "null"
_Key = Annotated[str, Field(pattern=r"^[^\W\d][\w-]{0,47}$")]


class JsonType(StrEnum):
    """What a part of a JSON is."""

    OBJECT = "object"
    ARRAY = "array"
    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"


class TextForm(StrEnum):
    """What the letters of a string stand for."""

    DATE = "date"
    """A day, as YYYY-MM-DD."""
    TIME = "time"
    """A time of day, as HH:MM."""


class SchemaNode(Frozen):
    """A schema, or a part of one."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    dialect: str = Field(default="", alias="$schema")
    title: str = ""
    description: str = ""
    type: JsonType
    nullable: bool = False
    """In a schema: `type: [string, "null"]`."""
    form: TextForm | None = Field(default=None, alias="format")
    enum: tuple[str | int | float, ...] | None = Field(default=None, min_length=2)
    minimum: float | None = None
    maximum: float | None = None
    properties: dict[_Key, SchemaNode] = Field(default_factory=dict, max_length=40)
    required: tuple[str, ...] = ()
    additional: bool = Field(default=False, alias="additionalProperties")
    items: SchemaNode | None = None
    least_items: int | None = Field(default=None, alias="minItems")
    most_items: int | None = Field(default=None, alias="maxItems")
    unique: bool = Field(default=False, alias="uniqueItems")
    """Of a list: its items are a set, in any order."""

    @model_validator(mode="before")
    @classmethod
    def _or_null(cls, value: Any) -> Any:
        """A type that is paired with null is the type, and may be null."""
        kinds = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kinds, list) or len(kinds) != 2 or _NULL not in kinds:
            return value
        told = {**value, "type": next((kind for kind in kinds if kind != _NULL), _NULL), "nullable": True}
        if isinstance(listed := value.get("enum"), list):
            if None not in listed:
                raise ValueError("an 'enum' that may be null has null in its list, too")
            told["enum"] = [one for one in listed if one is not None]
        return told

    @model_validator(mode="after")
    def _whole(self) -> SchemaNode:
        if (self.type is JsonType.OBJECT) != bool(self.properties):
            raise ValueError("an object, and nothing else, has 'properties'")
        if (self.type is JsonType.ARRAY) != (self.items is not None):
            raise ValueError("a list, and nothing else, has 'items'")
        if self.items is not None and self.items.type is JsonType.ARRAY:
            raise ValueError("a list does not hold lists")
        if unknown := next((key for key in self.required if key not in self.properties), ""):
            raise ValueError(f"requires {unknown!r}, which is not a property")
        return self

    @property
    def leaf(self) -> bool:
        """Whether it is neither an object nor a list."""
        return self.type not in {JsonType.OBJECT, JsonType.ARRAY}

    @property
    def flag(self) -> bool:
        """Whether its value is told in words of the writer's choice: a boolean or one of a list."""
        return self.type is JsonType.BOOLEAN or self.enum is not None


@lru_cache(maxsize=256)
def node_of(source: str) -> SchemaNode | str:
    """The schema that a text is, or what is wrong with it in words that go on after "It …"."""
    found = read_object(source)
    if isinstance(found, str):
        return found
    try:
        node = SchemaNode.model_validate(found)
        jsonschema.Draft202012Validator.check_schema(found)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        return f"does not fit{f' at {where}' if where else ''}: {first['msg'].removeprefix('Value error, ')}"[:300]
    except jsonschema.SchemaError as error:
        return f"is no JSON schema: {error.message}"[:300]
    except RecursionError:
        return "is nested too deeply"
    if node.type is not JsonType.OBJECT or node.nullable:
        return "is not the schema of one object"
    return "is nested too deeply" if _depth(node) > _DEEPEST else node


def _depth(node: SchemaNode) -> int:
    inner = [*node.properties.values(), *([node.items] if node.items else [])]
    return 1 + max(map(_depth, inner), default=0)


def nodes(node: SchemaNode, key: str = "") -> Iterator[tuple[str, SchemaNode]]:
    """Every part of a schema with its key, from the outside in. What a list holds has the key of the list."""
    yield key, node
    if node.items is not None:
        yield from nodes(node.items, key)
    for name, part in node.properties.items():
        yield from nodes(part, f"{key}.{name}" if key else name)


def keys_of(node: SchemaNode) -> dict[str, SchemaNode]:
    """The keys of a schema that hold a value by themselves, or a list of such."""
    return {key: part for key, part in nodes(node) if part.leaf}


def read_object(source: str) -> dict[str, Any] | str:
    """The JSON object that a text is, or what is wrong with it in words that go on after "It …"."""
    if len(source) > _MAX:
        return f"is longer than {_MAX} characters"
    twice: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice.append(next(name for place, name in enumerate(names) if name in names[:place]))
        return found

    try:
        orjson.loads(source)  # unlike json, it refuses NaN
        found = json.loads(source, object_pairs_hook=once)
    except (ValueError, RecursionError):
        return "is no JSON object"
    if not isinstance(found, dict):
        return "is no JSON object"
    if twice:
        return f"has the key {twice[0]!r} twice"
    return found if _is_shallow(found) else "is nested too deeply"


def _is_shallow(found: Any) -> bool:
    level = [found]
    for _ in range(3 * _DEEPEST):
        inner = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [one for many in inner for one in many]
    return not level


def misfit(source: str, value: Any) -> str:
    """Why a value is not valid against a schema that `node_of` reads, in words that go on after "It …"; empty if it is."""
    error = min(_validator(source).iter_errors(value), key=str, default=None)
    if error is None:
        return ""
    where = ".".join(map(str, error.absolute_path))
    return f"does not fit the schema: {where + ': ' if where else ''}{error.message[:200]}"


@lru_cache(maxsize=256)
def _validator(source: str) -> jsonschema.Draft202012Validator:
    """The validator of a schema; it looks nothing up elsewhere."""
    registry: Registry[Any] = Registry()
    formats = jsonschema.FormatChecker(formats=())
    formats.checks(TextForm.DATE.value)(_is_day)
    formats.checks(TextForm.TIME.value)(_is_time)
    return jsonschema.Draft202012Validator(orjson.loads(source), registry=registry, format_checker=formats)


def _is_day(value: object) -> bool:
    if not isinstance(value, str):
        return True
    try:
        return re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _is_time(value: object) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"(?:[01]\d|2[0-3]):[0-5]\d", value) is not None
