"""What came of one brief in one arm of an experiment."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from scenarios.frozen import Frozen


class Trial(Frozen):
    """One brief in one arm: how good the outcome is, and what it took."""

    brief: str
    """Equal in every arm that was given this brief."""
    cluster: str
    """Briefs that may resemble each other have the same: a cell, or the sample that they were made from."""
    value: float | None
    """0 or 1, or a score. None if nobody could say: such a brief is left out of contrasts."""
    accepted: bool
    tokens: float = Field(ge=0)
    usd: float | None = Field(None, ge=0)
    """None if a model has no price."""
    seconds: float = Field(ge=0)


def by_brief(trials: Sequence[Trial]) -> dict[str, Trial]:
    """The trials of an arm by their brief, in the order of the briefs' names. Raises ValueError if a brief is there twice."""
    found = {trial.brief: trial for trial in trials}
    if len(found) != len(trials):
        raise ValueError("an arm has one trial for each brief")
    return {brief: found[brief] for brief in sorted(found)}
