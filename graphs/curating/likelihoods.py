"""How likely a model finds the samples' answers: asked outside of the run, kept in a journal beside the signals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from agents.models.likelihoods.asking import ROLE, Likelihoods, likelihoods_of
from agents.models.limits.ledger import Budget
from evaluation.signals.likelihood import Difficulty, difficulty, out_of_the_ordinary, unusualness, whole
from evaluation.speech.exchanges import exchanges_of
from graphs.curating.signals import Doubt
from graphs.running.outside import OutsideModel
from graphs.settings.keys import explain
from graphs.settings.layers import over
from graphs.settings.schema import Llm
from scenarios.errors import RunStopped, SettingsError
from scenarios.frozen import Frozen

_ASSISTANT = "assistant"
_AT_ONCE = 16
"""Times the requests in flight: pairs that are asked for together, so that what they have in common is asked for once."""
AskedPair = tuple[str, str]
"""What stands before an answer, and the answer."""


class LikelihoodSettings(Frozen):
    """The settings of likelihoods."""

    beyond: float | None = Field(
        None, gt=0, description="doubt samples whose likelihood is so many robust deviations from its language's median (no default)"
    )  # fmt: skip
    most_answers: int = Field(
        8, ge=1, le=1000, description="answers of a conversation that are rated at the most, the last ones"
    )
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


def asked_pairs(row: Mapping[str, Any], most: int) -> list[AskedPair]:
    """The last `most` answers of a row's assistant, each with all that was said before it, or its completion with its prompt; none if
    it has neither."""
    return [(one.before, one.answer) for one in exchanges_of(row)[-most:]]


async def asked_likelihoods(
    asked: LikelihoodsAsked, rows: Iterable[Sequence[AskedPair]], count: int, say: Callable[[str], None]
) -> tuple[list[Difficulty | None], str]:
    """What the model says of the answers of each of `count` rows together, None if none was asked or the model failed on all; and what
    stopped it, if something did. What is known already is not asked for again. Raises SettingsError and ModelUnavailable."""
    found: list[Difficulty | None] = [None] * count
    settings = asked.settings
    model = OutsideModel(asked.journal, settings.llm, ROLE, settings.budget, settings.concurrency, rates=True)
    try:
        for places, pairs in _portions(rows, _AT_ONCE * settings.concurrency):
            say(f"likelihoods of the answers of {places[0]:,} of {count:,} samples are known")
            said = [_difficulty(one) for one in await likelihoods_of(model.gateway, model.model, pairs)]
            for place in dict.fromkeys(places):
                known = [one for at, one in zip(places, said, strict=True) if at == place and one is not None]
                found[place] = whole(known) if known else None
    except RunStopped as stop:
        return found, stop.stopped_by
    finally:
        await model.close()
    return found, ""


def _portions(rows: Iterable[Sequence[AskedPair]], size: int) -> Iterator[tuple[list[int], list[AskedPair]]]:
    """Exchanges of whole rows with their rows' places, at least `size` of them but for the last portion."""
    places: list[int] = []
    pairs: list[AskedPair] = []
    for place, exchanges in enumerate(rows):
        places += [place] * len(exchanges)
        pairs += exchanges
        if len(pairs) >= size:
            yield places, pairs
            places, pairs = [], []
    if pairs:
        yield places, pairs


def _difficulty(one: Likelihoods) -> Difficulty | None:
    return None if one.after is None or one.alone is None else difficulty(one.after, one.alone)


def likelihood_rows(
    found: Sequence[Difficulty | None], languages: Sequence[str], beyond: float | None
) -> list[dict[str, Any]]:
    """For each sample its part of the signals: the mean log-probability of its answers' tokens behind what was said before, the IFD, how
    unusual that is in its language, and, if `beyond` is given, the doubts."""
    values = [None if one is None else one.value for one in found]
    unusual = unusualness(values, languages)
    flags = [None] * len(found) if beyond is None else out_of_the_ordinary(unusual, beyond)
    return [
        {
            "log_likelihood": None if one is None or one.after is None else round(0.0 - one.after, 6) + 0.0,
            "ifd": value, "ifd_unusual": far, "doubts": [Doubt.LIKELIHOOD] if flag else [],
        }
        for one, value, far, flag in zip(found, values, unusual, flags, strict=True)
    ]  # fmt: skip
