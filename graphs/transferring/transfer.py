"""The measurement: students of a dataset, of as many real samples, and the base, on the test part of real texts."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from graphs.planning.feedback import Feedback
from graphs.transferring.leaks import leaks
from graphs.transferring.learning import feedback_of
from graphs.transferring.options import LEAVE, TransferOptions, read_labels
from graphs.transferring.reading import LabelledText, parted, read_dataset, read_real
from graphs.transferring.scoring import BASE, REFERENCE, SYNTH, ErrorsOf, TransferScores, compared, shrunken
from graphs.transferring.student import STRENGTH, TransferStudent, trained
from memory.vectors.embedding import GRID, Embedding
from scenarios.errors import DatasetError, SettingsError
from scenarios.frozen import Frozen

Floats = NDArray[np.float64]
_NAMED = 5
"""Ids that an error names."""
_FEWEST = 10
"""Real texts of a part."""
_PLACES = 6


class KeptStudent(Frozen):
    """The student of the whole dataset: enough to predict again."""

    embedding: str
    strength: float
    classes: tuple[str, ...]
    weights: tuple[tuple[float, ...], ...]
    """By dimension, then class; the last row is the bias."""


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
    """SHA-256 of the dataset, the real file and the test file."""
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


@dataclass(frozen=True)
class TransferFiles:
    """The files of a measurement."""

    dataset: Path
    real: Path
    test: Path | None = None
    labels: Path | None = None
    scenario: str = ""
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The values of the scenario's axes: a label of which there is no sample is one all the same."""
    learned: Feedback | None = None
    """The feedback that the dataset was made with, if it was."""


def measured(
    asked: TransferFiles, options: TransferOptions, embedding: Embedding, say: Callable[[str], None] = lambda line: None
) -> Transfer:
    """What the dataset is worth on the real texts; equal files and options give an equal result.

    Raises UserError: files that cannot be read, labels that do not fit, a part with too few texts, and leaks.
    """
    samples, target = read_dataset(asked.dataset, options.target)
    whole = len(samples)
    samples = [one for one in samples if _kept(one, options)]
    if not samples:
        raise SettingsError(f"where={options.where}: no sample has this value")
    classes = sorted({one.label for one in samples} | set(asked.values.get(target, ())))
    parts, strange = _real_parts(asked, options, target, classes)
    left = {"labels": strange, "where": whole - len(samples), "leaks": 0}
    _check_unseen(asked.learned, parts["test"])
    held = [*parts["test"], *parts["validation"]]
    if found := leaks([one.text for one in samples], [one.text for one in held]):
        if options.leaks != LEAVE:
            few = ", ".join(f"{samples[leak.sample].id} ({held[leak.text].id})" for leak in found[:_NAMED])
            more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
            raise DatasetError(
                f"{asked.dataset}: {len(found)} samples repeat a real text of the test or validation part: {few}{more}; reject them "
                "(python -m graphs.reject), or leave them out here with leaks=leave"
            )
        gone = {leak.sample for leak in found}
        samples = [one for place, one in enumerate(samples) if place not in gone]
        left["leaks"] = len(gone)
    for part in ("reference", "test"):
        if len(parts[part]) < _FEWEST:
            raise DatasetError(
                f"{asked.real}: the part {part} has {len(parts[part])} texts, and it takes {_FEWEST}; give more real texts, or another split"
            )
    if not samples:
        raise DatasetError(f"{asked.dataset}: no sample is left to learn from")
    say(
        f"{len(samples)} samples, real texts: "
        + ", ".join(f"{len(rows)} {part}" for part, rows in parts.items() if rows)
    )

    def vectors(rows: Sequence[LabelledText]) -> Floats:
        return np.asarray(embedding.vectors([one.text for one in rows]), dtype=np.float64) / GRID

    place = {name: at for at, name in enumerate(classes)}

    def labels(rows: Sequence[LabelledText]) -> NDArray[np.int64]:
        return np.array([place[one.label] for one in rows], dtype=np.int64)

    ours, theirs, test = vectors(samples), vectors(parts["reference"]), vectors(parts["test"])
    own, real, gold = labels(samples), labels(parts["reference"]), labels(parts["test"])
    learned = min(len(samples), len(parts["reference"]))
    rng = np.random.default_rng(options.seed)
    predicted: dict[str, list[NDArray[np.int64]]] = {
        SYNTH: [],
        REFERENCE: [],
        BASE: [np.full(len(gold), _commonest(real))],
    }
    for _ in range(options.seeds):
        for student, inputs, truth in ((SYNTH, ours, own), (REFERENCE, theirs, real)):
            drawn = np.sort(rng.choice(len(inputs), learned, replace=False))
            if student == SYNTH and learned == len(inputs) and predicted[SYNTH]:
                continue  # the same samples again
            predicted[student].append(trained(inputs[drawn], truth[drawn], classes).predicted(test))
    model = trained(ours, own, classes)
    taken = model.predicted(test)
    return Transfer(
        target=target, scenario=asked.scenario, samples=len(samples), learned_from=learned,
        parts={part: len(rows) for part, rows in parts.items()}, left_out=left, options=options,
        files={name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in (("dataset", asked.dataset), ("real", asked.real), ("test", asked.test), ("labels", asked.labels)) if path},
        test=digest_of(parts["test"]),
        scores=compared(predicted, gold, len(classes), options.draws, options.seed),
        errors=errors_by(parts["test"], taken != gold, target),
        confusion=_confusion(classes, gold, taken),
        model=_frozen(model, embedding),
        feedback=_feedback(asked, samples, model, ours, own, parts["validation"], vectors, labels, target),
    )  # fmt: skip


def _real_parts(
    asked: TransferFiles, options: TransferOptions, target: str, classes: Sequence[str]
) -> tuple[dict[str, list[LabelledText]], int]:
    columns, mapped, leave = (
        (options.text_column, options.label_column),
        read_labels(asked.labels),
        options.others == LEAVE,
    )
    real, strange = read_real(asked.real, target, columns, mapped, classes, leave)
    real = [one for one in real if _kept(one, options)]
    if asked.test is None:
        return parted(real, options.shares), strange
    tested, more = read_real(asked.test, target, columns, mapped, classes, leave)
    shares = options.shares
    rest = 1 - shares["test"]
    tested = [one for one in tested if _kept(one, options)]
    met = {one.digest for one in tested}  # the test keeps what both files have
    found = parted(
        [one for one in real if one.digest not in met],
        {part: share / rest for part, share in shares.items() if part != "test"},
    )
    return {**found, "test": tested}, strange + more


def _kept(one: LabelledText, options: TransferOptions) -> bool:
    return options.only is None or one.cell.get(options.only[0], options.only[1]) == options.only[1]


def _check_unseen(learned: Feedback | None, test: Sequence[LabelledText]) -> None:
    """Raise SettingsError if the dataset was made with feedback from a text of the test."""
    seen = set(learned.validation) if learned else set()
    if both := [one.id for one in test if one.digest in seen]:
        raise SettingsError(
            f"test: the dataset was made with feedback from {len(both)} of these texts ({', '.join(both[:_NAMED])}), so that no result on them "
            "would mean anything; test on others, such as those of the same real= and split= as before"
        )


def _commonest(labels: NDArray[np.int64]) -> int:
    """The most frequent label; of equal ones the first."""
    return int(np.argmax(np.bincount(labels)))


def digest_of(rows: Sequence[LabelledText]) -> str:
    """A digest of texts, whatever their order."""
    return hashlib.sha256(" ".join(sorted(one.digest for one in rows)).encode()).hexdigest()[:16]


def errors_by(rows: Sequence[LabelledText], wrong: NDArray[np.bool_], target: str) -> dict[str, dict[str, ErrorsOf]]:
    """The errors by label, and by each other axis whose value every text has."""
    cells = [{**one.cell, target: one.label} for one in rows]
    axes = [axis for axis in cells[0] if all(axis in cell for cell in cells)] if cells else []
    found = {}
    for axis in sorted(axes):
        many = Counter(cell[axis] for cell in cells)
        bad = Counter(cell[axis] for cell, is_wrong in zip(cells, wrong, strict=True) if is_wrong)
        found[axis] = shrunken({name: (many[name], bad[name]) for name in sorted(many)})
    return found


def _confusion(classes: Sequence[str], gold: NDArray[np.int64], taken: NDArray[np.int64]) -> dict[str, dict[str, int]]:
    pairs = Counter(zip(gold.tolist(), taken.tolist(), strict=True))
    found: dict[str, dict[str, int]] = {}
    for (true, told), count in sorted(pairs.items()):
        found.setdefault(classes[true], {})[classes[told]] = count
    return found


def _frozen(model: TransferStudent, embedding: Embedding) -> KeptStudent:
    return KeptStudent(
        embedding=embedding.naming.name,
        strength=STRENGTH,
        classes=model.classes,
        weights=tuple(tuple(round(float(each), _PLACES) + 0.0 for each in row) for row in model.weights),
    )


def _feedback(
    asked: TransferFiles, samples: Sequence[LabelledText], model: TransferStudent, ours: Floats, own: NDArray[np.int64],
    validation: Sequence[LabelledText], vectors: Callable[[Sequence[LabelledText]], Floats],
    labels: Callable[[Sequence[LabelledText]], NDArray[np.int64]], target: str,
) -> Feedback | None:  # fmt: skip
    if not validation:
        return None
    held, gold = vectors(validation), labels(validation)
    taken = model.predicted(held)
    errors = errors_by(validation, taken != gold, target)
    return feedback_of(asked.scenario, samples, model, (ours, own), (held, gold), validation, errors, target)
