"""An MCP server for tests, made with the official package. Started as a program it talks over stdio, or over HTTP if it is given
a port; its first argument may be `silent` or `broken`."""

from __future__ import annotations

import os
import sys

from mcp.server.mcpserver import MCPServer
from mcp.types import ToolAnnotations

desk = MCPServer("desk")
_visits: list[str] = []


@desk.tool(annotations=ToolAnnotations(read_only_hint=True))
def look(order: str) -> dict[str, str]:
    """Look an order up."""
    return {"order": order, "status": "open", "visits": str(len(_visits))}


@desk.tool()
def visit(name: str) -> str:
    """Note a visit."""
    _visits.append(name)
    return f"noted {name}"


@desk.tool()
def fail(why: str) -> str:
    """Always fail."""
    from mcp.server.mcpserver.exceptions import ToolError

    raise ToolError(f"it fails: {why}")


@desk.tool()
def secret() -> str:
    """Say the key."""
    return f"the key is {os.environ.get('DESK_KEY', 'none')}"


@desk.tool()
def leave() -> str:
    """End the server in the middle of a call."""
    os._exit(3)


@desk.tool()
async def wait() -> str:
    """Never answer."""
    import asyncio

    await asyncio.Event().wait()
    return "never"


if __name__ == "__main__":
    words = sys.argv[1:]
    if words[:1] == ["broken"]:
        sys.exit("the desk has no licence DESK-KEY-12345678")
    if words:
        desk.run(transport="streamable-http", port=int(words[0]), host="127.0.0.1", log_level="ERROR")  # type: ignore[call-overload]
    else:
        desk.run(transport="stdio")
