"""An MCP server as a scenario names it, and the tools that it lists."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import Field, model_validator

from scenarios.errors import ScenarioError
from scenarios.frozen import Frozen
from scenarios.material.tools.spec import McpReach, ToolSpec

MCP = "mcp"
"""The name of the server of `mcp: …` if there is only one."""
_NAME = r"[A-Za-z0-9_-]{1,40}"


class McpPlan(Frozen):
    """`mcp: {command: [npx, -y, PACKAGE]}` or `mcp: {url: https://…/mcp}`. Neither counts unless the user's settings say it,
    too."""

    command: tuple[str, ...] = Field(default=(), max_length=64)
    url: str = ""
    only: tuple[str, ...] = ()
    """The tools to use; all of them if none is named."""
    reads: tuple[str, ...] = Field(default=(), exclude_if=lambda names: not names)
    """Those that only read, if the server does not say it itself."""

    @model_validator(mode="after")
    def _one(self) -> McpPlan:
        if bool(self.command) == bool(self.url):
            raise ValueError("give either command, a list such as [npx, -y, PACKAGE], or url")
        if self.command and not all(self.command):
            raise ValueError("command holds an empty word")
        if self.url and not self.url.startswith(("http://", "https://")):
            raise ValueError(f"url: {self.url[:200]!r} is no address; write http://… or https://…")
        return self

    @property
    def said(self) -> str:
        """The plan as the setting `tools.mcp` says it."""
        return self.url or shlex.join(self.command)


def mcp_plans(value: Any) -> dict[str, McpPlan]:
    """The servers that a scenario names under `mcp`: one plan, or several by name; none if there is nothing. Raises
    ValidationError, and ScenarioError for what is no mapping of plans."""
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not value:
        raise ScenarioError("mcp: give command or url, or a mapping of names to such servers")
    if value.keys() & McpPlan.model_fields.keys():
        return {MCP: McpPlan.model_validate(value)}
    if wrong := next((name for name in value if not re.fullmatch(_NAME, str(name))), None):
        raise ScenarioError(f"mcp: {str(wrong)[:80]!r} is no name of a server; take letters, digits, - and _")
    return {str(name): McpPlan.model_validate(plan) for name, plan in value.items()}


def tools_listed(value: Any, only: Collection[str] = (), server: str = MCP) -> tuple[ToolSpec, ...]:
    """The tools that an MCP server lists, as JSON (`{name, inputSchema, …}` each); with `only`, those of these names. Raises
    ScenarioError."""
    from scenarios.material.tools.listed import tools_in  # it loads what checks schemas

    return tools_in(value, f"the MCP server '{server}'", McpReach(server=server), only)
