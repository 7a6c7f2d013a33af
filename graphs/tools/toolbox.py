"""The tools of a run: those of the scenario's files and those that its MCP server lists, ready to be called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from agents.models.calls import Model, ModelAccess
from agents.tools.toolbox import Toolbox, tools_of_server
from graphs.settings.tools import ToolSettings, tool_servers
from graphs.tools.stored import write_tools
from scenarios.material.tools.listed import checked, with_reads
from scenarios.material.tools.mcp import McpPlan
from scenarios.material.tools.spec import TOOLS_ROLE, ToolSpec


async def toolbox_of(
    settings: ToolSettings,
    specs: Sequence[ToolSpec],
    mcp: Mapping[str, McpPlan],
    access: ModelAccess,
    models: Mapping[str, Model],
    out: Path,
) -> Toolbox:
    """The toolbox of the run in `out`, and its tools.json. `specs` are the tools of the scenario's files, `models` those of its
    roles, of which `tools` simulates.

    Each server of `mcp` is asked for its tools once in a run; a continued run finds them in the journal. Raises SettingsError,
    ScenarioError for two tools of one name, RunDirError, and as Gateway.ask.
    """
    servers = tool_servers(settings, specs, mcp)
    listed = list[ToolSpec]()
    for name, plan in mcp.items():
        theirs = await tools_of_server(access, servers, plan.only, name)
        listed += with_reads(theirs, plan.reads, f"the MCP server '{name}'")
    every = checked((*specs, *listed), "tools")
    write_tools(out, every)
    return Toolbox(every, settings.calls, servers, models.get(TOOLS_ROLE))
