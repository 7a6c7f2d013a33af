"""Requests to an endpoint by aiohttp and orjson: what came back, or the fault that it was."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import aiohttp
import orjson

from agents.models.endpoint.proxies import Proxy, proxy_for
from agents.models.endpoint.replies import Reply
from agents.models.endpoint.secret import Secret
from agents.models.endpoint.streams import ends_here
from agents.models.faults import Fault, FaultKind

_CONNECT_S = 10.0
"""Seconds after which an endpoint that does not take a connection counts as away."""
_JSON = {"Content-Type": "application/json"}


class Post:
    """The connections to the endpoint at `base_url`. `key` is shown in no error."""

    def __init__(self, base_url: str, key: str) -> None:
        self._base_url = base_url.rstrip("/")
        self.key = key.strip()
        self._proxy = proxy_for(self._base_url)
        self.secret = Secret(self.key, *([self._proxy.password] if self._proxy else []))
        self._session: aiohttp.ClientSession | None = None
        self._timeouts: dict[float, aiohttp.ClientTimeout] = {}

    async def send(self, path: str, payload: dict[str, Any], *, seconds: float, most: int) -> Reply:
        """Post JSON once. `seconds` is the time limit of the whole, which the caller keeps; `most` are the bytes that a reply
        may have. Raises Fault."""
        return await self._exchange("POST", path, seconds, most, data=orjson.dumps(payload), headers=_JSON)

    async def upload(
        self, path: str, fields: Mapping[str, str], name: str, file: bytes, *, seconds: float, most: int
    ) -> Reply:
        """Post a form of `fields` with a file called `name`. Otherwise as `send`."""
        form = aiohttp.FormData(dict(fields))
        form.add_field("file", file, filename=name, content_type="application/jsonl")
        return await self._exchange("POST", path, seconds, most, data=form)

    async def get(self, path: str, *, seconds: float, most: int) -> Reply:
        """Get what is there, to its last byte. Otherwise as `send`."""
        return await self._exchange("GET", path, seconds, most)

    async def _exchange(self, method: str, path: str, seconds: float, most: int, **sent: Any) -> Reply:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=30),
                headers={"Authorization": f"Bearer {self.key or 'none'}"},
                auto_decompress=True,
            )
        if self._proxy and not self._proxy.usable:
            raise Fault(
                FaultKind.MODEL, f"{self._proxy} speaks no HTTP; name one that does, or put the host into NO_PROXY"
            )
        try:
            # Not followed elsewhere: the key is meant for this address alone.
            async with self._session.request(
                method,
                f"{self._base_url}/{path}",
                timeout=self._timeout(seconds),
                allow_redirects=False,
                **sent,
                **by_proxy(self._proxy),
            ) as reply:
                return Reply(reply.status, await _body(reply, most, streams=method == "POST"), reply.headers)
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, aiohttp.ClientConnectorCertificateError) as error:
            raise self._fault(FaultKind.MODEL, error) from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise self._fault(FaultKind.AWAY, error) from None
        except (aiohttp.ClientError, OSError) as error:
            raise self._fault(FaultKind.CONNECTION, error) from None
        except ValueError as error:
            raise self._fault(FaultKind.MODEL, error) from None

    def _timeout(self, seconds: float) -> aiohttp.ClientTimeout:
        """The gateway owns the time limit of the whole; a connection that is not taken is told apart from a slow answer."""
        if seconds not in self._timeouts:
            self._timeouts[seconds] = aiohttp.ClientTimeout(total=None, sock_connect=min(_CONNECT_S, seconds / 2))
        return self._timeouts[seconds]

    def _fault(self, kind: FaultKind, error: Exception) -> Fault:
        way = f" (through {self._proxy})" if self._proxy else ""
        return Fault(kind, self.secret.out_of(" ".join(f"{type(error).__name__}: {error}{way}".split())))

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def by_proxy(proxy: Proxy | None) -> dict[str, Any]:
    """How aiohttp is told of a proxy. Its own way to read the environment would take a password for the endpoint from
    ~/.netrc, and send it in place of the key."""
    if proxy is None:
        return {}
    if not (proxy.user or proxy.password):
        return {"proxy": proxy.url}
    told = base64.b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
    # aiohttp makes Proxy-Authorization of it, which through a tunnel the proxy alone hears.
    return {"proxy": proxy.url, "proxy_headers": {"Authorization": f"Basic {told}"}}


async def _body(reply: aiohttp.ClientResponse, most: int, *, streams: bool) -> bytes:
    """A reply's body. Raises Fault where it is larger than any answer can be. One that `streams` may say by itself that it is
    over."""
    pieces, size, tail = [], 0, b""
    async for piece in reply.content.iter_any():
        pieces.append(piece)
        size += len(piece)
        if size > most:
            raise Fault(FaultKind.GARBAGE, f"HTTP {reply.status}: a reply of more than {most} bytes")
        tail = (tail + piece)[-32:]
        if streams and ends_here(tail):  # some keep the connection open
            break
    return b"".join(pieces)
