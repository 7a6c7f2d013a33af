"""Bounds of audits: exact where they can be, and true whenever one stops."""

from __future__ import annotations

from functools import cache
from math import comb, exp, lgamma

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from evaluation.verdicts.audit import audited, clean_until, fixed_bound, share_at_least, upper_bound, with_unnoticed


def _kept(size: int, checked: int, flawed: int) -> list[int]:
    """The numbers K whose prior over posterior is below 20, each posterior summed up by Bayes' rule over all K."""

    def prior(number: int) -> float:
        beta = lgamma(number + 1) + lgamma(size - number + 10) - lgamma(size + 11) + lgamma(11) - lgamma(10)
        return comb(size, number) * exp(beta)

    joint = [prior(k) * float(hypergeom.pmf(flawed, size, k, checked)) for k in range(size + 1)]
    return [k for k in range(size + 1) if joint[k] and prior(k) * sum(joint) / joint[k] < 20]


@pytest.mark.parametrize(
    ("size", "checked", "flawed"), [(30, 0, 0), (30, 12, 0), (30, 12, 3), (30, 30, 2), (8, 5, 5), (500, 129, 1)]
)
def test_the_bound_is_bayes_by_hand(size: int, checked: int, flawed: int) -> None:
    assert upper_bound(size, checked, flawed) == _kept(size, checked, flawed)[-1]


def test_labels_until_a_claim_about_five_hundred() -> None:
    """Measured independently when the method was chosen: 42 and 90 with no flaw, where the fixed bound takes 28 and 54."""
    assert (clean_until(500, 0, 0, 0.10), clean_until(500, 0, 0, 0.05)) == (42, 90)
    for share, labels in ((0.10, 28), (0.05, 54), (0.02, 119)):
        assert fixed_bound(500, labels, 0) <= share * 500 < fixed_bound(500, labels - 1, 0)


def test_the_sentence_of_ninety_labels() -> None:
    found = audited(500, 90, 0)
    assert (found.at_most, found.share, found.confidence) == (25, 0.05, 0.95)
    assert clean_until(500, 90, 0, 0.05) == 0
    assert clean_until(500, 89, 1, 0.05) == 40
    assert clean_until(500, 89, 26, 0.05) is None, "more than 5 % were found"


def test_unlimited_sets_take_what_tables_say() -> None:
    """The classical numbers for at most 5 %: 59, 93, 124 and 153 with 0, 1, 2 and 3 flawed."""
    for flawed, labels in enumerate((59, 93, 124, 153)):
        assert fixed_bound(10**6, labels, flawed) / 10**6 == pytest.approx(0.05, abs=6e-4)


def test_a_part_that_was_checked_whole_counts_none() -> None:
    found = audited(500, 50, 0, whole=200)
    assert found.at_most == upper_bound(300, 50, 0)
    assert found.share == found.at_most / 500


def test_a_reviewer_who_overlooks_some_claims_less() -> None:
    assert audited(500, 90, 0, sensitivity=0.8).at_most == 37
    assert (
        audited(500, 500, 0, sensitivity=0.5).at_most == 4
    )  # each of four is overlooked with 0.5: 0.0625 is above 0.05
    assert with_unnoticed(7, 1.0, 500) == 7


def test_what_is_noticed_is_bounded_whenever_one_looks() -> None:
    draw, missed = np.random.default_rng(1), 0
    for _ in range(300):
        hits = np.cumsum(draw.random(120) < 0.8)
        missed += any(share_at_least(int(hits[n - 1]), n) > 0.8 for n in range(1, 121, 3))
    assert missed <= 15
    assert share_at_least(0, 9) == 0


@pytest.mark.parametrize("numbers", [(10, 11, 0), (10, 5, 6), (10, 5, -1)])
def test_numbers_that_contradict_each_other_are_refused(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="samples to draw from"):
        audited(*numbers)
    with pytest.raises(ValueError, match="are shares"):
        audited(10, 5, 0, confidence=1.0)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.data())
def test_what_holds_for_any_audit(size: int, data: st.DataObject) -> None:
    checked = data.draw(st.integers(0, size))
    flawed = data.draw(st.integers(0, checked))
    found = upper_bound(size, checked, flawed)
    assert flawed <= found <= size - checked + flawed
    assert found >= fixed_bound(size, checked, flawed), "looking at any time has a price"
    if checked < size:
        assert upper_bound(size, checked + 1, flawed) <= found <= upper_bound(size, checked + 1, flawed + 1)
        more = clean_until(size, checked, flawed, 0.1)
        if more:
            assert audited(size, checked + more, flawed).share <= 0.1 < audited(size, checked + more - 1, flawed).share


def test_reviewers_who_stop_whenever_they_like_are_right() -> None:
    """A smaller copy of benchmarks/audits.py: a claim counts as false if the bound is too low at any time at all."""
    size, bad = 120, 13
    bound, fixed = cache(lambda n, k: upper_bound(size, n, k)), cache(lambda n, k: fixed_bound(size, n, k))
    draw, false, naive = np.random.default_rng(1), 0, 0
    for _ in range(150):
        found = np.cumsum(draw.permutation(size) < bad)
        false += any(bound(n, int(k)) < bad for n, k in enumerate(found, 1))
        naive += any(fixed(n, int(k)) < bad for n, k in enumerate(found[:60], 1))
    assert false <= 12
    assert naive > 16
