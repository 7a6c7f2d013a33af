"""A real Chroma server on the loopback, as a process of its own, and stand-ins for servers that are something else."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

_RUN = "import sys, chromadb_rust_bindings; chromadb_rust_bindings.cli(sys.argv)"
"""As `chroma` does, without the client, which takes a second to import."""
_START_S = 60.0


class ChromaServer:
    """`chroma run` over the directory `path`. It can be killed and started again at the same address."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> ChromaServer:
        """Start it and wait for its heartbeat."""
        words = ["run", "--path", str(self._path), "--host", "127.0.0.1", "--port", str(self.port)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _RUN, *words],
            env={**os.environ, "ANONYMIZED_TELEMETRY": "False"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        last = time.monotonic() + _START_S
        while time.monotonic() < last:
            assert self._process.poll() is None, "the Chroma server ended at its start"
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/api/v2/heartbeat", timeout=5).status_code == httpx.codes.OK:
                    return self
            threading.Event().wait(0.02)  # between two looks at whether it is there
        self.kill()
        raise AssertionError("the Chroma server did not start")

    def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Meanwhile it takes connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def empty(self) -> None:
        """Drop what it remembers."""
        database = f"{self.url}/api/v2/tenants/default_tenant/databases/default_database"
        for each in httpx.get(f"{database}/collections", timeout=30).json():
            httpx.delete(f"{database}/collections/{each['name']}", timeout=30)


@contextlib.contextmanager
def stand_in(replies: Mapping[str, tuple[int, bytes]], behind: str = "", token: str = "") -> Iterator[str]:
    """A web server that answers by path, all else with 404, or passes what is under /chroma to the server `behind`.

    Where there is a `token`, it answers nothing without it.
    """

    class Handler(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if token and self.headers.get("Authorization") != f"Bearer {token}":
                status, answer = 401, b"Who are you?"
            elif behind and self.path.startswith("/chroma/"):
                passed = httpx.request(
                    self.command, behind + self.path.removeprefix("/chroma"), content=body, timeout=30,
                    headers={"Content-Type": "application/json"},
                )  # fmt: skip
                status, answer = passed.status_code, passed.content
            else:
                status, answer = replies.get(self.path, (404, b"<html>Not found</html>"))
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = _reply

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
