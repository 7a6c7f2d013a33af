"""Agreement: against published tables."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.verdicts.agreement import Level, agreement

RATERS = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
"""Four raters, twelve samples: Krippendorff 2011."""
TABLE = [
    [None if word == "." else int(word) for word in column]
    for column in zip(*(row.split() for row in RATERS), strict=True)
]


@pytest.mark.parametrize(
    ("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_krippendorffs_table(level: str, alpha: float) -> None:
    found = agreement(TABLE, Level(level), draws=50)
    assert found.alpha.value == pytest.approx(alpha, abs=5e-4)
    assert (found.samples, found.ratings) == (11, 40)


def test_gwets_coefficient_of_the_same_table() -> None:
    """As irrCAC gives it for its data set raw4raters: .77544."""
    assert agreement(TABLE, draws=0).ac1.value == pytest.approx(0.77544, abs=1e-5)


def test_alpha_collapses_if_nearly_all_is_good_and_ac1_does_not() -> None:
    """Of 1,000, 915 twice good, 70 once, 15 never: agreement .93; expected .905 by chance for α, .095 for AC1."""
    found = agreement([(1, 1)] * 915 + [(1, 0)] * 35 + [(0, 1)] * 35 + [(0, 0)] * 15, draws=50)
    assert (found.raw.value, found.ac1.value) == (0.93, pytest.approx((0.93 - 0.095) / 0.905, abs=1e-6))
    assert found.alpha.value == pytest.approx(1 - 0.07 / (0.095 * 2000 / 1999), abs=1e-6)
    assert (found.ac1.low or 0) > 0.85 > 0.4 > (found.alpha.high or 1)


def test_what_says_nothing_has_no_figure() -> None:
    assert agreement([]).raw.value is None
    assert agreement([["a", None], [None, "b"]]).raw.value is None
    same = agreement([["a", "a"]] * 12)
    assert (same.raw.value, same.alpha.value, same.ac1.value) == (1, None, None)
    assert agreement([["a", "a"]] * 12, categories=2).ac1.value == 1
    with pytest.raises(ValueError, match="ordinal ratings are numbers"):
        agreement([["a", "b"]], Level.ORDINAL)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(st.one_of(st.none(), st.integers(1, 5)), min_size=3, max_size=3), max_size=9),
    st.sampled_from(Level),
)
def test_order_of_raters_and_samples_is_irrelevant(rows: list[list[int | None]], level: Level) -> None:
    found, turned = agreement(rows, level), agreement([row[::-1] for row in rows[::-1]], level)
    assert found.alpha.value == pytest.approx(turned.alpha.value, abs=1e-5)
    assert (found.raw, found.samples) == (turned.raw, turned.samples)
    if found.alpha.value is not None:
        assert found.alpha.value <= 1
