"""What is to be verified, and against what: worked out from a run directory, or from a file alone."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from agents.checks.registry import check_names_known
from agents.models.calls import Model
from graphs.files.axes import AXES, as_run, of_records
from graphs.files.certificate import Certificate, read_certificate, source_digest
from graphs.files.inside import check_inside
from graphs.files.rundir import DATASET, JOURNAL, REJECTED, SETTINGS, check_no_fork
from graphs.planning.feedback import feedback_of_run
from graphs.preparation import Preparation, check_trust, prepare_stored
from graphs.sampling.casting import cast_by
from graphs.sampling.topology import topology_of
from graphs.settings.embedding import EmbeddingBackend, backend_of, embedding_named, local_embedding
from graphs.settings.schema import Switch
from graphs.verifying.record import Ground
from memory.vectors.embedding import Embedding
from scenarios.errors import RunDirError, SettingsError, UserError
from scenarios.loading import Loaded, for_base_models, load, scenario_names
from scenarios.reading.bounded import json_of, lines_of


@dataclass(frozen=True)
class Job:
    """What is to be verified, and against what."""

    files: tuple[tuple[Path, bool], ...]
    """With whether they hold accepted records."""
    ground: Ground
    embedding: Embedding | None
    """What samples were compared by; None if an endpoint has it."""
    least: float | None = None
    certificate: Certificate | None = None
    journal: Path | None = None
    notes: tuple[str, ...] = ()
    models: Mapping[str, Model] = field(default_factory=dict)
    """The run's, by role; none if only a file is there."""
    frozen: bool = False
    """Its samples were not held against each other."""
    quality: Path | None = None
    """The run's directory, if people's verdicts may have been made a claim of there."""


def job_of(given: Mapping[str, str]) -> Job:
    """The job that `out` (a run directory) or `file` (a dataset) names; the other keys are those of graphs.verify.

    Raises UserError.
    """
    return job_of_run(given) if "out" in given else job_of_file(given)


def job_of_run(given: Mapping[str, str]) -> Job:
    """A run's directory: the dataset and its rejections, against its settings and its certificate."""
    out = Path(given["out"])
    check_inside(out)
    check_no_fork(out, "their briefs are another's, which nothing here can derive")
    if not (out / DATASET).is_file():
        raise RunDirError(f"out={out}: holds no {DATASET}; give the directory of a run, or the path of a dataset")
    files = tuple((out / name, accepted) for name, accepted in ((DATASET, True), (REJECTED, False)))
    certificate = read_certificate(out)
    filled = {name for name, one in certificate.files.items() if one.lines} if certificate else set()
    files = tuple(
        (path, accepted) for path, accepted in files if path.is_file() and (path.stat().st_size or path.name in filled)
    )
    notes = (
        () if certificate else ("there is no certificate.json: the run has not ended, or somebody removed the file",)
    )
    if not (out / SETTINGS).is_file():
        job = job_of_file({**given, "file": str(out / DATASET)})
        notes = (f"there is no {SETTINGS}: briefs are derived from each record's own seed and cell", *notes, *job.notes)
        return replace(job, files=files, certificate=certificate, notes=notes)
    prepared = prepare_stored(out, {key: given[key] for key in ("scenario", "trust") if key in given})
    loaded, unknown = _axes(prepared.loaded, out, [path for path, _ in files])
    notes = (*unknown, *notes)
    if certificate and certificate.scenario_digest != source_digest(loaded):
        what = "world" if certificate.world_digest != loaded.world_digest else "scenario"
        notes = (*notes, f"the {what} has changed since the run: today's {what} is used")
    settings = prepared.settings
    fed = feedback_of_run(out)
    helpful = fed.helpful if fed else ()
    ground = Ground(loaded, prepared.topology, settings.seed, settings.round_size, helpful)
    embedding = _embedding_of_run(prepared, given.get("embedding", ""))
    journal = out / JOURNAL if (out / JOURNAL).is_file() else None
    frozen = settings.memory.frozen is Switch.ON
    least = settings.memory.min_distance
    return Job(files, ground, embedding, least, certificate, journal, notes, prepared.models, frozen, out)


def job_of_file(given: Mapping[str, str]) -> Job:
    """A file alone: the run's seed is not known, so that briefs are derived from each record's own seed and its cell."""
    path = Path(given["file"])
    name = given.get("scenario") or _named_in(path)
    loaded = _form_of(load(name, {given.get("trust", "")}), path, given.get("trust", ""))
    check_trust(given.get("trust", ""), loaded)
    loaded = cast_by(loaded, given.get("topology", ""))
    loaded, unknown = _axes(loaded, path.parent, [path])
    check_names_known(loaded)
    ground = Ground(loaded, topology_of(loaded.scenario, given.get("topology") or None))
    return Job(((path, True),), ground, embedding_named(given.get("embedding", "")), notes=unknown)


def _form_of(loaded: Loaded, path: Path, trusted: str) -> Loaded:
    """The form of the scenario whose axes the first record has: its usual one, or the one for base models."""
    if not loaded.scenario.base_models:
        return loaded
    line = _first_line(path)
    brief = line.get("brief") if isinstance(line, dict) else None
    cell = brief.get("cell") if isinstance(brief, dict) else None
    other = for_base_models(loaded, {trusted})
    return other if isinstance(cell, dict) and {*cell} == {*other.scenario.axes} else loaded


def _axes(loaded: Loaded, home: Path, files: Sequence[Path]) -> tuple[Loaded, tuple[str, ...]]:
    """The scenario with the values of its ideated axes, and a note if only the records tell them."""
    if not loaded.scenario.ideated or (home / AXES).is_file():
        return as_run(loaded, home), ()
    named = ", ".join(loaded.scenario.ideated)
    note = f"there is no {AXES}: UNVERIFIABLE: whether the values of the ideated axes ({named}) are the run's"
    return of_records(loaded, files), (note,)


def _embedding_of_run(prepared: Preparation, told: str) -> Embedding | None:
    """The embedding of a run. Raises SettingsError if somebody else chose a model that would be loaded here."""
    chosen = prepared.settings.embedding
    if told or backend_of(chosen) is not EmbeddingBackend.SENTENCE_TRANSFORMERS:
        return embedding_named(told) if told else local_embedding(chosen)
    if one := next((one for one in prepared.foreign if one.key == "embedding.model"), None):
        word = shlex.quote(f"embedding={EmbeddingBackend.SENTENCE_TRANSFORMERS}:{chosen.model}")
        raise SettingsError(
            f"{one.key}: {one.by} says {one.typed()}, and a run directory that was not made here may not choose which "
            f"model is loaded; if that is the one you want, type it: {word if len(word) < 250 else 'embedding=…'}"
        )
    return local_embedding(chosen)


def _named_in(path: Path) -> str:
    """The scenario that the first record of a file names, if it is one of ours. Raises UserError."""
    line = _first_line(path)
    name = line.get("scenario") if isinstance(line, dict) else None
    if name not in scenario_names():
        raise UserError(
            f"{path}: was made by the scenario {name!r}, which does not ship; name its file with scenario=PATH"
        )
    return str(name)


def _first_line(path: Path) -> Any:
    """The first record of a file. Raises UserError."""
    try:
        raw = next((line for line in lines_of(path) if line.strip()), b"")
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    if not raw:
        raise UserError(f"{path}: is empty: there is nothing to verify")
    try:
        return json_of(raw)
    except ValueError as error:
        raise UserError(f"{path}:1: is not JSON ({error}); give the path of a {DATASET}") from None
