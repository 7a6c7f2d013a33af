"""Same seed, same bytes: one run's dataset at several concurrencies and on Ray, by SHA-256.

`python benchmarks/determinism.py [SAMPLES]` (200). The endpoint answers in 5 to 60 ms, so that answers overtake each
other. Ends with code 1 where two datasets differ, or where a run asked a call twice.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys

import orjson
from bench import chain_words, endpoint, folder

RUNS = [
    ("local", 1, []), ("local", 8, []), ("local", 64, []), ("local", 64, []),
    *((f"ray, {n} workers", 32, ["runner.backend=ray", f"runner.workers={n}"]) for n in (1, 2, 4)),
]  # fmt: skip


def main() -> int:
    """Print each run's digest."""
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    found: set[tuple[str, int]] = set()
    with endpoint("5-60") as url:
        for runner, in_flight, more in RUNS:
            with folder() as home:
                words = chain_words(url, home, samples, in_flight, "memory.min_distance=0.04", *more)
                subprocess.run([sys.executable, "-m", "graphs.run", *words], check=True, capture_output=True)
                data = (home / "run" / "dataset.jsonl").read_bytes()
                summary = orjson.loads((home / "run" / "summary.json").read_bytes())
            digest = hashlib.sha256(data).hexdigest()[:16]
            found.add((digest, summary["requests"]))
            print(
                f"{runner}, {in_flight} in flight: {digest}, {len(data.splitlines())} samples, "
                f"{summary['rejected']} rejected, {summary['requests']} requests",
                flush=True,
            )
    print(f"{len(RUNS)} runs, {len({digest for digest, _ in found})} different dataset(s)")
    return int(len({digest for digest, _ in found}) != 1)


if __name__ == "__main__":
    sys.exit(main())
