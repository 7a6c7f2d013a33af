"""The command: `python -m graphs.verify out=DIR` or `python -m graphs.verify PATH/dataset.jsonl`.

Derives the evidence of every record again, without a model and without the journal, and names the first that differs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from agents.checks.registry import check_names_known
from graphs.files.axes import AXES, as_run, of_records
from graphs.files.certificate import Certificate, read_certificate, source_digest
from graphs.files.rundir import DATASET, REJECTED, SETTINGS, stored_settings
from graphs.sampling.topology import topology_of
from graphs.settings.embedding import EmbeddingBackend, EmbeddingSettings, local_embedding
from graphs.settings.schema import resolve, with_decoding
from graphs.shell.command import answer, clean
from graphs.shell.exits import Exit
from graphs.shell.process import one_blas_thread, say
from graphs.verifying.dataset import Difference, Verifier
from graphs.verifying.record import Ground, Rederived
from graphs.verifying.rewrite import check_free, write_anew
from memory.vectors.embedding import Embedding
from scenarios.errors import RunDirError, SettingsError, UserError, nearest
from scenarios.loading import Loaded, load, scenario_names
from scenarios.records import Status

_KEYS = ("out", "scenario", "topology", "trust", "anew", "embedding")
_EVERY_S = 5.0
_HELP = """usage: python -m graphs.verify out=DIR [key=value …]
       python -m graphs.verify PATH/dataset.jsonl [key=value …]

Derives briefs, evidence and novelty of every record again, without a model and without the journal, and compares. With
out=DIR, DIR's rejections are looked at, too, run.yaml says how the briefs were planned, and certificate.json shows changes
that no check can see. Nothing is written, but for anew.

  scenario   the scenario's name or file (default: what run.yaml or the records say)
  topology   of a file without run.yaml: the shape of its sample graph (default: the scenario's)
  embedding  of a file without run.yaml: what its run compared samples by: wordllama (default),
             sentence-transformers:MODEL, or openai, whose distances are compared in form only
  trust      a Python module that the scenario may play in as its world: it is run
  anew       a new directory: the dataset goes there with the evidence of today's checks; what they reject, into its
             rejected.jsonl

exit codes: 0 nothing differs · 4 a record differs · 5 nothing differs, but some evidence of checks could not be
derived: another version made it, or the check failed to run · 2 a mistake in the input, told in one line · 130 interrupted · 1 a fault of ours"""


@dataclass(frozen=True)
class _Job:
    """What is to be verified, and against what."""

    files: tuple[tuple[Path, bool], ...]
    """With whether they hold accepted records."""
    ground: Ground
    embedding: Embedding | None
    """What samples were compared by; None where an endpoint has it."""
    least: float | None = None
    certificate: Certificate | None = None
    notes: tuple[str, ...] = ()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code: a member of Exit."""
    with one_blas_thread():
        return answer(arguments, lambda: _HELP, _verify)


def _verify(words: list[str]) -> int:
    given = _given(words)
    return _verified(_job_of_run(given) if "out" in given else _job_of_file(given), given.get("anew"))


def _given(words: Sequence[str]) -> dict[str, str]:
    """The words `key=value`, and a file's path as `file`."""
    given: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or "/" in key:
            key, value = "file", word
        elif key not in _KEYS:
            raise SettingsError(f"{key}: unknown key{nearest(key, _KEYS)}; graphs.verify knows {', '.join(_KEYS)}")
        if key in given:
            raise SettingsError(f"{key}={value}: is given twice; verify one after the other")
        given[key] = value
    if ("out" in given) == ("file" in given):
        raise SettingsError("out: write out=DIR, the directory of a run, or the path of a dataset.jsonl, and not both")
    return given


def _job_of_run(given: dict[str, str]) -> _Job:
    """A run's directory: the dataset and its rejections, against its settings and its certificate."""
    out = Path(given["out"])
    if not (out / DATASET).is_file():
        raise RunDirError(f"out={out}: holds no {DATASET}; give the directory of a run, or the path of a dataset")
    files = tuple((out / name, accepted) for name, accepted in ((DATASET, True), (REJECTED, False)))
    files = tuple((path, accepted) for path, accepted in files if path.is_file() and path.stat().st_size)
    certificate = read_certificate(out)
    notes = () if certificate else ("there is no certificate.json: the run has not ended, or it was taken away",)
    if not (out / SETTINGS).is_file():
        job = _job_of_file({**given, "file": str(out / DATASET)})
        notes = (f"there is no {SETTINGS}: briefs are derived from each record's own seed and cell", *notes, *job.notes)
        return replace(job, files=files, certificate=certificate, notes=notes)
    stored = stored_settings(out)
    name = given.get("scenario") or str(stored.get("scenario") or "support")
    loaded = load(name, {given.get("trust", "")})
    settings = resolve({**stored, "scenario": name}, loaded)
    loaded, unknown = _axes(with_decoding(loaded, settings), out, [path for path, _ in files])
    notes = (*unknown, *notes)
    check_names_known(loaded)
    if certificate and certificate.scenario_digest != source_digest(loaded):
        what = "world" if certificate.world_digest != loaded.world_digest else "scenario"
        notes = (*notes, f"the {what} has changed since the run: {what}s of today are what is derived from")
    topology = topology_of(loaded.scenario, settings.topology or None)
    ground = Ground(loaded, topology, settings.seed, settings.round_size)
    embedding = local_embedding(settings.embedding)
    return _Job(files, ground, embedding, settings.memory.min_distance, certificate, notes)


def _job_of_file(given: dict[str, str]) -> _Job:
    """A file alone: the run's seed is not known, so that briefs are derived from each record's own seed and its cell."""
    path = Path(given["file"])
    name = given.get("scenario") or _named_in(path)
    loaded = load(name, {given.get("trust", "")})
    loaded, unknown = _axes(loaded, path.parent, [path])
    check_names_known(loaded)
    ground = Ground(loaded, topology_of(loaded.scenario, given.get("topology") or None))
    return _Job(((path, True),), ground, _embedding_of_file(given.get("embedding", "")), notes=unknown)


def _axes(loaded: Loaded, home: Path, files: Sequence[Path]) -> tuple[Loaded, tuple[str, ...]]:
    """The scenario with the values of its ideated axes, and a note where only the records tell them."""
    if not loaded.scenario.ideated or (home / AXES).is_file():
        return as_run(loaded, home), ()
    named = ", ".join(loaded.scenario.ideated)
    note = f"there is no {AXES}: UNVERIFIABLE: that the values of the ideated axes ({named}) are the run's"
    return of_records(loaded, files), (note,)


def _embedding_of_file(told: str) -> Embedding | None:
    """The embedding of a file without run.yaml: BACKEND, or BACKEND:MODEL. Raises SettingsError and ModelUnavailable."""
    backend, _, model = told.partition(":")
    if backend == EmbeddingBackend.OPENAI:
        return None
    if backend not in ("", *EmbeddingBackend):
        known = ", ".join(EmbeddingBackend)
        raise SettingsError(f"embedding={told}: is none of {known}; write BACKEND, or sentence-transformers:MODEL")
    return local_embedding(EmbeddingSettings(backend=EmbeddingBackend(backend) if backend else None, model=model))


def _named_in(path: Path) -> str:
    """The scenario that the first record of a file names, where it is one of ours. Raises UserError."""
    try:
        with path.open("rb") as file:
            raw = file.readline()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    if not raw:
        raise UserError(f"{path}: is empty: there is nothing to verify")
    try:
        line: Any = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise UserError(f"{path}:1: is no JSON ({error}); give the path of a {DATASET}") from None
    name = line.get("scenario") if isinstance(line, dict) else None
    if name not in scenario_names():
        raise UserError(
            f"{path}: was made by the scenario {name!r}, which is none of ours; give its file as scenario=PATH"
        )
    return str(name)


def _verified(job: _Job, anew: str | None) -> int:
    """Verify, say what came out, and write the dataset anew where that is wanted. Raises UserError."""
    if not job.files:
        raise UserError("out: the run has no records yet: there is nothing to verify")
    if anew is not None:
        check_free(anew)
        if job.embedding is None:
            raise SettingsError(
                f"anew={anew}: measures distances anew, which takes the endpoint's embedding; leave it out"
            )
    verifier = Verifier(job.ground, job.embedding, job.least, job.certificate)
    try:
        for path, accepted in job.files:
            for _ in _told(verifier.records(path, accepted), path):
                pass
    except Difference as difference:
        _print(*_notes(job), f"differs: {difference}")
        return Exit.DIFFERS
    _print(*_summary(job, verifier))
    if anew is not None and job.embedding is not None:
        again = Verifier(job.ground, job.embedding, job.least, job.certificate)
        records = (record for path, accepted in job.files if accepted for record in again.records(path, accepted))
        _print(write_anew(Path(anew), job.ground.loaded, records, job.embedding))
        return Exit.DONE
    return Exit.UNDERIVED if verifier.tally.underived else Exit.DONE


def _told(records: Iterator[Rederived], path: Path) -> Iterator[Rederived]:
    """The records; those of a long file with a word on how far it is."""
    last = time.monotonic()
    for number, record in enumerate(records, 1):
        yield record
        if (now := time.monotonic()) - last > _EVERY_S:
            last = now
            say(f"colloquia: {path.name}: {number:,} records verified")


def _notes(job: _Job) -> list[str]:
    return [f"note: {note}" for note in job.notes]


def _summary(job: _Job, verifier: Verifier) -> list[str]:
    tally, ground = verifier.tally, job.ground
    counts = "; ".join(f"{name}: {count} records" for name, count in tally.records.items())
    lines = [f"scenario {ground.loaded.scenario.name}; {counts}", *_notes(job)]
    source = "each record's own seed and cell" if ground.seed is None else SETTINGS
    checks = ", ".join(f"{name} (version {version}) {count}" for (name, version), count in tally.checks.items())
    lines.append(f"derived again: ids and briefs from {source}; novelty; checks: {checks or 'none'}")
    told = ", ".join(f"{what} {count}" for what, count in tally.untold.items())
    lines.append(
        f"UNVERIFIABLE, compared in form only: cells, what briefs avoid, scores, usage{f', {told}' if told else ''}"
    )
    if job.least is None:
        lines.append("UNVERIFIABLE: that the distances are the run's least or more, which the file does not tell")
    if job.certificate:
        lines.append("certificate.json: every line is as it was when the run ended")
    lines += [_underived(*which, count) for which, count in tally.underived.items()]
    if tally.underived:
        lines.append(f"the first is {tally.first}; anew=DIR writes the dataset with the evidence of today's checks")
    lines.append("nothing differs")
    return lines


def _underived(check: str, version: int, today: int, was: Status, found: Status, count: int) -> str:
    """Evidence of a check that could not be derived, in words."""
    now = f"still {found}" if was is found else f"{found}, not {was}"
    if version == today:
        return f"not derived: {check} gives {now}, in {count} records: a check that failed to run says nothing"
    return f"outdated: {check} was version {version} in {count} records and is {today} now, which finds {now}"


def _print(*lines: str) -> None:
    print("\n".join(clean(line) for line in lines), flush=True)


if __name__ == "__main__":
    sys.exit(main())
