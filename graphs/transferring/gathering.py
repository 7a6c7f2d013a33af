"""What is measured: samples and the parts of the real texts, with what was left out. What leaks is refused here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from graphs.planning.feedback import Feedback
from graphs.transferring.leaks import leaks
from graphs.transferring.options import LEAVE, TransferOptions, read_labels
from graphs.transferring.reading import LabelledText, parted, read_datasets, read_real
from scenarios.errors import DatasetError, SettingsError

REFERENCE, VALIDATION, TEST = "reference", "validation", "test"
_NAMED = 5
"""Ids that an error names."""
_FEWEST = 10
"""Real texts of a part."""


@dataclass(frozen=True)
class TransferFiles:
    """The files of a measurement."""

    datasets: tuple[Path, ...]
    """They are one dataset together."""
    real: Path
    test: Path | None = None
    labels: Path | None = None
    scenario: str = ""
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The values of the scenario's axes: a label of which there is no sample is one all the same."""
    learned: tuple[Feedback, ...] = ()
    """The feedback that the datasets were made with."""

    @property
    def named(self) -> str:
        """The datasets, for an error."""
        return ", ".join(map(str, self.datasets))


@dataclass(frozen=True)
class Gathered:
    """What students learn from and are tested on."""

    target: str
    classes: tuple[str, ...]
    samples: list[LabelledText]
    parts: dict[str, list[LabelledText]]
    left_out: dict[str, int]


def gathered(files: TransferFiles, options: TransferOptions) -> Gathered:
    """Samples and real texts, none of which of the test or the validation part is among the samples.

    Raises UserError: files that cannot be read, labels that do not fit, a part with too few texts, leaks, and a test of which the
    dataset's feedback knew texts.
    """
    every, target = read_datasets(files.datasets, options.target)
    samples = [one for one in every if _kept(one, options)]
    if not samples:
        raise SettingsError(f"where={options.where}: no sample has this value")
    classes = tuple(sorted({one.label for one in samples} | set(files.values.get(target, ()))))
    parts, strange = _real_parts(files, options, target, classes)
    _check_unseen(files.learned, parts[TEST])
    held = [*parts[TEST], *parts[VALIDATION]]
    unleaked = _without_leaks(files, options, samples, held)
    for part in (REFERENCE, TEST):
        if len(parts[part]) < _FEWEST:
            raise DatasetError(
                f"{files.real}: the part {part} has {len(parts[part])} texts, and it takes {_FEWEST}; give more real texts, or "
                "another split"
            )
    if not unleaked:
        raise DatasetError(f"{files.named}: no sample is left to learn from")
    left = {"labels": strange, "where": len(every) - len(samples), "leaks": len(samples) - len(unleaked)}
    return Gathered(target, classes, unleaked, parts, left)


def _without_leaks(
    files: TransferFiles, options: TransferOptions, samples: list[LabelledText], held: Sequence[LabelledText]
) -> list[LabelledText]:
    found = leaks([one.text for one in samples], [one.text for one in held])
    if found and options.leaks != LEAVE:
        few = ", ".join(f"{samples[leak.sample].id} ({held[leak.text].id})" for leak in found[:_NAMED])
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        raise DatasetError(
            f"{files.named}: {len(found)} samples repeat a real text of the test or validation part: {few}{more}; reject them "
            "(python -m graphs.reject), or leave them out here with leaks=leave"
        )
    gone = {leak.sample for leak in found}
    return [one for place, one in enumerate(samples) if place not in gone]


def _real_parts(
    files: TransferFiles, options: TransferOptions, target: str, classes: Sequence[str]
) -> tuple[dict[str, list[LabelledText]], int]:
    columns, mapped = (options.text_column, options.label_column), read_labels(files.labels)
    leave = options.others == LEAVE
    real, strange = read_real(files.real, target, columns, mapped, classes, leave)
    real = [one for one in real if _kept(one, options)]
    if files.test is None:
        return parted(real, options.shares), strange
    tested, more = read_real(files.test, target, columns, mapped, classes, leave)
    tested = [one for one in tested if _kept(one, options)]
    met = {one.digest for one in tested}  # the test keeps what both files have
    rest = 1 - options.shares[TEST]
    shares = {part: share / rest for part, share in options.shares.items() if part != TEST}
    return {**parted([one for one in real if one.digest not in met], shares), TEST: tested}, strange + more


def _kept(one: LabelledText, options: TransferOptions) -> bool:
    return options.only is None or one.cell.get(options.only[0], options.only[1]) == options.only[1]


def _check_unseen(learned: Sequence[Feedback], test: Sequence[LabelledText]) -> None:
    """Raise SettingsError if the dataset was made with feedback from a text of the test."""
    seen = {digest for one in learned for digest in one.validation}
    if both := [one.id for one in test if one.digest in seen]:
        raise SettingsError(
            f"test: the dataset was made with feedback from {len(both)} of these texts ({', '.join(both[:_NAMED])}), so that no "
            "result on them would mean anything; test on others, such as those of the same real= and split= as before"
        )
