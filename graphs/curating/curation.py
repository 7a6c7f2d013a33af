"""Curation of one file: signals computed, written beside it, and the dataset with weights and without what was named."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.labelling.labels import NONE_FITS
from evaluation.students.encoders import Encoder
from graphs.curating.likelihoods import (
    LikelihoodsAsked,
    LikelihoodSettings,
    asked_likelihoods,
    asked_pairs,
    likelihood_rows,
)
from graphs.curating.masking import masked_row
from graphs.curating.meanings import meanings_of
from graphs.curating.measuring import measured
from graphs.curating.places import CurationPlaces, places_of, write_rows
from graphs.curating.repair import LABEL_DOUBTS, Repair, RepairAction, Repairs, RepairSettings
from graphs.curating.repaired import LabelForms, repaired_row, settled, text_key, told_of
from graphs.curating.repairing import RepairAsked, repairs_of
from graphs.curating.rows import Subject, read_rows, read_subjects, row_digest, target_of
from graphs.curating.signals import Doubt, SampleSignals
from graphs.files.rundir import dataset_in
from graphs.shell.process import loop_factory
from scenarios.errors import DatasetError, SettingsError


@dataclass(frozen=True)
class Acting:
    """What is to be done about doubtful samples."""

    action: RepairAction
    of: tuple[Doubt, ...]
    """The doubts whose samples a model is asked about."""
    settings: RepairSettings
    labels: Path | None = None
    """A YAML file that says what labels mean."""
    about: str = ""


@dataclass(frozen=True)
class Curating:
    """What is asked for."""

    out: Path
    """A run's directory, or a JSONL file."""
    into: Path | None = None
    target: str = ""
    number: bool | None = None
    """Whether the target is a number rather than a label; None: it shows."""
    drop: tuple[Doubt, ...] = ()
    encoder: Encoder = Encoder.WORDLLAMA
    seed: int = 0
    mask: bool = False
    """Whether personal data is masked in the curated dataset."""
    likelihoods: LikelihoodSettings | None = None
    acting: Acting | None = None


@dataclass(frozen=True)
class Curated:
    """What came out."""

    target: str
    signals: tuple[SampleSignals, ...]
    dropped: Mapping[str, Doubt]
    """Why each sample was dropped, by its id: the first of the reasons named that holds."""
    places: CurationPlaces
    stopped: str = ""
    """What stopped a model's work before all was known."""
    repairs: Repairs | None = None


def curate(asked: Curating, say: Callable[[str], None] = lambda _: None) -> Curated:
    """Compute signals and write both files. The input stays as it was.

    Raises DatasetError, RunDirError, SettingsError, ModelUnavailable.
    """
    source = dataset_in(asked.out, "out")
    places = places_of(asked.out, asked.into, source)
    target = target_of(source, asked.target)
    if asked.acting:
        _check(asked.acting, source, target)
    embedding = asked.encoder.embedding()
    say(f"{source} is read")
    subjects = read_subjects(source, target, asked.number)
    if asked.acting and any(one.number is not None for one in subjects):
        raise SettingsError(f"action={asked.acting.action}: is for labels, and target={target} is a number")
    likelihoods, stopped = _likelihoods(asked, source, subjects, places.journals[0], say)
    signals = measured(subjects, target, embedding, asked.seed, say, likelihoods)
    write_rows(places.signals, (one.model_dump(mode="json") for one in signals))
    repairs = _repairs(asked, target, subjects, signals, places, say)
    repaired = {one.id: one for one in repairs.rows} if repairs else {}
    answered = {id_ for id_, one in repaired.items() if settled(one)}
    # What was doubted of a text that is written anew says nothing of the new one, which was checked.
    old = [one for one in signals if one.id not in repaired or repaired[one.id].text is None]
    dropped = dropping(old, asked.drop, answered)
    write_rows(places.curated, _kept(source, signals, dropped, repaired, asked.mask))
    return Curated(target, tuple(signals), dropped, places, stopped or (repairs.stopped if repairs else ""), repairs)


def _check(acting: Acting, source: Path, target: str) -> None:
    """Raise SettingsError if nothing could come of an action."""
    if not target:
        raise SettingsError(
            f"action={acting.action}: needs a label, and none shows; write target=NAME, an axis or a field"
        )
    if acting.action is RepairAction.REDO:
        for _, row in read_rows(source):
            text_key(row, target)


def _repairs(
    asked: Curating, target: str, subjects: Sequence[Subject], signals: Sequence[SampleSignals], places: CurationPlaces,
    say: Callable[[str], None],
) -> Repairs | None:  # fmt: skip
    """What comes of the doubtful samples, kept in repairs.jsonl; None if nothing is to be done about them."""
    if (acting := asked.acting) is None:
        return None
    about, meanings = meanings_of(asked.out, target, acting.labels)
    known = {one.label for one in subjects if one.label is not None}
    if acting.labels and not known & meanings.keys():
        raise SettingsError(
            f"labels={acting.labels}: says what {', '.join(list(meanings)[:5])} mean, and no sample has one of these labels; they have "
            f"{', '.join(sorted(known)[:5])}"
        )
    if NONE_FITS in known:
        raise SettingsError(
            f"{target}: a label is called '{NONE_FITS}', which is what a reader says if none fits; rename it"
        )
    wanted = RepairAsked(
        acting.action, acting.of, acting.settings, places.journals[1], acting.about or about, meanings, asked.seed
    )
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        found = runner.run(repairs_of(wanted, subjects, signals, say))
    write_rows(places.repairs, (one.model_dump(mode="json") for one in found.rows))
    return found


def _likelihoods(
    asked: Curating, source: Path, subjects: Sequence[Subject], journal: Path, say: Callable[[str], None]
) -> tuple[list[dict[str, Any]], str]:
    """The samples' part of the signals that a model says, none if no model is asked; and what stopped it."""
    if asked.likelihoods is None:
        return [], ""
    wanted = LikelihoodsAsked(asked.likelihoods, journal)
    exchanges = (asked_pairs(row, asked.likelihoods.most_answers) for _, row in read_rows(source))
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        found, stopped = runner.run(asked_likelihoods(wanted, exchanges, len(subjects), say))
    if not stopped and not any(found):
        say(
            "no row has an answer of an assistant that a model could be asked about; to have labels read again, write action=relabel"
        )
    languages = [one.languages[0] for one in subjects]
    return likelihood_rows(found, languages, asked.likelihoods.beyond), stopped


def dropping(
    signals: Sequence[SampleSignals], drop: Sequence[Doubt], settled: Collection[str] = ()
) -> dict[str, Doubt]:
    """Which samples go, and why. Of those in `settled` no doubt about the label counts.

    A copy stays if what it repeats goes for another reason: else both would be lost.
    """
    others = [doubt for doubt in drop if doubt is not Doubt.DUPLICATES]
    found: dict[str, Doubt] = {
        one.id: why
        for one in signals
        if (why := next((d for d in others if d in one.doubts and not _answered(one, d, settled)), None))
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


def _answered(one: SampleSignals, doubt: Doubt, settled: Collection[str]) -> bool:
    return one.id in settled and doubt in LABEL_DOUBTS


def _kept(
    source: Path,
    signals: Sequence[SampleSignals],
    dropped: Mapping[str, Doubt],
    repaired: Mapping[str, Repair],
    mask: bool,
) -> Iterator[dict[str, Any]]:
    """The rows that stay, with weight and doubts, repaired, masked if asked for. Raises DatasetError if the file changed meanwhile."""
    forms = _forms(source, signals, repaired)
    rows = read_rows(source)
    for one in signals:
        where, row = next(rows, ("", {}))
        if row_digest(row) != one.content:
            raise DatasetError(f"{source}: {where or 'the end'} changed while it was read; begin again")
        if one.id not in dropped:
            row = _curated(row, one, repaired.get(one.id), forms)
            yield masked_row(row) if mask else row


def _forms(source: Path, signals: Sequence[SampleSignals], repaired: Mapping[str, Repair]) -> LabelForms:
    """How labels and ids stand in a file, if anything is repaired in it."""
    if not any(repair.to or repair.text for repair in repaired.values()):
        return LabelForms({}, frozenset())
    target = next(iter(repaired.values())).target
    return LabelForms.of((row for _, row in read_rows(source)), target, (one.id for one in signals))


def _curated(row: dict[str, Any], one: SampleSignals, repair: Repair | None, forms: LabelForms) -> dict[str, Any]:
    """A row with its weight and what is doubted of it. If a model answered the doubt about its label, it weighs as much as any; and
    if no student gave it a weight, it keeps the one that it came with."""
    new_text = repair is not None and repair.text is not None
    curation: dict[str, Any] = {"doubts": [] if new_text else [doubt.value for doubt in one.doubts]}
    own = row["weight"] if type(row.get("weight")) in {int, float} and row["weight"] >= 0 else 1.0
    weight = 1.0 if settled(repair) else own if one.weight is None else one.weight
    if repair is None:
        return {**row, "weight": weight, "curation": curation}
    return {**repaired_row(row, repair, forms), "weight": weight, "curation": {**curation, **told_of(repair)}}


def doubts_of(signals: Sequence[SampleSignals]) -> Counter[Doubt]:
    """How many samples are doubted for what."""
    return Counter(doubt for one in signals for doubt in one.doubts)
