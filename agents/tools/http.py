"""Operations of an OpenAPI document, called over HTTP with aiohttp: bounded, and at the user's address alone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

import aiohttp
from yarl import URL

from agents.models.calls import Answer, Call
from agents.models.endpoint.post import by_proxy
from agents.models.endpoint.proxies import proxy_for
from agents.models.endpoint.secret import Secret
from agents.models.endpoint.waits import retry_after
from agents.models.faults import Fault, FaultKind
from agents.tools.json_text import value_of, written
from agents.tools.requests import asked_of, key_header
from agents.tools.results import Kept, failure, kept
from scenarios.material.tools.spec import ArgumentPlace, BodyForm, HttpReach, ToolSpec

_CONNECT_S = 10.0
_MOST = 1024 * 1024
"""Bytes of a reply that are read."""
_REDIRECTS = 5
_DOWN = {503: FaultKind.UNREADY}
_DOWN_IF_READ = {502: FaultKind.UNREADY, 503: FaultKind.UNREADY, 504: FaultKind.UNREADY}
"""What a proxy says whose server is down. A call that writes may have been carried out unless it was 503."""


class UnfitArgument(ValueError):
    """An argument cannot stand where it has to go."""


class HttpTools:
    """The transport to the operations of `specs` at `base_url`. `key` is sent in `header` and shown nowhere."""

    def __init__(
        self,
        base_url: str,
        specs: Sequence[ToolSpec],
        key: str = "",
        header: str = "Authorization",
        timeout: float = 30.0,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._specs = {spec.name: spec for spec in specs if spec.http is not None}
        self._proxy = proxy_for(self._base_url)
        self._secret = Secret(key.strip(), *([self._proxy.password] if self._proxy else []))
        self._headers = {"Accept": "application/json", **key_header(header, key.strip())}
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None

    async def send(self, call: Call) -> Answer:
        """Carry a call out once. What the server answers is a result, 4xx and most of 5xx included, and so is none in time.
        Raises Fault if the server is not there, throttles, or does not accept the key."""
        name, arguments = asked_of(call)
        spec = self._specs[name]
        assert spec.http is not None
        try:
            url, headers, body = request_of(spec.http, self._base_url, arguments)
        except UnfitArgument as error:
            return failure(str(error)).answer()
        if spec.writes:
            headers["Idempotency-Key"] = call.key().hex()
        try:
            async with asyncio.timeout(self._timeout):
                status, raw = await self._sent(spec, url, headers, body)
        except TimeoutError:
            done = "; it may have been carried out all the same" if spec.writes else ""
            return failure(f"no answer within {self._timeout:g} seconds{done}").answer()
        return self._read(status, raw).answer()

    async def _sent(
        self, spec: ToolSpec, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, bytes]:
        """Status and body of the reply, after redirects at the same address. Raises Fault."""
        assert spec.http is not None
        if self._proxy and not self._proxy.usable:
            raise Fault(
                FaultKind.MODEL, f"{self._proxy} speaks no HTTP; name one that does, or put the host into NO_PROXY"
            )
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S),
                cookie_jar=aiohttp.DummyCookieJar(),  # conversations share nothing
            )
            # It would send a PUT or DELETE that broke off once more, and has no public switch for that.
            self._session._retry_connection = False
        method = spec.http.method
        try:
            for _ in range(_REDIRECTS):
                async with self._session.request(
                    method,
                    URL(url, encoded=True),
                    data=body,
                    headers=headers,
                    allow_redirects=False,
                    **by_proxy(self._proxy),
                ) as reply:
                    to = reply.headers.get("Location", "") if reply.status in {301, 302, 303, 307, 308} else ""
                    if not to:
                        self._check(reply.status, reply.headers, spec)
                        return reply.status, await _body(reply)
                there = urljoin(url, to)
                if _origin(there) != _origin(self._base_url) or (spec.writes and reply.status not in {307, 308}):
                    return reply.status, b'"it answers with a redirect that is not followed"'
                url = there
            return reply.status, b'"it answers with one redirect after the other"'
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, aiohttp.ClientConnectorCertificateError) as error:
            raise self._fault(FaultKind.MODEL, error) from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise self._fault(FaultKind.AWAY, error) from None
        except (aiohttp.ClientError, OSError) as error:
            raise self._fault(FaultKind.LOST if spec.writes else FaultKind.CONNECTION, error) from None
        except ValueError as error:
            raise self._fault(FaultKind.MODEL, error) from None

    def _check(self, status: int, headers: Mapping[str, str], spec: ToolSpec) -> None:
        """Raise Fault for what says nothing of the call."""
        if status in {401, 407}:
            raise Fault(FaultKind.KEY, f"HTTP {status}")
        if status == 429:
            raise Fault(FaultKind.THROTTLED, f"HTTP {status}", retry_after(headers))
        down = (_DOWN if spec.writes else _DOWN_IF_READ).get(status)
        if down is not None:
            raise Fault(down, f"HTTP {status}", retry_after(headers))

    def _read(self, status: int, raw: bytes) -> Kept:
        """The result in a reply."""
        if len(raw) > _MOST:
            return failure(f"the result is larger than {_MOST:,} bytes; ask for less")
        value = value_of(raw) if raw else None
        if status < 300:
            return kept({"status": status} if value is None and not raw else value, self._secret)
        return kept({"error": {"status": status, "body": value}}, self._secret, error=True)

    def _fault(self, kind: FaultKind, error: Exception) -> Fault:
        way = f" (through {self._proxy})" if self._proxy else ""
        return Fault(kind, self._secret.out_of(" ".join(f"{type(error).__name__}: {error}{way}".split())))

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def request_of(
    reach: HttpReach, base_url: str, arguments: Mapping[str, Any]
) -> tuple[str, dict[str, str], bytes | None]:
    """Address, headers and body of an operation's request. Raises UnfitArgument."""
    path, query, headers, fields = reach.path, list[tuple[str, str]](), dict[str, str](), dict[str, Any]()
    for argument, value in arguments.items():
        told = reach.parameters.get(argument)
        if told is None:
            continue
        if told.place is ArgumentPlace.BODY:
            fields[told.name] = value
        elif value is None:
            continue
        elif told.place is ArgumentPlace.PATH:
            path = path.replace(f"{{{told.name}}}", _segment(argument, value))
        elif told.place is ArgumentPlace.QUERY:
            query += _pairs(told.name, value, exploded=told.exploded)
        else:
            headers[told.name] = _header(argument, value)
    body = None
    if reach.body is BodyForm.FORM:
        pairs = [
            pair for name, value in fields.items() if value is not None for pair in _pairs(name, value, exploded=True)
        ]
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return _address(base_url, path, query), headers, urlencode(pairs).encode()
    if reach.body is BodyForm.FIELDS:
        body = written(fields).encode()
    elif reach.body is BodyForm.WHOLE and fields:
        body = written(next(iter(fields.values()))).encode()
    if body is not None:
        headers["Content-Type"] = "application/json"
    return _address(base_url, path, query), headers, body


def _address(base_url: str, path: str, query: list[tuple[str, str]]) -> str:
    asked = urlencode(query, quote_via=quote)
    return f"{base_url}{quote(path, safe='/%:@!$&*+,;=~()')}{f'?{asked}' if asked else ''}"


def _segment(argument: str, value: Any) -> str:
    """A value as one part of a path: it leads nowhere else."""
    text = ",".join(map(_text, value)) if isinstance(value, list) else _text(value)
    if text in {"", ".", ".."}:
        raise UnfitArgument(f"'{argument}' may not be {text!r}")
    return quote(text, safe="")


def _header(argument: str, value: Any) -> str:
    text = ",".join(map(_text, value)) if isinstance(value, list) else _text(value)
    if not text.isprintable() or not text.isascii():
        raise UnfitArgument(f"'{argument}' may hold plain letters, digits and marks alone")
    return text


def _pairs(name: str, value: Any, *, exploded: bool) -> list[tuple[str, str]]:
    if isinstance(value, list):
        return [(name, _text(one)) for one in value] if exploded else [(name, ",".join(map(_text, value)))]
    if isinstance(value, dict):
        return [(f"{name}[{key}]", _text(one)) for key, one in value.items()]
    return [(name, _text(value))]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else written(value)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


async def _body(reply: aiohttp.ClientResponse) -> bytes:
    """A reply's body, or a little more than is read of one."""
    pieces, size = [], 0
    async for piece in reply.content.iter_any():
        pieces.append(piece)
        size += len(piece)
        if size > _MOST:
            break
    return b"".join(pieces)
