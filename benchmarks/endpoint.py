"""An OpenAI-compatible endpoint for measuring: answers after a fixed time, in a process of its own.

`python benchmarks/endpoint.py MILLISECONDS` prints its address and serves until its standard input ends.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys

import orjson
from aiohttp import web

_WORDS = ["amber", "bridge", "candle", "drift", "ember", "fern", "garden", "harbor", "island", "juniper"]


def answer(body: dict[str, object]) -> str:
    """Text that depends on the request alone; a JSON score where one is asked for."""
    if "response_format" in body:
        return '{"scores": {"quality": 4}}'
    drawn = hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).digest()
    return " ".join(_WORDS[byte % 10] for byte in drawn[:24]).capitalize() + "."


def reply_to(body: dict[str, object]) -> dict[str, object]:
    """A chat completion."""
    return {
        "id": "x", "object": "chat.completion", "created": 0, "model": body["model"],
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": answer(body)}}],
        "usage": {"prompt_tokens": 60, "completion_tokens": 24, "total_tokens": 84},
    }  # fmt: skip


async def serve(delay: float) -> None:
    """Serve until standard input ends."""

    async def chat(request: web.Request) -> web.Response:
        body = orjson.loads(await request.read())
        await asyncio.sleep(delay)
        return web.Response(body=orjson.dumps(reply_to(body)), content_type="application/json")

    app = web.Application()
    app.router.add_post("/v1/chat/completions", chat)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/v1", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]) / 1000))
