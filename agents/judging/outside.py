"""What a judge thinks of one sample who has nothing to do with how it was made: a model outside of every role of the scenario."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel, Field, create_model

from agents.judging.pairs import criteria_of, pair_view
from agents.judging.scoring import LEAST, MOST
from agents.models.calls import Call, Model, ModelAccess, asker_of
from agents.models.structured import ask_structured
from scenarios.frozen import Frozen
from scenarios.loading import Loaded, shared_prompt
from scenarios.records import Candidate, Usage
from scenarios.schema.plans import Decoding
from scenarios.seeds import seed_of

OUTSIDE = "outside"
"""The name under which such a judge is asked."""
_PROMPT = shared_prompt("outside.chat.jinja")
_DECODING = Decoding(temperature=0, max_tokens=500)
_LONGEST = 1200
"""Characters of the reasons."""


class Appraisal(Frozen):
    """What such a judge says of a sample."""

    scores: dict[str, float]
    """By criterion: those of the rubric and the questions about the whole sample."""
    fault: str
    """The criterion with the least score among those that are not good enough; empty if all are."""
    words: str
    usage: Usage


@cache
def _appraisal_of(criteria: tuple[str, ...]) -> type[BaseModel]:
    """The shape of the answer: reasons first, so that the scores follow from them."""
    fields: dict[str, Any] = {name: (int, Field(ge=LEAST, le=MOST)) for name in criteria}
    scores = create_model("OutsideScores", **fields)
    return create_model("OutsideAnswer", reasons=(str, Field(max_length=_LONGEST)), scores=(scores, ...))


async def appraise(gateway: ModelAccess, model: Model, loaded: Loaded, made: Candidate, *, step: str) -> Appraisal:
    """A chat `model`'s opinion of one sample, by the scenario's rubric and questions, else by a plain default.

    The question is asked for the sample's brief in `step`. Raises as ask_structured.
    """
    criteria = criteria_of(loaded, made.brief)
    call = Call(
        role=OUTSIDE,
        asker=asker_of(made.brief, step),
        model=model,
        messages=_PROMPT.messages(outside_view(loaded, made)),
        decoding=_DECODING,
        seed=seed_of(made.brief.seed, step),
    )
    answer, usage = await ask_structured(gateway, call, _appraisal_of(tuple(criteria)))
    said = answer.model_dump()
    scores = {name: float(score) for name, score in said["scores"].items()}
    low = [(score, name) for name, score in scores.items() if score < loaded.scenario.least_of(name)]
    return Appraisal(scores=scores, fault=min(low)[1] if low else "", words=said["reasons"].strip(), usage=usage)


def outside_view(loaded: Loaded, made: Candidate) -> dict[str, Any]:
    """The values of the prompt: what a comparison shows, of one sample."""
    values = pair_view(loaded, made, made)
    (sample, _) = values["samples"]
    return {**values, "parts": [*values["shared"], *sample["parts"]]}
