"""What measuring diversity costs: seconds, CPU seconds and peak process memory by metric, and of the whole.

`python benchmarks/evaluate.py [SAMPLES]` (100000). Makes that many synthetic dialogues of about 130 words (sentences
drawn with slots filled from lists, one in twenty a near-copy of another) in rounds of 64, and a reference of a tenth as
many. The whole is the command's own work in a process of its own. Where a library could do the same, its time on a
smaller part stands beside ours on the same part.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import orjson
import psutil

from evaluation.bleu import self_bleu
from evaluation.coverage import coverage
from evaluation.diversity import over_rounds
from evaluation.duplicates import SHINGLE, near_duplicates, signatures
from evaluation.intervals import by_subsamples, subsample_size
from evaluation.lexical import compression_ratio, drawn, ingf_document_share
from evaluation.metrics import Options, at_once, sample_set_of
from evaluation.samples import read_samples
from evaluation.semantic import mean_cosine, nearest_other, vendi
from memory.vectors.embedding import WordLlamaEmbedding
from memory.words.tokens import tokenize

T = TypeVar("T")

_PART = 200
_FIRST, _LAST = "bcdfghjklmnprstvwz", "aeiou"
_TOPICS = [f"topic {number}" for number in range(40)]
_MOODS = ["calm", "cross", "glad", "hasty", "sad"]


def make(path: Path, samples: int, seed: int) -> None:
    """Write synthetic dialogues."""
    rng = random.Random(seed)
    vocabulary = [
        "".join(rng.choice(_FIRST) + rng.choice(_LAST) for _ in range(rng.randint(1, 4))) for _ in range(20_000)
    ]
    weights = np.cumsum(1 / np.arange(1, len(vocabulary) + 1)).tolist()
    common = [
        "the",
        "a",
        "to",
        "of",
        "and",
        "is",
        "it",
        "that",
        "for",
        "you",
        "my",
        "with",
        "on",
        "have",
        "can",
        "please",
        "not",
        "be",
        "do",
        "will",
        "order",
        "when",
    ]
    texts: list[list[str]] = []
    with path.open("wb") as file:
        for number in range(samples):
            topic, mood = rng.choice(_TOPICS), rng.choice(_MOODS)
            if texts and rng.random() < 0.05:
                lines = [*rng.choice(texts[-1000:])]
                lines[rng.randrange(len(lines))] = f"something else about {topic}"
            else:
                drawn_words = rng.choices(vocabulary, cum_weights=weights, k=80)
                mixed = iter(
                    word for one in drawn_words for word in ([rng.choice(common), one] if rng.random() < 0.6 else [one])
                )
                lines = [
                    f"I feel {mood} about {topic} today",
                    *(" ".join(line) for line in zip(*[mixed] * 16, strict=False)),
                ]
            texts.append(lines)
            row = {
                "round": number // 64,
                "messages": [{"role": ("user", "assistant")[i % 2], "content": line} for i, line in enumerate(lines)],
                "brief": {"cell": {"topic": topic, "mood": mood}},
            }
            file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))


class Watch:
    """The largest process memory while something runs."""

    def __init__(self) -> None:
        self._process, self._stop = psutil.Process(), threading.Event()
        self.peak = self._process.memory_info().rss
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            self.peak = max(self.peak, self._process.memory_info().rss)

    def stop(self) -> float:
        """Stop watching; MB."""
        self._stop.set()
        self._thread.join()
        return self.peak / 1e6


def timed(name: str, work: Callable[[], T]) -> T:
    """Do it, and print seconds, CPU seconds of all threads, and memory."""
    watch, began, before = Watch(), time.perf_counter(), time.process_time()
    found = work()
    seconds, spent = time.perf_counter() - began, time.process_time() - before
    print(f"  {name:<44} {seconds:7.2f} s  CPU {spent:7.2f} s  peak {watch.stop():6.0f} MB", flush=True)
    return found


def parts(path: Path) -> None:
    """Print the cost of each part."""
    options = Options()
    samples = timed("reading the file", lambda: read_samples(path))
    embedding = WordLlamaEmbedding()
    corpus = timed("words and vectors", lambda: sample_set_of(samples, embedding.vectors))
    n = len(corpus)
    print(f"  {n} samples, {len(corpus.tokens.hashes)} tokens")
    ngrams = {k: timed(f"{k}-grams", lambda k=k: corpus.tokens.ngrams(k)) for k in (1, 2, 3)}  # type: ignore[misc]
    for k, tokens in ngrams.items():
        timed(f"distinct-{k}, entropy_{k}", lambda tokens=tokens: drawn(tokens.counts(), options.tokens))  # type: ignore[misc]
    timed("INGF", lambda: ingf_document_share(ngrams[3]))
    ngrams.clear()
    timed("compression ratio", lambda: compression_ratio(sample.text for sample in corpus.samples))
    some = np.sort(np.random.default_rng(0).choice(n, min(_PART, n), replace=False))
    timed("self-BLEU of 200", lambda: self_bleu(corpus.tokens.take(some)))
    timed("APS", lambda: mean_cosine(corpus.vectors))
    timed("Vendi", lambda: vendi(corpus.vectors))
    timed("Chamfer and semantic near-duplicates", lambda: nearest_other(corpus.vectors))
    alike = timed("lexical near-duplicates", lambda: near_duplicates(corpus.tokens, options.jaccard))
    print(f"  ({alike.mean():.4f} of the samples have one)")
    timed("coverage", lambda: coverage(sample.cell for sample in corpus.samples))
    timed("rounds", lambda: over_rounds(corpus, options))
    timed(
        f"intervals, {options.resamples} subsamples of {subsample_size(n)}",
        lambda: by_subsamples(
            list(at_once(corpus.take(np.arange(10)), options).values()),
            lambda places: list(at_once(corpus.take(places), options).values()),
            n, options.resamples, np.random.default_rng(0),
        ),
    )  # fmt: skip


def baselines(path: Path) -> None:
    """Ours beside libraries on a part that they can do."""
    from datasketch import MinHash
    from sacrebleu.metrics.bleu import BLEU

    texts = [sample.text for sample in read_samples(path)[: 10 * _PART]]
    tokens = tokenize(texts[:_PART])
    words = [" ".join(map(str, tokens[i].tolist())) for i in range(len(tokens))]
    bleu = BLEU(tokenize="none", effective_order=True)
    theirs = timed(
        f"self-BLEU of {_PART} by sacrebleu",
        lambda: [bleu.sentence_score(w, words[:i] + words[i + 1 :]).score / 100 for i, w in enumerate(words)],
    )
    ours = timed(f"self-BLEU of {_PART}, ours", lambda: self_bleu(tokens))
    print(f"  largest difference {np.abs(ours - theirs).max():.1e}")
    shingles = tokenize(texts).shingles(SHINGLE)
    raw = [[one.tobytes() for one in shingles[i]] for i in range(len(shingles))]
    timed(f"MinHash of {10 * _PART} by datasketch", lambda: MinHash.bulk(raw, num_perm=128))
    timed(f"MinHash of {10 * _PART}, rensa", lambda: signatures(shingles))


def whole(*words: str) -> None:
    """The command; prints its seconds and memory as JSON on the last line."""
    from graphs.evaluate import main as evaluate

    began = time.perf_counter()
    code = evaluate(words)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    seconds, spent = time.perf_counter() - began, time.process_time()
    print(json.dumps({"code": code, "seconds": seconds, "cpu": spent, "peak": peak}))


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as home:
        path, reference = Path(home) / "made.jsonl", Path(home) / "reference.jsonl"
        make(path, count, 0)
        make(reference, max(10, count // 10), 1)
        print("by part:", flush=True)
        parts(path)
        print("beside libraries:", flush=True)
        baselines(path)
        for words in ([f"out={path}"], [f"out={path}", f"reference={reference}"]):
            done = subprocess.run(
                [sys.executable, __file__, "--whole", *words], stdout=subprocess.PIPE, text=True, check=True
            )
            found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
            what = "the command, with a reference of a tenth" if len(words) > 1 else "the command"
            print(
                f"{what}: {found['seconds']:.1f} s, CPU {found['cpu']:.1f} s, peak {found['peak']:.0f} MB (exit code {found['code']})",
                flush=True,
            )


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[1] == "--whole":
        whole(*sys.argv[2:])
    else:
        main()
