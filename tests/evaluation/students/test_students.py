"""Students: the gradient against finite differences, closed-form cases, and the same bits twice."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logit

from evaluation.students.features import Scaling, unit_vectors
from evaluation.students.folds import folds_of, held_out, held_out_scores
from evaluation.students.scorer import Scorer
from evaluation.students.softmax import curved, log_softmax, logits_of, loss_and_gradient, solved
from evaluation.students.student import Student
from memory.vectors.embedding import WordLlamaEmbedding


def drawn(count: int = 60, dimensions: int = 4, classes: int = 3, seed: int = 1):
    """Vectors around a centre for each class, their labels, and weights."""
    rng = np.random.default_rng(seed)
    codes = np.arange(count) % classes
    vectors = rng.normal(size=(count, dimensions)) + 2 * rng.normal(size=(classes, dimensions))[codes]
    return vectors, codes, rng.uniform(0.2, 2, count)


def test_gradient_and_curvature_are_those_of_finite_differences() -> None:
    features, codes, weights = drawn(5000, 3)  # more than a block
    rng = np.random.default_rng(2)
    at, direction, step = rng.normal(size=(4, 3)), rng.normal(size=(4, 3)), 1e-5

    def value(parameters):
        return loss_and_gradient(parameters, features, codes, weights, 0.1)

    (above, up), (below, down) = value(at + step * direction), value(at - step * direction)
    assert (value(at)[1] * direction).sum() == pytest.approx((above - below) / (2 * step), rel=1e-6)
    shares = np.exp(log_softmax(logits_of(features, at)))
    bent = curved(direction, features, shares, weights, 0.1)
    assert bent == pytest.approx((up - down) / (2 * step), rel=1e-5, abs=1e-8)
    assert solved(bent, features, shares, weights, 0.1) == pytest.approx(direction, rel=1e-6)


def test_a_student_is_at_the_least_point_of_its_loss() -> None:
    vectors, codes, weights = drawn()
    student = Student.trained(vectors, [f"c{code}" for code in codes], weights)
    features = student.scaling.scaled(vectors)
    _, gradient = loss_and_gradient(student.parameters, features, codes, weights, student.ridge)
    assert np.abs(gradient).max() < 1e-6
    again = Student.trained(vectors, [f"c{code}" for code in codes], weights)
    assert again.parameters.tobytes() == student.parameters.tobytes()


def test_without_anything_to_see_a_student_predicts_the_share_of_each_class() -> None:
    labels = ["yes"] * 3 + ["no"]
    student = Student.trained(np.zeros((4, 2)), labels, ridge=1e-9)
    assert student.classes == ("no", "yes")
    gap = student.logits(np.zeros((1, 2)))[0]
    assert gap[1] - gap[0] == pytest.approx(logit(0.75), abs=1e-4)
    assert student.predicted(np.ones((2, 2))) == ["yes", "yes"]


def test_a_weight_counts_like_so_many_copies_and_none_like_absence() -> None:
    vectors, codes, _ = drawn(12)
    labels = [f"c{code}" for code in codes]
    scaling = Scaling.of(vectors)
    weights = np.ones(12)
    weights[0], weights[1] = 2, 0
    weighted = Student.trained(vectors, labels, 7 * weights, scaling=scaling)
    places = [0, 0, *range(2, 12)]
    copied = Student.trained(vectors[places], [labels[i] for i in places], scaling=scaling)
    assert weighted.parameters == pytest.approx(copied.parameters, abs=1e-5)


@pytest.mark.parametrize(
    ("vectors", "labels", "weights", "classes", "told"),
    [
        (np.zeros((0, 2)), [], None, None, "at least one"),
        (np.zeros((2, 2)), ["a"], None, None, "as many of both"),
        (np.zeros((1, 2)), ["a"], None, ["b"], "'a' is none of the classes"),
        (np.zeros((1, 2)), ["a"], None, ["a", "a"], "named twice"),
        (np.zeros((2, 2)), ["a", "b"], [1.0, -1.0], None, "negative"),
        (np.zeros((2, 2)), ["a", "b"], [0.0, 0.0], None, "not all 0"),
    ],
)
def test_what_cannot_be_learned_from_is_said(vectors, labels, weights, classes, told) -> None:
    with pytest.raises(ValueError, match=told):
        Student.trained(vectors, labels, None if weights is None else np.array(weights), classes)


def test_a_scorer_solves_the_normal_equations() -> None:
    vectors, codes, weights = drawn()
    scores = vectors @ np.array([1.0, -2.0, 0.5, 0.0]) + 3
    assert Scorer.trained(vectors, scores, weights, ridge=1e-12).predicted(vectors) == pytest.approx(scores, abs=1e-6)
    assert Scorer.trained(vectors, np.full(60, 4.5)).predicted(vectors) == pytest.approx(np.full(60, 4.5))
    noisy = scores + codes
    scorer = Scorer.trained(vectors, noisy, weights, ridge=0.3)
    left = noisy - scorer.predicted(vectors)
    features = scorer.scaling.scaled(vectors)
    assert weights @ left == pytest.approx(0, abs=1e-9)
    assert features.T @ (weights * left) / weights.sum() == pytest.approx(0.3 * scorer.coefficients, abs=1e-9)


def test_folds_are_even_and_nobody_predicts_what_they_learned() -> None:
    codes = np.array([0] * 10 + [1] * 7 + [2])
    folds = folds_of(codes)
    assert all(((folds == fold) & (codes == 0)).sum() == 2 for fold in range(5))
    assert np.bincount(folds).max() - np.bincount(folds).min() <= 1
    # Alone of its class, on the far side: whoever learned from it would know it.
    vectors = np.vstack([np.tile([1.0, 0.0], (9, 1)), [[-1.0, 0.0]]])
    names, shares = held_out(vectors, ["a"] * 9 + ["b"])
    assert names == ("a", "b")
    assert shares[9, 1] < 0.2
    assert shares.sum(axis=1) == pytest.approx(np.ones(10))
    with pytest.raises(ValueError, match="fewer than two"):
        held_out(vectors[:1], ["a"])
    scores = held_out_scores(vectors, vectors[:, 0])
    assert scores[9] == pytest.approx(1.0)


def test_texts_become_vectors_of_length_one() -> None:
    heard: list[int] = []
    vectors = unit_vectors(["a card", "", *["some other words"] * 300], WordLlamaEmbedding(), heard.append)
    assert heard == [256, 46]
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 0, *[1] * 300])
    assert unit_vectors([], WordLlamaEmbedding()).shape == (0, 256)
