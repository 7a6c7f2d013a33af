"""How near the limit of calls in flight comes to what an endpoint takes, over the real gateway and wire.

`python benchmarks/limits.py [CALLS]` (4000). An endpoint in a process of its own answers 429 at once above k requests in
service, with `Retry-After: 1` or without, and everything else after a fixed time: 50 ms, or longer for a large k, so
that one process can keep k in flight at all (at 50 ms k=100 would be 2,000 calls a second). The gateway begins with
128 in flight and is told nothing. Beside it: the same calls with the limit fixed at k.

In flight is counted at the endpoint, from its first request until the client begins its last call.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
import uvloop
from aiohttp import web

from agents.models.calls import Answer, Asker, Backend, Call, Model, Reservation
from agents.models.endpoint.wire import Wire
from agents.models.gateway import Gateway
from agents.models.limits.in_flight import AdaptiveLimit
from agents.models.limits.ledger import Budget, Ledger
from scenarios.errors import CallFailed
from scenarios.messages import Message, Speech
from scenarios.schema.plans import Decoding
from scenarios.schema.styles import Style

CEILING = 128
NEAR = 0.85


# -- the endpoint ----------------------------------------------------------------------------------------------------


class Sluice:
    """Lets at most `k` requests in; `k` is doubled once `double_after` have been let in."""

    def __init__(self) -> None:
        self.set({"k": 1, "seconds": 0.0, "retry_after": None, "double_after": None})

    def set(self, told: dict[str, Any]) -> None:
        """Begin anew."""
        self.told = told
        self.k = int(told["k"])
        self.busy = 0
        self.let_in = 0
        self.throttled = 0
        self.doubled_at: float | None = None
        self.changes: list[tuple[float, int]] = []

    def change(self, by: int) -> None:
        """Note that one more, or one fewer, is in service."""
        self.busy += by
        self.changes.append((time.monotonic(), self.busy))

    async def chat(self, request: web.Request) -> web.Response:
        """Answer, or refuse."""
        body = orjson.loads(await request.read())
        if self.busy >= self.k:
            self.throttled += 1
            named = self.told["retry_after"]
            return web.json_response({"error": {}}, status=429, headers={"Retry-After": str(named)} if named else {})
        self.change(1)
        self.let_in += 1
        if self.let_in == self.told["double_after"]:
            self.k *= 2
            self.doubled_at = time.monotonic()
        try:
            await asyncio.sleep(self.told["seconds"])
        finally:
            self.change(-1)
        message = {"role": "assistant", "content": "So it is."}
        return web.json_response(
            {
                "id": "x", "object": "chat.completion", "created": 0, "model": body["model"],
                "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
                "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12},
            }
        )  # fmt: skip

    async def setting(self, request: web.Request) -> web.Response:
        """Take new settings."""
        self.set(await request.json())
        return web.json_response({})

    async def figures(self, _: web.Request) -> web.Response:
        """What happened since."""
        return web.json_response({"changes": self.changes, "refused": self.throttled, "doubled_at": self.doubled_at})


async def serve() -> None:
    """Serve until standard input ends."""
    sluice = Sluice()
    app = web.Application()
    app.add_routes(
        [
            web.post("/v1/chat/completions", sluice.chat),
            web.post("/settings", sluice.setting),
            web.get("/figures", sluice.figures),
        ]
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


# -- the client ------------------------------------------------------------------------------------------------------


class Forgets:
    """A call store that keeps nothing."""

    async def answered(self, key: bytes) -> Answer | None:
        """Nothing is stored."""
        return None

    async def keep(self, key: bytes, call: Call, answer: Answer, ticket: bytes) -> None:
        """Drop it."""

    async def asked(self, ticket: bytes, key: bytes, requests: int, cost: Reservation) -> None:
        """Drop it."""


async def ask_all(url: str, limit: AdaptiveLimit, calls: int, on_begun: Callable[[int], None]) -> tuple[float, int]:
    """Make `calls` calls, as the samples of a run do: each its own one after the other.

    Returns when the last one began and how many failed for good.
    """
    model = Model(backend=Backend.OPENAI, name="m", style=Style.CHAT, base_url=f"{url}/v1")
    gateway = Gateway({("openai", model.base_url): Wire(model.base_url, "")}, Forgets(), Ledger(Budget()), limit)
    begun = failed = 0
    last = 0.0

    async def sample(index: int) -> None:
        nonlocal begun, failed, last
        while begun < calls:
            begun += 1
            last = time.monotonic()
            on_begun(begun)
            call = Call(
                role="generator",
                asker=Asker(sample=f"s{index}", step="generate", place=(0, index)),
                model=model,
                messages=(Message(role=Speech.USER, content=f"Say that it is so, number {begun}."),),
                decoding=Decoding(max_tokens=20),
                seed=begun,
            )
            try:
                await gateway.ask(call)
            except CallFailed:
                failed += 1

    await asyncio.gather(*(sample(index) for index in range(CEILING * 3 // 2)))
    await gateway.close()
    return last, failed


@dataclass(frozen=True)
class Figures:
    """One run of calls, as the endpoint saw it."""

    changes: list[tuple[float, int]]
    refused: float
    """Share of all requests."""
    failed: int
    drains: float
    doubled_at: float | None

    def mean(self, start: float, end: float) -> float:
        """Requests in service between two moments, in the mean."""
        area = 0.0
        for (since, busy), (until, _) in zip(self.changes, [*self.changes[1:], (end, 0)], strict=True):
            area += busy * max(0.0, min(until, end) - max(since, start))
        return area / (end - start)

    def near(self, k: int) -> float:
        """Mean in flight over k, or over each half's k where it was doubled."""
        begins = self.changes[0][0]
        if self.doubled_at is None:
            return self.mean(begins, self.drains) / k
        first, second = self.doubled_at - begins, self.drains - self.doubled_at
        before, after = self.mean(begins, self.doubled_at) / k, self.mean(self.doubled_at, self.drains) / (2 * k)
        return (before * first + after * second) / (first + second)

    def recovery(self, k: int, seconds: float) -> float:
        """Seconds from the doubling to the end of the first round trip with 0.85 of the new k in flight."""
        assert self.doubled_at is not None
        end = self.doubled_at + seconds
        while end < self.drains and self.mean(end - seconds, end) < NEAR * 2 * k:
            end += seconds / 10
        return end - self.doubled_at


def measure(
    url: str, k: int, seconds: float, calls: int, *, retry_after: int | None, doubles: bool, fixed: bool
) -> Figures:
    """Run the calls against the endpoint. A fixed limit is the endpoint's own, and follows its doubling."""
    half = calls // 2 if doubles else None
    told = {"k": k, "seconds": seconds, "retry_after": retry_after, "double_after": half}
    _request(f"{url}/settings", told)
    limit = AdaptiveLimit(k if fixed else CEILING)

    def begun(number: int) -> None:
        if fixed and half is not None and number == half + CEILING * 3 // 2:
            limit.ceiling = limit.limit = 2 * k

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        drains, failed = runner.run(ask_all(url, limit, calls, begun))
    seen = _request(f"{url}/figures")
    changes = [(at, busy) for at, busy in seen["changes"]]
    return Figures(changes, seen["refused"] / (seen["refused"] + calls), failed, drains, seen["doubled_at"])


def _request(url: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, {"Content-Type": "application/json"})) as reply:
        return json.load(reply)


def main() -> None:
    """Print a line for each k, with and without Retry-After, beside the fixed limit."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    endpoint = subprocess.Popen(
        [sys.executable, __file__, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert endpoint.stdout is not None
        url = endpoint.stdout.readline().strip()
        for doubles, k in [(False, 8), (False, 32), (False, 100), (True, 8), (True, 32), (True, 60)]:
            seconds = max(0.05, (2 * k if doubles else k) * 0.003)
            print(f"k = {k}{f', then {2 * k}' if doubles else ''}; answers in {seconds * 1e3:.0f} ms; {calls} calls")
            for name, retry_after, fixed in [
                ("adaptive, Retry-After: 1", 1, False),
                ("adaptive, no Retry-After", None, False),
                ("fixed at k", None, True),
            ]:
                seen = measure(url, k, seconds, calls, retry_after=retry_after, doubles=doubles, fixed=fixed)
                line = f"  {name:<26} {seen.near(k):.3f} k in flight, {seen.throttled:.1%} of requests refused"
                if doubles:
                    took = seen.recovery(k, seconds)
                    line += f", {NEAR} of 2 k after {took:.2f} s ({took / seconds:.1f} round trips)"
                print(line + (f", {seen.failed} calls FAILED" if seen.failed else ""), flush=True)
    finally:
        endpoint.communicate()


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve())
    else:
        main()
