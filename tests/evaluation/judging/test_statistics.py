"""Statistics of judgements: each against another way to the same figure, or a published value."""

from __future__ import annotations

import random
from statistics import NormalDist

import pytest

from evaluation.judging.ranking import auc, auc_apart, auc_of
from evaluation.judging.shares import share_of
from evaluation.judging.shifts import correlation, mean_of, noise_of, order_effects
from evaluation.judging.thresholds import at_least, chosen, chosen_apart


def test_the_auc_counts_pairs_and_ties() -> None:
    assert auc([2, 2], [1, 1]) == 1.0
    assert auc([1, 1], [1, 1]) == 0.5
    assert auc([1], [2]) == 0.0
    assert auc([1, 3], [2]) == 0.5


def test_the_auc_of_samples_is_that_of_their_ratings_with_an_interval_around_it() -> None:
    rng = random.Random(3)
    samples = [(rng.gauss(1, 1), [rng.gauss(0, 1) for _ in range(rng.randrange(3))]) for _ in range(60)]
    whole = [one for one in samples if one[1]]
    figure = auc_of(samples)
    assert figure.value == pytest.approx(auc([a for a, _ in whole], [b for _, many in whole for b in many]), abs=1e-4)
    assert figure.low is not None
    assert figure.high is not None
    # Φ(1/√2): two normal ratings that differ by one standard deviation.
    assert figure.low < NormalDist().cdf(0.5**0.5) < figure.high
    assert figure == auc_of(samples)
    assert auc_of([(1.0, [])]).value is None


def test_a_judge_that_guesses_seldom_counts() -> None:
    """Also of a handful of samples, which a bootstrap takes for more than they are."""
    rng = random.Random(7)

    def guess() -> float:
        return sum(rng.choice((3, 4, 5)) for _ in range(4)) / 4

    for samples in (2, 3, 12):
        figures = [auc_of([(guess(), [guess() for _ in range(4)]) for _ in range(samples)]) for _ in range(300)]
        counting = sum((one.low or 0) > 0.5 and (one.value or 0) >= 0.65 for one in figures)
        assert counting <= 15, samples
    assert auc_of([(2.0, [1.0])] * 3).low == pytest.approx(0.2924, abs=1e-4)  # as 3 of 3
    assert auc_of([(2.0, [1.0])]).low == 0
    assert auc_of([(2.0, [1.0, 2.0])] * 3).low == 0  # alike by chance, for all that is known


def test_a_share_has_the_published_intervals() -> None:
    # 3 of 10: Clopper and Pearson .0667 to .6525 (Brown, Cai and DasGupta 2001); 81 of 263: Wilson .2553 to .3662 (Newcombe 1998).
    few, many = share_of(3, 10), share_of(81, 263)
    assert (few.low, few.high) == (0.0667, 0.6525)
    assert (many.low, many.high) == (0.2553, 0.3662)
    assert (share_of(0, 5).low, share_of(5, 5).high) == (0.0, 1.0)
    assert share_of(0, 0).value is None


def test_a_mean_has_students_interval() -> None:
    # ±t(9) = 2.2622 standard errors.
    figure = mean_of([float(n) for n in range(10)])
    assert figure.value == 4.5
    assert figure.high == pytest.approx(4.5 + 2.2622 * (55 / 6) ** 0.5 / 10**0.5, abs=2e-3)
    assert mean_of([1.0]).low is None
    assert mean_of([]).value is None


def test_the_effect_of_order_is_told_from_what_a_criterion_is_like() -> None:
    order = ("a", "b", "c", "d")
    worth = {"a": 3.0, "b": 5.0, "c": 2.0, "d": 4.0}
    forward = {name: worth[name] - 0.2 * place for place, name in enumerate(order)}
    backward = {name: worth[name] - 0.2 * place for place, name in enumerate(reversed(order))}
    assert order_effects([(forward, backward)], order) == [pytest.approx(0.6)]
    assert order_effects([({"a": 1.0}, {"a": 2.0})], ("a",)) == []


def test_the_noise_of_two_ratings_is_found_within_its_interval() -> None:
    rng = random.Random(1)
    figure = noise_of([(rng.gauss(3, 0.5), rng.gauss(3, 0.5)) for _ in range(80)])
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low < 0.5 < figure.high
    assert noise_of([(1.0, 1.0)] * 5).value == 0


def test_a_correlation_has_fishers_interval() -> None:
    # r = .5 of 28: .156 to .736.
    rng = random.Random(5)
    left = [rng.gauss(0, 1) for _ in range(28)]
    figure = correlation(left, [one + rng.gauss(0, 1) for one in left])
    assert figure.value is not None
    assert figure.low is not None
    assert figure.low < figure.value
    assert correlation([1.0, 1.0], [1.0, 2.0]).value is None


def test_a_threshold_is_chosen_on_one_part_and_tested_on_the_other() -> None:
    samples = [(4.0, [3.0]) for _ in range(20)]
    found = chosen(samples)
    assert found is not None
    assert found.least == 4
    assert (found.sensitivity.hits, found.sensitivity.of, found.specificity.of) == (10, 10, 10)
    assert at_least(3, samples).sensitivity.hits == 0
    # Ratings that say nothing choose nothing.
    assert chosen([(3.0, [3.0]) for _ in range(20)]) is None
    assert chosen(samples[:4]) is None


def test_an_auc_of_samples_that_stand_for_themselves() -> None:
    # DeLong's variance by hand: the shares of wins of 4, 3 and 2 over (3, 1) are 1, 3/4 and 1/2, of 3 and 1 under them 1/2 and 1.
    figure = auc_apart([4, 3, 2] * 10, [3, 1] * 15)
    assert figure.value == 0.75
    assert figure.low is not None
    variance = (20 * 0.25**2 / 29) / 30 + (30 * 0.25**2 / 29) / 30
    assert figure.low == pytest.approx(0.75 - 2.04523 * variance**0.5, abs=1e-3)
    assert auc_apart([], [1]).value is auc_apart([1], []).value is None
    assert auc_apart([5] * 9, [1] * 6).low == share_of(6, 6).low
    assert auc_apart([5], [1, 2]).low == 0


def test_a_least_score_is_chosen_on_half_of_each_kind_and_tested_on_the_other() -> None:
    sound, flawed = [4, 3] * 4, [3, 2] * 4
    found = chosen_apart(sound, flawed)
    assert found is not None
    assert (found.least, found.specificity.of, found.sensitivity.of) == (4, 4, 4)
    assert (found.specificity.hits, found.sensitivity.hits) == (0, 4)
    assert chosen_apart(sound, flawed[:7]) is None
    assert chosen_apart([3] * 8, [3] * 8) is None


def test_means_are_divided_more_finely_than_whole_scores() -> None:
    found = chosen_apart([3.7, 3.6] * 4, [3.2, 2.9] * 4)
    assert found is not None
    assert (found.least, found.specificity.value, found.sensitivity.value) == (3.25, 1, 1)
