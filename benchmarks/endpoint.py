"""An OpenAI-compatible endpoint for measuring: answers after a fixed time, in a process of its own.

`python benchmarks/endpoint.py MILLISECONDS [SEED]` prints its address and serves until its standard input ends.
`800-2400` for MILLISECONDS draws a time between the two for each request, from the request itself. With a seed some requests meet a mishap, see `SHARES`; which one depends on the seed, the request, and how often it was
asked before. At the end it prints how many requests met which, as JSON. With `copies` in place of SEED a third of the
answers are those of 40 texts with up to three words changed.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import orjson
from aiohttp import web

SHARES: Mapping[str, float] = {
    "429": 0.10, "500": 0.05, "never": 0.02, "garbage": 0.05, "body cut": 0.025, "text cut": 0.025,
}  # fmt: skip
"""The mishaps and the share of requests that each befalls."""
_WORDS = ["amber", "bridge", "candle", "drift", "ember", "fern", "garden", "harbor", "island", "juniper"]


def _drawn(*parts: bytes | str | int) -> bytes:
    return hashlib.sha256(b"|".join(p if isinstance(p, bytes) else str(p).encode() for p in parts)).digest()


def mishap(seed: int, request: bytes, times: int) -> str:
    """What befalls a request that was asked `times` times before; empty where it is answered well."""
    place = int.from_bytes(_drawn(seed, times, request)[:8]) / 2**64
    for name, end in zip(SHARES, itertools.accumulate(SHARES.values()), strict=True):
        if place < end:
            return name
    return ""


def waits(request: bytes, times: int) -> dict[str, str]:
    """The headers of a 429: one of the forms in which endpoints say how long to wait, a second at the most."""
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)
    forms: list[dict[str, str]] = [
        {"Retry-After": "0.1"},
        {"Retry-After": soon},
        {"retry-after-ms": "60"},
        {"x-ratelimit-reset-requests": "80ms", "x-ratelimit-remaining-requests": "0"},
        {"Retry-After": "soon"},
        {},
    ]
    return forms[_drawn("wait", times, request)[0] % len(forms)]


def garbage(request: bytes, times: int) -> bytes:
    """A body that is no chat completion, of one of several sorts."""
    sorts = [
        b"",
        b"<html>busy</html>",
        b'{"choices": []}',
        b"\x00\xff",
        b'{"error": {"message": "overloaded"}}',
        b"[1]",
    ]
    return sorts[_drawn("garbage", times, request)[0] % len(sorts)]


def answer(body: dict[str, Any], *, copies: bool = False) -> str:
    """Text that depends on the request alone; a JSON score where one is asked for."""
    if "response_format" in body:
        return '{"scores": {"quality": 4}}'
    drawn = hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).digest()
    said = [_WORDS[byte % 10] for byte in drawn[:24]]
    if copies and drawn[24] < 85:
        said = [_WORDS[byte % 10] for byte in _drawn("copied", drawn[25] % 40)[:24]]
        for place in drawn[26 : 26 + drawn[30] % 4]:
            said[place % 24] = _WORDS[place % 10]
    return " ".join(said).capitalize() + "."


def completion(body: dict[str, Any], *, cut: bool = False, copies: bool = False) -> bytes:
    """A chat completion; half of its text, where it is cut."""
    text = answer(body, copies=copies)
    reply = {
        "id": "x", "object": "chat.completion", "created": 0, "model": body["model"],
        "choices": [{
            "index": 0, "finish_reason": "length" if cut else "stop",
            "message": {"role": "assistant", "content": text[: len(text) // 2] if cut else text},
        }],
        "usage": {"prompt_tokens": 60, "completion_tokens": 24, "total_tokens": 84},
    }  # fmt: skip
    return orjson.dumps(reply)


class Served:
    """The endpoint's behaviour and its counts."""

    def __init__(self, least: float, most: float, seed: int | None, *, copies: bool = False) -> None:
        self._least, self._more = least, most - least
        self._seed, self._copies = seed, copies
        self._times: Counter[bytes] = Counter()
        self.met: Counter[str] = Counter()

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """Answer one request, or not."""
        raw = await request.read()
        befalls, times = "", 0
        if self._seed is not None:
            name = _drawn(raw)
            times, befalls = self._times[name], mishap(self._seed, raw, self._times[name])
            self._times[name] += 1
        self.met[befalls or "answered"] += 1
        if befalls == "429":
            return web.json_response({"error": {"message": "slow down"}}, status=429, headers=waits(raw, times))
        if befalls == "500":
            return web.json_response({"error": {"message": "oh"}}, status=500)
        if befalls == "never":
            await asyncio.Event().wait()
        place = int.from_bytes(_drawn("delay", raw)[:4]) / 2**32 if self._more else 0.0
        await asyncio.sleep(self._least + place * self._more)
        if befalls == "garbage":
            return web.Response(body=garbage(raw, times), content_type="application/json")
        reply = completion(orjson.loads(raw), cut=befalls == "text cut", copies=self._copies)
        if befalls == "body cut":
            return await _cut_off(request, reply)
        return web.Response(body=reply, content_type="application/json")


async def _cut_off(request: web.Request, reply: bytes) -> web.StreamResponse:
    """Promise the whole, send half, and close the connection."""
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(reply))})
    await response.prepare(request)
    await response.write(reply[: len(reply) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


async def serve(least: float, most: float, seed: int | None, *, copies: bool) -> None:
    """Serve until standard input ends; answers take between `least` and `most` seconds."""
    served = Served(least, most, seed, copies=copies)
    app = web.Application()
    app.router.add_post("/v1/chat/completions", served.chat)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/v1", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()
    if seed is not None:
        print(orjson.dumps(served.met).decode(), flush=True)


if __name__ == "__main__":
    _least, _, _most = sys.argv[1].partition("-")
    _copies = "copies" in sys.argv[2:]
    _seed = None if _copies or len(sys.argv) < 3 else int(sys.argv[2])
    asyncio.run(serve(float(_least) / 1000, float(_most or _least) / 1000, _seed, copies=_copies))
