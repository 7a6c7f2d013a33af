"""Length and format of samples, by hand."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from evaluation.speech.shape import Feature, form_differences, shapes

PLAIN = ("where is my parcel?", "it is on its way.")
LAID_OUT = ("where is my parcel?", "**Please** note:\n- one\n2. two\n")


def test_features_by_hand() -> None:
    (found,) = shapes([[PLAIN, LAID_OUT, ()]])
    assert found[Feature.WORDS].tolist() == [9, 9, 0]
    assert found[Feature.TURNS].tolist() == [2, 2, 0]
    assert found[Feature.MARKDOWN].tolist() == [0, 1, 0]
    assert found[Feature.LISTS].tolist() == [0, 2, 0]
    assert found[Feature.QUESTIONS][:2].tolist() == [0.5, 0.5]
    assert found[Feature.POLITE][:2].tolist() == [0, 0.5]
    assert found[Feature.NEWS][0] == 4  # where is my parcel; it on its way, without "is"
    assert np.isnan(found[Feature.TURN_WORDS][2])


def test_differences_are_the_left_ones_less_the_right_ones() -> None:
    found = form_differences(LAID_OUT, PLAIN)
    assert found["list items"] == pytest.approx(log(3))
    assert (found["markdown"], found["turns"]) == (1, 0)
    assert form_differences(PLAIN, LAID_OUT) == {name: pytest.approx(-value) for name, value in found.items()}
