"""One session with an MCP server, held open by a task of its own."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, TextIO

import anyio
from mcp import Client

from agents.tools.mcp_http import CALL

_END_S = 10.0
_LAST_WORDS = 300
"""Characters of what a server that did not start wrote to its error stream."""
Target = Callable[[TextIO], AbstractAsyncContextManager[Any]]
"""Gives the two streams to a server, whose error stream is written to a file."""


class McpSession:
    """A session. The client has to be closed by the task that opened it, while many tasks call: hence a task of its own."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._stop = asyncio.Event()
        self._errors: TextIO = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 - close() does
        self._task: asyncio.Task[None] | None = None
        self.begun: set[str] = set()
        """The calls under way whose request has left for the server."""
        self.last_words = ""
        """Once it is closed: the end of what the server wrote to its error stream."""
        self.client: Any = None

    @property
    def over(self) -> bool:
        """Whether the session has ended."""
        return self._task is None or self._task.done()

    async def open(self) -> None:
        """Open it. Raises whatever the client does."""
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._hold(ready), name="mcp session")
        await ready

    async def _hold(self, ready: asyncio.Future[None]) -> None:
        try:
            # No cache: of two equal calls the second may find another state.
            async with Client(self._noted(), cache=None) as client:
                self.client = client
                if not ready.done():
                    ready.set_result(None)
                await self._stop.wait()
        except Exception as error:  # noqa: BLE001 - told to whoever waits for the session; else it is over
            if not ready.done():
                ready.set_exception(error)
        except BaseException:
            ready.cancel()
            raise

    @contextlib.asynccontextmanager
    async def _noted(self) -> AsyncIterator[Any]:
        async with self._target(self._errors) as (read, write):
            yield read, _NotingStream(write, self.begun)

    async def close(self) -> None:
        """End it, and wait until its server has ended."""
        self._stop.set()
        task = self._task
        if task is not None and not task.done():
            if self.client is None:
                task.cancel()
            done, _ = await asyncio.wait([task], timeout=_END_S)
            if not done:
                task.cancel()
                await asyncio.wait([task], timeout=_END_S)
        with contextlib.suppress(OSError, ValueError):  # ValueError: it was closed before
            self._errors.seek(0)
            self.last_words = " ".join(self._errors.read(1_000_000).split())[-_LAST_WORDS:]
        self._errors.close()


class _NotingStream:
    """The stream to a server, which notes the calls whose requests go out: the others have certainly not been carried out."""

    def __init__(self, stream: Any, begun: set[str]) -> None:
        self._stream, self._begun = stream, begun

    async def send(self, item: Any) -> None:
        params = getattr(item.message, "params", None)
        meta = params.get("_meta") if isinstance(params, dict) else None
        key = meta.get(CALL) if isinstance(meta, dict) else None
        if key is None:
            await self._stream.send(item)
            return
        self._begun.add(key)
        try:
            await self._stream.send(item)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            self._begun.discard(key)
            raise

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def __aenter__(self) -> _NotingStream:
        await self._stream.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        left: bool | None = await self._stream.__aexit__(kind, error, trace)
        return left
