"""CPU milliseconds a call of keeping an answer, beside plain sqlite3 with one commit a call, in one run.

`python benchmarks/journal.py [CALLS] [CALLERS]` (20000, 64). CPU is that of all threads of this process: making the
row, handing it to the journal's thread, the commit, and telling the caller. The same callers without a journal are taken
off. Once the callers do nothing else, so that commits are large; once each waits 50 ms for its endpoint in between.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

from agents.models.calls import Answer, Asker, Backend, Call, Model
from graphs.files.calls import JournalStore
from memory.journal.journal import Journal
from scenarios.messages import Message, Speech
from scenarios.records import Usage
from scenarios.schema.plans import Decoding
from scenarios.schema.styles import Style

_MODEL = Model(backend=Backend.OPENAI, name="m", style=Style.CHAT, base_url="http://127.0.0.1:9/v1")
_SENTENCE = (
    "A guest asks at the counter of hall {0} for bag {1}, lost on line {2}; the clerk wants to know its colour. "
)
_COMMITS = 2000
"""Commits of the baseline: each waits for the disk."""


def call(number: int) -> Call:
    """A question of about 2,000 characters."""
    text = "".join(_SENTENCE.format(number, place, number * place) for place in range(17))
    return Call(
        role="agent",
        asker=Asker(sample=f"support-{number // 8:016x}", step=f"line {number % 8}"),
        model=_MODEL,
        messages=(
            Message(role=Speech.SYSTEM, content="You are the clerk."),
            Message(role=Speech.USER, content=text),
        ),
        decoding=Decoding(),
        seed=number,
    )


def answer(number: int) -> Answer:
    """An answer of about 400 characters."""
    text = "".join(_SENTENCE.format(number, place, "x") for place in range(4))
    return Answer(text=text, usage=Usage(calls=1, prompt_tokens=600, completion_tokens=90), latency=0.7)


async def callers(count: int, each: Callable[[int], Awaitable[None]], calls: int, pause: float) -> tuple[float, float]:
    """CPU and wall milliseconds a call, where each of `count` callers waits for its endpoint, then for `each`."""
    numbers = iter(range(calls))

    async def caller() -> None:
        for number in numbers:
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
            await each(number)

    spent, began = time.process_time(), time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(count)))
    return (time.process_time() - spent) / calls * 1e3, (time.perf_counter() - began) / calls * 1e3


async def ours(folder: Path, calls: list[tuple[bytes, Call, Answer]], count: int, pause: float) -> tuple[float, float]:
    """The journal's CPU and wall milliseconds a call."""
    journal = Journal(folder / "run.sqlite")
    store = JournalStore(journal)

    async def nothing(number: int) -> None:
        calls[number]

    async def keep(number: int) -> None:
        await store.keep(*calls[number], ticket=b"")

    idle = await callers(count, nothing, len(calls), pause)
    busy = await callers(count, keep, len(calls), pause)
    journal.close()
    return busy[0] - idle[0], busy[1]


def baseline(folder: Path, calls: list[tuple[bytes, Call, Answer]]) -> tuple[float, float]:
    """The same of plain sqlite3: question and answer as JSON, one commit each."""
    base = sqlite3.connect(folder / "plain.sqlite", isolation_level=None)
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("PRAGMA synchronous=FULL")
    base.execute("CREATE TABLE calls (key BLOB PRIMARY KEY, question BLOB, answer BLOB)")
    spent, began = time.process_time(), time.perf_counter()
    for key, question, given in calls[:_COMMITS]:
        row = (key, question.model_dump_json().encode(), given.model_dump_json().encode())
        base.execute("INSERT INTO calls VALUES (?, ?, ?)", row)
    done = min(len(calls), _COMMITS)
    found = (time.process_time() - spent) / done * 1e3, (time.perf_counter() - began) / done * 1e3
    base.close()
    return found


def main() -> None:
    """Print both figures."""
    count, in_flight = (int(word) for word in [*sys.argv[1:], *["20000", "64"][len(sys.argv) - 1 :]])
    calls = [(number.to_bytes(16, "big"), call(number), answer(number)) for number in range(count)]
    with tempfile.TemporaryDirectory() as home:
        cpu, wall = baseline(Path(home), calls)
    print(f"plain sqlite3, one commit a call:      {cpu:.3f} ms CPU a call, {wall:.3f} ms wall")
    for pause in (0.0, 0.05):
        with tempfile.TemporaryDirectory() as home, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            cpu, wall = runner.run(ours(Path(home), calls, in_flight, pause))
        print(
            f"JournalStore.keep, {in_flight} callers, {pause * 1e3:2.0f} ms: {cpu:.3f} ms CPU a call, {wall:.3f} ms wall"
        )


if __name__ == "__main__":
    main()
