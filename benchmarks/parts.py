"""Where a sample's CPU goes: wire, gateway, graph, conversation, memory, journal …, from a profile.

`python benchmarks/parts.py [chain|support] [SAMPLES]` (chain, 500). The event loop's thread is profiled by its own CPU
clock, and each function's own time goes to the part whose file it stands in; what is nobody's (the standard library,
built-in functions) goes to the parts that called it, in proportion. Other threads are counted whole. A profile slows
small functions down, so the shares are scaled to the CPU of an equal run without it.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from bench import cpu, endpoint, folder, run_chain, run_words

Function = tuple[str, int, str]
PARTS = (
    ("wire", ("agents/models/endpoint", "aiohttp", "langchain_openai", "yarl", "multidict", "orjson")),
    ("journal", ("memory/journal", "graphs/files/calls", "sqlite3")),
    ("memory", ("memory/", "graphs/campaign/nearness", "wordllama", "tokenizers", "numpy", "chromadb")),
    ("gateway", ("agents/models/",)),
    ("conversation", ("agents/dialogue", "autogen_core", "autogen_agentchat")),
    ("graph", ("langgraph", "langchain_core", "langsmith", "graphs/sampling", "graphs/campaign/graph")),
    ("prompts, checks, records", ("agents/", "scenarios/", "graphs/", "jinja2", "pydantic")),
)


def part_of(file: str) -> str | None:
    """The part that a source file belongs to."""
    for part, places in PARTS:
        if any(f"/{place}" in file for place in places):
            return part
    return None


def shares(stats: dict[Function, Any]) -> Counter[str]:
    """Own seconds by part. What belongs to no part is shared out among its callers, a few levels up."""

    def owners(function: Function, depth: int) -> Counter[str]:
        part = part_of(function[0])
        if part is not None:
            return Counter({part: 1})
        callers = stats[function][4] if function in stats else {}
        total = sum(one[2] for one in callers.values())
        if not depth or total <= 0:
            return Counter({"loop": 1})
        found: Counter[str] = Counter()
        for caller, one in callers.items():
            for name, share in owners(caller, depth - 1).items():
                found[name] += share * one[2] / total
        return found

    found: Counter[str] = Counter()
    for function, (_, _, own, _, _) in stats.items():
        for name, share in owners(function, 4).items():
            found[name] += share * own
    return found


class Threads:
    """CPU seconds of the other threads, by name, as the operating system counts them."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self.seconds: dict[int, tuple[str, float]] = {}
        self._before = {one.id: one.user_time + one.system_time for one in psutil.Process().threads()}
        self._thread = threading.Thread(target=self._watch, name="watcher")
        self._thread.start()

    def _watch(self) -> None:
        process = psutil.Process()
        while not self._stop.wait(0.05):
            names = {thread.native_id: thread.name for thread in threading.enumerate()}
            for one in process.threads():
                name = names.get(one.id, self.seconds.get(one.id, ("others", 0.0))[0])
                self.seconds[one.id] = (name, one.user_time + one.system_time - self._before.get(one.id, 0.0))

    def stop(self) -> Counter[str]:
        """Stop watching; seconds by part."""
        self._stop.set()
        self._thread.join()
        found: Counter[str] = Counter()
        for name, seconds in self.seconds.values():
            if name == "journal":
                found["journal"] += seconds
            elif name not in {"MainThread", "watcher"}:
                found["memory"] += seconds  # Chroma's threads, and those that wait for it
        return found


def run_support(home: Path, samples: int) -> None:
    """`support` on the scripted model: all but the wire."""
    run_words(["scenario=support", "base_models=true", "llm.backend=scripted", f"n={samples}", "concurrency=64", "round_size=64",
               "memory.min_distance=0", f"out={home}/run", f"memory.path={home}/memory"])  # fmt: skip


def main() -> None:
    """Print the parts."""
    scenario, count = [*sys.argv[1:], *["chain", "500"][len(sys.argv) - 1 :]]
    samples = int(count)
    with endpoint("50") as url:

        def work(n: int) -> None:
            with folder() as home:
                run_support(home, n) if scenario == "support" else run_chain(url, home, n, 64)

        work(20)
        real = spent(lambda: work(samples))
        profile, threads = cProfile.Profile(time.thread_time), Threads()
        profile.runcall(work, samples)
        others = threads.stop()
    found = shares(pstats.Stats(profile).stats)  # type: ignore[attr-defined]
    scale = (real - sum(others.values())) / sum(found.values())
    total = Counter({name: seconds * scale for name, seconds in found.items()}) + others
    print(f"{scenario}: {real / samples * 1e3:.2f} ms CPU a sample, of which")
    for name, seconds in total.most_common():
        print(f"  {name:<26} {seconds / samples * 1e3:5.2f} ms  {seconds / real:4.0%}")


def spent(work: Callable[[], None]) -> float:
    """CPU seconds of `work`, all threads."""
    before = cpu()
    work()
    return cpu() - before


if __name__ == "__main__":
    main()
