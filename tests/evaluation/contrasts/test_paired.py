"""Paired differences: against textbooks, general formulas, and A/A experiments."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_rel

from evaluation.contrasts.clustered import Clusters, quantile, two_sided
from evaluation.contrasts.paired import PairedDifference, mid_p, paired, score_interval
from evaluation.contrasts.trials import Trial
from tests.evaluation.contrasts.made import table, trial, trials

SCORES = [(3.0, 4.0), (2.0, 2.0), (5.0, 4.0), (1.0, 3.0), (4.0, 5.0), (2.5, 4.0), (3.0, 2.0)]


def test_mcnemar_is_the_published_one() -> None:
    """Airway measurements before and after a transplant (Bentur et al. 2009), as analysed by Fagerland, Lydersen and Laake 2013
    and 2014: 1 and 7 discordant of 21; mid-p .039, Tango's interval of the difference −.517 to −.026."""
    assert mid_p(1, 7) == pytest.approx(0.039, abs=5e-4)
    assert score_interval(21, 1, 7, 1.959964) == pytest.approx((-0.517, -0.026), abs=5e-4)


@pytest.mark.parametrize(("wins", "losses", "p"), [(0, 0, 1.0), (5, 5, 1.0), (0, 5, 1 / 32), (8, 1, 2 * 5.5 / 512)])
def test_mid_p_by_hand(wins: int, losses: int, p: float) -> None:
    assert mid_p(wins, losses) == mid_p(losses, wins) == pytest.approx(p)


def test_scores_with_one_brief_a_cluster_are_the_paired_t_test() -> None:
    before, after = zip(*SCORES, strict=True)
    found, truth = paired(trials(before), trials(after)), ttest_rel(after, before)
    low, high = truth.confidence_interval()
    assert (found.low, found.high, found.p) == pytest.approx((low, high, truth.pvalue), abs=1e-6)
    assert (found.wins, found.ties, found.losses, found.briefs, found.clusters) == (4, 1, 2, 7, 7)
    assert (found.yes_no, found.mcnemar) == (False, None)


def test_the_clustered_variance_by_hand() -> None:
    """Differences 1, 3 | 2 | 6 with the mean 3: the clusters' sums of deviations are −2, −1, 3, and each is corrected by the
    cluster's part of the briefs: (4 / (1 − 2/4) + 1 / (1 − 1/4) + 9 / (1 − 1/4)) / 16 = 4/3."""
    clusters = Clusters.of(["x", "x", "y", "z"])
    delta = np.array([1.0, 3.0, 2.0, 6.0])
    assert clusters.covariance(delta, delta) == pytest.approx(4 / 3)
    found = paired(trials([0, 0, 0, 0], ["x", "x", "y", "z"]), trials([1, 3, 2, 6], ["x", "x", "y", "z"]))
    reach = quantile(clusters.freedom) * (4 / 3) ** 0.5
    assert (found.low, found.high) == pytest.approx((3 - reach, 3 + reach), abs=1e-6)


@pytest.mark.parametrize("sizes", [[1, 2, 3, 5], [4, 4, 4], [1] * 9, [7, 1]])
def test_variance_and_freedom_are_those_of_the_general_formulas(sizes: list[int]) -> None:
    """CR2 and Bell and McCaffrey's degrees of freedom, by matrices, for a regression on a constant."""
    n = sum(sizes)
    places = np.repeat(np.arange(len(sizes)), sizes)
    values = np.random.default_rng(3).normal(size=n)
    residual_maker = np.eye(n) - 1 / n
    meat, columns = 0.0, []
    for number in range(len(sizes)):
        own = np.flatnonzero(places == number)
        roots, vectors = np.linalg.eigh(residual_maker[np.ix_(own, own)])
        root = vectors @ np.diag(roots**-0.5) @ vectors.T
        meat += float((np.ones(len(own)) @ root @ (residual_maker @ values)[own]) ** 2)
        columns.append(residual_maker[:, own] @ root @ np.ones(len(own)) / n)
    crossed = np.stack(columns, 1).T @ np.stack(columns, 1)
    clusters = Clusters.of([f"c{place}" for place in places])
    assert clusters.covariance(values, values) == pytest.approx(meat / n**2)
    assert clusters.freedom == pytest.approx(np.trace(crossed) ** 2 / (crossed**2).sum())


def test_a_brief_without_a_value_in_both_arms_is_left_out() -> None:
    first = [trial("a", 1), trial("b", None), trial("c", 0), trial("d", 1), trial("f", 1)]
    second = [trial("a", 1), trial("b", 1), trial("c", 1), trial("e", 0), trial("f", 1)]
    found = paired(first, second)
    assert (found.briefs, found.left_out, found.wins, found.ties, found.losses) == (3, 3, 1, 2, 0)
    assert found.value == pytest.approx(1 / 3, abs=1e-6)


def test_what_shows_nothing_says_so() -> None:
    assert paired([], []) == PairedDifference(
        value=None, wins=0, ties=0, losses=0, briefs=0, clusters=0, left_out=0, yes_no=True
    )
    alone = paired(trials([0, 0], ["x", "x"]), trials([1, 1], ["x", "x"]))
    assert (alone.value, alone.low, alone.p) == (1.0, None, None)


def test_arms_that_never_differ_leave_room_for_a_difference() -> None:
    found = paired(*table(0, 0, 40))
    assert (found.value, found.p, found.mcnemar) == (0.0, 1.0, 1.0)
    assert found.high == -(found.low or 0) == pytest.approx(0.087, abs=2e-3)


def test_a_few_briefs_that_all_say_the_same_prove_little() -> None:
    few, many = paired(*table(4, 0, 0)), paired(*table(12, 0, 0))
    assert (few.value, few.low, few.p) == (1.0, None, 0.125)
    assert many.p == 2**-11
    assert many.low == pytest.approx(0.532, abs=1e-3)
    assert many.high == 1


def test_mixed_up_briefs_are_refused() -> None:
    with pytest.raises(ValueError, match="one trial for each brief"):
        paired([trial("a", 1), trial("a", 0)], [trial("a", 1)])
    with pytest.raises(ValueError, match="brief a is in cluster x and in cluster y"):
        paired([trial("a", 1, "x")], [trial("a", 1, "y")])


VALUES = st.one_of(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 7)), min_size=2, max_size=40),
    st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(0, 7)), min_size=2, max_size=40),
)


@settings(max_examples=60, deadline=None)
@given(VALUES, st.integers(0, 40))
def test_what_holds_for_any_two_arms(values: list[tuple[int, int, int]], cut: int) -> None:
    clusters = [f"c{cluster}" for _, _, cluster in values]
    first, second = trials([a for a, _, _ in values], clusters), trials([b for _, b, _ in values], clusters)
    found, swapped = paired(first, second), paired(second, first)
    assert (swapped.value, swapped.p) == (pytest.approx(-(found.value or 0)), pytest.approx(found.p))
    assert (swapped.wins, swapped.losses) == (found.losses, found.wins)
    if found.low is not None and found.high is not None and found.p is not None:
        assert (swapped.low, swapped.high) == pytest.approx((-found.high, -found.low), abs=1e-6)
        assert found.low <= (found.value or 0) <= found.high
        if abs(found.p - 0.05) > 1e-4:
            assert (found.p < 0.05) == (not found.low <= 0 <= found.high), "test and interval agree"
    assert paired(first[::-1], second[cut:] + second[:cut]) == found, "the order is irrelevant"
    if not found.yes_no:
        higher = paired([_higher(one) for one in first], [_higher(one) for one in second])
        assert (higher.value, higher.low, higher.p) == (found.value, found.low, pytest.approx(found.p))


def _higher(one: Trial) -> Trial:
    return one.model_copy(update={"value": (one.value or 0) + 10})


def test_two_sided_p_of_a_table() -> None:
    assert two_sided(2.228, 10) == pytest.approx(0.05, abs=1e-4)


SIZES = [1, 1, 2, 3, 5, 8]


@pytest.mark.parametrize("yes_no", [True, False])
@pytest.mark.parametrize("alone", [True, False])
def test_equal_arms_differ_in_a_twentieth_of_experiments(yes_no: bool, alone: bool) -> None:
    """A smaller copy of benchmarks/experiments.py."""
    draw = np.random.default_rng(11)
    places = np.arange(60) if alone else np.repeat(np.arange(18), SIZES * 3)
    clusters = [f"c{place}" for place in places]
    rejected = covered = 0
    for _ in range(300):
        easy = draw.normal(size=60) * 0.6
        arms = [easy + draw.normal(size=18)[places % 18] * 0.3 * (not alone) + draw.normal(size=60) for _ in range(2)]
        values = [(arm > 0.6).astype(float) if yes_no else np.round(arm) for arm in arms]
        found = paired(trials(values[0].tolist(), clusters), trials(values[1].tolist(), clusters))
        assert found.low is not None
        assert found.high is not None
        assert found.p is not None
        rejected += found.p < 0.05
        covered += found.low <= 0 <= found.high
    assert 5 <= rejected <= 27
    assert covered == 300 - rejected
