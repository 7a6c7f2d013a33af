"""The measurement: students of a dataset, of as many real samples, and the base, on the test part of real texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from evaluation.lexical import Floats
from evaluation.students.features import unit_vectors
from evaluation.students.student import RIDGE, Student, codes_of
from graphs.planning.feedback import Feedback
from graphs.transferring.gathering import Gathered, TransferFiles, digests_of, gathered
from graphs.transferring.learning import HeldOut, feedback_of
from graphs.transferring.options import TransferOptions
from graphs.transferring.parting import REFERENCE, TEST, VALIDATION, digest_of
from graphs.transferring.reading import LabelledText
from graphs.transferring.scoring import BASE, REAL, SYNTH, ErrorsOf, Places, TransferScores, compared, shrunken
from memory.vectors.embedding import Embedding
from scenarios.frozen import Frozen

_DIGITS = 9


class KeptStudent(Frozen):
    """The student of the whole dataset: enough to predict again."""

    embedding: str
    ridge: float
    classes: tuple[str, ...]
    centre: tuple[float, ...]
    factor: float
    parameters: tuple[tuple[float, ...], ...]
    """By dimension, then class; the last row is the bias. A text's scores: (vector of length 1 − centre) · factor · these."""


class Transfer(Frozen):
    """What transfer.json holds."""

    target: str
    scenario: str
    samples: int
    """Of the dataset that the student learned from."""
    learned_from: int
    """Samples and real texts that each student of a seed learned from."""
    parts: dict[str, int]
    left_out: dict[str, int]
    """Rows whose label the dataset lacks, samples that repeat a real text, and what `where` left out."""
    options: TransferOptions
    files: dict[str, str]
    """SHA-256 of the dataset and of the files of real texts and labels."""
    test: str
    """A digest of the texts of the test part."""
    scores: dict[str, TransferScores]
    errors: dict[str, dict[str, ErrorsOf]]
    """On the test part, by axis and value, of the student of the whole dataset."""
    confusion: dict[str, dict[str, int]]
    """By true label, then by what the student took it for."""
    model: KeptStudent
    feedback: Feedback | None = None
    """From the validation part alone."""


def measured(
    files: TransferFiles, options: TransferOptions, embedding: Embedding, say: Callable[[str], None] = lambda line: None
) -> Transfer:
    """What the dataset is worth on the real texts; equal files and options give an equal result. Raises as `gathered`."""
    found = gathered(files, options)
    told = ", ".join(f"{len(rows)} {part}" for part, rows in found.parts.items() if rows)
    say(f"{len(found.samples)} samples; real texts: {told}")
    ours = unit_vectors([one.text for one in found.samples], embedding)
    test = unit_vectors([one.text for one in found.parts[TEST]], embedding)
    gold = codes_of(_labels(found.parts[TEST]), found.classes)
    predicted, learned = _predicted(found, ours, test, embedding, options)
    model = Student.trained(ours, _labels(found.samples), _weights(found.samples), found.classes)
    taken = model.logits(test).argmax(axis=1)
    named = {**files.by_name, "real": files.real, "test": files.test, "labels": files.labels}
    return Transfer(
        target=found.target,
        scenario=files.scenario,
        samples=len(found.samples),
        learned_from=learned,
        parts={part: len(rows) for part, rows in found.parts.items()},
        left_out=found.left_out,
        options=options,
        files=digests_of(named),
        test=digest_of(found.parts[TEST]),
        scores=compared(predicted, gold, len(found.classes), options.draws, options.seed),
        errors=errors_by(found.parts[TEST], taken != gold, found.target),
        confusion=_confusion(found.classes, gold, taken),
        model=_kept(model, embedding),
        feedback=_feedback(files, found, model, ours, embedding),
    )


def _predicted(
    found: Gathered, ours: Floats, test: Floats, embedding: Embedding, options: TransferOptions
) -> tuple[dict[str, list[Places]], int]:
    """What each student says of the test, seed by seed, and how many samples each learned from."""
    real = found.parts[REFERENCE]
    theirs = unit_vectors([one.text for one in real], embedding)
    learned = min(len(found.samples), len(real))
    rng = np.random.default_rng(options.seed)
    base = np.bincount(codes_of(_labels(real), found.classes)).argmax()
    predicted: dict[str, list[Places]] = {SYNTH: [], REAL: [], BASE: [np.full(len(test), base)]}
    for _ in range(options.seeds):
        for student, vectors, rows in ((SYNTH, ours, found.samples), (REAL, theirs, real)):
            drawn = np.sort(rng.choice(len(rows), learned, replace=False)).tolist()
            if student == SYNTH and learned == len(rows) and predicted[SYNTH]:
                continue  # the same samples again
            labels = [rows[place].label for place in drawn]
            weights = _weights([rows[place] for place in drawn])
            trained = Student.trained(vectors[drawn], labels, weights, found.classes)
            predicted[student].append(trained.logits(test).argmax(axis=1))
    return predicted, learned


def _labels(rows: Sequence[LabelledText]) -> list[str]:
    return [one.label for one in rows]


def _weights(rows: Sequence[LabelledText]) -> Floats | None:
    """The weights of curated samples; None if they are all one, or say nothing since all are 0."""
    found = np.array([one.weight for one in rows])
    return found if found.any() and (found != 1).any() else None


def errors_by(rows: Sequence[LabelledText], wrong: Sequence[bool], target: str) -> dict[str, dict[str, ErrorsOf]]:
    """The errors by label, and by each other axis or column whose value every text has."""
    cells = [{**one.cell, target: one.label} for one in rows]
    axes = [axis for axis in cells[0] if all(axis in cell for cell in cells)] if cells else []
    found = {}
    for axis in sorted(axes):
        many = Counter(cell[axis] for cell in cells)
        bad = Counter(cell[axis] for cell, is_wrong in zip(cells, wrong, strict=True) if is_wrong)
        found[axis] = shrunken({name: (many[name], bad[name]) for name in sorted(many)})
    return found


def _confusion(classes: Sequence[str], gold: Places, taken: Places) -> dict[str, dict[str, int]]:
    pairs = Counter(zip(gold.tolist(), taken.tolist(), strict=True))
    found: dict[str, dict[str, int]] = {}
    for (true, told), count in sorted(pairs.items()):
        found.setdefault(classes[true], {})[classes[told]] = count
    return found


def _kept(model: Student, embedding: Embedding) -> KeptStudent:
    return KeptStudent(
        embedding=embedding.naming.name,
        ridge=RIDGE,
        classes=model.classes,
        centre=tuple(round(float(each), _DIGITS) + 0.0 for each in model.scaling.centre),
        factor=round(model.scaling.factor, _DIGITS),
        parameters=tuple(tuple(round(float(each), _DIGITS) + 0.0 for each in row) for row in model.parameters),
    )


def _feedback(
    files: TransferFiles, found: Gathered, model: Student, ours: Floats, embedding: Embedding
) -> Feedback | None:
    rows = found.parts[VALIDATION]
    if not rows:
        return None
    held = HeldOut(rows, unit_vectors([one.text for one in rows], embedding))
    wrong = [one.label != told for one, told in zip(rows, model.predicted(held.vectors), strict=True)]
    return feedback_of(
        files.scenario, found.samples, ours, model, held, errors_by(rows, wrong, found.target), found.target
    )
