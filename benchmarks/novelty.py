"""What novelty costs at scale: a round of 64 against stored samples, exactly, beside Chroma's index and its recall.

`python benchmarks/novelty.py [STORED …]` (100000). With `--index` the same vectors go into a Chroma directory, too, with
the settings of ours, and its index is asked for the nearest of each. With `--words`, what lexical refusal costs: getting
ready for as many texts of 150 words, and a round, of which every fourth is a near-copy, beside comparing each with each
on a hundredth of them. The vectors are synthetic: 2,000 topics, samples
about 0.25 apart within a topic. BLAS has one thread, as in a run.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as graphs.run does; before numpy

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from memory.archive.archive import Archive
from memory.archive.chroma import Store, open_directory
from memory.vectors.embedding import DIMENSIONS, GRID, Vectors, to_grid
from memory.vectors.novelty import Neighbours
from memory.words.minhash import jaccard
from memory.words.overlap import Lexicon, signed
from memory.words.wording import Wording

_ROUND, _ROUNDS = 64, 9
_TOPICS, _SPREAD = 2000, 0.58
_BATCH = 5000


def vectors(seed: int, count: int) -> Vectors:
    """Samples of 2,000 topics: the topic's direction, and noise."""
    topics = np.random.default_rng(0).standard_normal((_TOPICS, DIMENSIONS)).astype(np.float32)
    rng = np.random.default_rng(seed)
    parts = []
    for start in range(0, count, 50_000):
        size = min(50_000, count - start)
        noise = rng.standard_normal((size, DIMENSIONS), np.float32)
        parts.append(to_grid(topics[rng.integers(0, _TOPICS, size)] + np.float32(_SPREAD) * noise))
    return np.concatenate(parts)


def timed(ask: Callable[[Any], object], rounds: Sequence[Any]) -> str:
    """What a round takes: the median and the longest, and the median of the CPU time."""
    spent, used = [], []
    for asked in rounds:
        began, cpu = time.perf_counter(), time.process_time()
        ask(asked)
        spent.append((time.perf_counter() - began) * 1e3)
        used.append((time.process_time() - cpu) * 1e3)
    return f"{statistics.median(spent):.0f} ms (longest {max(spent):.0f}; CPU {statistics.median(used):.0f})"


def plain(stored: Vectors) -> Callable[[Vectors], object]:
    """The baseline: one product with everything, as float32 unit vectors, and its largest number."""
    norms = np.linalg.norm(stored, axis=1)

    def ask(asked: Vectors) -> object:
        return (asked @ stored.T / norms).argmax(axis=1)

    return ask


def fill(chroma: Store, stored: Vectors) -> float:
    """Store everything; seconds."""
    archive, began = Archive(chroma, "ours"), time.perf_counter()
    for start in range(0, len(stored), _BATCH):
        part = stored[start : start + _BATCH]
        archive.remember("run", [str(start + place) for place in range(len(part))], part, [Wording("text")] * len(part))
    return time.perf_counter() - began


def index(stored: Vectors, neighbours: Neighbours, rounds: list[Vectors]) -> None:
    """Print what Chroma's index costs and finds."""
    with tempfile.TemporaryDirectory() as home:
        before = psutil.Process().memory_info().rss
        chroma = open_directory(Path(home) / "memory")
        filled = fill(chroma, stored)
        print(
            f"{len(stored)} stored: Chroma's index built in {filled:.0f} s ({filled / len(stored) * 1e3:.2f} ms a sample), "
            f"{(psutil.Process().memory_info().rss - before) / 1e6:.0f} MB",
            flush=True,
        )

        def ask(asked: Vectors) -> list[str]:
            found = chroma.collection.query(query_embeddings=asked / np.float32(GRID), n_results=1, include=[])
            return [ids[0] for ids in found["ids"]]

        took = timed(ask, rounds)
        asked = np.concatenate(rounds)
        exact = neighbours.nearest_each(asked)
        off, missed = [], 0
        for vector, id_, truth in zip(asked, ask(asked), exact, strict=True):
            if id_ != truth.nearest:
                missed += 1
                other = stored[int(id_)].astype(np.float64)
                own = vector.astype(np.float64)
                off.append(1 - own @ other / np.linalg.norm(own) / np.linalg.norm(other) - (truth.distance or 0))
        print(
            f"{len(stored)} stored: Chroma's index, a round of {_ROUND}: {took}; finds the "
            f"nearest of {1 - missed / len(asked):.1%} of {len(asked)}; where not, it is off by {max(off, default=0):.3f} at most",
            flush=True,
        )
        chroma.close()


def texts(seed: int, count: int) -> list[str]:
    """Texts of 150 words, common words more often than rare ones."""
    rng = np.random.default_rng(seed)
    places = np.minimum(rng.zipf(1.3, (count, 150)), 20_000)
    return [" ".join(f"w{place}" for place in row) for row in places]


def lexical(count: int) -> None:
    """Print what lexical refusal costs."""
    stored = texts(1, count)
    process = psutil.Process()
    memory, began, cpu = process.memory_info().rss, time.perf_counter(), time.process_time()
    lexicon = Lexicon(0.7)
    lexicon.extend([str(place) for place in range(count)], stored)
    ready, used = time.perf_counter() - began, time.process_time() - cpu
    size = (process.memory_info().rss - memory) / 1e6
    rounds = [
        [
            text if place % 4 else stored[place * 7].replace(" w9 ", " w8 ")
            for place, text in enumerate(texts(1000 + number, _ROUND))
        ]
        for number in range(_ROUNDS)
    ]
    found = [sum(lexicon.nearest(one) is not None for one in signed(asked)) for asked in rounds]
    took = timed(lambda asked: [lexicon.nearest(one) for one in signed(asked)], rounds)
    part = [one.shingles for one in signed(stored[: count // 100])]
    each = timed(
        lambda asked: [max(jaccard(one.shingles, other) for other in part) for one in signed(asked)], rounds[:1]
    )
    print(
        f"{count} stored: words, ready in {ready:.1f} s (CPU {used:.1f}), {size:.0f} MB; a round of {_ROUND}: {took}, {min(found)} "
        f"to {max(found)} found of {_ROUND // 4}; each with each over {len(part)}: {each}",
        flush=True,
    )


def main() -> None:
    """Print the figures."""
    words = sys.argv[1:]
    rounds = [vectors(1000 + number, _ROUND) for number in range(_ROUNDS)]
    for count in [int(word) for word in words if not word.startswith("--")] or [100_000]:
        stored = vectors(1, count)
        before = psutil.Process().memory_info().rss
        neighbours = Neighbours()
        neighbours.extend([str(place) for place in range(count)], stored)
        size = (psutil.Process().memory_info().rss - before) / 1e6
        exact = timed(neighbours.nearest_each, rounds)
        simple = timed(plain(stored), rounds[:3])
        nearest = statistics.median(found.distance or 0 for found in neighbours.nearest_each(rounds[0]))
        print(
            f"{count} stored: exact, a round of {_ROUND}: {exact}, {size:.0f} MB; one plain "
            f"product {simple}; median distance to the nearest {nearest:.2f}",
            flush=True,
        )
        if "--words" in words:
            lexical(count)
        if "--index" in words:
            index(stored, neighbours, rounds)


if __name__ == "__main__":
    main()
