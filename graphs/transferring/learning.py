"""What the validation part teaches: which values to make more of, what the student gets wrong or nearly, which samples
helped it. Pure."""

from __future__ import annotations

import math
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
from scenarios.text import shortened

_TEXTS = 24
"""Missed texts of a label."""
_NEARLY = 0.5
"""A text that the student gets right by less was nearly wrong."""
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
        target=target if target in axes else "",
        weights={axis: weights_of(found) for axis, found in errors.items() if axis in axes and len(found) > 1},
        missed={target: _missed(model, held)} if target in axes else {},
        helpful=_helpful(samples, vectors, model, held),
        validation=tuple(sorted({one.digest for one in held.rows})),
    )


def weights_of(errors: Mapping[str, ErrorsOf]) -> dict[str, float]:
    """How much of each value there shall be: the root of its shrunken error over the mean of all, from 1, for what is no worse than
    that, to 3. The root, since an error falls ever more slowly with more samples, and some errors never do: weights as
    large as the errors taught a student no more (benchmarks/README.md, "The loop")."""
    whole = sum(one.texts for one in errors.values())
    mean = sum(one.errors for one in errors.values()) / whole if whole else 0.0
    return {
        name: round(min(MOST_WEIGHT, max(1.0, math.sqrt(one.shrunken / mean))) if mean else 1.0, 6)
        for name, one in errors.items()
    }


def _missed(model: Student, held: HeldOut) -> dict[str, tuple[str, ...]]:
    """The hardest texts of each label: those first of which the student is surest that they are another one, then those that it gets
    right by least. With the wrong ones alone, some of which have a wrong label, the next dataset follows a handful of odd texts."""
    if len(model.classes) < 2:
        return {}
    shares = model.probabilities(held.vectors)
    places = np.arange(len(held.rows))
    gold = codes_of([one.label for one in held.rows], model.classes)
    others = shares.copy()
    others[places, gold] = -1.0
    taken = others.argmax(axis=1)
    margins = shares[places, gold] - others[places, taken]
    by = defaultdict[str, list[tuple[float, str]]](list)
    for place, one in enumerate(held.rows):
        text = " ".join(one.text.split())
        short = shortened(text, LONGEST)
        margin = round(float(margins[place]), 9)
        said = "taken for" if margin < 0 else "nearly taken for" if margin < _NEARLY else ""
        by[one.label].append((margin, f"{short} ({said} {model.classes[taken[place]]})" if said else short))
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
