"""Students, scores and shares against values that were worked out by hand or by training anew."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.students.student import Student
from graphs.transferring.influence import influence
from graphs.transferring.leaks import leaks
from graphs.transferring.learning import HeldOut, feedback_of, weights_of
from graphs.transferring.reading import LabelledText
from graphs.transferring.scoring import BASE, REAL, SYNTH, ErrorsOf, compared, compared_means, shrunken

CLASSES = ("a", "b", "c")


def made(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of three classes that overlap, and their labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    vectors = rng.normal(0, 0.7, (n, 5))
    vectors[np.arange(n), labels] += 1
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


def names(labels: np.ndarray) -> list[str]:
    return [CLASSES[label] for label in labels]


def loss(student: Student, vectors: np.ndarray, labels: np.ndarray) -> float:
    shares = student.probabilities(vectors)[np.arange(len(labels)), labels]
    return float(-np.log(shares).mean())


def test_influence_is_what_training_with_a_copy_of_a_sample_does() -> None:
    vectors, labels = made(60, 3)
    held, gold = made(100, 4)
    student = Student.trained(vectors, names(labels), classes=CLASSES)
    said = influence(student, vectors, names(labels), held, names(gold))
    before = loss(student, held, gold)
    gains = []
    for place in range(0, 60, 6):
        again = Student.trained(
            np.vstack([vectors, vectors[place : place + 1]]), names(np.append(labels, labels[place])), classes=CLASSES
        )
        gains.append(before - loss(again, held, gold))
    assert np.corrcoef(said[::6], gains)[0, 1] > 0.97


def test_means_are_compared_as_shares_are() -> None:
    values = {SYNTH: [np.full(40, -2.0), np.full(40, -1.0)], REAL: [np.full(40, -1.0)], BASE: [np.full(40, -3.0)]}
    score = compared_means(values, 200, 0)
    assert score.closed is not None
    assert (score.synth.value, score.gap.value, score.closed.value) == (-1.5, 2.0, 0.75)
    assert (score.closed.low, score.closed.high) == (0.5, 1.0), "one seed or the other"
    same = compared_means({name: [np.arange(10.0)] for name in values}, 200, 0)
    assert same.closed is None
    assert "holds 0: there is no share to give" in same.why


def test_the_share_of_the_gap_is_of_the_means() -> None:
    gold = np.arange(100) % 2
    right = {SYNTH: 70, REAL: 90, BASE: 50}
    predicted = {name: [np.where(np.arange(100) < count, gold, 1 - gold)] for name, count in right.items()}
    score = compared(predicted, gold, 2, 400, 0)["accuracy"]
    assert (score.synth.value, score.real.value, score.base.value, score.gap.value) == (0.7, 0.9, 0.5, 0.4)
    assert score.closed is not None
    assert score.closed.value == 0.5
    assert score.closed.low is not None
    assert score.closed.high is not None
    assert 0.3 < score.closed.low < 0.5 < score.closed.high < 0.7
    assert compared(predicted, gold, 2, 400, 0) == compared(predicted, gold, 2, 400, 0)


def test_there_is_no_share_of_a_gap_that_may_be_none() -> None:
    gold = np.arange(100) % 2
    right = {SYNTH: 70, REAL: 52, BASE: 50}
    rng = np.random.default_rng(0)
    predicted = {name: [np.where(rng.permutation(100) < count, gold, 1 - gold)] for name, count in right.items()}
    score = compared(predicted, gold, 2, 400, 0)["accuracy"]
    assert score.closed is None
    assert "holds 0" in score.why


def test_macro_f1_by_hand() -> None:
    gold, taken = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 1, 0])
    same = {SYNTH: [taken], REAL: [gold], BASE: [np.zeros(6, np.int64)]}
    score = compared(same, gold, 3, 100, 0)["macro_f1"]
    # 2·2/(3+3), 2·2/(3+2), 0/(0+1); the base: 2·3/(6+3), 0, 0
    assert score.synth.value == pytest.approx((2 / 3 + 4 / 5 + 0) / 3, abs=1e-6)
    assert score.base.value == pytest.approx((2 / 3) / 3, abs=1e-6)
    assert score.real.value == 1


def test_errors_are_drawn_towards_all_the_more_the_fewer_texts_there_are() -> None:
    found = shrunken({"few": (4, 4), "many": (100, 60), "good": (100, 5), "none": (0, 0)})
    assert set(found) == {"few", "many", "good"}
    # By hand: mean 69/204; Q = Σ n(p−m)² = 15.846…, τ² = (Q − 2m(1−m)) / (204 − 20016/204) = 0.14530…, s = m(1−m)/τ² − 1
    mean = 69 / 204
    q = 4 * (1 - mean) ** 2 + 100 * (0.6 - mean) ** 2 + 100 * (0.05 - mean) ** 2
    strength = mean * (1 - mean) / ((q - 2 * mean * (1 - mean)) / (204 - 20016 / 204)) - 1
    assert found["few"].shrunken == pytest.approx((4 + strength * mean) / (4 + strength), abs=1e-6)
    assert 0.85 < found["few"].shrunken < 1
    assert 0.59 < found["many"].shrunken < 0.6


def test_rates_that_differ_by_chance_alone_are_one_rate() -> None:
    found = shrunken({"a": (50, 10), "b": (50, 11), "c": (50, 9)})
    assert {one.shrunken for one in found.values()} == {0.2}
    assert weights_of(found) == {"a": 1.0, "b": 1.0, "c": 1.0}


def test_a_value_gets_at_most_threefold() -> None:
    errors = {"bad": ErrorsOf(texts=50, errors=50, shrunken=0.98), "worse": ErrorsOf(texts=50, errors=25, shrunken=0.5)}
    errors |= {name: ErrorsOf(texts=100, errors=2, shrunken=0.02) for name in "cdefgh"}
    # The mean is 87/700: the roots of 0.98 and of 0.5 over it.
    assert weights_of(errors) == {"bad": 2.808034, "worse": 2.005739, **dict.fromkeys("cdefgh", 1.0)}
    assert weights_of(errors | {"cdefgh": ErrorsOf(texts=9000, errors=0, shrunken=0)})["bad"] == 3
    assert weights_of({"a": ErrorsOf(texts=9, errors=0, shrunken=0)}) == {"a": 1.0}


def test_leaks_are_equal_words_or_nearly_all_of_them() -> None:
    real = ["My card is not working.", "I sent money to my brother on Monday and he has not got it", "stop it"]
    samples = [
        "my card IS not working!!",
        "I sent money to my brother on Monday and he still has not got it",
        "Stop it",
        "My card is not working abroad, and I have to pay a hotel",
        "please stop it",
    ]
    found = leaks(samples, real)
    assert [(leak.sample, leak.text) for leak in found] == [(0, 0), (1, 1), (2, 2)]
    assert found[0].share == 1
    assert 0.7 <= found[1].share < 1


def test_what_is_shown_of_a_label_are_its_hardest_texts_and_not_only_the_wrong_ones() -> None:
    student = Student.trained(np.eye(3), list(CLASSES), classes=CLASSES)
    vectors = np.array([[0.0, 1, 0], [0.65, 0.76, 0], [0.8, 0.6, 0], [1.0, 0, 0], [0, 0, 1]])
    rows = [LabelledText(str(place), f"text {place}", label) for place, label in enumerate("aaaac")]
    samples = [
        LabelledText(f"s{place}", "text", name, {"intent": name}, {"text": name}) for place, name in enumerate(CLASSES)
    ]
    found = feedback_of("intents", samples, np.eye(3), student, HeldOut(rows, vectors), {}, "intent")
    assert found.target == "intent"
    assert [text.partition(" (")[0] for text in found.missed["intent"]["a"]] == ["text 0", "text 1", "text 2", "text 3"]
    assert found.missed["intent"]["a"][0] == "text 0 (taken for b)"
    assert found.missed["intent"]["a"][2] == "text 2 (nearly taken for b)"
    assert found.missed["intent"]["c"] == ("text 4",)
