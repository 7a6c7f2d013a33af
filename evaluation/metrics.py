"""The metrics of one set of samples, each with how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

import numpy as np
from pydantic import Field

from evaluation.bleu import self_bleu
from evaluation.duplicates import near_duplicates
from evaluation.intervals import Estimate, by_subsamples, of_mean, of_share
from evaluation.lexical import Floats, compression_ratio, drawn, ingf_document_share
from evaluation.novelsum import novelties
from evaluation.samples import Sample
from evaluation.semantic import mean_cosine, nearest_other, vendi
from memory.vectors.embedding import Vectors
from memory.words.tokens import Places, Tokens, tokenize
from scenarios.frozen import Frozen

Embed = Callable[[Sequence[str]], Vectors]

_EMBEDDED = 5000
"""Texts embedded at a time."""
_SHARED = 3


class Metric(StrEnum):
    """The metrics, by their keys in `diversity.json`."""

    VOCABULARY = "vocabulary"
    DISTINCT_1 = "distinct_1"
    DISTINCT_2 = "distinct_2"
    DISTINCT_3 = "distinct_3"
    ENTROPY_1 = "entropy_1"
    ENTROPY_2 = "entropy_2"
    ENTROPY_3 = "entropy_3"
    COMPRESSION = "compression_ratio"
    INGF = "ingf_document_share_3"
    SELF_BLEU = "self_bleu"
    APS = "aps"
    VENDI = "vendi"
    CHAMFER = "chamfer"
    NOVELSUM = "novelsum"
    LEXICAL = "near_duplicates_lexical"
    SEMANTIC = "near_duplicates_semantic"


LESS_IS_DIVERSE = frozenset(
    {Metric.COMPRESSION, Metric.INGF, Metric.SELF_BLEU, Metric.APS, Metric.LEXICAL, Metric.SEMANTIC}
)


class Options(Frozen):
    """What the figures depend on besides the samples."""

    tokens: int = Field(10_000, ge=1, description="n-grams drawn for vocabulary, distinct-n and entropy")
    bleu: int = Field(200, ge=2, description="samples drawn for self-BLEU")
    novelsum: int = Field(2000, ge=2, description="samples drawn for NovelSum")
    jaccard: float = Field(0.7, gt=0, le=1, description="near-duplicates share this much of their 3-word shingles")
    distance: float = Field(0.1, ge=0, le=2, description="near-duplicates are nearer than this cosine distance")
    resamples: int = Field(100, ge=20, description="resamples for each interval")
    seed: int = Field(0, ge=0, description="seed of everything that is drawn")


@dataclass(frozen=True, slots=True)
class SampleSet:
    """Samples in an order that depends on their texts alone, so that what is drawn does not depend on the file's order."""

    samples: tuple[Sample, ...]
    tokens: Tokens
    vectors: Vectors

    def __len__(self) -> int:
        """How many samples."""
        return len(self.samples)

    def take(self, places: Places) -> SampleSet:
        """Some of the samples."""
        return SampleSet(tuple(self.samples[i] for i in places), self.tokens.take(places), self.vectors[places])


def sample_set_of(samples: Sequence[Sample], embed: Embed) -> SampleSet:
    """Samples made ready to be measured."""
    ordered = sorted(samples, key=lambda s: blake2b(s.text.encode("utf-8", "surrogatepass"), digest_size=16).digest())
    texts = [sample.text for sample in ordered]
    vectors = np.concatenate([embed(texts[at : at + _EMBEDDED]) for at in range(0, len(texts), _EMBEDDED)])
    return SampleSet(tuple(ordered), tokenize(texts), vectors)


def measure(
    corpus: SampleSet, options: Options, each: Callable[[], None] = lambda: None, nearest: Floats | None = None
) -> dict[Metric, Estimate]:
    """Every metric, in the order of `Metric`. `each` is called for every one of the resamples, which take the time; `nearest` are the
    distances to the nearest other sample, if they are known already: of many samples, they take long."""
    rng = np.random.default_rng(options.seed)
    n = len(corpus)

    def some(places: Places) -> list[float | None]:
        each()
        return list(at_once(corpus.take(places), options).values())

    whole = at_once(corpus, options)
    estimates = by_subsamples(list(whole.values()), some, n, options.resamples, rng)
    found = dict(zip(whole, estimates, strict=True))
    for_bleu = np.sort(rng.choice(n, min(options.bleu, n), replace=False))
    nearest = nearest_other(corpus.vectors) if nearest is None else nearest
    alike = near_duplicates(corpus.tokens, options.jaccard)
    found[Metric.SELF_BLEU] = of_mean(self_bleu(corpus.tokens.take(for_bleu)), options.resamples, rng)
    found[Metric.CHAMFER] = of_mean(nearest, options.resamples, rng)
    found[Metric.NOVELSUM] = of_mean(novelties_drawn(corpus, options), options.resamples, rng)
    found[Metric.LEXICAL] = of_share(alike, options.resamples, rng)
    found[Metric.SEMANTIC] = of_share(nearest < options.distance, options.resamples, rng)
    return {metric: found[metric] for metric in Metric}


def novelties_drawn(corpus: SampleSet, options: Options, pool: Vectors | None = None) -> Floats:
    """The novelty of so many samples drawn at random; `pool` are those among which density is taken."""
    n = len(corpus)
    drawn_at = np.sort(np.random.default_rng(options.seed).choice(n, min(options.novelsum, n), replace=False))
    return novelties(corpus.vectors[drawn_at], pool)


def at_once(corpus: SampleSet, options: Options) -> dict[Metric, float | None]:
    """The metrics that are one figure of a whole set, not a mean over samples."""
    ngrams = {n: corpus.tokens.ngrams(n) for n in (1, 2, 3)}
    found = {n: drawn(tokens.counts(), options.tokens) for n, tokens in ngrams.items()}
    return {
        Metric.VOCABULARY: found[1].different,
        Metric.DISTINCT_1: found[1].distinct,
        Metric.DISTINCT_2: found[2].distinct,
        Metric.DISTINCT_3: found[3].distinct,
        Metric.ENTROPY_1: found[1].entropy,
        Metric.ENTROPY_2: found[2].entropy,
        Metric.ENTROPY_3: found[3].entropy,
        Metric.COMPRESSION: compression_ratio(sample.text for sample in corpus.samples),
        Metric.INGF: ingf_document_share(ngrams[_SHARED]),
        Metric.APS: mean_cosine(corpus.vectors),
        Metric.VENDI: vendi(corpus.vectors),
    }
