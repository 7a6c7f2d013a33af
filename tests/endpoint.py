"""A fake OpenAI-compatible endpoint on 127.0.0.1, in a thread of its own. Its behaviour is a function."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import inspect
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from agents.models.calls import Asker, Backend, Call, Model
from agents.models.scripted import scripted_text
from scenarios.messages import Message
from scenarios.schema.plans import Decoding
from scenarios.schema.styles import Style


@dataclass(frozen=True)
class Asked:
    """One request: its place in the order of arrival (from 1), its body and its headers."""

    number: int
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def texts(self) -> list[str]:
        """The texts that are to be embedded."""
        return list(self.body["input"])

    @property
    def seed(self) -> int:
        """The seed, which differs for every call of a run."""
        return int(self.body["seed"])

    @property
    def prompt(self) -> str:
        """All messages as one text."""
        return "\n".join(message["content"] or "" for message in self.body["messages"])

    @property
    def schema(self) -> dict[str, Any] | None:
        """The JSON schema that the answer shall have, from whatever rung of the ladder."""
        shape = self.body.get("response_format", {})
        if shape.get("type") == "json_schema":
            return dict(shape["json_schema"]["schema"])
        if self.body.get("tool_choice"):
            return dict(self.body["tools"][0]["function"]["parameters"])
        return None

    @property
    def tools(self) -> list[str]:
        """The names of the tools that are offered, those of the ladder left out."""
        return [] if self.body.get("tool_choice") else [tool["function"]["name"] for tool in self.body.get("tools", ())]


@dataclass(frozen=True)
class Reply:
    """A raw reply."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    """Bytes of the body after which the connection is cut off; the whole was promised."""


class Reset(Exception):
    """Raised by a behaviour: the connection is cut off without an answer."""


Behaviour = Callable[[Asked], Any]
"""Gives the answer's text or a Reply; may be async; may raise Reset."""


def scripted(asked: Asked) -> str:
    """Equal requests get equal answers. A line `MUST: a; b` in the prompt names what has to be said."""
    musts = [line.removeprefix("MUST: ") for line in asked.prompt.splitlines() if line.startswith("MUST: ")]
    expects = tuple(part.strip() for part in musts[-1].split(";") if part.strip()) if musts else ()
    messages = tuple(Message.model_validate({**m, "content": m["content"] or ""}) for m in asked.body["messages"])
    return scripted_text(
        Call(
            role="endpoint",
            asker=Asker(sample="", step=""),
            model=Model(backend=Backend.SCRIPTED, name="scripted", style=Style.CHAT),
            messages=messages,
            decoding=Decoding(),
            seed=asked.seed,
            answer_schema=asked.schema,
            expects=expects,
        )
    )


def scrambled(salt: str, answers: Behaviour = scripted) -> Behaviour:
    """As `answers`, which gives equal requests equal answers, but they overtake each other, in another order for every salt."""

    async def behave(asked: Asked) -> Any:
        place = hashlib.blake2b(f"{salt}{asked.seed}".encode(), digest_size=1).digest()[0]
        await asyncio.sleep(place / 256 * 0.012)  # the endpoint's latency, on which nothing may depend
        return answers(asked)

    return behave


def completion(asked: Asked, text: str, **changes: Any) -> dict[str, Any]:
    """A chat completion's body."""
    usage = {"prompt_tokens": len(asked.prompt.split()), "completion_tokens": len(text.split())}
    body = {
        "id": "x", "object": "chat.completion", "created": 0, "model": asked.body["model"],
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {**usage, "total_tokens": sum(usage.values())},
    }  # fmt: skip
    return {**body, **changes}


def calling(decide: Callable[[Asked], str | Sequence[tuple[str, Any]]]) -> Behaviour:
    """Answers with what `decide` says: a text, or tool calls as pairs of a name and arguments (an object, or raw text)."""

    def behave(asked: Asked) -> Reply:
        said = decide(asked)
        return Reply(body=completion(asked, said) if isinstance(said, str) else called(asked, *said))

    return behave


def called(asked: Asked, *calls: tuple[str, Any], text: str | None = None, **changes: Any) -> dict[str, Any]:
    """A chat completion's body that asks for tool calls, with ids that no two requests share."""
    body = completion(asked, text or "", **changes)
    body["choices"][0] |= {
        "finish_reason": "tool_calls",
        "message": {
            "role": "assistant",
            "content": text,
            "tool_calls": [
                {
                    "id": f"call_{asked.number}_{place}",
                    "type": "function",
                    "function": {
                        "name": name,
                        "arguments": given if isinstance(given, str) else orjson.dumps(given).decode(),
                    },
                }
                for place, (name, given) in enumerate(calls)
            ],
        },
    }
    return body


DIMENSIONS = 48
"""Of the vectors that an endpoint gives."""


def vector_of(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    """A vector of the words in a text: texts with the same words are near, in whatever order."""
    found = [0.0] * dimensions
    for word in text.lower().split():
        for place, byte in enumerate(hashlib.blake2b(word.encode(), digest_size=dimensions).digest()):
            found[place] += byte - 127.5
    return found


def embedded(asked: Asked) -> dict[str, Any]:
    """The body that answers a request for vectors."""
    return embeddings(asked, [vector_of(text) for text in asked.texts])


def embeddings(asked: Asked, vectors: Sequence[Any], **changes: Any) -> dict[str, Any]:
    """A body with the given vectors."""
    tokens = sum(len(text.split()) for text in asked.texts)
    body = {
        "object": "list", "model": asked.body["model"], "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        "data": [{"object": "embedding", "index": place, "embedding": each} for place, each in enumerate(vectors)],
    }  # fmt: skip
    return {**body, **changes}


class Endpoint:
    """Serves while it is entered."""

    def __init__(self, behaviour: Behaviour = scripted) -> None:
        self.behaviour = behaviour
        self.embeds: Behaviour = embedded
        """What answers at `/embeddings`: a body, or a Reply."""
        self.asked: list[Asked] = []
        self.asked_vectors: list[Asked] = []
        """The requests at `/embeddings`, which are no part of `asked`."""
        self.house: Callable[[Endpoint, web.Request], Awaitable[Reply]] | None = None
        """What answers at `/files` and `/batches` (`tests.batches`); without it nothing is there."""
        self.in_flight = 0
        self.most_in_flight = 0
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._closing: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._serve, name="endpoint", daemon=True)

    def __enter__(self) -> Endpoint:
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._closing is not None
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(20)

    def seeds(self, start: int = 0) -> Counter[int]:
        """How often each call was asked, from request `start` on."""
        return Counter(asked.seed for asked in self.asked[start:])

    def texts(self, start: int = 0) -> Counter[str]:
        """How often each text was to be embedded, from request `start` on."""
        return Counter(text for asked in self.asked_vectors[start:] for text in asked.texts)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._live())
        self._loop.close()

    async def _live(self) -> None:
        self._closing = asyncio.Event()
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/{tail:.*}", self._handle)
        app.router.add_get("/{tail:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        self._ready.set()
        await self._closing.wait()
        await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.path.split("/")[2] in {"files", "batches"}:
            reply = await self.house(self, request) if self.house else Reply(404, {"error": {"message": "Not Found"}})
            raw = reply.body if isinstance(reply.body, bytes) else orjson.dumps(reply.body)
            return web.Response(body=raw, status=reply.status, headers=reply.headers)
        of_vectors = request.path.endswith("/embeddings")
        kept, behaviour = (self.asked_vectors, self.embeds) if of_vectors else (self.asked, self.behaviour)
        asked = Asked(
            len(kept) + 1,
            orjson.loads(await request.read()),
            {str(name): value for name, value in request.headers.items()},
        )
        kept.append(asked)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            reply = behaviour(asked)
            if inspect.isawaitable(reply):
                reply = await reply
        except Reset:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        finally:
            self.in_flight -= 1
        if isinstance(reply, str):
            reply = Reply(body=completion(asked, reply))
        if isinstance(reply, dict):
            reply = Reply(body=reply)
        raw = reply.body if isinstance(reply.body, bytes) else orjson.dumps(reply.body)
        headers = {"Content-Type": "application/json", **reply.headers}
        if reply.cut is not None:
            return await _cut_off(request, reply.status, headers, raw, reply.cut)
        with contextlib.suppress(ConnectionError):
            return web.Response(body=raw, status=reply.status, headers=headers)
        return web.Response()


async def _cut_off(
    request: web.Request, status: int, headers: dict[str, str], raw: bytes, cut: int
) -> web.StreamResponse:
    """Promise the whole of `raw`, send `cut` bytes of it, and cut the connection off."""
    response = web.StreamResponse(status=status, headers={**headers, "Content-Length": str(len(raw))})
    with contextlib.suppress(ConnectionError):
        await response.prepare(request)
        await response.write(raw[:cut])
    if request.transport is not None:
        request.transport.close()
    return response
