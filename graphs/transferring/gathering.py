"""What is measured: samples and the parts of the real texts, with what was left out. What leaks is refused here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from graphs.planning.feedback import Feedback
from graphs.transferring.leaks import leaks
from graphs.transferring.options import LEAVE, TransferOptions, read_labels
from graphs.transferring.parting import (
    TEST,
    VALIDATION,
    check_sizes,
    check_unseen,
    parted,
    unleaked,
    with_test,
    with_value,
)
from graphs.transferring.reading import LabelledText, read_datasets, read_real
from scenarios.errors import DatasetError, SettingsError


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

    @property
    def by_name(self) -> dict[str, Path | None]:
        """The datasets by the names that a result gives them: `dataset`, `dataset 2` and so on."""
        return {f"dataset {place + 1}" if place else "dataset": path for place, path in enumerate(self.datasets)}


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
    samples = with_value(every, options.only)
    if options.only and not any(options.only[0] in one.cell for one in every):
        known = ", ".join(sorted({axis for one in every for axis in one.cell})) or "none"
        raise SettingsError(f"where={options.where}: no sample has an axis of this name; their axes: {known}")
    if not samples:
        raise SettingsError(f"where={options.where}: no sample has this value")
    if not any(one.text.strip() for one in samples):
        raise DatasetError(f"{files.named}: no sample holds a text beside its label")
    classes = tuple(sorted({one.label for one in samples} | set(files.values.get(target, ()))))
    parts, strange = _real_parts(files, options, target, classes)
    check_unseen(files.learned, ((one.id, one.digest) for one in parts[TEST]))
    held = [*parts[TEST], *parts[VALIDATION]]
    found = leaks([one.text for one in samples], [one.text for one in held])
    left = unleaked(files.named, samples, [one.id for one in held], found, options.leaks == LEAVE)
    check_sizes(files.real, parts)
    out = {"labels": strange, "where": len(every) - len(samples), "leaks": len(samples) - len(left)}
    return Gathered(target, classes, left, parts, out)


def _real_parts(
    files: TransferFiles, options: TransferOptions, target: str, classes: Sequence[str]
) -> tuple[dict[str, list[LabelledText]], int]:
    columns, mapped = (options.text_column, options.label_column), read_labels(files.labels)
    leave = options.others == LEAVE
    real, strange = read_real(files.real, target, columns, mapped, classes, leave)
    real = with_value(real, options.only)
    if files.test is None:
        return parted(real, options.shares), strange
    tested, more = read_real(files.test, target, columns, mapped, classes, leave)
    return with_test(real, with_value(tested, options.only), options.shares), strange + more


def digests_of(named: Mapping[str, Path | None]) -> dict[str, str]:
    """The SHA-256 of each file that there is."""
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in named.items() if path}
