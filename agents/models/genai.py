"""A model call as a span, in the words of OpenTelemetry's semantic conventions for generative AI.

The conventions live at github.com/open-telemetry/semantic-conventions-genai. What they have no word for is under
`colloquia.`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import orjson

from agents.models.calls import Answer, Backend, Call
from scenarios.messages import Message, Speech
from scenarios.spans import Value, listener

_PROVIDERS = {Backend.OPENAI: "openai", Backend.EMBEDDED: "llama.cpp", Backend.SCRIPTED: "scripted"}
"""`openai` is the kind of interface, as the conventions want it: `server.address` tells whose model it is."""
_PORTS = {"http": 80, "https": 443}


async def traced(call: Call, answering: Awaitable[Answer]) -> Answer:
    """Await a call's answer inside a span of its own: one a call, its retries and its waiting for a slot included."""
    heard = listener()
    if heard is None:
        return await answering
    words = heard.words and not call.texts
    name = f"{_operation(call)} {call.model.name}"
    with heard.span(name, _asked(call), outside=call.model.backend is Backend.OPENAI) as span:
        if words:
            span.note({"gen_ai.input.messages": _words(call.messages)})
        answer = await answering
        span.note(_answered(call, answer))
        if words:
            span.note({"gen_ai.output.messages": _said(answer)})
    return answer


def _operation(call: Call) -> str:
    if call.model.acts:
        return "execute_tool"
    if call.model.rates:
        return "text_completion"
    return "embeddings" if call.texts else "chat"


def _asked(call: Call) -> dict[str, Value]:
    if call.model.acts:
        return {
            "gen_ai.operation.name": _operation(call),
            "gen_ai.tool.name": ", ".join(call.tool_names()) or call.model.name,
            "gen_ai.tool.type": "extension",
            **_server(call.model.base_url.partition(" ")[2]),
            "colloquia.role": call.role,
            "colloquia.sample": call.asker.sample,
            "colloquia.step": call.asker.step,
            "colloquia.attempt": call.asker.attempt,
        }
    if call.texts:
        return {
            "gen_ai.operation.name": _operation(call),
            "gen_ai.provider.name": _PROVIDERS[call.model.backend],
            "gen_ai.request.model": call.model.name,
            **_server(call.model.base_url),
            "colloquia.role": call.role,
            "colloquia.texts": len(call.texts),
        }
    decoding = call.decoding
    found: dict[str, Value] = {
        "gen_ai.operation.name": _operation(call),
        "gen_ai.provider.name": _PROVIDERS[call.model.backend],
        "gen_ai.request.model": call.model.name,
        "gen_ai.request.temperature": decoding.temperature,
        "gen_ai.request.max_tokens": decoding.max_tokens,
        "gen_ai.request.seed": call.seed,
        "gen_ai.output.type": "text" if call.answer_schema is None else "json",
        **_server(call.model.base_url),
        "colloquia.role": call.role,
        "colloquia.sample": call.asker.sample,
        "colloquia.step": call.asker.step,
        "colloquia.attempt": call.asker.attempt,
    }
    if decoding.top_p is not None:
        found["gen_ai.request.top_p"] = decoding.top_p
    if decoding.stop:
        found["gen_ai.request.stop_sequences"] = decoding.stop
    return found


@cache
def _server(base_url: str) -> dict[str, Value]:
    """Host and port, and nothing else of the address: it may hold a password."""
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:  # no address at all: the call itself will say so
        return {}
    return {"server.address": host, "server.port": port} if host and port else {}


def _answered(call: Call, answer: Answer) -> dict[str, Value]:
    if call.model.acts:
        return {"colloquia.requests": answer.requests, "colloquia.latency": answer.latency}
    if call.texts:
        return {
            "gen_ai.usage.input_tokens": answer.usage.prompt_tokens,
            "colloquia.requests": answer.requests,
            "colloquia.latency": answer.latency,
            "colloquia.usd": call.model.cost(answer.usage),
        }
    return {
        "gen_ai.response.finish_reasons": [answer.finish],
        "gen_ai.usage.input_tokens": answer.usage.prompt_tokens,
        "gen_ai.usage.cache_read.input_tokens": answer.usage.cached_tokens,
        "gen_ai.usage.output_tokens": answer.usage.completion_tokens,
        "colloquia.requests": answer.requests,
        "colloquia.latency": answer.latency,
        "colloquia.usd": call.model.cost(answer.usage),
    }


def _words(messages: Sequence[Message]) -> str:
    return orjson.dumps([{"role": message.role, "parts": _parts(message)} for message in messages]).decode()


def _said(answer: Answer) -> str:
    message = {"role": "assistant", "parts": _parts(answer.message()), "finish_reason": answer.finish}
    return orjson.dumps([message]).decode()


def _parts(message: Message) -> list[dict[str, Any]]:
    if message.role is Speech.TOOL:
        return [{"type": "tool_call_response", "id": message.tool_call_id, "response": message.content}]
    calls = [{"type": "tool_call", "id": call["id"], **call["function"]} for call in message.tool_calls or ()]
    return [{"type": "text", "content": message.content}, *calls] if message.content or not calls else calls
