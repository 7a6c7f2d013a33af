"""Win rates with length held equal: what a judge who only likes length is worth, and how many pairs it takes."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.verdicts.bradley_terry import Comparison
from evaluation.verdicts.preferring import pairs_needed, preferred, smallest_rate


def made(lengths: np.ndarray, shares: np.ndarray) -> list[Comparison]:
    return [
        Comparison(brief=str(place), left="a", right="b", share=float(share), covariates={"length": float(length)})
        for place, (length, share) in enumerate(zip(lengths, shares, strict=True))
    ]


@pytest.mark.parametrize(("rate", "pairs"), [(0.55, 783), (0.6, 194), (0.65, 85), (0.7, 47), (0.4, 194)])
def test_pairs_for_eighty_per_cent_power(rate: float, pairs: int) -> None:
    assert pairs_needed(rate) == pairs
    assert smallest_rate(pairs) == pytest.approx(max(rate, 1 - rate), abs=2e-3)


def test_no_number_of_pairs_shows_a_half() -> None:
    assert pairs_needed(0.5) is None
    assert smallest_rate(2) is None


def test_a_judge_who_only_likes_length_is_unmasked() -> None:
    rng = np.random.default_rng(0)
    lengths = rng.normal(0.4, 0.6, 200)
    chances = 1 / (1 + np.exp(-4 * lengths))
    found = preferred(made(lengths, (rng.random(200) < chances).astype(float)), "a", "b")
    assert found.rate.low is not None
    assert found.rate.low > 0.6
    equal = found.at_equal_length
    assert equal.low is not None
    assert equal.high is not None
    assert equal.low < 0.5 < equal.high
    assert found.by_length_alone == pytest.approx(found.rate.value, abs=0.06)
    assert found.longer_wins.low is not None
    assert found.longer_wins.low > 0.7


def test_a_judge_who_likes_the_content_is_not() -> None:
    rng = np.random.default_rng(1)
    lengths = rng.normal(0.0, 0.6, 200)
    found = preferred(made(lengths, (rng.random(200) < 0.75).astype(float)), "a", "b")
    assert found.at_equal_length.value == pytest.approx(0.75, abs=0.07)
    assert found.at_equal_length.low is not None
    assert found.at_equal_length.low > 0.6


def test_if_one_is_always_longer_nothing_is_said_of_equal_length() -> None:
    found = preferred(made(np.full(30, 0.5), np.tile([1.0, 1.0, 0.5], 10)), "a", "b")
    assert found.at_equal_length.value is None


def test_ties_alone_are_not_certain() -> None:
    found = preferred(made(np.zeros(30), np.full(30, 0.5)), "a", "b")
    assert (found.rate.value, found.rate.low, found.ties) == (0.5, None, 30)


def test_it_is_told_of_the_one_that_is_asked_about() -> None:
    rows = made(np.linspace(-1, 1, 20), np.tile([1.0, 1.0, 1.0, 0.0], 5))
    assert preferred(rows, "a", "b").wins == preferred(rows, "b", "a").losses == 15
