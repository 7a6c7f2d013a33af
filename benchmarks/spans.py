"""What spans cost: nothing to speak of while `otel` is off, and so much a sample where it is on.

`python benchmarks/spans.py [SAMPLES] [ROUNDS]` (400, 5). First the seam alone beside a bare block and a bare await; then
whole runs of `chain` on the scripted model, off and on by turns, as CPU a sample (the least of the rounds).
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable

from agents.models.calls import Answer, Asker, Backend, Call, Model
from agents.models.genai import traced
from graphs.run import main as run
from scenarios.schema.plans import Decoding
from scenarios.schema.styles import Style
from scenarios.spans import span

_LOOPS = 200_000
_CALL = Call(
    role="r", asker=Asker(sample="s", step="t"), messages=(), decoding=Decoding(), seed=0,
    model=Model(backend=Backend.SCRIPTED, name="m", style=Style.CHAT),
)  # fmt: skip


async def _answer() -> Answer:
    return _ANSWER


_ANSWER = Answer(text="")


def blocks() -> tuple[float, float]:
    """Nanoseconds of an empty block: bare, and inside a span that nobody is told of."""
    began = time.process_time_ns()
    for _ in range(_LOOPS):
        {"colloquia.sample": "s", "colloquia.step": "t"}  # noqa: B018 - as in the other loop
    bare = time.process_time_ns() - began
    began = time.process_time_ns()
    for _ in range(_LOOPS):
        with span("step", {"colloquia.sample": "s", "colloquia.step": "t"}):
            pass
    return bare / _LOOPS, (time.process_time_ns() - began) / _LOOPS


async def _awaits(one: Callable[[], Awaitable[Answer]]) -> float:
    began = time.process_time_ns()
    for _ in range(_LOOPS):
        await one()
    return (time.process_time_ns() - began) / _LOOPS


def cpu_a_sample(otel: str, samples: int) -> float:
    """CPU milliseconds a sample of a whole run."""
    with tempfile.TemporaryDirectory() as home, contextlib.redirect_stdout(io.StringIO()):
        began = time.process_time_ns()
        code = run(
            ["scenario=chain", "llm.backend=scripted", f"n={samples}", "concurrency=16", f"otel={otel}",
             f"out={home}/run", f"memory.path={home}/memory"]
        )  # fmt: skip
        assert code == 0, code
        return (time.process_time_ns() - began) / samples / 1e6


def main() -> None:
    """Print each figure beside its baseline."""
    samples, rounds = (int(word) for word in [*sys.argv[1:], *["400", "5"][len(sys.argv) - 1 :]])
    bare, seam = blocks()
    print(f"empty block: {bare:.0f} ns bare, {seam:.0f} ns in a span, otel=off")
    plain = asyncio.run(_awaits(_answer))
    through = asyncio.run(_awaits(lambda: traced(_CALL, _answer())))
    print(f"await of an answer: {plain:.0f} ns bare, {through:.0f} ns through the call's span, otel=off")
    cpu_a_sample("on", 20)  # imports and weights
    found: dict[str, list[float]] = {"off": [], "on": []}
    for _ in range(rounds):
        for otel, figures in found.items():
            figures.append(cpu_a_sample(otel, samples))
    off, on = min(found["off"]), min(found["on"])
    print(f"chain, scripted: {off:.2f} ms CPU a sample with otel=off, {on:.2f} with otel=on ({on / off - 1:+.0%})")


if __name__ == "__main__":
    main()
