"""SIGKILL at random moments of a run, which is continued each time: what is asked again, and are the bytes the same?

`python benchmarks/kills.py [KILLS] [SAMPLES] [SEED]` (50, 200, 0). `scenario=chain` over an endpoint in this process
that counts its requests. Most kills come shortly after a drawn request, the others while a session starts up. The
baseline in the same run is one that nobody kills. Exit code 1 where a promise is broken.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import orjson
from aiohttp import web
from endpoint import completion

_REPO = Path(__file__).parents[1]
_DELAY = 0.02
"""Seconds until the endpoint answers, half of it at random."""
_IN_FLIGHT = 8
_START_UP = 3.0
"""Seconds within which a kill that is not tied to a request comes."""


class Counting:
    """The endpoint: which calls it was asked, in order, and a signal when so many different ones have come."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.calls: set[int] = set()
        self.reached = threading.Event()
        self.wake_at = sys.maxsize

    async def _chat(self, request: web.Request) -> web.Response:
        body = orjson.loads(await request.read())
        self.asked.append(body["seed"])
        self.calls.add(body["seed"])
        if len(self.calls) >= self.wake_at:
            self.reached.set()
        await asyncio.sleep(_DELAY * random.uniform(0.5, 1.0))
        return web.Response(body=completion(body), content_type="application/json")

    @contextlib.contextmanager
    def serving(self) -> Iterator[str]:
        """Serve from a thread; gives the address."""
        loop, ready = asyncio.new_event_loop(), threading.Event()
        addresses: list[tuple[str, int]] = []

        async def start() -> None:
            app = web.Application()
            app.router.add_post("/v1/chat/completions", self._chat)
            runner = web.AppRunner(app, access_log=None, handler_cancellation=True)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            addresses.extend(runner.addresses)
            ready.set()

        def work() -> None:
            loop.run_until_complete(start())
            loop.run_forever()

        threading.Thread(target=work, daemon=True).start()
        ready.wait()
        yield f"http://127.0.0.1:{addresses[0][1]}/v1"
        loop.call_soon_threadsafe(loop.stop)


def session(home: Path, url: str, samples: int) -> subprocess.Popen[str]:
    """Start or continue the run in `home`."""
    words = [
        "scenario=chain", f"n={samples}", f"concurrency={_IN_FLIGHT}", f"llm.base_url={url}", "llm.model=m",
        f"out={home / 'run'}", f"memory.path={home / 'memory'}",
    ]  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", "graphs.run", *words],
        cwd=_REPO, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def finish(process: subprocess.Popen[str]) -> None:
    """Wait for a session that nobody kills."""
    _, said = process.communicate()
    if process.returncode:
        sys.exit(f"a session ended with exit code {process.returncode}: {said}")


def committed(home: Path) -> set[int]:
    """The calls whose answers are in the journal, by their seed."""
    journal = home / "run" / "run.sqlite"
    if not journal.exists():
        return set()
    base = sqlite3.connect(f"{journal.as_uri()}?mode=ro", uri=True)
    rows = base.execute("SELECT question FROM calls").fetchall()
    base.close()
    return {orjson.loads(zlib.decompress(row[0]))["seed"] & 0x7FFF_FFFF for row in rows}


class Killed:
    """A run that is killed again and again, and the account of what was asked twice."""

    def __init__(self, home: Path, endpoint: Counting, draw: random.Random) -> None:
        self._home, self._endpoint, self._draw = home, endpoint, draw
        self._paid: set[int] = set()
        self._lost: set[int] = set()
        self.kills = self.at_start = self.repeated = self.in_flight = self.broken = 0
        self.said: Counter[str] = Counter()

    def kill(self, process: subprocess.Popen[str], at_call: int | None) -> None:
        """Let a session run until about its `at_call`th call, or for a while from its start, and kill it."""
        self._endpoint.wake_at = at_call or sys.maxsize
        self._endpoint.reached.clear()
        if at_call is None:
            time.sleep(self._draw.uniform(0.0, _START_UP))
        else:
            while not self._endpoint.reached.wait(0.05) and process.poll() is None:
                pass
            time.sleep(self._draw.uniform(0.0, 2 * _DELAY))
        process.send_signal(signal.SIGKILL)
        _, said = process.communicate()
        self.kills += process.returncode == -signal.SIGKILL
        self.at_start += at_call is None
        self.said.update(line for line in said.splitlines() if not line.startswith("colloquia: scenario "))

    def account(self, first: int) -> None:
        """Enter the requests of a session, from number `first` on."""
        asked = Counter(self._endpoint.asked[first:])
        twice = [call for call in asked if call in self._paid or call in self._lost or asked[call] > 1]
        self.repeated += sum(asked[call] - (call not in self._paid | self._lost) for call in twice)
        self.in_flight += sum(call in self._lost for call in twice)
        self.broken += sum(call in self._paid for call in twice)
        self._paid = committed(self._home)
        self._lost = set(self._endpoint.calls) - self._paid


def main() -> int:
    """Print the account; returns the exit code."""
    kills, samples, seed = (int(word) for word in [*sys.argv[1:], *["50", "200", "0"][len(sys.argv) - 1 :]])
    draw, began = random.Random(seed), time.monotonic()
    os.environ["PYTHONPATH"] = str(_REPO)
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        plain, endpoint = Counting(), Counting()
        with plain.serving() as url:
            finish(session(Path(first), url, samples))
        at_start = kills // 5
        places = sorted(draw.sample(range(1, len(plain.asked) - 2 * _IN_FLIGHT), kills - at_start))
        moments: list[int | None] = [*places]
        for _ in range(at_start):
            moments.insert(draw.randrange(len(moments)), None)
        killed = Killed(Path(second), endpoint, draw)
        with endpoint.serving() as url:
            for moment in moments:
                before = len(endpoint.asked)
                killed.kill(session(Path(second), url, samples), moment)
                killed.account(before)
            before = len(endpoint.asked)
            finish(session(Path(second), url, samples))
            killed.account(before)
        datasets = [(Path(home) / "run" / "dataset.jsonl").read_bytes() for home in (first, second)]
    print(f"kills:                              {killed.kills} ({killed.at_start} of them while a session started up)")
    print(f"requests, uninterrupted:            {len(plain.asked)}")
    print(f"requests, killed and continued:     {len(endpoint.asked)}")
    print(f"calls that only one of them made:   {len(plain.calls ^ endpoint.calls)}")
    print(f"requests repeated:                  {killed.repeated}")
    print(f"  of calls in flight at a kill:     {killed.in_flight}")
    print(f"calls asked again though committed: {killed.broken}")
    print(f"lines said about a healthy journal: {sum(killed.said.values())}")
    print(f"dataset of {len(datasets[0].splitlines())} samples byte-identical: {datasets[0] == datasets[1]}")
    print(f"{time.monotonic() - began:.0f} s")
    for line, count in killed.said.items():
        print(f"  {count} times: {line}", file=sys.stderr)
    kept = killed.broken == 0 and killed.repeated == killed.in_flight and not killed.said
    return 0 if kept and killed.kills == kills and datasets[0] == datasets[1] else 1


if __name__ == "__main__":
    sys.exit(main())
