"""Rejecting accepted samples for good, because a person says so. Nothing here prints.

The journal has the person's word before anything else is changed; whatever is cut off after that, doing it again, or
continuing the run, brings the files and the memory in line.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from agents.models.limits.ledger import Budget, Ledger
from graphs.files.axes import as_run
from graphs.files.calls import restored
from graphs.files.dataset import write_dataset
from graphs.files.rundir import JOURNAL, check_no_fork, is_run, owning, run_dir_faults
from graphs.files.summary import SUMMARY
from graphs.planning.planner import Planner
from graphs.planning.quotas import Quotas
from graphs.preparation import Preparation, prepare_stored
from graphs.running.report import SessionEnd, write_report
from graphs.running.setup import open_archive
from graphs.sampling.decision import person_says, rejected_by_person
from graphs.settings.layers import check_foreign
from graphs.trace import whole_id
from memory.archive.archive import Archive, key_of
from memory.journal.journal import Journal
from memory.journal.rejections import ids_of_records, records_of, reject_for_good, rejected_for_good
from scenarios.errors import RunDirError, SettingsError
from scenarios.records import Record, Verdict


@dataclass(frozen=True)
class PersonalRejection:
    """What came of rejecting samples."""

    out: Path
    rejected: tuple[str, ...]
    """The ids that are rejected now and were accepted before."""
    already: tuple[str, ...]
    """The ids that a person had rejected before; what was said then stands."""
    accepted: int
    """Records of the run that are accepted now."""
    summary: dict[str, Any] | None
    """What summary.json holds; None if the run has not ended yet."""


def reject_samples(
    out: Path, ids: Sequence[str], why: str, say: Callable[[str], None], given: Mapping[str, str] | None = None
) -> PersonalRejection:
    """Reject accepted samples of the run in `out` for good, and take them out of its files and its memory.

    Of an id its beginning is enough. `say` hears what was done to a damaged journal; `given` may name `scenario` and `trust`.
    Raises UserError, and has then changed nothing if the mistake is in the words.
    """
    if not is_run(out):
        raise RunDirError(f"out={out}: holds no run; give the directory of one")
    if not why.strip():
        raise SettingsError("why: is missing; say why, such as why='the answer is wrong': it is kept with the sample")
    with changing(out, say, given) as (prepared, journal, archive):
        return _rejected(prepared, journal, archive, ids, why)


@contextlib.contextmanager
def changing(
    out: Path, say: Callable[[str], None], given: Mapping[str, str] | None = None
) -> Iterator[tuple[Preparation, Journal, Archive]]:
    """The run in `out`, its journal and its memory, owned while a person's word is carried out. Raises UserError."""
    check_no_fork(out, "no memory has them")
    prepared = prepare_stored(out, {key: value for key, value in (given or {}).items() if key in {"scenario", "trust"}})
    check_foreign(prepared.foreign, ("memory", "embedding"))
    prepared.models  # noqa: B018 - the card names them; what is wrong with them is said before anything is changed
    archive = open_archive(prepared.settings)
    try:
        with owning(out):
            journal = Journal(out / JOURNAL)
            if journal.notice:
                say(f"colloquia: {journal.notice}")
            try:
                yield prepared, journal, archive
            finally:
                journal.close()
    finally:
        archive.close()


def _rejected(
    prepared: Preparation, journal: Journal, archive: Archive, ids: Sequence[str], why: str
) -> PersonalRejection:
    known = ids_of_records(journal)
    meant = records_of(journal, list(dict.fromkeys(whole_id(known, id_, str(prepared.out)) for id_ in ids)))
    already = [record for record in meant if rejected_by_person(record.verdict, record.stage)]
    fresh = [record for record in meant if record not in already]
    if other := next((record for record in fresh if record.verdict is not Verdict.ACCEPTED), None):
        raise SettingsError(
            f"id={other.candidate.brief.id}: is not accepted: it was {other.verdict} at {other.stage} ({other.reason})"
        )
    reject_for_good(journal, [by_person(record, why) for record in fresh], {_id(record): why for record in fresh})
    return PersonalRejection(
        out=prepared.out,
        rejected=tuple(map(_id, fresh)),
        already=tuple(map(_id, already)),
        summary=files_anew(prepared, journal, archive),
        accepted=journal.accepted(),
    )


def by_person(record: Record, why: str) -> Record:
    """An accepted record as a person's rejection leaves it."""
    return record.model_copy(update=person_says(why).model_dump())


def honour_rejections(journal: Journal) -> None:
    """Reject what a person had rejected, also if a damaged journal brought back an older record of it."""
    if whys := rejected_for_good(journal):
        back = [
            record
            for record in journal.records()
            if record.verdict is Verdict.ACCEPTED and record.candidate.brief.id in whys
        ]
        if back:
            reject_for_good(journal, [by_person(record, whys[_id(record)]) for record in back], {})


def files_anew(prepared: Preparation, journal: Journal, archive: Archive) -> dict[str, Any] | None:
    """Bring the memory and the files in line with the journal; returns the summary. Raises UserError."""
    out, run = prepared.out, journal.meta("run")
    assert run is not None
    archive.forget([key_of(run, id_) for id_ in rejected_for_good(journal)])
    loaded, settings = as_run(prepared.loaded, out), prepared.settings
    with run_dir_faults(out):
        if (before := _summary(out)) is None:
            write_dataset(out, journal.records(), loaded)
            return None
        planner = Planner(
            loaded, settings.seed, settings.planner, Quotas(loaded.scenario, {}, settings.n), steers=False
        )
        planner.meet(archive.notes(run))
        ledger = Ledger(Budget())
        restored(ledger, journal, prepared.models)
        ledger.faults.update(before["faults"])
        times = before["timings"]
        ended = SessionEnd(
            before["stopped_by"], before["coverage"]["samples_for_pairs"], times["run_s"], times["setup_s"], before["not_in_memory"]
        )  # fmt: skip
        return write_report(prepared, loaded, journal, ledger, planner, ended)


def _summary(out: Path) -> dict[str, Any] | None:
    """The summary of the last session; None if none has ended."""
    try:
        found: dict[str, Any] = orjson.loads((out / SUMMARY).read_bytes())
    except FileNotFoundError:
        return None
    except orjson.JSONDecodeError:
        raise RunDirError(
            f"{out / SUMMARY}: is not JSON any more; what was rejected is kept, and python -m graphs.run out={out} writes "
            "the files anew"
        ) from None
    return found


def _id(record: Record) -> str:
    return record.candidate.brief.id
