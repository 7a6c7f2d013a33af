"""The whole: extremes, intervals, the order of samples, rounds, a reference."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

import numpy as np
import pytest

from evaluation.diversity import Diversity, diversity
from evaluation.intervals import by_subsamples, of_mean, of_share
from evaluation.metrics import Metric, Options, sample_set_of
from evaluation.samples import Sample
from memory.vectors.embedding import Vectors, WordLlamaEmbedding, to_grid

OPTIONS = Options(resamples=20, tokens=200)


def embed(texts: Sequence[str]) -> Vectors:
    """Counts of letters: equal texts have equal vectors, and that is all these tests need."""
    return to_grid(np.array([[text.count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts], float))


def some_samples(n: int, seed: int = 0, words: int = 300) -> list[Sample]:
    rng = random.Random(seed)
    pool = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(3, 8))) for _ in range(words)]
    return [
        Sample(" ".join(rng.choices(pool, k=20)), {"topic": rng.choice("xyz"), "mood": rng.choice("pq")}, i // 4)
        for i in range(n)
    ]


def measured(
    samples: Sequence[Sample], options: Options = OPTIONS, reference: Sequence[Sample] | None = None
) -> Diversity:
    other = sample_set_of(reference, embed) if reference is not None else None
    return diversity(sample_set_of(samples, embed), options, embedding="letters", reference=other)


def test_equal_samples_have_no_diversity() -> None:
    found = measured([Sample("we all say the same thing")] * 30)
    values = {metric: figure.value for metric, figure in found.metrics.items()}
    assert values[Metric.VENDI] == pytest.approx(1)
    assert values[Metric.VOCABULARY] == pytest.approx(6)
    for metric in (Metric.LEXICAL, Metric.SEMANTIC, Metric.SELF_BLEU, Metric.INGF, Metric.APS):
        assert values[metric] == pytest.approx(1), metric
    assert values[Metric.CHAMFER] == 0
    assert values[Metric.DISTINCT_1] == pytest.approx(6 / 180, abs=1e-6)
    assert (values[Metric.COMPRESSION] or 0) > 10


def test_samples_without_a_common_word_share_nothing() -> None:
    letters = "abcdefghijklmnopqrst"
    found = measured([Sample(" ".join(letter * k for k in range(1, 7))) for letter in letters])
    values = {metric: figure.value for metric, figure in found.metrics.items()}
    assert values[Metric.VENDI] == pytest.approx(20)
    assert values[Metric.DISTINCT_1] == values[Metric.DISTINCT_3] == 1
    for metric in (Metric.LEXICAL, Metric.SEMANTIC, Metric.SELF_BLEU, Metric.INGF, Metric.APS):
        assert values[metric] == pytest.approx(0, abs=1e-6), metric
    assert values[Metric.CHAMFER] == 1


def test_the_order_of_the_samples_changes_nothing() -> None:
    samples = [*some_samples(40), Sample("twice"), Sample("twice")]
    reference = some_samples(25, seed=7)
    found = measured(samples, reference=reference)
    for seed in range(3):
        shuffled, others = [*samples], [*reference]
        random.Random(seed).shuffle(shuffled)
        random.Random(seed).shuffle(others)
        assert measured(shuffled, reference=others).model_dump_json() == found.model_dump_json()


def test_every_figure_lies_in_its_interval() -> None:
    for metric, figure in measured(some_samples(60, words=60)).metrics.items():
        assert figure.value is not None, metric
        assert figure.low is not None, metric
        assert figure.high is not None, metric
        assert figure.low <= figure.value <= figure.high, metric
        if metric not in {Metric.LEXICAL, Metric.SEMANTIC}:
            assert figure.low < figure.high, metric


@pytest.mark.parametrize("samples", [1, 2, 9])
def test_few_samples_have_figures_without_intervals(samples: int) -> None:
    for metric, figure in measured(some_samples(samples)).metrics.items():
        assert figure.low is None, metric
        assert figure.high is None, metric
        paired = {Metric.SELF_BLEU, Metric.APS, Metric.CHAMFER, Metric.NOVELSUM, Metric.SEMANTIC, Metric.INGF}
        assert (figure.value is None) == (samples == 1 and metric in paired), metric


def test_samples_without_words_are_counted_and_measured() -> None:
    found = measured([Sample(""), Sample("…"), Sample("")])
    assert (found.samples, found.tokens, found.without_words) == (3, 0, 3)
    assert found.metrics[Metric.DISTINCT_1].value is None
    assert found.metrics[Metric.LEXICAL].value == 0


def test_a_poorer_dataset_shows_in_every_metric() -> None:
    """Fewer words, and every other sample nearly one before it."""
    rich = some_samples(80, words=2000)
    poor = [
        one if i % 2 else Sample(before.text.rsplit(" ", 1)[0] + " end")
        for i, (before, one) in enumerate(zip(some_samples(80, words=40), some_samples(81, words=40)[1:], strict=True))
    ]
    found = measured(rich, reference=poor).reference
    assert found is not None
    for metric, figure in found.difference.items():
        better = figure.value if metric not in {"compression_ratio", "ingf_document_share_3", "self_bleu", "aps",
                                                "near_duplicates_lexical", "near_duplicates_semantic"} else -(figure.value or 0)  # fmt: skip
        assert better is not None
        assert better > 0 or (metric == Metric.SEMANTIC and better == 0), metric


def test_rounds_are_compared_with_those_before() -> None:
    fresh = some_samples(40)
    again = [Sample(one.text, round=10 + (one.round or 0)) for one in fresh]
    found = measured([*fresh, *again]).rounds
    assert sum(one.samples for one in found) == 80
    assert 2 <= len(found) <= 10
    assert [a.last < b.first for a, b in itertools.pairwise(found)] == [True] * (len(found) - 1)
    assert found[-1].near_duplicates == 1
    assert found[-1].novelty == 0
    assert (found[1].novelty or 0) > 0
    assert measured([Sample(one.text, round=0) for one in fresh]).rounds == ()
    assert measured([Sample(one.text) for one in fresh]).rounds == ()


def test_a_dataset_against_itself_is_no_different() -> None:
    samples = some_samples(30)
    found = measured(samples, reference=samples).reference
    assert found is not None
    assert {figure.value for figure in found.difference.values()} == {0}
    assert (found.to_reference.value, found.from_reference.value, found.covered.value) == (0, 0, 1)


def test_a_reference_of_another_size_is_compared_at_equal_size() -> None:
    found = measured(some_samples(60), reference=some_samples(20, seed=3)).reference
    assert found is not None
    assert (found.samples, found.tokens) == (20, 200)
    alone = measured(some_samples(20, seed=3), Options(resamples=20, tokens=200))
    assert found.reference == alone.metrics
    whole = measured(some_samples(60)).metrics[Metric.VENDI].value or 0
    assert 0 < (found.dataset[Metric.VENDI].value or 0) < whole, "20 of the 60"


def test_a_reference_that_nobody_comes_near_is_not_covered() -> None:
    ours = [Sample("aaa bbb"), Sample("abab a")] * 3
    found = measured(ours, reference=[Sample("xyz x"), Sample("xyz y"), Sample("zzz xyz")]).reference
    assert found is not None
    assert found.covered.value == 0
    assert found.from_reference.value == 1
    one = measured(ours, reference=[Sample("xyz")]).reference
    assert one is not None
    assert one.covered.value is None, "one sample has no neighbour to be as near as"


def test_the_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    """Means of 40 draws from a known law: 95 % within a few, for both kinds of interval."""
    rng = np.random.default_rng(1)
    held = {"mean": 0, "subsamples": 0, "share": 0}
    for _ in range(300):
        values = rng.exponential(1.0, 40)
        flags = values > 1.0
        (drawn_,) = by_subsamples([values.mean()], lambda at, v=values: [v[at].mean()], 40, 100, rng)  # type: ignore[misc]
        for name, estimate, truth in (
            ("mean", of_mean(values, 100, rng), 1.0),
            ("subsamples", drawn_, 1.0),
            ("share", of_share(flags, 100, rng), float(np.exp(-1))),
        ):
            figure = estimate.figure()
            assert figure.low is not None
            assert figure.high is not None
            held[name] += figure.low <= truth <= figure.high
    assert all(255 <= count <= 298 for count in held.values()), held


def test_a_share_of_nothing_leaves_room_above() -> None:
    figure = of_share(np.zeros(50, bool), 200, np.random.default_rng(0)).figure()
    assert figure.value == figure.low == 0
    assert 0.02 < (figure.high or 0) < 0.12


def test_the_embedding_of_the_memory_serves() -> None:
    corpus = sample_set_of(
        [Sample("a red coat"), Sample("a red coat"), Sample("the budget of a town")], WordLlamaEmbedding().vectors
    )
    found = diversity(corpus, OPTIONS, embedding="wordllama").metrics
    assert found[Metric.SEMANTIC].value == pytest.approx(2 / 3, abs=1e-6)
    assert 1 < (found[Metric.VENDI].value or 0) < 3
