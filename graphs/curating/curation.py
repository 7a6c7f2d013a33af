"""Curation of one file: signals computed, written beside it, and the dataset with weights and without what was named."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson

from evaluation.students.encoder import MiniLM
from graphs.curating.likelihoods import (
    ANSWERS,
    LikelihoodsAsked,
    LikelihoodSettings,
    asked_likelihoods,
    exchange_of,
    likelihood_rows,
)
from graphs.curating.masking import masked_row
from graphs.curating.measuring import measured
from graphs.curating.rows import Subject, read_rows, read_subjects, row_digest, target_of
from graphs.curating.signals import Doubt, SampleSignals
from graphs.files.rundir import dataset_in, writing
from graphs.shell.process import loop_factory
from memory.vectors.embedding import Embedding, WordLlamaEmbedding
from scenarios.errors import DatasetError, RunDirError

SIGNALS, CURATED = "signals.jsonl", "curated.jsonl"


class Encoder(StrEnum):
    """What turns texts into vectors."""

    WORDLLAMA = "wordllama"
    MINILM = "minilm"


@dataclass(frozen=True)
class Curating:
    """What is asked for."""

    out: Path
    """A run's directory, or a JSONL file."""
    into: Path | None = None
    target: str = ""
    drop: tuple[Doubt, ...] = ()
    encoder: Encoder = Encoder.WORDLLAMA
    seed: int = 0
    mask: bool = False
    """Whether personal data is masked in the curated dataset."""
    likelihoods: LikelihoodSettings | None = None


@dataclass(frozen=True)
class Curated:
    """What came out."""

    target: str
    signals: tuple[SampleSignals, ...]
    dropped: Mapping[str, Doubt]
    """Why each sample was dropped, by its id: the first of the reasons named that holds."""
    paths: tuple[Path, Path]
    """Those of signals and of the curated dataset."""
    stopped: str = ""
    """What stopped the likelihoods before all were known."""


def curate(asked: Curating, say: Callable[[str], None] = lambda _: None) -> Curated:
    """Compute signals and write both files. The input stays as it was.

    Raises DatasetError, RunDirError, SettingsError, ModelUnavailable.
    """
    source = dataset_in(asked.out, "out")
    paths = _places(asked, source)
    target = target_of(source, asked.target)
    embedding: Embedding = MiniLM() if asked.encoder is Encoder.MINILM else WordLlamaEmbedding()
    subjects = read_subjects(source, target)
    likelihoods, stopped = _likelihoods(
        asked, source, subjects, paths[0].with_name(paths[0].name.replace(SIGNALS, ANSWERS)), say
    )
    signals = measured(subjects, target, embedding, asked.seed, say, likelihoods)
    dropped = dropping(signals, asked.drop)
    _write(paths[0], (one.model_dump(mode="json") for one in signals))
    _write(paths[1], _kept(source, signals, dropped, asked.mask))
    return Curated(target, tuple(signals), dropped, paths, stopped)


def _likelihoods(
    asked: Curating, source: Path, subjects: Sequence[Subject], journal: Path, say: Callable[[str], None]
) -> tuple[list[dict[str, Any]], str]:
    """The samples' part of the signals that a model says, none if no model is asked; and what stopped it."""
    if asked.likelihoods is None:
        return [], ""
    exchanges = [exchange_of(row) for _, row in read_rows(source)]
    wanted = LikelihoodsAsked(asked.likelihoods, journal)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        found, stopped = runner.run(asked_likelihoods(wanted, exchanges, say))
    languages = [one.languages[0] for one in subjects]
    return likelihood_rows(found, languages, asked.likelihoods.beyond), stopped


def dropping(signals: Sequence[SampleSignals], drop: Sequence[Doubt]) -> dict[str, Doubt]:
    """Which samples go, and why.

    A copy stays if what it repeats goes for another reason: else both would be lost.
    """
    others = [doubt for doubt in drop if doubt is not Doubt.DUPLICATES]
    found: dict[str, Doubt] = {
        one.id: why for one in signals if (why := next((d for d in others if d in one.doubts), None))
    }
    if Doubt.DUPLICATES in drop:
        stand: dict[str, str] = {}
        for one in signals:
            if one.copy_of is None or one.id in found:
                continue
            first = stand.get(one.copy_of, one.copy_of)
            if first in found and found[first] is not Doubt.DUPLICATES:
                stand[one.copy_of] = one.id
            else:
                found[one.id] = Doubt.DUPLICATES
    return found


def _kept(
    source: Path, signals: Sequence[SampleSignals], dropped: Mapping[str, Doubt], mask: bool
) -> Iterator[dict[str, Any]]:
    """The rows that stay, with weight and doubts, masked if asked for. Raises DatasetError if the file changed meanwhile."""
    rows = read_rows(source)
    for one in signals:
        where, row = next(rows, ("", {}))
        if row_digest(row) != one.content:
            raise DatasetError(f"{source}: {where or 'the end'} changed while it was read; begin again")
        if one.id not in dropped:
            weight = 1.0 if one.weight is None else one.weight
            row = masked_row(row) if mask else row
            yield {**row, "weight": weight, "curation": {"doubts": [doubt.value for doubt in one.doubts]}}


def _places(asked: Curating, source: Path) -> tuple[Path, Path]:
    """Where the files go: the run's directory, or beside a file under its name. Raises RunDirError if something else lies there."""
    if asked.into is not None:
        if not asked.into.is_dir():
            raise RunDirError(f"into={asked.into}: is not a directory; make it first")
        found = (asked.into / SIGNALS, asked.into / CURATED)
    elif asked.out.is_dir():
        found = (asked.out / SIGNALS, asked.out / CURATED)
    else:
        found = (source.with_name(f"{source.stem}.{SIGNALS}"), source.with_name(f"{source.stem}.{CURATED}"))
    for path, key in zip(found, ("doubts", "curation"), strict=True):
        if path.is_symlink() or (path.exists() and not _ours(path, key)):
            raise RunDirError(f"{path}: is there and was not written by graphs.curate; move it, or give into=DIR")
        if path.resolve() == source.resolve():
            raise RunDirError(f"{path}: is the input, which stays as it is; give into=DIR")
    return found


def _ours(path: Path, key: str) -> bool:
    """Whether a file was written by this command: it is empty, or its first row has what only curation writes."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        line = file.readline(1 << 24)
    try:
        return not line or key in orjson.loads(line)
    except (orjson.JSONDecodeError, TypeError):
        return False


def _write(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    try:
        with writing(path) as file:
            for row in rows:
                file.write(orjson.dumps(row) + b"\n")
    except OSError as error:
        raise RunDirError(f"{path}: cannot be written ({error.strerror or error}); give into=DIR") from None


def doubts_of(signals: Sequence[SampleSignals]) -> Counter[Doubt]:
    """How many samples are doubted for what."""
    return Counter(doubt for one in signals for doubt in one.doubts)
