"""Power: against published values and simulation."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.contrasts.paired import paired
from evaluation.contrasts.power import Noise, briefs_needed, guessed, measured, power, smallest_difference
from tests.evaluation.contrasts.made import table, trials

UNIT = Noise(sd=1, yes_no=False)
FIVES = [f"c{place // 5}" for place in range(100)]


def test_power_is_that_of_the_paired_t_test() -> None:
    """G*Power 3.1's tutorial values for a paired t test of the effect ½: 34 pairs, actual power .8077775."""
    assert power(34, 0.5, UNIT) == pytest.approx(0.8077775, abs=1e-6)
    assert power(33, 0.5, UNIT) < 0.8
    assert briefs_needed(0.5, UNIT) == 34


def test_no_difference_is_found_as_often_as_alpha() -> None:
    assert power(50, 0, UNIT) == pytest.approx(0.05)
    assert power(400, 0, guessed(0.3)) == pytest.approx(0.05, abs=0.004)
    assert power(400, 0, guessed(0.3), contrasts=4) == pytest.approx(0.0125, abs=0.002)


def test_power_of_yes_and_no_by_every_table() -> None:
    """All tables of 12 briefs, one after the other."""
    n, gain, discordant = 12, 0.3, 0.5
    wins, losses = (discordant + gain) / 2, (discordant - gain) / 2
    found = 0.0
    for won, lost in itertools.product(range(n + 1), repeat=2):
        if won + lost <= n and (paired(*table(won, lost, n - won - lost)).p or 0) < 0.05:
            ways = math.comb(n, won) * math.comb(n - won, lost)
            found += ways * wins**won * losses**lost * (1 - discordant) ** (n - won - lost)
    assert power(n, gain, guessed(discordant)) == pytest.approx(found)


def test_smallest_difference_is_about_what_the_rule_of_thumb_says() -> None:
    for n in (100, 400):
        assert smallest_difference(n, guessed(0.2)) == pytest.approx(2.8 * (0.2 / n) ** 0.5, rel=0.06)


def test_a_few_briefs_show_nothing() -> None:
    assert smallest_difference(2, guessed(0.2)) is None
    assert smallest_difference(5, guessed(0.2)) is None


def test_clusters_and_contrasts_cost_power() -> None:
    plain = smallest_difference(100, guessed(0.2))
    clustered = smallest_difference(100, guessed(0.2, FIVES, alike=0.25))
    several = smallest_difference(100, guessed(0.2), contrasts=5)
    assert plain is not None
    assert clustered is not None
    assert several is not None
    assert clustered > 1.35 * plain
    assert several > 1.2 * plain


def test_too_few_clusters_show_nothing() -> None:
    assert power(9, 1.0, guessed(0.2, FIVES)) == 0.0
    assert smallest_difference(9, guessed(0.2, FIVES)) is None
    with pytest.raises(ValueError, match="no number of briefs"):
        briefs_needed(0, UNIT)
    with pytest.raises(ValueError, match="one cluster show nothing"):
        guessed(clusters=["x", "x"])


def test_noise_of_planned_clusters() -> None:
    found = guessed(0.16, FIVES, alike=0.25)
    assert (found.sd, found.per_cluster, found.design) == pytest.approx((0.4, 5, 2))
    assert guessed(0.16, ["x", "x", "x", "y"]).per_cluster > 2, "clusters of unequal size count for fewer"


def test_noise_of_a_pilot() -> None:
    found = measured(*table(6, 4, 30))
    assert found is not None
    assert (found.sd, found.yes_no, found.per_cluster, found.design) == pytest.approx((0.5, True, 1, 1))
    assert measured(*table(0, 0, 30)) is None
    scores = measured(trials([1, 2, 3, 4], ["x", "x", "y", "y"]), trials([2, 3, 2, 3], ["x", "x", "y", "y"]))
    assert scores is not None
    assert (scores.sd, scores.yes_no, scores.per_cluster, scores.design) == pytest.approx(((4 / 3) ** 0.5, False, 2, 3))


@settings(max_examples=40, deadline=None)
@given(st.integers(10, 500), st.floats(0.05, 0.6), st.integers(1, 6))
def test_the_smallest_difference_has_the_power_that_it_should(n: int, discordant: float, contrasts: int) -> None:
    found = smallest_difference(n, guessed(discordant), contrasts=contrasts)
    assert found is not None
    assert power(n, found, guessed(discordant), contrasts=contrasts) == pytest.approx(0.8, abs=0.01)


def test_simulated_experiments_find_as_many_as_power_says() -> None:
    draw, n, gain, discordant = np.random.default_rng(5), 100, 0.13, 0.22
    chances = [(discordant + gain) / 2, (discordant - gain) / 2, 1 - discordant]
    tables = draw.multinomial(n, chances, 400)
    found = np.mean([(paired(*table(*map(int, row))).p or 0) < 0.05 for row in tables])
    assert found == pytest.approx(power(n, gain, guessed(discordant)), abs=0.05)
