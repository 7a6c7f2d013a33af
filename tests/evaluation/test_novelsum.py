"""NovelSum against a calculation by hand, and what it has to rank; diversity within values of an axis."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.novelsum import novelties
from evaluation.within import within_values


def test_three_samples_by_hand() -> None:
    vectors = np.array([[1, 0], [0, 1], [-1, 0]], np.float32)
    # Distances 1, 2, 1; mean distances to neighbours 1.5, 1, 1.5; weights 1 and 1/2.
    dense = 1 / np.sqrt([1.5, 1.0, 1.5])
    expected = [
        (1 * dense[1] + 2 * dense[2] / 2) / 1.5,
        (1 * dense[0] + 1 * dense[2] / 2) / 1.5,
        (1 * dense[1] + 2 * dense[0] / 2) / 1.5,
    ]
    assert novelties(vectors, vectors) == pytest.approx(expected, rel=1e-6)
    assert novelties(vectors) == pytest.approx([2 / 1.5, 1.5 / 1.5, 2 / 1.5])


def test_it_ranks_what_is_spread_above_what_is_crowded() -> None:
    draw = np.random.default_rng(0)
    spread = draw.normal(size=(300, 32)).astype(np.float32)
    crowd = np.repeat(draw.normal(size=(10, 32)), 30, axis=0).astype(np.float32)
    crowded = crowd + 0.2 * draw.normal(size=(300, 32)).astype(np.float32)
    copies = np.repeat(spread[:100], 3, axis=0)
    pool = draw.normal(size=(500, 32)).astype(np.float32)
    figures = [novelties(one, pool).mean() for one in (spread, copies, crowded)]
    assert figures[0] > figures[1] > figures[2]
    alone = [novelties(one).mean() for one in (spread, copies, crowded)]
    assert alone[0] > alone[1] > alone[2]


def test_order_and_few_samples() -> None:
    vectors = np.random.default_rng(1).normal(size=(40, 8)).astype(np.float32)
    order = np.random.default_rng(2).permutation(40)
    assert novelties(vectors[order]) == pytest.approx(novelties(vectors)[order])
    assert len(novelties(vectors[:1])) == 0
    assert np.isfinite(novelties(np.zeros((5, 4), np.float32))).all()


def test_diversity_within_values() -> None:
    draw = np.random.default_rng(4)
    centres = draw.normal(size=(4, 64))
    cells = [{"topic": str(n % 4), "mood": str(n % 3), "rare": str(n)} for n in range(240)]
    vectors = np.array([centres[n % 4] + 0.1 * draw.normal(size=64) for n in range(240)], np.float32)
    found = within_values(cells, vectors)
    assert set(found) == {"topic", "mood"}
    assert (found["topic"].kept or 1) < 0.6, "topics are all that differs"
    assert (found["mood"].kept or 0) == pytest.approx(1, abs=0.05), "moods make no difference"
    assert within_values(cells, vectors) == found
