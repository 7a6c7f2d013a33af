"""Endpoints that imitate the dialects which servers speak."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from serving import served


@dataclass(frozen=True)
class Dialect:
    """What a server takes and does. By default it can do everything."""

    refuses: tuple[str, ...] = ()
    """Parameters, each refused with a 400 that names it."""
    system: bool = True
    tools: bool = True
    form: str = "json_schema"
    """`json_schema`, `json_object`, or nothing: what it takes as response_format."""
    strict: bool = False
    """It takes schemas only if they are closed, with every property required."""
    enforces: bool = True
    repeats: bool = True
    stops: bool = True
    counts: bool = True
    caches: bool = True
    thinks: bool = False
    """Its thoughts stand in the answer."""
    says_length: bool = True
    logprobs: bool = True
    at_once: int = 1000
    key: str = ""
    models: tuple[str, ...] = ("m",)


class Server:
    """One such endpoint."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.asked = 0
        self._under_way = 0

    async def list(self, request: web.Request) -> web.Response:
        if self._locked(request):
            return _error(401, "Incorrect API key provided", "invalid_api_key")
        return web.json_response({"data": [{"id": name} for name in self.dialect.models]})

    async def chat(self, request: web.Request) -> web.StreamResponse:
        if self._locked(request):
            return _error(401, "Incorrect API key provided", "invalid_api_key")
        body = await request.json()
        self.asked += 1
        if body["model"] not in self.dialect.models:
            return _error(404, f"The model `{body['model']}` does not exist", "model_not_found")
        if wrong := self._refusal(body):
            return _error(400, wrong)
        self._under_way += 1
        try:
            if self._under_way > self.dialect.at_once:
                return _error(429, "Too many requests", "rate_limit_exceeded")
            await asyncio.sleep(0.01 if self.dialect.at_once < 1000 else 0)
            return await self._answer(request, body)
        finally:
            self._under_way -= 1

    def _locked(self, request: web.Request) -> bool:
        return bool(self.dialect.key) and request.headers.get("Authorization") != f"Bearer {self.dialect.key}"

    def _refusal(self, body: dict[str, Any]) -> str:
        for name in self.dialect.refuses:
            if name in body:
                return f"Unsupported parameter: '{name}' is not supported with this model."
        if not self.dialect.system and any(one["role"] == "system" for one in body["messages"]):
            return "system role is not supported by this model's chat template"
        if "tools" in body and not self.dialect.tools:
            return "This model does not support tools"
        form = body.get("response_format")
        if form and form["type"] != self.dialect.form:
            return f"response_format of type '{form['type']}' is not supported"
        if form and form["type"] == "json_schema" and self.dialect.strict:
            schema = form["json_schema"]["schema"]
            if schema.get("additionalProperties") is not False or set(schema["required"]) != set(schema["properties"]):
                return (
                    "Invalid schema for response_format: additionalProperties must be false and all properties required"
                )
        return ""

    async def _answer(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        said = body["messages"][-1]["content"]
        text, calls = self._text(body, said), None
        if "tools" in body and "Bonn" in said:
            text = None
            calls = [
                {
                    "id": f"c{i}",
                    "type": "function",
                    "function": {"name": "weather", "arguments": json.dumps({"city": city})},
                }
                for i, city in enumerate(("Bonn", "Rome"))
            ]
        if "tool_choice" in body:
            text, calls = (
                None,
                [{"id": "c0", "type": "function", "function": {"name": "answer", "arguments": '{"colour": "green"}'}}],
            )
        if self.dialect.stops and text:
            for word in body.get("stop") or ():
                text = text.partition(word)[0]
        if self.dialect.thinks and text:
            text = f"<think>Let me see.</think>{text}"
        limit = body.get("max_tokens") or body.get("max_completion_tokens") or 1000
        cut = text is not None and len(text.split()) > limit
        if cut and text:
            text = " ".join(text.split()[:limit])
        if body.get("stream"):
            return await self._stream(request, text or "")
        message = {"role": "assistant", "content": text, **({"tool_calls": calls} if calls else {})}
        reply: dict[str, Any] = {
            "id": "x", "object": "chat.completion", "created": 0, "model": "m",
            "choices": [{"index": 0, "message": message, "finish_reason": "length" if cut and self.dialect.says_length else "tool_calls" if calls else "stop"}],
        }  # fmt: skip
        if body.get("logprobs") and self.dialect.logprobs:
            reply["choices"][0]["logprobs"] = {"content": [{"token": "yes", "logprob": -0.1}]}
        if self.dialect.counts:
            tokens = sum(len(str(one["content"]).split()) for one in body["messages"])
            reply["usage"] = {"prompt_tokens": tokens, "completion_tokens": 5, "total_tokens": tokens + 5}
            if self.dialect.caches:
                reply["usage"]["prompt_tokens_details"] = {"cached_tokens": tokens - 2}
        return web.json_response(reply)

    def _text(self, body: dict[str, Any], said: str) -> str:
        form = body.get("response_format", {}).get("type")
        against = "BLUE" in str(body["messages"])
        if form == "json_schema" and (self.dialect.enforces or not against):
            return '{"colour": "green"}'
        if (form == "json_object" and not against) or (form is None and "JSON only" in str(body["messages"])):
            return '{"colour": "green"}'
        if against:
            return "BLUE"
        if found := re.search(r"Count from 1 to (\d+)", said):
            return ", ".join(str(n + 1) for n in range(int(found[1])))
        if "ZEBRA" in str(body["messages"]):
            return "Good morning. ZEBRA"
        if "boat, an animal" in said:
            return f"A boat carried 3 goats{'' if self.dialect.repeats else f', number {self.asked}'}."
        return "It is blue at noon, as everybody knows."

    async def _stream(self, request: web.Request, text: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for word in text.split():
            await response.write(f"data: {json.dumps({'choices': [{'delta': {'content': word + ' '}}]})}\n\n".encode())
        await response.write(b"data: [DONE]\n\n")
        return response


def _error(status: int, message: str, code: str = "invalid_request_error") -> web.Response:
    return web.json_response({"error": {"message": message, "type": code, "code": code}}, status=status)


@contextmanager
def serving(dialect: Dialect) -> Iterator[tuple[str, Server]]:
    """The address of an endpoint that speaks a dialect."""
    server = Server(dialect)

    def make() -> web.Application:
        app = web.Application()
        app.router.add_get("/v1/models", server.list)
        app.router.add_post("/v1/chat/completions", server.chat)
        return app

    with served(make) as address:
        yield f"{address}/v1", server
