"""The tools of an MCP server, by the official client: over stdio or streamable HTTP, one session for all conversations of a run."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator
from typing import Any, TextIO

from mcp import MCPError, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CONNECTION_CLOSED

from agents.models.calls import Answer, Call
from agents.models.endpoint.proxies import proxy_for
from agents.models.endpoint.secret import Secret
from agents.models.faults import Fault, FaultKind
from agents.tools.json_text import value_of, written
from agents.tools.mcp_http import CALL, Statuses
from agents.tools.mcp_http import client as http_client
from agents.tools.mcp_session import McpSession
from agents.tools.requests import asked_of, asks_for_list, key_header
from agents.tools.results import Kept, failure, kept
from scenarios.material.tools.mcp import McpPlan

_START_S = 90.0
"""Seconds that a server may take to start; npx and uvx may fetch it first."""
_PAGES = 50
_MOST_REPLY = 4 * 1024 * 1024

# The client logs every message that it cannot read, and every end of a session, to the terminal.
logging.getLogger("mcp").setLevel(logging.CRITICAL)
logging.getLogger("client").setLevel(logging.CRITICAL)


class McpTools:
    """The transport to one MCP server. It is started when it is first asked, and again if it has ended meanwhile.

    `key` is the value of the environment variable `key_name`: a command finds it there, an address gets it in
    `header`. It is shown nowhere. A server that keeps a state keeps it for all conversations.
    """

    def __init__(
        self, plan: McpPlan, key: str = "", key_name: str = "", timeout: float = 30.0, header: str = "Authorization"
    ) -> None:
        self._plan, self._key, self._key_name, self._timeout = plan, key.strip(), key_name, timeout
        self._headers = key_header(header, self._key)
        self._proxy = proxy_for(plan.url) if plan.url else None
        self._secret = Secret(self._key, *([self._proxy.password] if self._proxy else []))
        self._statuses = Statuses()
        self._session: McpSession | None = None
        self._opening = asyncio.Lock()

    async def send(self, call: Call) -> Answer:
        """Carry a call out once, or list the tools. What the tool answers is a result, an error of its own included, and so is
        none in time. Raises Fault if the server does not start, is not there, or is gone before it answers."""
        session = await self._opened()
        if asks_for_list(call):
            return Answer(text=await self._listed(session.client))
        name, arguments = asked_of(call)
        key = call.key().hex()
        try:
            async with asyncio.timeout(self._timeout):
                found = await session.client.call_tool(name, arguments, meta={CALL: key})
        except TimeoutError:
            return failure(
                f"no answer within {self._timeout:g} seconds; it may have been carried out all the same"
            ).answer()
        except MCPError as error:
            if (fault := self._fault(error, key, session)) is None:
                return failure(self._told(error)).answer()
            if fault.kind in {FaultKind.LOST, FaultKind.CONNECTION}:
                await self._end(session)
            raise fault from None
        except RuntimeError as error:  # the result does not fit the schema that the server gave
            return failure(self._told(error)).answer()
        except Exception as error:  # noqa: BLE001 - whatever the transports under the client raise
            await self._end(session)
            raise Fault(FaultKind.LOST, f"{name}: {self._told(error)}") from None
        finally:
            session.begun.discard(key)
        return self._read(found).answer()

    def _fault(self, error: MCPError, key: str, session: McpSession) -> Fault | None:
        """The trouble of the machinery that an error is; None if it is the server's answer. A call whose request never left
        may be made again."""
        if error.code == CONNECTION_CLOSED:
            left = key in session.begun
            return Fault(
                FaultKind.LOST if left else FaultKind.CONNECTION, "the server ended before it answered the call"
            )
        return self._statuses.of_call(key)

    async def _opened(self) -> McpSession:
        """The open session; opens one if there is none. Raises Fault."""
        async with self._opening:
            if self._session is None or self._session.over:
                session = McpSession(self._target)
                self._statuses.opens()
                try:
                    async with asyncio.timeout(_START_S):
                        await session.open()
                except TimeoutError:
                    await session.close()
                    raise self._not_there(f"it has not started within {_START_S:g} seconds", session) from None
                except Exception as error:  # noqa: BLE001 - whatever the transports under the client raise
                    await session.close()
                    first = _first_of(error)
                    raise first if isinstance(first, Fault) else self._not_there(self._told(first), session) from None
                except BaseException:
                    await session.close()
                    raise
                self._session = session
            return self._session

    def _not_there(self, why: str, session: McpSession) -> Fault:
        """A command that does not start never will; an address may be away for a while."""
        if self._plan.url:
            return self._statuses.of_opening(why)
        said = self._secret.out_of(session.last_words)
        return Fault(FaultKind.MODEL, f"it does not start: {why}{said and f'; it says: {said}'}")

    @contextlib.asynccontextmanager
    async def _target(self, errors: TextIO) -> AsyncIterator[Any]:
        """The two streams to the server."""
        if not self._plan.url:
            secret = {self._key_name: self._key} if self._key and self._key_name else {}
            extra = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
            program, *words = self._plan.command
            server = StdioServerParameters(command=program, args=words, env={**extra, **secret})
            async with stdio_client(server, errlog=errors) as streams:
                yield streams
            return
        async with (
            http_client(self._headers, self._proxy, self._timeout + 5.0, self._statuses) as http,
            streamable_http_client(self._plan.url, http_client=http, max_sse_event_size=_MOST_REPLY) as streams,
        ):
            yield streams

    async def _listed(self, client: Any) -> str:
        """What the server lists, as JSON. Raises Fault."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        try:
            async with asyncio.timeout(self._timeout):
                for _ in range(_PAGES):
                    page = await client.list_tools(cursor=cursor)
                    found += [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in page.tools]
                    cursor = page.next_cursor
                    if not cursor:
                        break
        except TimeoutError:
            raise Fault(FaultKind.MODEL, f"it has not listed its tools within {self._timeout:g} seconds") from None
        except MCPError as error:
            raise Fault(FaultKind.MODEL, f"it does not list its tools: {self._told(error)}") from None
        return self._secret.out_of_answer(written(found))

    def _read(self, found: Any) -> Kept:
        """The result in what the client gave."""
        value = found.structured_content
        if value is None or found.is_error:
            parts = [_part(part) for part in found.content]
            value = parts[0] if len(parts) == 1 else parts
        if found.is_error:
            return kept({"error": value}, self._secret, error=True)
        return kept(value, self._secret)

    def _told(self, error: BaseException) -> str:
        """An error in one line, without secrets."""
        first = _first_of(error)
        return self._secret.out_of(" ".join(str(first).split())[:300] or type(first).__name__)

    async def _end(self, session: McpSession) -> None:
        """End a session that is of no use any more; the next call opens another."""
        if self._session is session:
            self._session = None
        await session.close()

    async def close(self) -> None:
        """End the session, and with it the server if it was started here."""
        async with self._opening:
            if self._session is not None:
                await self._end(self._session)


_PASSED_ON = ("NODE_PATH", "NPM_CONFIG_REGISTRY", "npm_config_registry", "UV_INDEX_URL", "PIP_INDEX_URL", "SSL_CERT_FILE",
              "NODE_EXTRA_CA_CERTS", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")  # fmt: skip
"""Variables that a started server gets beside the client's few (PATH, HOME …): how it reaches the net. No others."""


def _first_of(error: BaseException) -> BaseException:
    """The first error of a group of errors."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _part(part: Any) -> Any:
    """One part of a result: its text, as JSON if it is that; of a picture or a file its kind alone."""
    if part.type == "text":
        return value_of(part.text)
    if part.type == "resource" and getattr(part.resource, "text", None) is not None:
        return {"resource": str(part.resource.uri), "text": part.resource.text}
    told = part.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {
        key: value for key, value in told.items() if key not in {"data", "blob", "_meta", "annotations", "resource"}
    }
