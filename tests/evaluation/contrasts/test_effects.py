"""Effect sizes by hand."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.contrasts.effects import cliffs_delta, cohen, effect


def test_sizes_by_hand() -> None:
    first, second = np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0])
    # Of nine pairs six are below, one above, two equal.
    assert cliffs_delta(first, second).value == pytest.approx(-5 / 9, abs=1e-4)
    assert cohen(first, second) == pytest.approx(-1.0)
    assert cliffs_delta(first, np.array([])).value is None
    assert cohen(np.ones(3), np.ones(4)) is None


def test_intervals_hold_the_figure_and_turn_round_with_the_groups() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(0.5, 1, 60), rng.normal(0, 1, 80)
    found = effect(np.append(first, np.nan), second)
    assert found.delta.low is not None
    assert found.delta.high is not None
    assert found.delta.low < (found.delta.value or 0) < found.delta.high
    assert effect(second, first).delta.value == pytest.approx(-(found.delta.value or 0), abs=1e-4)
    assert effect(first[:5], second).d.low is None
