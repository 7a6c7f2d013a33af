"""Whether accepted samples keep apart as the rules say, by comparing each with each, without any of the rules' own code.

`python benchmarks/invariant.py DIR …` checks finished runs against the bounds in their `run.yaml`, several runs together
where they used one memory. Without DIR it makes its own against a local endpoint that has ten words and copies
itself with up to three words changed: a run of 2,000 samples (`N` for another number), and two runs of 500 in one memory beside two in
two.
"""

from __future__ import annotations

import itertools
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import yaml
from bench import endpoint, folder, run_words

STRICT = ["memory.min_distance=0.01", "memory.max_overlap=0.5"]
"""Bounds that this endpoint meets often."""
_WORD = re.compile(r"\w+(?:'\w+)*")


def text_of(line: dict[str, Any]) -> str:
    """A sample's text."""
    if "fields" in line:
        return "\n".join(line["fields"].values())
    return "\n".join(m["content"] for m in line["messages"] if m["role"] != "tool" and m["content"])


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """The runs of three words, the last two filled up."""
    words = [*_WORD.findall(text.lower().replace("’", "'")), "", ""]
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def vectors(texts: Sequence[str]) -> np.ndarray[Any, Any]:
    """WordLlama's own unit vectors, one text at a time."""
    import wordllama

    home = Path(wordllama.__file__).parent
    model = wordllama.WordLlama.load(cache_dir=home, disable_download=True, dim=256)
    return np.vstack([model.embed([text], norm=True) for text in texts]).astype(np.float64)


def compare(runs: Sequence[Path], distance: float, overlap: float) -> str:
    """Compare every two accepted samples; a line that says how near they come, and how many pairs are too near."""
    lines = [orjson.loads(line) for run in runs for line in (run / "dataset.jsonl").read_bytes().splitlines()]
    texts = [text_of(line) for line in lines]
    raw = vectors(texts)
    near = (1 - raw @ raw.T)[np.triu_indices(len(texts), 1)]
    sets = [shingles(text) for text in texts]
    shares = [len(a & b) / len(a | b) for a, b in itertools.combinations(sets, 2)]
    return (
        f"{len(texts)} samples, {len(shares)} pairs: nearest {near.min():.4f} (at least {distance:g}), largest overlap "
        f"{max(shares):.3f} (under {overlap:g}); too near in sense {int((near < distance - 5e-4).sum())}, in words "
        f"{sum(share >= overlap for share in shares)}"
    )


def check(runs: Sequence[Path]) -> str:
    """As `compare`, with the bounds of the first run."""
    memory = yaml.safe_load((runs[0] / "run.yaml").read_text(encoding="utf-8")).get("memory", {})
    return compare(runs, memory.get("min_distance", 0.1), memory.get("max_overlap", 0.7) or 1.1)


def refusals(run: Path) -> str:
    """What was refused, by reason."""
    lines = [orjson.loads(line) for line in (run / "rejected.jsonl").read_bytes().splitlines()]
    found = Counter(line["reason"] for line in lines if line["stage"] == "curate")
    return ", ".join(f"{reason} {count}" for reason, count in sorted(found.items())) or "none"


def make(url: str, out: Path, memory: Path, samples: int, seed: int) -> Path:
    """Make a run."""
    run_words(
        [
            "scenario=chain", "topology=generate_only", f"n={samples}", f"seed={seed}", "concurrency=64", "patience=1000",
            f"llm.base_url={url}", "llm.model=m", f"out={out}", f"memory.path={memory}", *STRICT,
        ]
    )  # fmt: skip
    return out


def main() -> None:
    """Print the figures."""
    words = sys.argv[1:]
    if words and not words[0].isdigit():
        print(check([Path(word) for word in words]))
        return
    samples = int(words[0]) if words else 2000
    with endpoint("0", "copies") as url, folder() as home:
        began = time.perf_counter()
        whole = make(url, home / "whole", home / "memory", samples, 1)
        print(f"a run of {samples} ({time.perf_counter() - began:.0f} s), refused: {refusals(whole)}", flush=True)
        print(f"  {check([whole])}", flush=True)
        for how in ("one memory", "two"):
            runs = [
                make(
                    url,
                    home / f"{how}-{seed}",
                    home / ("shared" if how == "one memory" else f"m{seed}"),
                    samples // 4,
                    seed,
                )
                for seed in (1, 2)
            ]
            print(f"two runs in {how}, refused in the second: {refusals(runs[1])}\n  {check(runs)}", flush=True)


if __name__ == "__main__":
    main()
