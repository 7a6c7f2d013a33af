"""How likely a model finds the samples' answers: asked outside of the run, kept in a journal beside the signals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from agents.models.likelihoods.asking import ROLE, Likelihoods, likelihoods_of
from agents.models.limits.ledger import Budget
from evaluation.signals.likelihood import difficulty, out_of_the_ordinary, unusualness
from evaluation.speech.exchanges import exchanges_of
from graphs.curating.signals import Doubt
from graphs.running.outside import OutsideModel
from graphs.settings.keys import explain
from graphs.settings.layers import over
from graphs.settings.schema import Llm
from scenarios.errors import RunStopped, SettingsError
from scenarios.frozen import Frozen

ANSWERS = "likelihoods.sqlite"
_AT_ONCE = 16
"""Times the requests in flight: pairs that are asked for together, so that what they have in common is asked for once."""
AskedPair = tuple[str, str]
"""What stands before an answer, and the answer."""


class LikelihoodSettings(Frozen):
    """The settings of likelihoods."""

    beyond: float | None = Field(
        None, gt=0, description="doubt samples whose likelihood is so many robust deviations from its language's median (no default)"
    )  # fmt: skip
    concurrency: int = Field(8, ge=1, le=1024, description="requests in flight at the most")
    llm: Llm = Field(Llm(), description="the model that says how likely answers are")
    budget: Budget = Budget()


@dataclass(frozen=True)
class LikelihoodsAsked:
    """What likelihoods depend on."""

    settings: LikelihoodSettings
    journal: Path


def likelihood_settings(typed: Mapping[str, Any], own: Mapping[str, Any]) -> LikelihoodSettings | None:
    """The settings that were typed, over the model of the user's own file; None if no model is typed. Raises SettingsError."""
    if "llm" not in typed:
        if typed:
            raise SettingsError(
                f"{next(iter(typed))}: is for likelihoods, which need a model; write llm.base_url=http://… or llm.backend=embedded"
            )
        return None
    try:
        return LikelihoodSettings.model_validate(over({"llm": own["llm"]} if "llm" in own else {}, typed))
    except ValidationError as error:
        raise SettingsError(explain(error, model=LikelihoodSettings)) from None


def exchange_of(row: Mapping[str, Any]) -> AskedPair | None:
    """The last answer of a row's assistant with all that was said before it, or its completion with its prompt; None if it has
    neither."""
    found = exchanges_of(row)
    return (found[-1].before, found[-1].answer) if found else None


async def asked_likelihoods(
    asked: LikelihoodsAsked, exchanges: Sequence[AskedPair | None], say: Callable[[str], None]
) -> tuple[list[Likelihoods | None], str]:
    """What the model says of each exchange, None if it was not asked, and what stopped it, if something did. What is known already
    is not asked for again. Raises SettingsError and ModelUnavailable."""
    found: list[Likelihoods | None] = [None] * len(exchanges)
    settings = asked.settings
    places = [place for place, one in enumerate(exchanges) if one is not None]
    model = OutsideModel(asked.journal, settings.llm, ROLE, settings.budget, settings.concurrency, rates=True)
    step = _AT_ONCE * settings.concurrency
    try:
        for start in range(0, len(places), step):
            say(f"likelihoods of {start:,} of {len(places):,} answers are known")
            here = places[start : start + step]
            pairs = [one for place in here if (one := exchanges[place]) is not None]
            for place, said in zip(here, await likelihoods_of(model.gateway, model.model, pairs), strict=True):
                found[place] = said
    except RunStopped as stop:
        return found, stop.stopped_by
    finally:
        await model.close()
    return found, ""


def likelihood_rows(
    found: Sequence[Likelihoods | None], languages: Sequence[str], beyond: float | None
) -> list[dict[str, Any]]:
    """For each sample its part of the signals: the mean log-probability of its answer's tokens behind the question, the IFD, how
    unusual that is in its language, and, if `beyond` is given, the doubts."""
    told = [
        None if one is None or one.after is None or one.alone is None else difficulty(one.after, one.alone)
        for one in found
    ]
    values = [None if one is None else one.value for one in told]
    unusual = unusualness(values, languages)
    flags = [None] * len(told) if beyond is None else out_of_the_ordinary(unusual, beyond)
    return [
        {
            "log_likelihood": None if one is None or one.after is None else round(0.0 - one.after, 6) + 0.0,
            "ifd": value, "ifd_unusual": far, "doubts": [Doubt.LIKELIHOOD] if flag else [],
        }
        for one, value, far, flag in zip(told, values, unusual, flags, strict=True)
    ]  # fmt: skip
