"""Endpoints that cannot work: how many requests a run spends on each until it says so, with which words and exit code.

`python benchmarks/broken_endpoints.py` starts one after the other on the loopback, and runs `scenario=support n=160` with 64
calls in flight against each. Exit code 1 where a run ends with another code than 2, or after more than `--most` requests.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HOME = Path(__file__).resolve().parents[1]
_PAGE = (
    "<!DOCTYPE html><html><head><title>Welcome to nginx!</title></head><body><p>If you see this page</p></body></html>"
)


def _completion(content: str | None, finish: str = "stop", **beside: Any) -> str:
    message = {"role": "assistant", "content": content, **beside}
    return json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": finish}]})


def _error(message: str, **more: Any) -> str:
    return json.dumps({"error": {"message": message, **more}})


@dataclass(frozen=True)
class Broken:
    """An endpoint that cannot work. `reply` gives status, type and body for a path and a request; None: no HTTP."""

    name: str
    reply: Callable[[str, dict[str, Any]], tuple[int, str, str]] | None
    path: str = "/v1"
    secure: bool = False
    """Whether it is reached by https, which it does not speak."""
    gone: bool = False
    """Whether nobody listens."""


def _json(status: int, body: str) -> Callable[[str, dict[str, Any]], tuple[int, str, str]]:
    return lambda path, request: (status, "application/json", body)


BROKEN = (
    Broken("a web page with 200", lambda path, request: (200, "text/html", _PAGE)),
    Broken("200 with an error", _json(200, _error("upstream is not configured", type="proxy_error"))),
    Broken(
        "an address without /v1",
        lambda path, request: (200, "application/json", _completion("Hi.")) if path.startswith("/v1/")
        else (404, "application/json", json.dumps({"detail": "Not Found"})),
        path="",
    ),
    Broken("a model that it does not have", _json(404, _error("The model `m` does not exist", code="model_not_found"))),
    Broken("the same with 400", _json(400, _error("Invalid model name passed in model=m", type="invalid_request_error"))),
    Broken("a key that it refuses", _json(401, _error("Incorrect API key provided"))),
    Broken("nobody there", None, gone=True),
    Broken("another protocol than HTTP", None),
    Broken("no TLS behind https", _json(200, _completion("Hi.")), secure=True),
    Broken("no choices", _json(200, '{"id": "x", "choices": []}')),
    Broken("always empty", _json(200, _completion(""))),
    Broken("only reasoning, up to the limit", _json(200, _completion(None, "length", reasoning_content="Let me see"))),
    Broken("calls left in the text", _json(200, _completion("<|python_tag|>look it up"))),
    Broken("refuses every request", _json(400, _error("Bad Request"))),
    Broken("refuses every parameter", lambda path, request: (
        400, "application/json", _error(f"Unsupported parameter: '{sorted(request.keys() - {'model', 'messages'})[-1]}'")
        if request.keys() - {"model", "messages"} else _error("Unsupported parameter: 'messages'"))),
    Broken("always fails", _json(500, _error("CUDA out of memory"))),
)  # fmt: skip


class Served:
    """One broken endpoint while it is entered."""

    def __init__(self, broken: Broken) -> None:
        self._broken = broken
        self.requests = 0
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Served:
        self._thread.start()
        self._ready.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._talk, "127.0.0.1", 0))
        port = server.sockets[0].getsockname()[1]
        self.url = f"http{'s' if self._broken.secure else ''}://127.0.0.1:{port}{self._broken.path}"
        if self._broken.gone:
            server.close()
        self._ready.set()
        self._loop.run_forever()
        server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._answer(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ssl.SSLError):
            return
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            if self._broken.reply is None or self._broken.secure:
                await reader.read(1000)
                self.requests += 1
                writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
                return
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.requests += 1
            length = next(
                int(line.split(":")[1]) for line in head.lower().splitlines() if line.startswith("content-length")
            )
            request = json.loads(await reader.readexactly(length))
            status, kind, body = self._broken.reply(head.split()[1], request)
            raw = body.encode()
            writer.write(
                f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(raw)}\r\n\r\n".encode() + raw
            )


def main() -> int:
    """Print a line for each; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--n", type=int, default=160, help="accepted samples wanted (160)")
    parser.add_argument("--concurrency", type=int, default=64, help="calls in flight (64)")
    parser.add_argument("--most", type=int, default=20, help="requests that may be spent (20)")
    options = parser.parse_args()
    wrong = 0
    for broken in BROKEN:
        with Served(broken) as served, tempfile.TemporaryDirectory() as home:
            began = time.perf_counter()
            words = [
                "scenario=support", "base_models=true", f"n={options.n}", f"concurrency={options.concurrency}",
                f"round_size={options.concurrency}", f"llm.base_url={served.url}", "llm.model=m", f"out={home}/run",
                f"memory.path={home}/memory",
            ]  # fmt: skip
            ran = subprocess.run(
                [sys.executable, "-m", "graphs.run", *words], cwd=_HOME, capture_output=True, text=True, check=False
            )
            spent = json.loads((Path(home) / "run" / "summary.json").read_text(encoding="utf-8"))["requests"]
            seconds = time.perf_counter() - began
        says = next((line for line in reversed(ran.stderr.splitlines()) if line.strip()), "nothing").replace(home, "…")
        ended = ran.returncode == 2 and max(spent, served.requests) <= options.most
        wrong += not ended
        seen = "" if served.requests == spent else f" ({served.requests} connections there)"
        print(
            f"{broken.name:32} {spent:3} requests{seen}, exit code {ran.returncode}, {seconds:.0f} s{'' if ended else ' WRONG'}"
        )
        print(f"    {says}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
