"""Ranges of a forecast: they hold what they should, and say no more than a few samples can."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.forecast import Range, Speed, outlook, seconds


def test_the_share_is_the_quantiles_of_a_beta() -> None:
    """Jeffreys' interval of 4 of 5: Beta(4.5, 1.5) has 0.025 at 0.3702 and 0.975 at 0.9806 (by its incomplete beta function)."""
    found = outlook([True] * 4 + [False], {"calls": [1.0] * 5}, 100).share
    assert found.low == pytest.approx(_quantile(0.025, 4.5, 1.5), abs=0.01)
    assert found.high == pytest.approx(_quantile(0.975, 4.5, 1.5), abs=0.01)


def _quantile(wanted: float, a: float, b: float) -> float:
    """By adding up the density."""
    x = np.linspace(1e-6, 1 - 1e-6, 200_001)
    density = x ** (a - 1) * (1 - x) ** (b - 1) * math.gamma(a + b) / (math.gamma(a) * math.gamma(b))
    return float(x[np.searchsorted(np.cumsum(density) * (x[1] - x[0]), wanted)])


def test_what_is_there_already_is_certain() -> None:
    found = outlook([True, False, True], {"calls": [3, 4, 5]}, 2)
    assert found.samples == Range(low=3, likely=3, high=3)
    assert found.totals["calls"] == Range(low=12, likely=12, high=12)


def test_more_samples_make_it_narrower() -> None:
    few = outlook([True] * 5, {"calls": [4, 6, 5, 7, 3]}, 500).totals["calls"]
    many = outlook([True] * 100, {"calls": [4, 6, 5, 7, 3] * 20}, 500).totals["calls"]
    assert (many.high - many.low) < (few.high - few.low) / 3
    assert few.low < 2500 < few.high
    assert many.low < 2500 < many.high


def test_none_accepted_is_a_forecast_too() -> None:
    found = outlook([False] * 5, {"usd": [0.1] * 5}, 10)
    assert found.share.low < 0.02
    assert found.totals["usd"].high > found.totals["usd"].likely > 1


@pytest.mark.parametrize(("passes", "spread"), [(1.0, 0.1), (0.8, 0.5), (0.4, 0.3)])
def test_the_truth_lies_in_the_range_nineteen_times_of_twenty(passes: float, spread: float) -> None:
    draw = np.random.default_rng(5)
    hits = 0
    for _ in range(200):
        costs = draw.lognormal(0, spread, 5000)
        good = draw.random(5000) < passes
        until = int(np.searchsorted(np.cumsum(good), 300)) + 1
        told = outlook(good[:5].tolist(), {"usd": costs[:5].tolist()}, 300).totals["usd"]
        hits += told.low <= costs[:until].sum() <= told.high
    assert hits >= 180


@settings(max_examples=30)
@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1e6)), min_size=1, max_size=20), st.integers(1, 1000))
def test_ranges_are_in_order_and_never_below_what_was_spent(samples: list[tuple[bool, float]], wanted: int) -> None:
    good, costs = [one for one, _ in samples], [cost for _, cost in samples]
    found = outlook(good, {"usd": costs}, wanted)
    told = found.totals["usd"]
    assert sum(costs) * (1 - 1e-9) <= told.low <= told.likely <= told.high
    assert found == outlook(good, {"usd": costs}, wanted)


def test_time_is_what_little_says() -> None:
    calls = Range(low=100, likely=200, high=400)
    found = seconds(calls, Speed(seconds_per_call=2.0, in_flight=3.0), at_once=8)
    assert (found.low, found.high) == (100 * 2 / 8, 400 * 2 / 4)
    assert seconds(calls, Speed(seconds_per_call=0.1, in_flight=0.0), at_once=8).high == pytest.approx(40)


def test_a_forecast_from_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a sample"):
        outlook([], {"usd": []}, 5)
