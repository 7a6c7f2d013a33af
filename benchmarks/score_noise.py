"""What residuals find of wrong scores: `python benchmarks/score_noise.py FOLDER`.

Texts that people scored from -4 to 4 (Hutto and Gilbert 2014), 18 % of the scores drawn anew: the share of the variance that scorers foresee,
AUROC of the residual, of all wrong scores and of those moved by more than 2, wrong ones among the first 100, and what is doubted. The texts are
fetched into FOLDER by `pip download vaderSentiment==3.3.2`.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from label_noise import Array, auroc

from evaluation.signals.residuals import residuals
from evaluation.students.features import unit_vectors
from graphs.curating.learning_numbers import FAR
from memory.vectors.embedding import WordLlamaEmbedding

KINDS = {
    "tweets": "tweets", "product reviews": "amazonReviewSnippets", "film reviews": "movieReviewSnippets", "editorials": "nytEditorialSnippets",
}  # fmt: skip
WRONG, LEARNED, ROUTED, SEEDS = 0.18, 2000, 100, 3


def main() -> None:
    """Print every figure."""
    folder = Path(sys.argv[1])
    for name, file in KINDS.items():
        rows = fetched(folder, file)
        rows = [rows[place] for place in np.random.default_rng(0).permutation(len(rows))[:LEARNED]]
        vectors = unit_vectors([text for _, text in rows], WordLlamaEmbedding())
        gold = np.array([score for score, _ in rows])
        found = [dict(figures(vectors, gold, seed)) for seed in range(SEEDS)]
        print(f"\n{name}, {WRONG:.0%} of {len(rows)} drawn anew, {SEEDS} seeds")
        for key in found[0]:
            values = [one[key] for one in found if key in one]
            print(f"  {key:<36} {np.mean(values):7.3f}")
    passed = sum(
        residuals(vectors[:300], np.random.default_rng(seed).permutation(gold)[:300]).foresight.reads
        for seed in range(40)
    )
    print(f"\nreadable among 40 with shuffled scores: {passed}")


def figures(vectors: Array, gold: Array, seed: int) -> Iterator[tuple[str, float]]:
    """Every figure of one draw of wrong scores."""
    rng = np.random.default_rng(seed)
    bad = np.zeros(len(gold), bool)
    bad[rng.permutation(len(gold))[: round(WRONG * len(gold))]] = True
    scores = gold.copy()
    scores[bad] = rng.uniform(-4, 4, int(bad.sum()))
    moved = bad & (np.abs(scores - gold) > 2)
    found = residuals(vectors, scores, seed=seed)
    far = np.abs(found.residual)
    yield "variance foreseen", found.foresight.explained
    yield "AUROC", auroc(far, bad)
    yield "AUROC of those moved by more than 2", auroc(far[moved | ~bad], moved[moved | ~bad])
    yield f"wrong of the first {ROUTED}", float(bad[np.argsort(-far, kind="stable")[:ROUTED]].sum())
    doubted = far >= FAR
    yield "doubted", float(doubted.sum())
    if doubted.any():
        yield "wrong of these", float(bad[doubted].mean())


def fetched(folder: Path, name: str) -> list[tuple[float, str]]:
    """The scores and texts of a kind; fetched if they are not there."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (packed := folder / "vaderSentiment-3.3.2.tar.gz").is_file():
        words = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "--no-binary",
            ":all:",
            "vaderSentiment==3.3.2",
        ]
        subprocess.run([*words, "-d", str(folder)], check=True)
    with tarfile.open(packed) as archive:
        inner = archive.extractfile("vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz")
        assert inner is not None
        with tarfile.open(fileobj=io.BytesIO(inner.read())) as texts:
            file = texts.extractfile(next(one for one in texts.getnames() if one.endswith(f"{name}_GroundTruth.txt")))
            assert file is not None
            lines = file.read().decode("utf-8", "replace").splitlines()
    cells = [line.split("\t") for line in lines]
    return [(float(one[1]), one[2]) for one in cells if len(one) == 3]


if __name__ == "__main__":
    main()
