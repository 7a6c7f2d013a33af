"""The HTTP client under an MCP client: bounded replies, the user's proxy, and what became of each call's request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import orjson

from agents.models.endpoint.proxies import Proxy
from agents.models.faults import Fault, FaultKind

CALL = "colloquia/call"
"""The key of a request's `_meta` that says which call it is; a server may know by it that it has seen the call before."""
_MOST = 4 * 1024 * 1024
"""Bytes of a reply, and of an event of a stream."""
_SEEN = {
    401: FaultKind.KEY, 403: FaultKind.KEY, 404: FaultKind.CONNECTION, 407: FaultKind.KEY, 429: FaultKind.THROTTLED,
    500: FaultKind.LOST, 502: FaultKind.LOST, 503: FaultKind.UNREADY, 504: FaultKind.LOST,
}  # fmt: skip
"""Of a call: 404 is a session that the server has forgotten. After 500, 502 and 504 it may have been carried out."""
_OPENING = {**_SEEN, 404: FaultKind.MODEL, 500: FaultKind.AWAY, 502: FaultKind.UNREADY, 504: FaultKind.UNREADY}
"""Of a session that is opened."""


class Statuses:
    """The statuses that requests were refused with: of each call, and the last of all."""

    def __init__(self) -> None:
        self._of_calls: dict[str, int] = {}
        self._last: int | None = None

    def opens(self) -> None:
        """A session is about to be opened."""
        self._last = None

    def note(self, body: bytes, status: int) -> None:
        """Note the status of a request with this body."""
        self._last = status
        if status < 400:
            return
        try:
            key = orjson.loads(body)["params"]["_meta"][CALL]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return
        self._of_calls[str(key)] = status

    def of_call(self, key: str) -> Fault | None:
        """The fault that a call's status was; None if its server answered it."""
        status = self._of_calls.pop(key, None)
        kind = None if status is None else _SEEN.get(status)
        return None if kind is None else Fault(kind, f"HTTP {status}")

    def of_opening(self, why: str) -> Fault:
        """The fault that kept a session from being opened."""
        if self._last is None:
            return Fault(FaultKind.AWAY, why)
        told = f"HTTP {self._last}: {why}"
        return Fault(_OPENING.get(self._last, FaultKind.MODEL), told)


def client(headers: dict[str, str], way: Proxy | None, seconds: float, statuses: Statuses) -> httpx2.AsyncClient:
    """A client that reads nothing of the environment: it would take a password for the server from ~/.netrc. Raises Fault."""
    if way is not None and not way.usable:
        raise Fault(FaultKind.MODEL, f"{way} speaks no HTTP; name one that does, or put the host into NO_PROXY")
    known = (way.user, way.password) if way and (way.user or way.password) else None
    proxy = httpx2.Proxy(way.url, auth=known) if way else None
    return httpx2.AsyncClient(
        headers=headers,
        transport=_Watched(statuses, proxy),
        timeout=httpx2.Timeout(seconds, connect=10.0),
        trust_env=False,
    )


class _Watched(httpx2.AsyncHTTPTransport):
    def __init__(self, statuses: Statuses, proxy: httpx2.Proxy | None) -> None:
        super().__init__(proxy=proxy, trust_env=False)
        self._statuses = statuses

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        self._statuses.note(await request.aread(), response.status_code)
        if response.headers.get("content-encoding", "identity") != "identity":  # a few bytes may stand for gigabytes
            raise httpx2.ReadError("a compressed reply, which was not asked for")
        if not response.headers.get("content-type", "").startswith("text/event-stream"):
            response.stream = _Bounded(response.stream)
        return response


class _Bounded(httpx2.AsyncByteStream):
    """A reply's body that breaks off where it is too large."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for piece in self._stream:
            size += len(piece)
            if size > _MOST:
                raise httpx2.ReadError(f"a reply of more than {_MOST} bytes")
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()
