"""Looking at a dataset from Python: deriving it again, and measuring how diverse it is."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from colloquia.result import Result
from evaluation.diversity import Diversity
from evaluation.metrics import Options
from graphs.evaluate import measure
from graphs.verifying.job import job_of
from graphs.verifying.verification import Verification, verify_job
from scenarios.errors import SettingsError


def verify(
    dataset: Result | str | Path,
    *,
    scenario: str | Path | None = None,
    topology: str | None = None,
    embedding: str | None = None,
    trust: str | None = None,
    anew: str | Path | None = None,
) -> Verification:
    """Derive every record of a run directory or a dataset.jsonl again, without a model and without the journal.

    The arguments are the keys of `python -m graphs.verify --help`. Returns what came out: `holds`, `differs`, `lines`.
    Raises UserError if there is nothing to verify, or an argument is wrong.
    """
    path = _path(dataset)
    named = {"scenario": scenario, "topology": topology, "embedding": embedding, "trust": trust}
    given = {key: str(value) for key, value in named.items() if value is not None}
    place = {"out": str(path)} if path.is_dir() else {"file": str(path)}
    return verify_job(job_of({**place, **given}), str(anew) if anew is not None else None, lambda line: None)


def evaluate(
    dataset: Result | str | Path, *, reference: Result | str | Path | None = None, **options: float
) -> Diversity:
    """Measure how diverse a run directory or a JSONL file of samples is, compared with `reference` if that is given.

    `options` are the numbers of `python -m graphs.evaluate --help`. Returns the figures, each with its 95 % interval;
    nothing is written. Raises UserError.
    """
    try:
        chosen = Options.model_validate(options)
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(f"{first['loc'][0]}={first['input']}: {first['msg']}") from None
    return measure(_path(dataset), None if reference is None else _path(reference), chosen)


def _path(dataset: Result | str | Path) -> Path:
    return dataset.path if isinstance(dataset, Result) else Path(dataset)
