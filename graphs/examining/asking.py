"""Asking an endpoint: by the way of a run, which learns what the endpoint does not take, and bare, to see what comes back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from agents.models.calls import Answer, Asker, Call, Model
from agents.models.endpoint.failures import error_in, shown, words_of
from agents.models.endpoint.network import plain
from agents.models.endpoint.post import by_proxy
from agents.models.endpoint.proxies import proxy_for
from agents.models.endpoint.secret import Secret
from agents.models.endpoint.wire import Wire
from agents.models.faults import Fault, FaultKind
from scenarios.messages import Message, Speech
from scenarios.schema.plans import Decoding

_TRIES = 8
"""Requests of one call: each leaves out one thing more that was refused."""
_MOST = 4_000_000
_CHAT = "chat/completions"
_AWAY = (aiohttp.ClientError, OSError, TimeoutError, ValueError)


@dataclass(frozen=True)
class Bare:
    """What came back of a bare request."""

    status: int
    body: dict[str, Any]
    words: str
    """What a refusal says."""
    seconds: float

    @property
    def choice(self) -> dict[str, Any]:
        """The first choice; empty if there is none."""
        choices = self.body.get("choices")
        return choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}

    @property
    def text(self) -> str:
        """The words of the answer."""
        content = (self.choice.get("message") or {}).get("content")
        return content if isinstance(content, str) else ""

    @property
    def usage(self) -> dict[str, Any]:
        """The tokens that it counts."""
        usage = self.body.get("usage")
        return usage if isinstance(usage, dict) else {}


@dataclass
class Patient:
    """An endpoint that is examined. `close` it."""

    model: Model
    key: str
    requests: int = 0
    tokens: int = 0
    _session: aiohttp.ClientSession | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.wire = Wire(self.model.base_url, self.key)
        self._proxy = proxy_for(self.model.base_url)
        self.secret = Secret(self.key, *([self._proxy.password] if self._proxy else []))

    # -- by the way of a run ---------------------------------------------------------------------------------

    def call(
        self,
        step: str,
        *texts: str,
        schema: dict[str, Any] | None = None,
        tools: Sequence[dict[str, Any]] = (),
        **decoding: Any,
    ) -> Call:
        """A call whose first text is the system's, the second the user's."""
        roles = (Speech.SYSTEM, Speech.USER) if len(texts) == 2 else (Speech.USER,)
        messages = tuple(Message(role=role, content=text) for role, text in zip(roles, texts, strict=True))
        return Call(
            role="doctor", asker=Asker(sample="doctor", step=step), model=self.model, messages=messages, seed=7,
            decoding=Decoding(**{"temperature": 0.0, "max_tokens": 200, **decoding}), answer_schema=schema, tools=tuple(tools),
        )  # fmt: skip

    async def ask(self, call: Call) -> Answer:
        """Ask as a run does, without what the endpoint refuses. Raises Fault."""
        for left in reversed(range(_TRIES)):
            self.requests += 1
            try:
                async with asyncio.timeout(self.model.timeout):
                    answer = await self.wire.send(call)
            except TimeoutError:
                raise Fault(FaultKind.TIMEOUT, f"no answer within {self.model.timeout:g} seconds") from None
            except Fault as fault:
                if fault.kind is FaultKind.FORM and left:
                    continue
                if fault.kind is FaultKind.THROTTLED and left:
                    await asyncio.sleep(min(fault.retry_after or 1.0, 20.0))
                    continue
                raise
            self.tokens += answer.usage.tokens
            return answer
        raise AssertionError("the last try answers or raises")

    def limited(self, tokens: int) -> dict[str, int]:
        """The limit on an answer's tokens under the name that the endpoint takes."""
        refused = "limit:max_tokens" in self.wire.left_out(self.model.name)
        return {"max_completion_tokens" if refused else "max_tokens": tokens}

    # -- bare -------------------------------------------------------------------------------------------------

    async def post(self, **body: Any) -> Bare:
        """One request as it stands. Raises Fault if nobody is there."""
        found = await self._bare("POST", _CHAT, orjson.dumps({"model": self.model.name, **body}))
        self.tokens += sum(
            n for n in map(found.usage.get, ("prompt_tokens", "completion_tokens")) if isinstance(n, int)
        )
        return found

    async def models(self) -> Bare:
        """The list of models. Raises Fault if nobody is there."""
        return await self._bare("GET", "models")

    async def _bare(self, method: str, path: str, data: bytes | None = None) -> Bare:
        began = time.monotonic()
        try:
            async with self._request(method, path, data) as reply:
                return self._read(reply.status, await reply.content.read(_MOST), time.monotonic() - began)
        except _AWAY as error:
            raise self._away(error) from None

    def _request(self, method: str, path: str, data: bytes | None) -> Any:
        """As a run asks: to this address alone, by the proxy that the environment names for it."""
        self.requests += 1
        url = f"{self.model.base_url.rstrip('/')}/{path}"
        return self._connected().request(method, url, data=data, allow_redirects=False, **by_proxy(self._proxy))

    async def first_words(self, **body: Any) -> tuple[float, float] | None:
        """Seconds to the first piece of a streamed answer, and pieces a second after it; None if it does not stream."""
        began, first, pieces = time.monotonic(), 0.0, 0
        data = orjson.dumps({"model": self.model.name, "stream": True, **body})
        try:
            async with self._request("POST", _CHAT, data) as reply:
                if reply.status != 200 or "event-stream" not in reply.headers.get("Content-Type", ""):
                    return None
                async for line in reply.content:
                    if line.startswith(b"data:") and b'"delta"' in line:
                        pieces += 1
                        first = first or time.monotonic() - began
        except _AWAY:
            return None
        rest = time.monotonic() - began - first
        return (first, (pieces - 1) / rest if pieces > 1 and rest > 0 else 0.0) if pieces else None

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                headers={"Authorization": f"Bearer {self.key or 'none'}", "Content-Type": "application/json"},
                timeout=aiohttp.ClientTimeout(total=self.model.timeout, sock_connect=10.0),
            )  # fmt: skip
        return self._session

    def _read(self, status: int, raw: bytes, seconds: float) -> Bare:
        try:
            body = orjson.loads(raw)
        except orjson.JSONDecodeError:
            body = None
        error = error_in(body)
        told = (error or {}).get("message") if isinstance(error, dict) else None
        words = str(told) if told else words_of(raw) if status >= 300 else ""
        return Bare(status, body if isinstance(body, dict) else {}, shown(words, self.secret.out_of)[:160], seconds)

    def _away(self, error: Exception) -> Fault:
        return Fault(FaultKind.AWAY, self.secret.out_of(plain(error)))

    async def close(self) -> None:
        """Close the connections."""
        await self.wire.close()
        if self._session is not None:
            await self._session.close()
