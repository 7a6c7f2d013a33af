"""Rejecting accepted samples of a run from Python."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from colloquia.result import Result
from graphs.running.rejecting import PersonalRejection, reject_samples


def reject(
    run: Result | str | Path,
    ids: str | Iterable[str],
    why: str,
    *,
    scenario: str | Path | None = None,
    trust: str | None = None,
) -> PersonalRejection:
    """Reject accepted samples of a run directory for good; `why` is kept with each of them.

    They leave dataset.jsonl and the memory, and a continued run makes new ones in their place. Of an id its beginning is
    enough. Returns which were `rejected`, which were `already`, how many are `accepted` still, and the new `summary`.
    Raises UserError.
    """
    given = {key: str(value) for key, value in (("scenario", scenario), ("trust", trust)) if value is not None}
    out = run.path if isinstance(run, Result) else Path(run)
    chosen = [ids] if isinstance(ids, str) else list(ids)
    return reject_samples(out, chosen, why, lambda line: None, given)
