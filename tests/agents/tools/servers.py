"""Servers of tools for tests: an HTTP server over the shop's document, and an MCP server."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from agents.models.calls import Asker, Backend, Call, Model, ToolCall
from agents.models.gateway import Gateway
from agents.models.limits.in_flight import AdaptiveLimit
from agents.models.limits.ledger import Budget, Ledger
from agents.models.scripted import Scripted
from agents.tools.requests import ToolServers
from scenarios.material.tools.mcp import MCP, McpPlan
from scenarios.material.tools.reading import read_tools
from scenarios.material.tools.spec import ToolSpec
from scenarios.records import Brief
from tests.helpers import SCRIPTED, KeptInMemory

SHOP = read_tools(Path(__file__).parents[2] / "scenarios" / "material" / "tools" / "shop.yaml")
DESK = (sys.executable, str(Path(__file__).with_name("desk.py")))
"""The command that starts the MCP server."""
BRIEF = Brief(
    id="s-1", scenario="s", round=0, index=0, seed=7, cell={}, facts={"order": "AB-1234", "city": "Oslo"}
)  # fmt: skip


@dataclass
class Shop:
    """The shop's server: what it was asked, and how it answers."""

    url: str = ""
    asked: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    """Method, path with query, headers in lower case, JSON."""
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append((request.method, request.raw_path, headers, orjson.loads(raw) if raw else None))
        if self.answer is not None:
            return await self.answer(request)
        return web.json_response({"id": "AB-1234", "status": "open", "n": len(self.asked)})


@asynccontextmanager
async def shop_server() -> AsyncIterator[Shop]:
    """The shop on a port of its own."""
    shop = Shop()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", shop._handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    shop.url = f"http://127.0.0.1:{port}/v1"
    try:
        yield shop
    finally:
        await runner.cleanup()


def gateway_to(
    transports: dict[tuple[str, str], Any],
    store: KeptInMemory | None = None,
    budget: Budget | None = None,
    retries: int = 2,
) -> Gateway:
    """A gateway to servers of tools, and to a scripted model."""
    reached = {SCRIPTED.where: Scripted(), **transports}
    return Gateway(reached, store or KeptInMemory(), Ledger(budget or Budget()), AdaptiveLimit(8), retries)


def tool(name: str, specs: Sequence[ToolSpec] = SHOP) -> ToolSpec:
    """A tool by name."""
    return next(spec for spec in specs if spec.name == name)


def called(name: str, id_: str = "c1", /, **arguments: Any) -> ToolCall:
    """A call of a tool."""
    return ToolCall(id=id_, name=name, arguments=orjson.dumps(arguments).decode())


def mcp_servers(plan: McpPlan, timeout: float = 20.0) -> ToolServers:
    """An MCP server as the user's settings allow it."""
    return ToolServers(mcp={MCP: plan.said}, timeout=timeout)


__all__ = [
    "BRIEF",
    "DESK",
    "SHOP",
    "Asker",
    "Backend",
    "Call",
    "Model",
    "Shop",
    "called",
    "gateway_to",
    "mcp_servers",
    "shop_server",
    "tool",
]
