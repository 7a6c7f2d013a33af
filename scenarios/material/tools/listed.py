"""Tools out of a list of JSON schemas: OpenAI's form, a bare one, or that of an MCP server's list."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from scenarios.errors import ScenarioError, nearest
from scenarios.material.tools.scalars import as_json
from scenarios.material.tools.schemas import SchemaReader
from scenarios.material.tools.spec import MOST_TOOLS, NAME, McpReach, ToolSpec

_TAKES = ("parameters", "inputSchema", "input_schema")
_GIVES = ("returns", "outputSchema", "output_schema")
_KNOWN = {"name", "description", "writes", "annotations", "strict", "title", "type", *_TAKES, *_GIVES}
_LONGEST = 4000
"""Characters of a description."""


def tools_in(value: Any, where: str, mcp: McpReach | None = None, only: Collection[str] = ()) -> tuple[ToolSpec, ...]:
    """The tools of a list: each `{type: function, function: {…}}`, or `{name, description, parameters}`, with `returns` (a
    JSON schema of its results) and `writes: false` if it only reads. With `only`, those of these names alone.

    Raises ScenarioError, which names the tool, for one without a name or a schema, for a broken schema, and for two of one
    name.
    """
    value = as_json(value)
    if isinstance(value, dict) and isinstance(value.get("tools"), list):
        value = value["tools"]
    if not isinstance(value, list) or not value:
        raise ScenarioError(f"{where}: is no list of tools, each with name, description and parameters")
    return checked((_tool(each, where, place, mcp) for place, each in enumerate(value, 1)), where, only)


def checked(tools: Iterable[ToolSpec], where: str, only: Collection[str] = ()) -> tuple[ToolSpec, ...]:
    """Tools of which no two have one name, and not too many; with `only`, those of these names, each of which has to be there.
    Raises ScenarioError."""
    found: dict[str, ToolSpec] = {}
    names = list[str]()
    for tool in tools:
        names.append(tool.name)
        if only and tool.name not in only:
            continue
        if tool.name in found:
            raise ScenarioError(
                f"{where}: two tools have the name '{tool.name}'; rename one of them, or leave one out by 'only'"
            )
        found[tool.name] = tool
    if missing := next((name for name in only if name not in found), None):
        raise ScenarioError(f"{where}: has no tool '{missing}'{nearest(missing, names)}, which 'only' names")
    if len(found) > MOST_TOOLS:
        raise ScenarioError(
            f"{where}: holds {len(found)} tools, and a model takes at most {MOST_TOOLS}; name those that the conversations "
            "need beside it: only: [NAME, NAME]"
        )
    return tuple(found.values())


def with_reads(tools: Sequence[ToolSpec], names: Collection[str], where: str) -> tuple[ToolSpec, ...]:
    """Tools of which those of these names only read, whatever their source says. Raises ScenarioError for one that is not there."""
    there = [tool.name for tool in tools]
    if missing := next((name for name in names if name not in there), None):
        raise ScenarioError(f"{where}: has no tool '{missing}'{nearest(missing, there)}, which 'reads' names")
    return tuple(tool.model_copy(update={"writes": False}) if tool.name in names else tool for tool in tools)


def name_of(name: Any, where: str) -> str:
    """A tool's name. Raises ScenarioError."""
    if not isinstance(name, str) or not name:
        raise ScenarioError(f"{where}: has no name")
    if not re.fullmatch(NAME, name):
        raise ScenarioError(
            f"{where}: the name {name[:80]!r} is none that a model can call; take at most 64 letters, digits, - and _"
        )
    return str(name)


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a tool's arguments, which takes no others unless it says so."""
    return {"type": "object", "properties": {}, "additionalProperties": False, **schema}


def _tool(value: Any, where: str, place: int, mcp: McpReach | None) -> ToolSpec:
    if isinstance(value, dict) and isinstance(value.get("function"), dict):
        value = value["function"]
    if not isinstance(value, dict):
        raise ScenarioError(f"{where}: tool {place} is not a mapping with name, description and parameters")
    name = name_of(value.get("name"), f"{where}: tool {place}")
    told = f"{where}: the tool '{name}'"
    unknown = next((key for key in value if key not in _KNOWN and not key.startswith(("_", "x-"))), None)
    if unknown and mcp is None:
        raise ScenarioError(f"{told}: has the unknown key '{unknown}'{nearest(unknown, _KNOWN)}")
    takes = _first(value, _TAKES)
    if takes is None:
        raise ScenarioError(
            f"{told} has no schema; give it parameters, a JSON schema: {{type: object, properties: {{}}}} if it takes nothing"
        )
    gives = _first(value, _GIVES)
    parameters = SchemaReader(takes, told).schema(takes, "parameters")
    if parameters.get("type", "object") != "object":
        raise ScenarioError(f"{told}: parameters are of type {parameters['type']!r}; they have to be an object")
    returns = None if gives is None else SchemaReader(gives, told).schema(gives, "returns", gives=True)
    return ToolSpec(
        name=name, description=" ".join(str(value.get("description") or "").split())[:_LONGEST],
        parameters=closed(parameters), returns=returns, writes=_writes(value, told), mcp=mcp,
    )  # fmt: skip


def _first(value: dict[str, Any], keys: tuple[str, ...]) -> Any:
    return next((value[key] for key in keys if value.get(key) is not None), None)


def _writes(value: dict[str, Any], told: str) -> bool:
    """Whether a tool may change something: `writes`, or MCP's hint."""
    hints = value.get("annotations")
    hinted = hints.get("readOnlyHint") if isinstance(hints, dict) else None
    said = value.get("writes", not hinted if isinstance(hinted, bool) else True)
    if not isinstance(said, bool):
        raise ScenarioError(f"{told}: writes={said!r} is neither true nor false")
    return said
