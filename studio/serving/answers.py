"""Answers as JSON, and what becomes of errors: one line each; the traceback of a fault of ours goes to the log file."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import asdict, is_dataclass
from typing import Any, TypeVar

import orjson
from aiohttp import web
from pydantic import BaseModel

from graphs.shell.command import FaultLog
from scenarios.errors import UserError
from studio.serving.guarding import HEADERS, Doorkeeper

T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_TOLD = 250


def as_json(value: Any, status: int = 200) -> web.Response:
    """An answer that holds a frozen value."""
    return web.Response(body=json_bytes(value), status=status, content_type="application/json", charset="utf-8")


def json_bytes(value: Any) -> bytes:
    """A frozen value as JSON. Half a surrogate pair, which no UTF-8 holds, becomes a question mark."""
    try:
        return orjson.dumps(value, default=_plain)
    except TypeError:
        return orjson.dumps(_whole(value))


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} is no JSON")


def _whole(value: Any) -> Any:
    if isinstance(value, BaseModel):
        value = value.model_dump()
    elif is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_whole(key): _whole(inner) for key, inner in value.items()}
    return [_whole(inner) for inner in value] if isinstance(value, list | tuple) else value


def problem(line: str, status: int) -> web.Response:
    """An answer that says what is wrong in one line."""
    return as_json({"error": " ".join(line.split())}, status)


async def in_thread(pool: Executor, work: Callable[[], T]) -> T:
    """What work that reads files comes to, while the server goes on answering."""
    return await asyncio.get_running_loop().run_in_executor(pool, work)


def guarded(keeper: Doorkeeper, log: FaultLog) -> Any:
    """The middleware that asks the doorkeeper first, and answers whatever goes wrong."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await _answer(request, handler, keeper, log)
        response.headers.update(HEADERS)
        return response

    return answer


async def _answer(request: web.Request, handler: Handler, keeper: Doorkeeper, log: FaultLog) -> web.StreamResponse:
    if refusal := keeper.refusal(request):
        return problem(refusal, 403)
    try:
        return await handler(request)
    except UserError as error:
        return problem(str(error), 409)
    except web.HTTPException as error:
        return problem(f"{error.status}: {error.reason}", error.status)
    except Exception as error:  # noqa: BLE001 - the edge: a fault of ours is logged whole and said in one line
        told = f"{type(error).__name__}: {error}"[:_TOLD]
        return problem(f"a fault of ours: {told}; the details are in {log.write()}", 500)
