"""What planning, steering and refusal each do for diversity: one scenario, the same calls, with each of them switched off.

`python benchmarks/ablation.py many|few [DIR] [key=value …]` makes five runs on the packaged model (or on what `llm.…` names),
each with `budget.calls=700`, and keeps them in DIR, where it goes on after a stop. They make short questions: `many` tells
each of 36 matters, who asks, and how it begins (2,880 cells), `few` one of six matters and four beginnings (24 cells).
`scenario=…` takes another scenario. Figures are of the first accepted samples of each run up to the same number of
words, that of the run with the fewest; near-duplicates are those that the first run's own bounds would refuse. The last
line puts "everything" beside "nothing".
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import yaml
from bench import HERE, folder

from evaluation.metrics import Metric, Options, measure, sample_set_of
from evaluation.samples import Sample, read_samples
from memory.vectors.embedding import WordLlamaEmbedding
from memory.words.tokens import words as words_of

NO_REFUSAL = ("memory.min_distance=0", "memory.max_overlap=off", "forbidden.demonstrations=off")
ARMS: dict[str, tuple[str, ...]] = {
    "everything": (),
    "no planner": ("planner=random",),
    "no steering": ("steering=off",),
    "no refusal": NO_REFUSAL,
    "nothing": ("planner=random", "steering=off", *NO_REFUSAL),
}
_WORDS = [
    "n=100000", "seed=1", "concurrency=2", "budget.calls=700", "patience=100000",
    "saturation.window=0",
]  # fmt: skip
_SHOWN = {
    Metric.VENDI: "Vendi", Metric.SEMANTIC: "near (sense)", Metric.LEXICAL: "near (words)", Metric.DISTINCT_2: "distinct-2",
    Metric.SELF_BLEU: "self-BLEU", Metric.VOCABULARY: "vocabulary",
}  # fmt: skip


def make(home: Path, arm: str, words: Sequence[str]) -> Path:
    """The run of an arm, made or continued; it ends where its calls do."""
    out = home / arm.replace(" ", "-")
    command = [
        sys.executable,
        "-m",
        "graphs.run",
        *_WORDS,
        *words,
        *ARMS[arm],
        f"out={out}",
        f"memory.path={out}-memory",
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=HERE.parent)
    if done.returncode not in (0, 3):
        raise SystemExit(f"{arm}: code {done.returncode}\n{done.stdout[-500:]}{done.stderr[-2000:]}")
    return out


def sized(samples: Sequence[Sample]) -> list[int]:
    """Words of each sample."""
    return [len(words_of(sample.text)) for sample in samples]


def main() -> None:
    """Make the runs and print the figures."""
    words = [word for word in sys.argv[1:] if "=" in word]
    which, *given = [word for word in sys.argv[1:] if "=" not in word] or ["many"]
    words = [f"scenario={HERE / 'ablation' / which}", *words]
    with folder() as away:
        home = Path(given[0]) if given else away
        runs = {}
        for arm in ARMS:
            runs[arm] = make(home, arm, words)
            print(f"{arm}: made", flush=True)
        compare(runs)


def compare(runs: dict[str, Path]) -> None:
    """Print the figures of finished runs."""
    bounds = yaml.safe_load((runs["everything"] / "run.yaml").read_text())["memory"]
    samples = {arm: read_samples(run / "dataset.jsonl") for arm, run in runs.items()}
    sizes = {arm: sized(each) for arm, each in samples.items()}
    budget = min(map(sum, sizes.values()))
    options = Options(distance=bounds["min_distance"], tokens=budget)
    print(f"at {budget} words each; near (sense): under {options.distance:g}; near (words): {options.jaccard:g} shared")
    vendi = {}
    for arm, run in runs.items():
        summary: dict[str, Any] = orjson.loads((run / "summary.json").read_bytes())
        paid = sum(used["prompt"] + used["completion"] for used in summary["tokens"].values())
        kept = first(samples[arm], sizes[arm], budget)
        found = measure(sample_set_of(kept, WordLlamaEmbedding().vectors), options)
        figures = {metric: estimate.value or 0.0 for metric, estimate in found.items()}
        vendi[arm] = figures[Metric.VENDI]
        told = ", ".join(f"{name} {figures[metric]:.3g}" for metric, name in _SHOWN.items())
        print(
            f"{arm:12} {summary['requests']} calls, {summary['accepted']} accepted ({summary['accepted'] / paid * 1000:.2f} for 1,000 "
            f"tokens), of which {len(kept)}: {told}; pairs covered {pairs(kept)}",
            flush=True,
        )
    print(f"Vendi of everything beside nothing: {vendi['everything'] / vendi['nothing']:.2f}")


def first(samples: Sequence[Sample], sizes: Sequence[int], budget: int) -> list[Sample]:
    """The first samples that have so many words together."""
    kept, spent = [], 0
    for sample, size in zip(samples, sizes, strict=True):
        spent += size
        if spent > budget:
            break
        kept.append(sample)
    return kept


def pairs(samples: Sequence[Sample]) -> int:
    """Pairs of values of different axes that some sample has."""
    cells = [sorted(sample.cell.items()) for sample in samples]
    return len({(a, b) for cell in cells for place, a in enumerate(cell) for b in cell[place + 1 :]})


if __name__ == "__main__":
    main()
