"""Verifying a job to its end, and what came out, in words. Nothing is printed here."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from graphs.certifying.quality import QUALITY, quality_differs, read_quality
from graphs.files.certificate import Certificate
from graphs.files.rundir import EDITED, SETTINGS
from graphs.shell.process import one_blas_thread
from graphs.verifying.dataset import Difference, Verifier
from graphs.verifying.job import Job
from graphs.verifying.personal import PersonallyRejected, personal_lines
from graphs.verifying.record import Rederived
from graphs.verifying.rewrite import check_free, write_anew
from scenarios.errors import SettingsError, UserError
from scenarios.records import Status

_EVERY_S = 5.0


@dataclass(frozen=True)
class Verification:
    """What came of verifying a dataset."""

    differs: str
    """The first record that differs, in words; empty if none does."""
    underived: int
    """Pieces of evidence that could not be derived: another version of the check made them, or it failed to run."""
    records: dict[str, int]
    """Records verified, by file."""
    lines: tuple[str, ...]
    """All of it for a person."""
    anew: str = ""
    """What was written anew, in words; empty if that was not asked for."""

    @property
    def holds(self) -> bool:
        """Whether nothing differs and all evidence of checks could be derived."""
        return not self.differs and not self.underived


def verify_job(job: Job, anew: str | None, say: Callable[[str], None]) -> Verification:
    """Verify a job; with `anew`, write the dataset to that new directory with the evidence of today's checks.

    `say` hears how far a long file is. Raises UserError.
    """
    if not job.files:
        raise UserError("out: the run has no records yet: there is nothing to verify")
    if anew is not None:
        check_free(anew)
        if job.embedding is None:
            raise SettingsError(
                f"anew={anew}: needs a local embedding to measure the distances again, and an endpoint made this run's; "
                "leave anew out"
            )
    with one_blas_thread():
        return _verified(job, anew, say)


def _verified(job: Job, anew: str | None, say: Callable[[str], None]) -> Verification:
    edited = dict.fromkeys(path.parent / EDITED for path, _ in job.files if (path.parent / EDITED).is_file())
    if job.certificate and (
        forged := next((path for path in edited if not _is_certified(path, job.certificate)), None)
    ):
        why = f"{forged}: expected the lines that were certified, found others"
        return Verification(why, 0, {}, (*_notes(job), f"differs: {why}"))
    told = (*edited, *(path for path, accepted in job.files if not accepted))
    gone = PersonallyRejected((line for path in told for line in personal_lines(path)), job.embedding)
    verifier = Verifier(job.ground, job.embedding, job.least, job.certificate, gone, job.journal, job.frozen)
    try:
        for path, accepted in job.files:
            for _ in _counted(verifier.records(path, accepted), path, say):
                pass
    except Difference as difference:
        lines = (*_notes(job), f"differs: {difference}")
        return Verification(str(difference), 0, dict(verifier.tally.records), lines)
    if rewritten := {line["id"] for path in edited for line in personal_lines(path)}:
        verifier.tally.untold["what models said of texts before people edited them"] = len(rewritten)
    if people := job.quality and quality_differs(job.quality):
        lines = (*_notes(job), f"differs: {people}")
        return Verification(people, 0, dict(verifier.tally.records), lines)
    written = ""
    if anew is not None and job.embedding is not None:
        again = Verifier(job.ground, job.embedding, job.least, job.certificate, gone, job.journal, job.frozen)
        records = (record for path, accepted in job.files if accepted for record in again.records(path, accepted))
        written = write_anew(Path(anew), job.ground.loaded, records, job.embedding, gone.ids, job.models)
    tally = verifier.tally
    return Verification("", tally.underived.total(), dict(tally.records), tuple(_summary(job, verifier)), written)


def _is_certified(path: Path, certificate: Certificate) -> bool:
    certified = certificate.files.get(path.name)
    return certified is not None and hashlib.sha256(path.read_bytes()).hexdigest() == certified.sha256


def _counted(records: Iterator[Rederived], path: Path, say: Callable[[str], None]) -> Iterator[Rederived]:
    """The records; those of a long file with a word on how far it is."""
    last = time.monotonic()
    for number, record in enumerate(records, 1):
        yield record
        if (now := time.monotonic()) - last > _EVERY_S:
            last = now
            say(f"colloquia: {path.name}: {number:,} records verified")


def _notes(job: Job) -> list[str]:
    return [f"note: {note}" for note in job.notes]


def _summary(job: Job, verifier: Verifier) -> list[str]:
    tally, ground = verifier.tally, job.ground
    counts = "; ".join(f"{name}: {count} records" for name, count in tally.records.items())
    lines = [f"scenario {ground.loaded.scenario.name}; {counts}", *_notes(job)]
    source = "each record's own seed and cell" if ground.seed is None else SETTINGS
    checks = ", ".join(f"{name} (version {version}) {count}" for (name, version), count in tally.checks.items())
    kept = f"; {verifier.recorded} results of tools, as the journal kept them" if verifier.recorded else ""
    lines.append(f"derived again: ids and briefs from {source}; novelty; checks: {checks or 'none'}{kept}")
    told = ", ".join(f"{what} {count}" for what, count in tally.untold.items())
    lines.append(
        f"UNVERIFIABLE, compared in form only: cells, what briefs avoid, scores, usage{f', {told}' if told else ''}"
    )
    if job.least is None:
        lines.append(
            "UNVERIFIABLE: whether the distances reach the run's memory.min_distance, which the file does not say"
        )
    if job.certificate:
        lines.append("certificate.json: every line is as it was when the run ended")
    if job.quality and (quality := read_quality(job.quality)):
        lines.append(f"{QUALITY}: the audit's order and its bound are as they were derived: {quality.claim.sentence}")
    lines += [_underived(*which, count) for which, count in tally.underived.items()]
    if tally.underived:
        lines.append(f"the first is {tally.first}; anew=DIR writes the dataset with the evidence of today's checks")
    lines.append("nothing differs")
    return lines


def _underived(check: str, version: int, today: int, was: Status, found: Status, count: int) -> str:
    """Evidence of a check that could not be derived, in words."""
    now = f"still {found}" if was is found else f"{found}, not {was}"
    if version == today:
        return f"not derived: {check} gives {now}, in {count} records; a check that failed to run proves nothing"
    return f"outdated: {check} was version {version} in {count} records and is {today} now, which finds {now}"
