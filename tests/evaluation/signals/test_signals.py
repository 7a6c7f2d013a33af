"""Signals: closed-form cases, the exact gradient against finite differences, and planted wrong labels that are found."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.signals.dynamics import dynamics, margins, planted
from evaluation.signals.mixture import low_part
from evaluation.signals.opinions import agreement, entropy, opinions
from evaluation.signals.reweighting import reweighted, robust_loss, weight_gradient
from evaluation.signals.swap import swapped
from evaluation.students.folds import chosen_ridge, held_out
from evaluation.students.student import Student

COUNT, CLASSES = 300, 3


def labelled(wrong: float = 0.2, seed: int = 3):
    """Three clouds, and labels of which some are wrong; which ones they are."""
    rng = np.random.default_rng(seed)
    true = np.arange(COUNT) % CLASSES
    vectors = rng.normal(size=(COUNT, 5)) + 2.0 * rng.normal(size=(CLASSES, 5))[true]
    bad = rng.random(COUNT) < wrong
    codes = np.where(bad, (true + rng.integers(1, CLASSES, COUNT)) % CLASSES, true)
    return vectors, codes, bad


def auroc(low: np.ndarray, bad: np.ndarray) -> float:
    """How probably a wrong label has a lower value than a right one."""
    return float((low[bad][:, None] < low[~bad][None]).mean())


VECTORS, CODES, BAD = labelled()
LABELS = [f"c{code}" for code in CODES]


def test_a_margin_is_the_label_s_score_less_the_highest_other_one() -> None:
    logits = np.array([[1.0, 3.0, 2.0], [1.0, 3.0, 2.0]])
    assert margins(logits, np.array([1, 0])).tolist() == [1.0, -2.0]
    assert margins(np.ones((2, 1)), np.array([0, 0])).tolist() == [0.0, 0.0]


def test_dynamics_of_what_cannot_be_told_apart_stay_at_chance() -> None:
    found = dynamics(np.zeros((4, 2)), np.array([0, 1, 0, 1]), 2)
    # A batch with as many of both moves nothing: margin 0, p = 1/2, p (1 − p) = 1/4 in every epoch.
    assert found.margin == pytest.approx(np.zeros(4), abs=1e-12)
    assert found.confidence == pytest.approx(np.full(4, 0.5))
    assert found.aleatoric == pytest.approx(np.full(4, 0.25))
    assert found.variability == pytest.approx(np.zeros(4), abs=1e-7)


def test_wrong_labels_learn_badly_and_the_second_condition_of_cllm_adds_nothing() -> None:
    found = dynamics(VECTORS, CODES, CLASSES)
    assert auroc(found.margin, BAD) > 0.95
    assert auroc(found.confidence, BAD) > 0.95
    assert (found.aleatoric[found.doubted] <= 0.2).all()
    again = dynamics(VECTORS, CODES, CLASSES)
    assert again.margin.tobytes() == found.margin.tobytes()
    fake = planted(VECTORS, CODES, CLASSES)
    assert BAD[fake].mean() > 0.7
    assert fake[BAD].mean() > 0.4
    assert not planted(VECTORS[:19], CODES[:19], CLASSES).any()


def test_the_gradient_of_weights_is_that_of_finite_differences() -> None:
    inner, outer, step = slice(0, 40), slice(40, 80), 1e-3
    weights = np.random.default_rng(4).uniform(0.5, 1.5, 40)
    scaling = Student.trained(VECTORS[inner], LABELS[inner]).scaling

    def trained(given: np.ndarray) -> Student:
        return Student.trained(VECTORS[inner], LABELS[inner], given, scaling=scaling)

    gradient = weight_gradient(
        trained(weights), (VECTORS[inner], CODES[inner], weights), (VECTORS[outer], CODES[outer])
    )
    for place in (0, 7, 39):
        moved = step * np.eye(40)[place]
        above, below = (robust_loss(trained(weights + sign * moved), VECTORS[outer], CODES[outer]) for sign in (1, -1))
        assert gradient[place] == pytest.approx((above - below) / (2 * step), rel=1e-3, abs=1e-8)


def test_weights_fall_on_wrong_labels() -> None:
    steps: list[int] = []
    weights = reweighted(VECTORS, LABELS, each=lambda: steps.append(1))
    assert len(steps) == 30
    assert weights.mean() == pytest.approx(1)
    assert weights.min() >= 0
    assert weights[BAD].mean() < 0.3
    assert weights[~BAD].mean() > 1.1
    assert reweighted(VECTORS, LABELS).tobytes() == weights.tobytes()
    with pytest.raises(ValueError, match="fewer than two"):
        reweighted(VECTORS[:1], LABELS[:1])
    assert reweighted(VECTORS[:4], ["a"] * 4) == pytest.approx(np.ones(4)), "one class teaches nothing"


def test_losses_part_into_the_low_and_the_high() -> None:
    rng = np.random.default_rng(5)
    losses = np.concatenate([rng.normal(0.3, 0.05, 80), rng.normal(2.0, 0.3, 20), [-0.5]])
    low = low_part(losses)
    assert (low[:80] > 0.8).all()
    assert (low[80:100] < 0.1).all()
    assert low[100] > 0.9, "lower than low is no doubt"
    assert low_part(np.ones(3)).tolist() == [1, 1, 1]
    assert low_part(np.zeros(0)).tolist() == []


def test_halves_exchange_labels_towards_the_true_ones() -> None:
    found = swapped(VECTORS, LABELS, ridge=0.01)
    changed = np.array([new != old for new, old in zip(found.labels, LABELS, strict=True)])
    assert BAD[changed].mean() > 0.9
    assert changed[BAD].mean() > 0.5
    assert auroc(found.probability, BAD) > 0.95


def test_the_more_labels_are_wrong_the_stronger_the_penalty_that_is_chosen() -> None:
    chosen = []
    for wrong in (0.0, 0.45):
        vectors, codes, _ = labelled(wrong)
        chosen.append(chosen_ridge(vectors, [f"c{code}" for code in codes]))
    assert chosen[0] < chosen[1]


def test_a_student_that_did_not_learn_from_a_sample_contradicts_its_wrong_label() -> None:
    names, shares = held_out(VECTORS, LABELS)
    said = np.array([names[place] for place in shares.argmax(axis=1)])
    disagree = said != np.array(LABELS)
    assert BAD[disagree].mean() > 0.8
    assert disagree[BAD].mean() > 0.8


def test_opinions_have_mean_spread_and_entropy() -> None:
    found = opinions([1.0, 3.0])
    assert found is not None
    assert (found.mean, found.spread) == (2.0, 1.0)
    assert opinions([]) is None
    assert entropy(["a", "a", "b", "b"]) == pytest.approx(1.0)
    assert entropy(["a"]) == 0
    assert entropy([]) is None
    assert agreement(["a", "a", "b"]) == pytest.approx(1 / 3)
    assert agreement(["a"]) is None
