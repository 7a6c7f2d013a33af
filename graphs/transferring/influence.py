"""Which samples helped a student: the exact first-order effect of each on its loss on other texts. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluation.lexical import Floats
from evaluation.students.softmax import loss_and_gradient, one_hot, solved
from evaluation.students.student import Student, codes_of
from evaluation.students.threads import one_thread


def influence(
    student: Student, vectors: Floats, labels: Sequence[str], held: Floats, gold: Sequence[str], weights: Floats | None = None
) -> Floats:  # fmt: skip
    """By how much a greater weight of each training sample lowers the loss on held-out texts, shape (n,): gᵥᵀ H⁻¹ gᵢ (Koh and
    Liang 2017), which ProGen ranks samples by. Positive samples help. `vectors` and `labels` are what the student was trained
    on, and `weights` those of its samples, 1 if not given."""
    inputs, own = student.scaling.scaled(vectors), np.ones(len(vectors)) if weights is None else weights
    shares = student.probabilities(vectors)
    with one_thread():
        others, even = student.scaling.scaled(held), np.ones(len(held))
        _, slope = loss_and_gradient(student.parameters, others, codes_of(gold, student.classes), even, 0.0)
        turned = solved(slope, inputs, shares, own, student.ridge)
        errors = shares - one_hot(codes_of(labels, student.classes), len(student.classes))
        found: Floats = ((inputs @ turned[:-1] + turned[-1]) * errors).sum(axis=1)
    return found
