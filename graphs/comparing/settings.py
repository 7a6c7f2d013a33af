"""What a comparison depends on besides the datasets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationError

from agents.models.calls import Backend
from agents.models.limits.ledger import Budget
from evaluation.metrics import Options
from graphs.comparing.report import PreferredBy
from graphs.settings.keys import explain
from graphs.settings.layers import over
from graphs.settings.schema import Llm
from scenarios.errors import SettingsError
from scenarios.frozen import Frozen

NAMES = ("a", "b", "c", "d", "e", "f", "g", "h")
"""What datasets are called."""


class CompareSettings(Frozen):
    """The settings of one comparison."""

    by: PreferredBy | None = Field(
        None, description="who says which of two samples is better: judge (if llm.* names one), people, or none"
    )
    pairs: int = Field(100, ge=1, le=100_000, description="pairs of every two datasets at the most")
    about: str = Field("", max_length=4000, description="what the datasets are about; of a run it is known")
    seed: int = Field(0, ge=0, description="seed of everything that is drawn")
    resamples: int = Field(100, ge=20, le=10_000, description="resamples for each interval of a metric")
    concurrency: int = Field(4, ge=1, le=1024, description="requests in flight at the most")
    llm: Llm = Field(Llm(), description="the judge")
    budget: Budget = Budget()

    @property
    def preferred_by(self) -> PreferredBy:
        """Who is asked; `compare_settings` has made sure that somebody was named."""
        return self.by or PreferredBy.JUDGE

    @property
    def options(self) -> Options:
        """Of the metrics."""
        return Options(resamples=self.resamples, seed=self.seed)


def compare_settings(typed: Mapping[str, Any], own: Mapping[str, Any]) -> CompareSettings:
    """The settings that were typed, the judge's over the model of the user's own file. Raises SettingsError, also if a judge is
    needed and none is named."""
    mine = {"llm": own["llm"]} if "llm" in own else {}
    try:
        found = CompareSettings.model_validate(over(mine, typed))
    except ValidationError as error:
        raise SettingsError(explain(error, model=CompareSettings)) from None
    named = bool(found.llm.base_url or found.llm.gguf or found.llm.backend in {Backend.SCRIPTED, Backend.EMBEDDED})
    if found.by is None and not named:
        raise SettingsError(
            "by: nobody is named who says what is better; name a judge, llm.base_url=http://… llm.model=NAME, or write by=people, "
            "or by=none to compare only what can be computed"
        )
    if found.by is PreferredBy.JUDGE and not named:
        raise SettingsError("by=judge: no judge is named; write llm.base_url=http://… llm.model=NAME")
    if found.by in {PreferredBy.PEOPLE, PreferredBy.NONE} and "llm" in typed:
        raise SettingsError(f"llm: nobody is asked with by={found.by}; leave one of the two out")
    return found
