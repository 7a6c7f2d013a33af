"""Strengths: against Agresti's table and simulated judges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from evaluation.verdicts.bradley_terry import Comparison, ranked, win_rate

TEAMS = ("Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore")
WON = (
    (0, 7, 9, 7, 7, 9, 11), (6, 0, 7, 5, 11, 9, 9), (4, 6, 0, 7, 7, 8, 12), (6, 8, 6, 0, 6, 7, 10), (6, 2, 6, 7, 0, 7, 12),
    (4, 4, 5, 6, 6, 0, 6), (2, 4, 1, 3, 1, 7, 0),
)  # fmt: skip
"""Baseball's American League East in 1987 (Agresti, Categorical Data Analysis): who won how often against whom."""
SEASON = [
    Comparison(brief=f"{a}{b}{game}", left=TEAMS[a], right=TEAMS[b], share=1)
    for a in range(7)
    for b in range(7)
    for game in range(WON[a][b])
]


def pairs(shares: list[float]) -> list[Comparison]:
    return [Comparison(brief=f"b{place}", left="a", right="b", share=share) for place, share in enumerate(shares)]


def test_agrestis_table() -> None:
    found = ranked(SEASON, "Baltimore", draws=100)
    assert found.bounded
    assert {one.name: round(one.strength.value or 0, 2) for one in found.strengths} == {
        "Milwaukee": 1.58, "Detroit": 1.44, "Toronto": 1.29, "New York": 1.25, "Boston": 1.11, "Cleveland": 0.68, "Baltimore": 0,
    }  # fmt: skip
    first = found.strengths[0]
    # Its standard error is .34 in the book.
    assert (first.strength.high or 0) - (first.strength.low or 0) == pytest.approx(4 * 0.34, rel=0.25)
    assert (first.comparisons, first.win_share) == (78, 50 / 78)


def test_sides_and_order_are_irrelevant() -> None:
    turned = [Comparison(brief=one.brief, left=one.right, right=one.left, share=1 - one.share) for one in SEASON[::-1]]
    before, after = ranked(SEASON, draws=0), ranked(turned, draws=0)
    assert before == after
    assert sum(one.strength.value or 0 for one in before.strengths) == pytest.approx(0, abs=1e-5)


def test_two_with_ties_are_the_logarithm_of_the_odds() -> None:
    found = ranked(pairs([1, 1, 0.5, 0.5, 0] * 8), "b", draws=0)
    assert found.ties == 0.4
    assert found.strengths[0].strength.value == pytest.approx(np.log(0.6 / 0.4), abs=1e-5)
    rate = win_rate(pairs([1, 1, 0.5, 0.5, 0] * 8), "a")
    assert rate.value == 0.6
    assert (rate.low or 0) < 0.5 < 0.6 < (rate.high or 0)
    assert win_rate(pairs([1, 1, 0.5, 0.5, 0] * 8), "b").value == 0.4


def test_one_that_has_won_everything_has_no_interval() -> None:
    found = ranked(pairs([1.0] * 20))
    assert not found.bounded
    assert found.strengths[0].strength.low is None
    assert 2 * (found.strengths[0].strength.value or 0) == pytest.approx(np.log(20.5 / 0.5), abs=1e-5)
    assert (win_rate(pairs([1.0] * 20), "a").low or 0) > 0.8


def test_many_verdicts_on_few_briefs_are_few() -> None:
    same = [
        one.model_copy(update={"brief": f"b{place % 6}"}) for place, one in enumerate(pairs([1, 1, 1, 1, 0, 0] * 20))
    ]
    alone, together = ranked(pairs([1, 1, 1, 1, 0, 0] * 20), "b", draws=100), ranked(same, "b", draws=100)
    assert (together.strengths[0].strength.low or 0) < 0 < (alone.strengths[0].strength.low or 0)


def test_a_judge_who_likes_length_is_seen_through() -> None:
    """b is as good as a, and longer: without the covariate it wins."""
    draw = np.random.default_rng(3)
    longer = draw.normal(1.0, 1.0, 600)  # b's length less a's
    wins = draw.random(600) < expit(1.2 * longer)
    made = [
        Comparison(brief=f"b{place}", left="b", right="a", share=float(won), covariates={"length": more})
        for place, (won, more) in enumerate(zip(wins.tolist(), longer.tolist(), strict=True))
    ]
    blind = ranked([one.model_copy(update={"covariates": {}}) for one in made], "a", draws=100)
    seen = ranked(made, "a", draws=100)
    assert (blind.strengths[0].name, (blind.strengths[0].strength.low or 0) > 0.5) == ("b", True)
    fair = {one.name: one.strength for one in seen.strengths}["b"]
    assert (fair.low or 0) < 0 < (fair.high or 0)
    assert (seen.covariates["length"].low or 0) < 1.2 < (seen.covariates["length"].high or 0)


@pytest.mark.parametrize(
    ("made", "reference", "said"),
    [
        ([], None, "nothing is compared"),
        ([("a", "a")], None, "a is compared with itself"),
        ([("a", "b")], "c", "c is compared with nobody"),
        ([("a", "b"), ("c", "d")], None, "never compared"),
    ],
)
def test_comparisons_that_cannot_rank_are_refused(
    made: list[tuple[str, str]], reference: str | None, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        ranked([Comparison(brief="b", left=a, right=b, share=1) for a, b in made], reference)


def test_a_win_rate_is_of_two() -> None:
    with pytest.raises(ValueError, match="c and another one are compared"):
        win_rate(pairs([1]), "c")
