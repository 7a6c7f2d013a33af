"""What the validation part teaches: which values to make more of, what the student gets wrong, which samples helped it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.lexical import Floats
from evaluation.students.student import Student, codes_of
from graphs.planning.feedback import LONGEST, MOST_WEIGHT, Feedback
from graphs.transferring.influence import influence
from graphs.transferring.reading import LabelledText
from graphs.transferring.scoring import ErrorsOf
from scenarios.schema.demonstrations import Peer

_TEXTS = 24
"""Missed texts of a value."""
_HELPFUL = 6
"""Helpful samples of a label."""


@dataclass(frozen=True)
class HeldOut:
    """The real texts of the validation part."""

    rows: Sequence[LabelledText]
    vectors: Floats


def feedback_of(
    scenario: str, samples: Sequence[LabelledText], vectors: Floats, model: Student, held: HeldOut,
    errors: Mapping[str, Mapping[str, ErrorsOf]], target: str,
) -> Feedback:  # fmt: skip
    """The feedback for the next run of a scenario: of axes that its samples have."""
    axes = set(samples[0].cell)
    return Feedback(
        scenario=scenario,
        weights={axis: weights_of(found) for axis, found in errors.items() if axis in axes and len(found) > 1},
        missed={target: _missed(model, held)} if target in axes else {},
        helpful=_helpful(samples, vectors, model, held),
        validation=tuple(sorted({one.digest for one in held.rows})),
    )


def weights_of(errors: Mapping[str, ErrorsOf]) -> dict[str, float]:
    """How many briefs each value gets, for its shrunken error over the mean of all: from 1, for what is no worse than that, to
    3."""
    whole = sum(one.texts for one in errors.values())
    mean = sum(one.errors for one in errors.values()) / whole if whole else 0.0
    return {
        name: round(min(MOST_WEIGHT, max(1.0, one.shrunken / mean)) if mean else 1.0, 6) for name, one in errors.items()
    }


def _missed(model: Student, held: HeldOut) -> dict[str, tuple[str, ...]]:
    """The texts that the student gets wrong, by label, those first of which it is surest."""
    shares = model.probabilities(held.vectors)
    taken = shares.argmax(axis=1)
    gold = codes_of([one.label for one in held.rows], model.classes)
    by = defaultdict[str, list[tuple[float, str]]](list)
    for place in np.flatnonzero(taken != gold).tolist():
        text = " ".join(held.rows[place].text.split())
        short = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
        by[held.rows[place].label].append(
            (-float(shares[place, taken[place]]), f"{short} (taken for {model.classes[taken[place]]})")
        )
    return {label: tuple(text for _, text in sorted(found)[:_TEXTS]) for label, found in sorted(by.items())}


def _helpful(samples: Sequence[LabelledText], vectors: Floats, model: Student, held: HeldOut) -> tuple[Peer, ...]:
    """The samples of each label that lower the loss on the held texts most, the best first."""
    weights = np.array([one.weight for one in samples])
    labels, gold = [one.label for one in samples], [one.label for one in held.rows]
    gains = influence(model, vectors, labels, held.vectors, gold, weights if weights.any() else None)
    counts = defaultdict[str, int](int)
    found = []
    for place in np.lexsort((np.arange(len(gains)), -np.round(gains, 9))).tolist():
        one = samples[place]
        if gains[place] > 0 and counts[one.label] < _HELPFUL and one.fields:
            counts[one.label] += 1
            found.append(Peer(id=one.id, cell=dict(one.cell), fields=dict(one.fields)))
    return tuple(found)
