"""The local runner beside Ray with a number of workers: `chain` and, with its conversations, `support`.

`python benchmarks/runners.py [SAMPLES] [WORKERS]` (500, 2). Starting Ray is counted apart. `support` runs on the
scripted model, so that only our own work is measured.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson
from bench import chain_words, endpoint, folder


def figures(words: list[str], home: Path, samples: int) -> str:
    """Run the command as a process; samples a second and the time that setting up took."""
    subprocess.run([sys.executable, "-m", "graphs.run", *words], check=True, capture_output=True)
    summary = orjson.loads((home / "run" / "summary.json").read_bytes())
    timings = summary["timings"]
    return (
        f"{samples / (timings['run_s'] - timings['setup_s']):.1f} samples/s ({timings['setup_s']:.1f} s of setting up)"
    )


def main() -> None:
    """Print samples a second of each runner."""
    samples, workers = (int(word) for word in [*sys.argv[1:], *["500", "2"][len(sys.argv) - 1 :]])
    runners = {"local": [], f"ray, {workers} workers": ["runner.backend=ray", f"runner.workers={workers}"]}
    with endpoint("50") as url:
        for name, runner in runners.items():
            with folder() as home:
                print(
                    f"chain, {name}: {figures(chain_words(url, home, samples, 64, *runner), home, samples)}", flush=True
                )
    for name, runner in runners.items():
        with folder() as home:
            words = [
                "scenario=support", "base_models=true", "llm.backend=scripted", f"n={samples}", "round_size=64", "concurrency=64",
                "memory.min_distance=0", f"out={home}/run", f"memory.path={home}/memory", *runner,
            ]  # fmt: skip
            print(f"support (scripted), {name}: {figures(words, home, samples)}", flush=True)


if __name__ == "__main__":
    main()
