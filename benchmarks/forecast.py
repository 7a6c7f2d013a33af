"""How often the truth lies in the range that `graphs.plan` forecast: `python benchmarks/forecast.py [RUNS] [N]`.

Each run has an endpoint of its own kind: how long it takes, how many samples its judge lets pass, how many tokens it reads and
writes and how much they differ from sample to sample. A forecast is made from five samples, then the run goes on to N accepted
samples, and what it took is compared.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web
from serving import served

from graphs.plan import FORECAST
from graphs.plan import main as plan
from graphs.run import main as run

_WORDS = [
    "amber",
    "bridge",
    "candle",
    "drift",
    "ember",
    "fern",
    "garden",
    "harbor",
    "island",
    "juniper",
    "kettle",
    "lantern",
    "meadow",
    "nectar",
]


@dataclass(frozen=True)
class Kind:
    """How one endpoint behaves."""

    seconds: float
    passes: float
    """The share of samples that the judge lets pass."""
    tokens: int
    spread: float
    """Of a text's tokens: the standard deviation of their logarithm."""
    at_once: int


def kind_of(number: int) -> Kind:
    """The kind of the run with this number."""
    draw = random.Random(number)
    return Kind(
        seconds=draw.uniform(0.05, 0.25), passes=draw.choice([0.3, 0.5, 0.7, 0.9, 0.97, 1.0]), tokens=draw.randint(30, 900),
        spread=draw.choice([0.05, 0.2, 0.5]), at_once=draw.choice([8, 16, 32]),
    )  # fmt: skip


def reply(kind: Kind, raw: bytes) -> tuple[float, bytes]:
    """How long a request takes, and its answer: both depend on the request alone."""
    draw = random.Random(hashlib.sha256(raw).digest())
    body: dict[str, Any] = orjson.loads(raw)
    if "response_format" in body:
        text = orjson.dumps({"scores": {"quality": 4 if draw.random() < kind.passes else 1}}).decode()
    else:
        text = " ".join(draw.choice(_WORDS) + str(draw.randrange(99)) for _ in range(24)).capitalize() + "."
    written = max(1, round(kind.tokens * draw.lognormvariate(0, kind.spread)))
    asked = len(raw) // 4 + round(kind.tokens * draw.lognormvariate(0, kind.spread))
    answer = {
        "id": "x", "object": "chat.completion", "created": 0, "model": body["model"],
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
        "usage": {"prompt_tokens": asked, "completion_tokens": written, "total_tokens": asked + written},
    }  # fmt: skip
    return kind.seconds * draw.uniform(0.5, 1.5), orjson.dumps(answer)


@contextlib.contextmanager
def serving(kind: Kind) -> Iterator[str]:
    """The address of an endpoint of this kind."""

    async def chat(request: web.Request) -> web.Response:
        wait, data = reply(kind, await request.read())
        await asyncio.sleep(wait)
        return web.Response(body=data, content_type="application/json")

    def make() -> web.Application:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", chat)
        return app

    with served(make) as address:
        yield f"{address}/v1"


def one(number: int, wanted: int, home: Path) -> dict[str, bool]:
    """Which figures of a run lay in their ranges."""
    kind, out = kind_of(number), home / str(number)
    with serving(kind) as address, contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        words = [
            "scenario=chain", f"n={wanted}", f"seed={number}", f"out={out}", f"memory.path={home / 'memory'}", f"memory.scope=s{number}",
            f"llm.base_url={address}", "llm.model=m", "llm.price.prompt=1", "llm.price.completion=4", f"concurrency={kind.at_once}",
            f"round_size={kind.at_once}", "memory.min_distance=0", "memory.max_overlap=off", "saturation.window=0", "patience=1000",
        ]  # fmt: skip
        assert plan(words) == 0, "a forecast"
        first = orjson.loads((out / "summary.json").read_bytes())
        told = orjson.loads((out / FORECAST).read_bytes())["forecast"]
        assert run([f"out={out}"]) == 0, "the whole run"
    truth = orjson.loads((out / "summary.json").read_bytes())
    ranges = {**told["outlook"]["totals"], "share": told["outlook"]["share"], "seconds": told["seconds"]}
    tokens = truth["tokens"].values()
    spent = sum(s["timings"]["run_s"] - s["timings"]["setup_s"] for s in (first, truth))
    was = {
        "calls": sum(truth["calls"].values()), "prompt": sum(t["prompt"] for t in tokens), "completion": sum(t["completion"] for t in tokens),
        "usd": truth["cost_usd"], "share": truth["accepted"] / (truth["accepted"] + truth["rejected"]), "seconds": spent,
    }  # fmt: skip
    found = {name: ranges[name]["low"] <= value <= ranges[name]["high"] for name, value in was.items()}
    if not all(found.values()):
        missed = {
            name: (round(was[name], 4), {k: round(v, 4) for k, v in ranges[name].items()})
            for name, hit in found.items()
            if not hit
        }
        print(number, kind, missed, flush=True)
    return found


def main(runs: int, wanted: int) -> None:
    """Print the hits."""
    hits = Counter[str]()
    with tempfile.TemporaryDirectory() as home:
        for number in range(runs):
            hits.update({name: int(hit) for name, hit in one(number, wanted, Path(home)).items()})
    for name, many in hits.items():
        print(f"{name}: the truth lay in the range in {many} of {runs} runs")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100, int(sys.argv[2]) if len(sys.argv) > 2 else 500)
