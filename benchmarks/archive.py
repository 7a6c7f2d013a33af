"""What the memory costs: the start of a run over many samples, and the process memory and CPU of storing them.

`python benchmarks/archive.py [SAMPLES …]` (20000 100000). Each figure stands beside a baseline of the same run:
reading is compared with a reader that takes every page of every scope, metadata included, and adds vectors one by one;
storing with Chroma's own index settings. Every measurement has a process of its own.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil

import memory.archive.chroma
from memory.archive.archive import Archive, Note, key_of
from memory.archive.chroma import Store, open_directory, open_server
from memory.vectors.embedding import DIMENSIONS, GRID, Vectors, to_grid
from memory.vectors.novelty import Neighbours
from memory.words.wording import Wording

_TEXT = "word " * 100
_SERVER = "import sys; from chromadb.cli.cli import app; app()"
_AXES = {"topic": 32, "tone": 10, "form": 7}
_BATCH, _WARM, _STORED = 500, 1000, 20_000


def batch(number: int, size: int) -> tuple[list[str], Vectors]:
    """Names and random vectors of one batch."""
    raw = np.random.default_rng(number).standard_normal((size, DIMENSIONS))
    return [f"chain-{number * size + place:016x}" for place in range(size)], to_grid(raw)


def store(archive: Archive, number: int, size: int) -> None:
    """Store one batch."""
    names, vectors = batch(number, size)
    cells = ({axis: f"{axis} {place % many}" for axis, many in _AXES.items()} for place in range(size))
    notes = [Note("", cell, _TEXT[:120]) for cell in cells]
    archive.remember("earlier", [key_of("earlier", name) for name in names], vectors, [Wording(_TEXT)] * size, notes)


def fill(path: str, samples: int) -> dict[str, float]:
    """A directory with `samples` samples, every other batch of another scope."""
    chroma = open_directory(Path(path))
    for number in range(samples // _BATCH):
        store(Archive(chroma, ("ours", "other")[number % 2]), number, _BATCH)
    chroma.close()
    return {}


def read_as_before(chroma: Store) -> Neighbours:
    """The baseline."""
    found, rows = Neighbours(), []
    for offset in range(0, chroma.collection.count(), 5000):
        page = chroma.collection.get(limit=5000, offset=offset, include=["embeddings", "metadatas"])
        for id_, vector, about in zip(page["ids"], page["embeddings"], page["metadatas"], strict=True):
            if about["scope"] == "ours":
                rows.append((id_, vector))
    for id_, vector in sorted(rows, key=lambda row: row[0]):
        found.add(id_, np.rint(np.asarray(vector, np.float64) * GRID).astype(np.float32))
    return found


def read(where: str, how: str) -> dict[str, float]:
    """Seconds from nothing to searchable neighbours, and the peak of the process memory on the way, in MB."""
    began = time.perf_counter()
    chroma = open_server(where) if where.startswith("http") else open_directory(Path(where))
    archive = Archive(chroma, "ours")
    found = read_as_before(chroma) if how == "baseline" else archive.neighbours("now")[0]
    if how == "ours, notes too":
        assert len(archive.notes("now")) == len(found)
    seconds, began = time.perf_counter() - began, time.perf_counter()
    texts = archive.texts(found.ids) if how == "ours" else []
    read = time.perf_counter() - began
    chroma.close()
    return {"seconds": seconds, "texts": read, "peak": _peak_mb(), "found": len(found), "read": len(texts)}


def write(path: str, how: str) -> dict[str, float]:
    """Process memory in MB after the first samples and at the end, and CPU ms a sample at the start and at the end."""
    if how == "baseline":
        memory.archive.chroma._METADATA.pop("hnsw:construction_ef")
    chroma = open_directory(Path(path))
    archive, process = Archive(chroma, "ours"), psutil.Process()
    marks = []
    for number in range(_STORED // _BATCH):
        store(archive, number, _BATCH)
        used = process.cpu_times()
        marks.append((process.memory_info().rss / 1e6, (used.user + used.system) * 1e3))
    chroma.close()
    step = _WARM // _BATCH
    (warm, warm_ms), (end, end_ms) = marks[step - 1], marks[-1]
    return {
        "warm": warm,
        "end": end,
        "first_ms": (marks[2 * step - 1][1] - warm_ms) / _WARM,
        "last_ms": (end_ms - marks[-1 - step][1]) / _WARM,
        "mean_ms": (end_ms - warm_ms) / (_STORED - _WARM),
    }


def _peak_mb() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def apart(what: str, *words: object) -> dict[str, Any]:
    """Do one measurement in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, f"--{what}", *map(str, words)], stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextmanager
def server(path: Path) -> Iterator[str]:
    """`chroma run` over a directory."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["run", "--path", str(path), "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVER, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                httpx.get(f"{url}/api/v2/heartbeat")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield url
    finally:
        process.kill()
        process.wait()


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as home:
        for name, how in (("Chroma's own index settings", "baseline"), ("ours", "ours")):
            found = apart("write", Path(home) / how, how)
            growth = (found["end"] - found["warm"]) * 1e3 / (_STORED - _WARM)
            print(
                f"storing {_STORED} in batches of {_BATCH}, {name}: RSS {found['warm']:.0f} MB after {_WARM}, "
                f"{found['end']:.0f} MB at the end, {growth:.2f} kB a sample; CPU {found['mean_ms']:.2f} ms a sample "
                f"(the second thousand {found['first_ms']:.2f}, the last {found['last_ms']:.2f})",
                flush=True,
            )
    for samples in map(int, sys.argv[1:] or ["20000", "100000"]):
        with tempfile.TemporaryDirectory() as home:
            path = Path(home) / "memory"
            apart("fill", path, samples)
            for how in ("baseline", "ours", "ours, notes too"):
                _say_read("directory", samples, how, apart("read", path, how))
            with server(path) as url:
                for how in ("baseline", "ours", "ours, notes too"):
                    _say_read("server", samples, how, apart("read", url, how))


def _say_read(kind: str, samples: int, how: str, found: dict[str, Any]) -> None:
    print(
        f"start over {samples} samples, half of them of the scope, {kind}, {how}: {found['seconds']:.2f} s, "
        f"and {found['texts']:.2f} s for {found['read']} texts; peak RSS {found['peak']:.0f} MB ({found['found']} neighbours)",
        flush=True,
    )


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1].startswith("--"):
        work = {"--fill": lambda path, samples: fill(path, int(samples)), "--read": read, "--write": write}
        print(json.dumps(work[sys.argv[1]](*sys.argv[2:])))
    else:
        main()
