"""The signals of samples, computed together."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from evaluation.duplicates import copies
from evaluation.lexical import Floats
from evaluation.signals.dynamics import dynamics, planted
from evaluation.signals.mixture import low_part
from evaluation.signals.opinions import agreement, entropy, opinions
from evaluation.signals.reweighting import reweighted
from evaluation.signals.swap import swapped
from evaluation.students.features import unit_vectors
from evaluation.students.folds import chosen_ridge, held_out
from evaluation.students.student import Student, codes_of
from graphs.curating.learning_numbers import learn_numbers, rounded
from graphs.curating.rows import Subject
from graphs.curating.signals import Doubt, SampleSignals
from graphs.curating.targets import VERDICT, judges_of
from graphs.reviewing.verdicts import Said
from memory.vectors.embedding import Embedding
from memory.words.tokens import Tokens, tokenize

FEWEST = 20
"""Labelled samples that a student learns from."""
_MOST_CLASSES = 200
_JACCARD = 0.7
_SPREAD = 1.0
_LITTLE = 0.25
_CHANCE = 1.645


def measured(
    subjects: Sequence[Subject],
    target: str,
    embedding: Embedding,
    seed: int,
    say: Callable[[str], None],
    likelihoods: Sequence[Mapping[str, Any]] = (),
) -> list[SampleSignals]:
    """The signals of all samples, in their order. `likelihoods` are what a model said of each, if one was asked."""
    rows = [_of_one(one) for one in subjects]
    for row, told in zip(rows, likelihoods, strict=False):
        row |= {**told, "doubts": [*row["doubts"], *told["doubts"]]}
    say(f"{len(rows):,} samples: looking for near-duplicates")
    tokens = tokenize(one.text for one in subjects)
    same = _same_words(tokens)
    for row, copy in zip(rows, _copies(tokens, same), strict=True):
        if copy is not None:
            row["copy_of"] = subjects[copy].id
            row["doubts"].append(Doubt.DUPLICATES)
    del tokens  # a tenth of all memory
    for place in _conflicts(subjects, same):
        rows[place]["doubts"].append(Doubt.CONFLICT)
    places = [place for place, one in enumerate(subjects) if one.label is not None]
    numbered = [place for place, one in enumerate(subjects) if one.number is not None]
    if learnable([subjects[place].label or "" for place in places]):
        learned = _learn(rows, subjects, places, embedding, seed, say)
        if len(places) < len(subjects):
            _guess(rows, subjects, places, learned, embedding, Said.REJECT if target == VERDICT else None)
        for row in rows:
            row["target"] = target if row.get("student") is not None else None
    elif len(numbered) >= FEWEST:
        learn_numbers(rows, subjects, numbered, embedding, seed, say)
        for place in numbered:
            rows[place]["target"] = target
    order = list(Doubt)
    return [SampleSignals(**row | {"doubts": tuple(sorted(row["doubts"], key=order.index))}) for row in rows]


def learnable(labels: Sequence[str]) -> bool:
    """Whether there are enough labelled samples, two classes or more, and on the average more than two samples a class."""
    classes = len(set(labels))
    return len(labels) >= FEWEST and 2 <= classes <= min(_MOST_CLASSES, len(labels) / 2)


def _of_one(one: Subject) -> dict[str, Any]:
    """What a sample's own row says."""
    all_ = opinions(list(one.scores.values()))
    spreads = [found.spread for many in judges_of(one.scores).values() if len(many) > 1 and (found := opinions(many))]
    spread = sum(spreads) / len(spreads) if spreads else None
    differ, doubts = entropy(one.answers), []
    if spread is not None and spread > _SPREAD:
        doubts.append(Doubt.JUDGES)
    if differ:
        doubts.append(Doubt.ANSWERS)
    if one.personal:
        doubts.append(Doubt.PERSONAL)
    return {
        "id": one.id, "content": one.content, "label": one.label, "number": one.number, "doubts": doubts,
        "judge_mean": rounded(all_.mean if all_ else None), "judge_spread": rounded(spread),
        "answers_entropy": rounded(differ), "answers_agreement": rounded(agreement(one.answers)),
        "personal": one.personal,
    }  # fmt: skip


def _same_words(tokens: Tokens) -> list[int | None]:
    """For each text the first one of the very same words, itself if there is none before it; None if it has no words."""
    first: dict[bytes, int] = {}
    return [
        first.setdefault(hashlib.blake2b(tokens[place].tobytes(), digest_size=16).digest(), place) if length else None
        for place, length in enumerate(tokens.lengths.tolist())
    ]


def _copies(tokens: Tokens, same: Sequence[int | None]) -> list[int | None]:
    """For each sample the earlier one that it nearly repeats: by its 3-word shingles, or, of a short one, by all its words."""
    found = copies(tokens, _JACCARD)
    return [
        earlier if near is None and earlier is not None and earlier != place else near
        for place, (near, earlier) in enumerate(zip(found, same, strict=True))
    ]


def _conflicts(subjects: Sequence[Subject], same: Sequence[int | None]) -> list[int]:
    """The places of samples that say the very same words, however they are written, under different labels."""
    by: dict[int, list[int]] = {}
    for place, (one, first) in enumerate(zip(subjects, same, strict=True)):
        if one.label is not None and first is not None:
            by.setdefault(first, []).append(place)
    return [place for places in by.values() if len({subjects[one].label for one in places}) > 1 for place in places]


@dataclass(frozen=True)
class _Learned:
    """What the labelled samples taught."""

    vectors: Floats
    ridge: float
    reads: bool
    """Whether the label can be read from the text at all."""


def _guess(
    rows: list[dict[str, Any]], subjects: Sequence[Subject], places: Sequence[int], learned: _Learned, embedding: Embedding,
    doubted: str | None,
) -> None:  # fmt: skip
    """Add what a student of all labelled samples says of the others; those of which it says `doubted` are, if it reads labels at all."""
    known, labelled = [subjects[place].label or "" for place in places], set(places)
    student = Student.trained(learned.vectors, known, ridge=learned.ridge)
    others = [place for place in range(len(subjects)) if place not in labelled]
    shares = student.probabilities(unit_vectors([subjects[place].text for place in others], embedding))
    for place, share in zip(others, shares, strict=True):
        said = student.classes[int(share.argmax())]
        rows[place] |= {"student": said, "probability": rounded(share.max())}
        if learned.reads and said == doubted:
            rows[place]["doubts"].append(Doubt.STUDENT)


def _learn(
    rows: list[dict[str, Any]], subjects: Sequence[Subject], places: Sequence[int], embedding: Embedding, seed: int,
    say: Callable[[str], None],
) -> _Learned:  # fmt: skip
    """Add what students make of the labelled samples."""
    labels = [subjects[place].label or "" for place in places]
    say(f"{len(places):,} texts are embedded")
    vectors = unit_vectors([subjects[place].text for place in places], embedding)
    names = tuple(sorted(set(labels)))
    codes = codes_of(labels, names)
    say(f"students learn {len(names)} classes")
    learned = dynamics(vectors, codes, len(names), seed=seed)
    fake = planted(vectors, codes, len(names), seed=seed)
    ridge = chosen_ridge(vectors, labels, seed=seed)
    _, shares = held_out(vectors, labels, classes=names, ridge=ridge, seed=seed)
    own, said = shares[np.arange(len(codes)), codes], shares.argmax(axis=1)
    clean = low_part(-np.log(np.maximum(own, 1e-12)))
    exchanged = swapped(vectors, labels, ridge=ridge, seed=seed).labels
    say("weights are sought")
    weights = reweighted(vectors, labels, ridge=ridge, seed=seed)
    ranks = np.empty(len(codes), np.intp)
    ranks[np.argsort(learned.margin, kind="stable")] = np.arange(1, len(codes) + 1)
    common = Counter(labels).most_common(1)[0][1] / len(labels)
    learns = reads_labels(float((said == codes).mean()), common, len(labels))
    for at, place in enumerate(places):
        rows[place] |= {
            "rank": int(ranks[at]), "margin": rounded(learned.margin[at]), "confidence": rounded(learned.confidence[at]),
            "variability": rounded(learned.variability[at]), "aleatoric": rounded(learned.aleatoric[at]),
            "student": names[said[at]], "probability": rounded(own[at]), "clean": rounded(clean[at]),
            "swapped": exchanged[at], "weight": rounded(weights[at]) if learns else None,
        }  # fmt: skip
        rows[place]["doubts"] += [
            doubt
            for doubt, holds in (
                (Doubt.AUM, fake[at]), (Doubt.CONFIDENCE, learned.doubted[at]), (Doubt.STUDENT, said[at] != codes[at]),
                (Doubt.MIXTURE, clean[at] < 0.5), (Doubt.SWAP, exchanged[at] != labels[at]), (Doubt.WEIGHT, weights[at] < _LITTLE),
            )
            if learns and holds
        ]  # fmt: skip
    return _Learned(vectors, ridge, learns)


def reads_labels(met: float, common: float, samples: int) -> bool:
    """Whether students that predict a share `met` of labels which they did not learn from can read the label from the text at all: more
    than the commonest label's share by more than chance (one-sided, 95 %). If not, their other opinions mean nothing, either."""
    return met > common + _CHANCE * sqrt(common * (1 - common) / samples)


def believable(signals: Sequence[SampleSignals]) -> tuple[float, float] | None:
    """The share of labels that held-out students predict, and the share of the commonest label; None without a student."""
    learned = [one for one in signals if one.student is not None and one.label is not None]
    if not learned:
        return None
    met = sum(one.student == one.label for one in learned) / len(learned)
    return met, Counter(one.label for one in learned).most_common(1)[0][1] / len(learned)
