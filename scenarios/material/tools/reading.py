"""A file of tools: an OpenAPI document, or a list of JSON schemas, in JSON or YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scenarios.errors import ScenarioError
from scenarios.frozen import Frozen
from scenarios.material.tools.listed import tools_in
from scenarios.material.tools.openapi import is_openapi, operations_in
from scenarios.material.tools.scalars import as_json
from scenarios.material.tools.spec import ToolSpec
from scenarios.reading.files import read_text
from scenarios.reading.json_text import parse_json
from scenarios.reading.yaml_text import read_yaml


class ToolFile(Frozen):
    """What a file of tools holds."""

    tools: tuple[ToolSpec, ...]
    notes: tuple[str, ...] = ()
    """What of it is not used, a line each, for the user."""


def read_tools(path: Path) -> tuple[ToolSpec, ...]:
    """The tools of a file. Raises ScenarioError in one line that names the file and the place in it."""
    return read_tool_file(path).tools


def read_tool_file(path: Path) -> ToolFile:
    """The tools of a file, and what of it is not used. Raises as `read_tools`."""
    data = _data(path)
    if is_openapi(data):
        tools, notes = operations_in(data, str(path))
        return ToolFile(tools=tools, notes=notes)
    if not isinstance(data, dict | list):
        raise ScenarioError(f"{path}: is neither an OpenAPI document nor a list of tools")
    if isinstance(data, dict) and "tools" not in data:
        raise ScenarioError(
            f"{path}: is neither an OpenAPI document (it has no key 'openapi') nor a list of tools, each with name, "
            "description and parameters"
        )
    return ToolFile(tools=tools_in(data, str(path)))


def _data(path: Path) -> Any:
    if path.suffix != ".json":
        return as_json(read_yaml(path))
    try:
        return parse_json(read_text(path))
    except ValueError as error:
        raise ScenarioError(f"{path}: broken JSON: {error}") from None
