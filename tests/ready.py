"""Processes of the command that begin with everything imported: one process that is ready forks for each of them.

A fresh process imports for three seconds before it does what a test looks at. A forked one is as real: it has a number, signals,
files and locks of its own, can be killed, and hashes strings otherwise than the tests' own process. Tests of the imports, the help,
the output and the environment start fresh ones.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol

REPO = Path(__file__).parents[1]
_NUMBER = struct.Struct("q")
_CODE = "import sys; from tests.ready import serve; exec(serve(int(sys.argv[1])))"
"""The forked process runs what it is asked for from the top level, like a fresh one."""

_BEGIN_S = 100.0
_IMPORTED = (
    "agents.models.endpoint.wire",
    "chromadb",
    "chromadb.api.rust",
    "chromadb.telemetry.product.posthog",
    "graphs.campaign.graph",
    "graphs.files.parquet",
    "graphs.files.summary",
    "graphs.preparation",
    "graphs.running.session",
    "graphs.shell.terminal",
    "memory.archive.chroma",
    "pyarrow.json",
    "pyarrow.parquet",
    "rensa",
    "uvloop",
    "wordllama",
)


class Process(Protocol):
    """What tests need of a started process."""

    pid: int
    returncode: int | None

    def communicate(self, *, timeout: float | None = None) -> tuple[str, str]:
        """Wait for its end; what it printed and complained of."""

    def send_signal(self, number: int, /) -> None:
        """Send it."""

    def kill(self) -> None:
        """SIGKILL."""


class Forked:
    """A process that was forked."""

    def __init__(self, told: socket.socket, stdout: IO[str], stderr: IO[str]) -> None:
        self._told, self._said = told, (stdout, stderr)
        told.settimeout(_BEGIN_S)
        begun = told.recv(_NUMBER.size)
        assert begun, "the process that forks has ended: its complaint is on stderr"
        (self.pid,) = _NUMBER.unpack(begun)
        self.returncode: int | None = None

    def communicate(self, *, timeout: float | None = None) -> tuple[str, str]:
        """Wait for its end. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            self._told.settimeout(timeout)
            try:
                (status,) = _NUMBER.unpack(self._told.recv(_NUMBER.size))
            except TimeoutError:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0) from None
            self.returncode = os.waitstatus_to_exitcode(status)
            self._told.close()
        found = []
        for stream in self._said:
            stream.seek(0)
            found.append(stream.read())
            stream.close()
        return found[0], found[1]

    def send_signal(self, number: int, /) -> None:
        """Send it, unless the process is known to have ended."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


class Ready:
    """Starts the process that forks when it is first needed."""

    def __init__(self) -> None:
        self._server: subprocess.Popen[bytes] | None = None
        self._link: socket.socket | None = None

    def start(
        self,
        words: Sequence[str],
        env: Mapping[str, str],
        folder: Path = REPO,
        *,
        stdout: IO[str] | None = None,
        stderr: IO[str] | None = None,
    ) -> Forked:
        """A process as `python` with these words would be, `-m MODULE …` or `-c CODE …`, in a folder. What it says goes to
        `stdout` and `stderr`, if they are given."""
        link = self._begun()
        said = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")  # noqa: SIM115 - communicate() closes them
        mine, theirs = socket.socketpair()
        with theirs, tempfile.TemporaryFile("w+") as asked:
            json.dump({"words": list(words), "env": dict(env), "folder": str(folder)}, asked)
            asked.flush()
            socket.send_fds(
                link, [b"!"], [one.fileno() for one in (asked, stdout or said[0], stderr or said[1], theirs)]
            )
        return Forked(mine, *said)

    def close(self) -> None:
        """End the process that forks; those that it forked go on."""
        if self._server is not None and self._link is not None:
            self._link.close()
            self._server.wait()

    def _begun(self) -> socket.socket:
        if self._link is None:
            self._link, theirs = socket.socketpair()
            env = {**os.environ, "PYTHONPATH": str(REPO / "tests" / "child")}  # no network for any of them
            with theirs:
                self._server = subprocess.Popen(
                    [sys.executable, "-c", _CODE, str(theirs.fileno())], cwd=REPO, env=env, pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True,
                )  # fmt: skip
        return self._link


def serve(number: int) -> str:
    """Import what the command needs, then fork for every request. In the forked process, returns the code that it shall run."""
    _import_all()
    assert threading.active_count() == 1, "a process with threads must not fork; OpenBLAS and jemalloc see to theirs"
    link = socket.socket(fileno=number)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who waits for a forked process needs nobody that waits for it
    while True:
        message, numbers, _, _ = socket.recv_fds(link, 1, 4)
        if not message:
            os._exit(0)
        if not os.fork():
            link.close()
            return _forked(*numbers)
        for each in numbers:
            os.close(each)


def _forked(asked: int, stdout: int, stderr: int, told: int) -> str:
    """Fork again: this process waits and tells the end of the other, which becomes what was asked for."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if child := os.fork():
        os.write(told, _NUMBER.pack(child))
        for each in (stdout, stderr):
            os.close(each)
        os.write(told, _NUMBER.pack(os.waitpid(child, 0)[1]))
        os._exit(0)
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    with open(asked, encoding="utf-8") as file:
        file.seek(0)
        request = json.load(file)
    for each in (stdout, stderr, told):
        os.close(each)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["env"])
    how, what, *words = request["words"]
    sys.argv[:] = ["-c" if how == "-c" else what, *words]
    if how == "-c":
        return str(what)
    return f"import runpy; runpy.run_module({what!r}, run_name='__main__', alter_sys=True)"


def _import_all() -> None:
    """What a run imports, but not the command's own module, which shall be run as the main one."""
    for name in _IMPORTED:
        importlib.import_module(name)
