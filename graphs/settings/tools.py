"""How calls of a user's tools are carried out, and where they go if they are real."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from agents.models.calls import HTTP_TOOLS, MCP_TOOLS, TOOLS, Transport
from agents.tools.requests import ToolServers, ToolWay
from graphs.settings.addresses import Address, plain_address
from graphs.settings.guarding import Guard, Guarded
from scenarios.errors import SettingsError
from scenarios.frozen import Frozen
from scenarios.material.tools.mcp import MCP, McpPlan
from scenarios.material.tools.spec import ToolSpec

_ADDRESS = ("http://", "https://")


def _plain_server(said: str | tuple[str, ...]) -> str | tuple[str, ...]:
    if isinstance(said, tuple):
        return tuple(plain_address(one) if one.startswith(_ADDRESS) else one for one in said)
    return plain_address(said) if said.startswith(_ADDRESS) else said


class ToolSettings(Frozen):
    """How calls of tools are carried out."""

    calls: ToolWay = Field(
        ToolWay.SIMULATED,
        description="simulated: a model answers in the tools' place; recorded: calls go to their servers and are kept",
    )
    server: Address = Field(
        "", description="the address before the paths of an OpenAPI file, such as https://api.example.org/v1"
    )
    mcp: Annotated[str | tuple[str, ...], AfterValidator(_plain_server), Guard()] = Field(
        "",
        description="the MCP server of the scenario's mcp: the command that starts it, or its address; of several, a list",
    )
    api_key_env: Guarded = Field(
        "",
        description="the environment variable that holds the servers' key; a started MCP server finds it under the same name",
    )
    api_key_header: Guarded = Field(
        "Authorization",
        pattern=r"^[A-Za-z0-9-]{1,64}$",
        description="the HTTP header of that key (Authorization: as Bearer)",
    )
    timeout: float = Field(30.0, gt=0, le=3600, description="seconds a tool may take; more is an error that it gives")
    outage: float = Field(600.0, gt=0, description="seconds to wait for a server that is away, before the run stops")


def tool_servers(
    settings: ToolSettings, specs: Sequence[ToolSpec], mcp: Mapping[str, McpPlan] | None = None
) -> ToolServers:
    """Where real calls of `specs` go, and where the tools of `mcp` are listed. Raises SettingsError for an address or a command
    that only the scenario or a document of its says, in one line with what to type."""
    if settings.server and not settings.server.startswith(_ADDRESS):
        raise SettingsError(f"tools.server={settings.server}: write http://… or https://…")
    plans = mcp or {}
    allowed = settings.mcp if isinstance(settings.mcp, tuple) else (settings.mcp,)
    if other := next((name for name, plan in plans.items() if plan.said not in allowed), ""):
        said = [plan.said for plan in plans.values()]
        allow = shlex.quote(f"tools.mcp={said[0] if len(said) == 1 else json.dumps(said)}")
        where = MCP if other == MCP else f"{MCP}.{other}"
        why = (
            f"tools.mcp={settings.mcp} is another one"
            if isinstance(settings.mcp, str) and settings.mcp and len(said) == 1
            else "a scenario may not choose what is started or asked"
        )
        raise SettingsError(
            f"{where}: the scenario says {plans[other].said}, and {why}; if that is the server you want, type it: {allow}"
        )
    servers = ToolServers(
        http=settings.server, mcp={name: plan.said for name, plan in plans.items()}, timeout=settings.timeout,
        outage=settings.outage, api_key_env=settings.api_key_env,
    )  # fmt: skip
    if settings.calls is ToolWay.RECORDED:
        for spec in specs:
            if spec.real:
                servers.model(spec)
    return servers


def tool_transports(
    settings: ToolSettings, specs: Sequence[ToolSpec], mcp: Mapping[str, McpPlan] | None = None
) -> dict[tuple[str, str], Transport]:
    """The transports that real calls need, by backend and address, for the gateway. Nothing is opened or started before the
    first call. Raises as `tool_servers`."""
    servers = tool_servers(settings, specs, mcp)
    key = os.environ.get(settings.api_key_env, "") if settings.api_key_env else ""
    if settings.api_key_env and not key.strip():
        raise SettingsError(
            f"tools.api_key_env={settings.api_key_env}: the environment has no such variable, or it is empty"
        )
    found: dict[tuple[str, str], Transport] = {}
    if settings.calls is ToolWay.RECORDED and any(spec.http for spec in specs):
        from agents.tools.http import HttpTools

        found[TOOLS, f"{HTTP_TOOLS}{servers.http}"] = HttpTools(
            servers.http, specs, key, settings.api_key_header, servers.timeout
        )
    if mcp:
        from agents.tools.mcp import McpTools

        for plan in mcp.values():
            found[TOOLS, f"{MCP_TOOLS}{plan.said}"] = McpTools(
                plan, key, settings.api_key_env, servers.timeout, settings.api_key_header
            )
    return found
