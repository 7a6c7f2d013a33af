"""The diversity of a dataset: every metric with its interval, coverage, what changed over rounds, a reference, and how
personas talk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from pydantic import Field

from evaluation.coverage import AxisCoverage, coverage
from evaluation.histograms import Histogram, histogram
from evaluation.intervals import Estimate, Figure, of_mean, of_share, rounded, subsample_size
from evaluation.lexical import ExpectedCounts, Floats, drawn
from evaluation.manner import Manner, manners
from evaluation.metrics import Metric, Options, SampleSet, measure, novelties_drawn
from evaluation.semantic import nearest_across, nearest_earlier, nearest_other, vendi
from evaluation.speech.likeness import LogLikeness
from evaluation.within import WithinValues, within_values
from memory.vectors.embedding import Vectors
from memory.words.tokens import Places
from scenarios.frozen import Frozen
from scenarios.schema.axes import Exclusion

_SLICES = 10


class Slice(Frozen):
    """Some rounds in a row, and how they compare with what came before."""

    first: int
    last: int
    samples: int
    distinct_2: float | None
    """At equal tokens for all slices."""
    vendi: float | None
    novelty: float | None
    """Mean distance to the nearest sample of an earlier round."""
    near_duplicates: float | None
    """Share that is nearer than `distance` to a sample of an earlier round."""


class Against(Frozen):
    """A dataset beside a reference set, both thinned to an equal number of samples and tokens."""

    samples: int
    tokens: int
    dataset: dict[Metric, Figure]
    reference: dict[Metric, Figure]
    difference: dict[Metric, Figure]
    """Dataset less reference."""
    to_reference: Figure
    """Mean distance of a sample to the nearest of the reference (all samples of both)."""
    from_reference: Figure
    """Mean distance of a sample of the reference to the nearest of the dataset."""
    covered: Figure
    """Share of the reference with a sample at least as near as its nearest neighbour in the reference (coverage with
    k = 1, Naeem et al. 2020)."""
    novelsum: Figure
    """NovelSum with the density that the reference has at each sample, and"""
    novelsum_of_reference: Figure
    """the same of the reference itself."""


class Diversity(Frozen):
    """All that is measured of a dataset."""

    samples: int
    tokens: int
    without_words: int
    options: Options
    budget: int
    """Tokens that were drawn: `tokens`, or all where there are fewer."""
    bleu_samples: int
    subsample: int
    embedding: str
    metrics: dict[Metric, Figure]
    coverage: AxisCoverage | None = None
    within: dict[str, WithinValues] = Field(default_factory=dict)
    """By axis, how much diversity is left among samples of one value."""
    rounds: tuple[Slice, ...] = ()
    reference: Against | None = None
    manner: tuple[Manner, ...] = ()
    """How personas talk, role by role."""
    likeness: LogLikeness | None = None
    """How unlike the reference's conversations are, if both hold conversations."""
    lengths: Histogram | None = None
    """Words of a sample."""
    nearest: Histogram | None = None
    """The distance of a sample to its nearest neighbour."""
    refused_by: str = ""
    """The embedding by which the run kept samples apart, if it is known."""


def diversity(
    corpus: SampleSet, options: Options, *, embedding: str, axes: Mapping[str, Sequence[str]] | None = None,
    exclusions: Sequence[Exclusion] = (), reference: SampleSet | None = None, each: Callable[[], None] = lambda: None,
) -> Diversity:  # fmt: skip
    """Measure a dataset. The same samples, in whatever order, and the same options give the same figures.

    `axes` names the values that a cell can have, `exclusions` those that make no sense together, if they are known; see
    `coverage`. `each` is called for every one of the resamples, of which there are three times as many with a `reference`.
    """
    size, nearest = len(corpus), nearest_other(corpus.vectors)
    return Diversity(
        samples=size,
        tokens=len(corpus.tokens.hashes),
        without_words=int((corpus.tokens.lengths == 0).sum()),
        options=options,
        budget=min(options.tokens, len(corpus.tokens.hashes)),
        bleu_samples=min(options.bleu, size),
        subsample=subsample_size(size),
        embedding=embedding,
        metrics=_figures(measure(corpus, options, each, nearest)),
        coverage=coverage((sample.cell for sample in corpus.samples), axes, exclusions),
        within=within_values([sample.cell for sample in corpus.samples], corpus.vectors, options.seed),
        rounds=over_rounds(corpus, options),
        reference=against(corpus, reference, options, each) if reference is not None else None,
        manner=manners(corpus.samples, options),
        lengths=histogram(corpus.tokens.lengths.astype(np.float64)),
        nearest=histogram(nearest),
    )


def over_rounds(corpus: SampleSet, options: Options) -> tuple[Slice, ...]:
    """At most ten slices of rounds in a row, of about equally many samples. Empty unless there are rounds to compare."""
    numbers = np.array([-1 if sample.round is None else sample.round for sample in corpus.samples])
    places = np.argsort(numbers, kind="stable")[int((numbers < 0).sum()) :]
    numbers = numbers[places]
    if not len(numbers) or numbers[0] == numbers[-1]:
        return ()
    ordered = corpus.take(places)
    distances = nearest_earlier(ordered.vectors, numbers)
    # A round belongs to the slice in which it begins.
    slice_of = np.searchsorted(numbers, numbers) * _SLICES // len(numbers)
    parts = [np.flatnonzero(slice_of == number) for number in np.unique(slice_of)]
    bigrams = [ordered.tokens.take(part).ngrams(2) for part in parts]
    budget = min(options.tokens, *(len(tokens.hashes) for tokens in bigrams))
    return tuple(
        _slice(numbers[part], distances[part], ordered.vectors[part], drawn(tokens.counts(), budget), options.distance)
        for part, tokens in zip(parts, bigrams, strict=True)
    )


def _slice(numbers: Places, distances: Floats, vectors: Vectors, bigrams: ExpectedCounts, least: float) -> Slice:
    new = distances[~np.isnan(distances)]
    return Slice(
        first=int(numbers[0]),
        last=int(numbers[-1]),
        samples=len(numbers),
        distinct_2=rounded(bigrams.distinct),
        vendi=rounded(vendi(vectors)),
        novelty=rounded(new.mean()) if len(new) else None,
        near_duplicates=rounded((new < least).mean()) if len(new) else None,
    )


def against(
    corpus: SampleSet, reference: SampleSet, options: Options, each: Callable[[], None] = lambda: None
) -> Against:
    """A dataset beside a reference set. The larger one is thinned at random for what depends on size."""
    size = min(len(corpus), len(reference))
    ours, theirs = (_thinned(one, size, options.seed) for one in (corpus, reference))
    budget = min(options.tokens, len(ours.tokens.hashes), len(theirs.tokens.hashes))
    equal = options.model_copy(update={"tokens": max(1, budget)})
    left, right = measure(ours, equal, each), measure(theirs, equal, each)
    to, back = nearest_across(corpus.vectors, reference.vectors)
    rng = np.random.default_rng(options.seed)
    within = nearest_other(reference.vectors)
    covered = back <= within if len(within) else np.zeros(0, bool)
    return Against(
        samples=size,
        tokens=budget,
        dataset=_figures(left),
        reference=_figures(right),
        difference=_figures({metric: left[metric].less(right[metric]) for metric in Metric}),
        to_reference=of_mean(to, options.resamples, rng).figure(),
        from_reference=of_mean(back, options.resamples, rng).figure(),
        covered=of_share(covered, options.resamples, rng).figure(),
        novelsum=of_mean(novelties_drawn(ours, options, theirs.vectors), options.resamples, rng).figure(),
        novelsum_of_reference=of_mean(
            novelties_drawn(theirs, options, theirs.vectors), options.resamples, rng
        ).figure(),
    )


def _thinned(corpus: SampleSet, size: int, seed: int) -> SampleSet:
    if len(corpus) == size:
        return corpus
    return corpus.take(np.sort(np.random.default_rng(seed).choice(len(corpus), size, replace=False)))


def _figures(found: Mapping[Metric, Estimate]) -> dict[Metric, Figure]:
    return {metric: estimate.figure() for metric, estimate in found.items()}
