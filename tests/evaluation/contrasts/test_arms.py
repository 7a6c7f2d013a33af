"""Holm, an arm's own figures, the frontier, and briefs that come out differently."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.contrasts.apart import Apart, apart
from evaluation.contrasts.clustered import Clusters, quantile
from evaluation.contrasts.frontier import frontier
from evaluation.contrasts.holm import holm
from evaluation.contrasts.ratios import figures, mean, ratio
from evaluation.contrasts.trials import Trial
from tests.evaluation.contrasts.made import trial, trials


def test_holm_is_the_worked_example() -> None:
    """Four hypotheses with p .01, .04, .03 and .005 (the example of Holm's method in most courses)."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_what_could_not_be_tested_was_declared_all_the_same() -> None:
    assert holm([0.02, None]) == [0.04, None]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_rejects_what_stepping_down_rejects(values: list[float]) -> None:
    adjusted = holm(values)
    refused = 0
    for rank, p in enumerate(sorted(values)):
        if p * (len(values) - rank) > 0.05:
            break
        refused += 1
    assert sum(p is not None and p <= 0.05 for p in adjusted) == refused
    assert all(p is not None and own <= p <= 1 for own, p in zip(values, adjusted, strict=True))


def test_an_arm_by_hand() -> None:
    arm = [trial("a", 1, tokens=100, usd=1), trial("b", 0, tokens=50, usd=1), trial("c", None, tokens=60, usd=2)]
    found = figures(arm)
    assert (found.briefs, found.valued, found.clusters) == (3, 2, 3)
    assert found.accepted.value == pytest.approx(1 / 3, abs=1e-6)
    assert (found.value.value, found.tokens.value) == (0.5, 70)
    assert (found.tokens_per_accepted.value, found.usd_per_accepted.value) == (210, 4)
    assert (found.tokens_per_good.value, found.usd_per_good.value) == (150, 2)
    assert found.usd_per_good.high is None, "it may be that none is good"
    assert figures([*arm[:2], trial("c", None, tokens=60)]).usd.value is None
    assert figures([]).tokens.value is None


def test_a_share_of_none_leaves_room_above() -> None:
    found = mean([0.0] * 50, [f"c{place}" for place in range(50)])
    assert (found.value, found.low) == (0, 0)
    assert found.high == pytest.approx(0.075, abs=0.002)  # Wilson's z² / (n + z²), with t in place of z


def test_one_cluster_has_no_interval() -> None:
    found = figures(trials([1, 0, 1], ["x", "x", "x"]))
    assert (found.accepted.low, found.tokens_per_good.low, found.tokens.low) == (None, None, None)
    assert found.accepted.value == pytest.approx(2 / 3, abs=1e-6)


def test_the_price_of_a_good_one_has_the_interval_that_the_t_test_leaves() -> None:
    """By trying ratios one after the other."""
    draw = np.random.default_rng(2)
    costs, goods = draw.lognormal(6, 0.5, 40), (draw.random(40) < 0.4).astype(float)
    names = [f"c{place // 3}" for place in range(40)]
    found, clusters = ratio(costs.tolist(), goods.tolist(), names), Clusters.of(names)
    kept = []
    for tried in np.linspace(300, 6000, 5701):
        rest = costs - tried * goods
        if abs(rest.mean()) <= quantile(clusters.freedom) * clusters.covariance(rest, rest) ** 0.5:
            kept.append(tried)
    assert (found.low, found.high) == pytest.approx((kept[0], kept[-1]), abs=1)


def test_a_fixed_cost_a_brief_has_the_interval_of_one_over_the_yield() -> None:
    found = ratio([10.0] * 400, [1.0, 0.0] * 200, [f"c{place}" for place in range(400)])
    assert found.value == 20
    assert (found.low, found.high) == pytest.approx((10 / 0.5492, 10 / 0.4508), abs=0.02)


def test_no_good_one_has_no_price() -> None:
    assert ratio([1.0, 2.0], [0.0, 0.0], ["x", "y"]).value is None


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1e4), st.integers(0, 1), st.integers(0, 9)), min_size=1, max_size=40))
def test_prices_are_in_order(values: list[tuple[float, int, int]]) -> None:
    costs, goods, clusters = zip(*values, strict=True)
    found = ratio(costs, goods, [f"c{cluster}" for cluster in clusters])
    if found.low is not None and found.value is not None:
        assert 0 <= found.low <= found.value <= (np.inf if found.high is None else found.high)


def _arm(values: list[float], tokens: float) -> list[Trial]:
    return trials(values, tokens=tokens)


def test_the_frontier_by_hand() -> None:
    half, good = [1.0, 0.0] * 20, [1.0, 1.0, 1.0, 0.0] * 10
    found = frontier({
        "plain": _arm(half, 100), "critic": _arm(good, 200), "panel": _arm(half, 150), "twin": _arm(half, 100),
        "nothing": [trial(f"b{place:03}", None) for place in range(40)],
    })  # fmt: skip
    assert [(one.arm, one.on_frontier) for one in found] == [
        ("plain", True), ("critic", True), ("panel", False), ("twin", True), ("nothing", False),
    ]  # fmt: skip
    shares = {one.arm: one.share for one in found}
    assert (shares["plain"], shares["twin"], shares["panel"], shares["nothing"]) == (1, 1, 0, 0)
    assert found[0].cost == 100
    assert found[1].quality == 0.75


def test_a_difference_that_chance_makes_has_a_share_between() -> None:
    better = [1.0] * 11 + [0.0] * 29
    found = frontier({"plain": _arm([1.0] * 10 + [0.0] * 30, 100), "dear": _arm(better[::-1], 200)}, seed=4)
    again = frontier({"plain": _arm([1.0] * 10 + [0.0] * 30, 100), "dear": _arm(better[::-1], 200)[::-1]}, seed=4)
    assert found == again
    assert found[1].on_frontier
    assert 0.4 < (found[1].share or 0) < 0.75


def test_an_arm_without_trials_has_no_place() -> None:
    with pytest.raises(ValueError, match="arm x has no trial"):
        frontier({"x": []})
    assert frontier({"x": trials([1, 0], ["c", "c"])})[0].share is None


def test_briefs_apart_in_a_fixed_order() -> None:
    arms = {
        "a": trials([1, 0, 0, 3, None, 1]), "b": trials([1, 1, 0, 1, 5, 0]), "c": trials([1, 1, 1, 1, None]),
    }  # fmt: skip
    found = apart(arms, 10)
    assert [(one.brief, one.spread) for one in found] == [("b003", 2), ("b005", 1), ("b001", 1), ("b002", 1)]
    assert found[1] == Apart(brief="b005", spread=1, values={"a": 1, "b": 0, "c": None})
    for order in itertools.permutations(arms):
        assert [one.brief for one in apart({arm: arms[arm][::-1] for arm in order}, 2)] == ["b003", "b005"]


def test_what_costs_nothing_has_no_range_of_a_share() -> None:
    found = figures([trial(str(number), 1.0, usd=0.0) for number in range(12)])
    assert (found.usd.low, found.usd.high) == (0.0, 0.0)
    assert (found.tokens.low, found.tokens.high) == (1.0, 1.0)
    assert found.value.low is not None
    assert found.value.low < 1.0
