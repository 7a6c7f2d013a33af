"""A file of tools: an OpenAPI document, or a list of JSON schemas, in JSON or YAML."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from scenarios.errors import ScenarioError
from scenarios.frozen import Frozen
from scenarios.material.tools.listed import tools_in, with_reads
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


class ToolsPlan(Frozen):
    """`tools: {file: openapi.yaml, only: [find_order]}`; `tools: openapi.yaml` is the same with all that it holds."""

    file: str
    only: tuple[str, ...] = ()
    """The tools to use; all of them if none is named."""
    reads: tuple[str, ...] = ()
    """Those that only read, if the file does not say it itself."""


def tools_of(value: Any, located: Callable[[str], Path], where: str) -> ToolFile:
    """The tools that a scenario names under `tools`: a file, which `located` finds, a plan with one, or the list itself. `where`
    names the scenario. Raises ScenarioError."""
    if isinstance(value, list):
        return ToolFile(tools=tools_in(value, f"{where}: tools"))
    try:
        plan = ToolsPlan.model_validate({"file": value} if isinstance(value, str) else value)
    except ValidationError as error:
        first = error.errors()[0]
        at = ".".join(("tools", *map(str, first["loc"])))
        raise ScenarioError(f"{where}: {at}: {first['msg']}; give a file, or a list of tools") from None
    found = read_tool_file(located(plan.file), plan.only)
    return found.model_copy(update={"tools": with_reads(found.tools, plan.reads, f"{where}: tools")})


def read_tools(path: Path) -> tuple[ToolSpec, ...]:
    """The tools of a file. Raises ScenarioError in one line that names the file and the place in it."""
    return read_tool_file(path).tools


def read_tool_file(path: Path, only: Collection[str] = ()) -> ToolFile:
    """The tools of a file, and what of it is not used; with `only`, those of these names. Raises as `read_tools`."""
    data = _data(path)
    if is_openapi(data):
        tools, notes = operations_in(data, str(path), only)
        return ToolFile(tools=tools, notes=notes)
    if not isinstance(data, dict | list):
        raise ScenarioError(f"{path}: is neither an OpenAPI document nor a list of tools")
    if isinstance(data, dict) and "tools" not in data:
        raise ScenarioError(
            f"{path}: is neither an OpenAPI document (it has no key 'openapi') nor a list of tools, each with name, "
            "description and parameters"
        )
    return ToolFile(tools=tools_in(data, str(path), only=only))


def _data(path: Path) -> Any:
    if path.suffix != ".json":
        return as_json(read_yaml(path))
    try:
        return parse_json(read_text(path))
    except ValueError as error:
        raise ScenarioError(f"{path}: broken JSON: {error}") from None
