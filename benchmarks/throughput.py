"""Throughput of `scenario=chain` beside a raw aiohttp client that does the same calls, in one run.

`python benchmarks/throughput.py [SAMPLES] [IN_FLIGHT] [MILLISECONDS]` (1000, 64, 50). Start-up is excluded:
samples a second are counted from the first request to the last file. CPU is that of the measured process alone; the
ratio of the two holds on a faster machine, too, which a share of the raw client's samples a second does not: that client
mostly waits.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import aiohttp
import orjson
from bench import cpu, endpoint, folder, run_chain, warm_up


async def raw(url: str, samples: int, in_flight: int) -> None:
    """Four chained calls a sample, nothing else: no journal, no memory, no checks."""
    gate = asyncio.Semaphore(in_flight)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def call(text: str, scored: bool = False) -> str:
            body = {
                "model": "m",
                "temperature": 0.7,
                "max_tokens": 120,
                "messages": [{"role": "user", "content": text}],
            }
            if scored:
                body["response_format"] = {"type": "json_object"}
            async with gate, session.post(f"{url}/chat/completions", data=orjson.dumps(body)) as reply:
                return str(orjson.loads(await reply.read())["choices"][0]["message"]["content"])

        async def sample(number: int) -> None:
            text = await call(f"Write a text, number {number}." * 8)
            problem = await call(f"Name the weakest point of this text. {text}" * 3)
            better = await call(f"Rewrite it. {text} {problem}" * 3)
            json.loads(await call(f"Score it. {better}" * 3, scored=True))

        await asyncio.gather(*(sample(number) for number in range(samples)))


def measure_raw(url: str, samples: int, in_flight: int) -> tuple[float, float]:
    """Samples a second and CPU milliseconds a sample of the raw client."""
    began, spent = time.perf_counter(), cpu()
    asyncio.run(raw(url, samples, in_flight))
    return samples / (time.perf_counter() - began), (cpu() - spent) / samples * 1e3


def measure_ours(url: str, samples: int, in_flight: int) -> tuple[float, float]:
    """The same of a whole run."""
    warm_up(url)
    with folder() as home:
        began, spent = time.perf_counter(), cpu()
        run_chain(url, home, samples, in_flight)
        return samples / (time.perf_counter() - began), (cpu() - spent) / samples * 1e3


def main() -> None:
    """Print both figures and their ratio."""
    samples, in_flight, delay = (int(word) for word in [*sys.argv[1:], *["1000", "64", "50"][len(sys.argv) - 1 :]])
    with endpoint(str(delay)) as url:
        baseline, baseline_cpu = measure_raw(url, samples, in_flight)
        ours, ours_cpu = measure_ours(url, samples, in_flight)
    print(f"raw aiohttp client: {baseline:.0f} samples/s, {baseline_cpu:.2f} ms CPU a sample")
    print(f"colloquia chain:    {ours:.0f} samples/s, {ours_cpu:.2f} ms CPU a sample")
    print(f"CPU ratio:          {ours_cpu / baseline_cpu:.1f}")


if __name__ == "__main__":
    main()
