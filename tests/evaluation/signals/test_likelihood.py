"""How much a question helps, from log-probabilities; and whose figure is out of the ordinary."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from evaluation.signals.likelihood import difficulty, out_of_the_ordinary, unusualness


@dataclass(frozen=True)
class Told:
    """What a model says of a text."""

    tokens: tuple[str, ...]
    logprobs: tuple[float | None, ...]


def test_the_ratio_is_that_of_the_means_over_the_answers_tokens() -> None:
    found = difficulty(Told(("q", "a", "b"), (None, -1.0, -0.5)), Told(("<s>", "a", "b"), (None, -2.0, -1.0)))
    assert (found.value, found.after, found.alone, found.compared, found.left_out) == (0.5, 0.75, 1.5, 2, 1)


def test_tokens_that_the_question_changes_are_left_out() -> None:
    after, alone = Told(("q", "?the", " end"), (None, -3.0, -1.0)), Told(("the", " end"), (-2.0, -4.0))
    found = difficulty(after, alone)
    assert (found.value, found.compared, found.left_out) == (0.25, 1, 1)


def test_nothing_is_said_of_what_cannot_be_compared() -> None:
    assert difficulty(Told(("q", "a"), (None, -1.0)), Told(("a",), (None,))).value is None
    assert difficulty(Told(("a", "b"), (None, -1.0)), Told(("a", "b"), (None, 0.0))).value is None
    assert difficulty(Told((), ()), Told((), ())).value is None


def test_unusual_is_robust_two_sided_and_within_a_language() -> None:
    german = [0.5 + place / 100 for place in range(11)]  # median 0.55, MAD 0.03
    values = [*german, 5.0, -5.0, *(value + 10 for value in german), None, 0.1]
    languages = ["de"] * 13 + ["fr"] * 11 + ["fr", "it"]
    found = unusualness(values, languages)
    assert found[5] == 0.0
    assert found[13 + 5] == 0.0, "its own language is its measure"
    assert found[-2:] == [None, None], "no value; too few of a language"
    high, low = found[11], found[12]
    assert high is not None
    assert low is not None
    assert high > 50
    assert low < -50
    assert unusualness(german, ["de"] * 11)[10] == pytest.approx(0.05 / (1.4826 * 0.03), abs=1e-3)
    assert sum(flag is True for flag in out_of_the_ordinary(found, 3.5)) == 2
    assert out_of_the_ordinary([None, 4.0, -4.0, 1.0], 3.5) == [None, True, True, False]


def test_equal_values_are_ordinary_and_one_other_is_not() -> None:
    assert unusualness([1.0] * 12, ["en"] * 12) == [0.0] * 12
    found = unusualness([1.0] * 11 + [2.0], ["en"] * 12)
    assert found[0] == 0.0
    assert found[11] == pytest.approx(1 / (1.2533 / 12), abs=1e-3)
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        unusualness([1.0], [])
