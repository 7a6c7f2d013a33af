"""What a model makes of a user's sentence and material: who talks, why, and how it can end. One structured call."""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import BaseModel, Field

from agents.models.calls import Asker, Call, Model, ModelAccess
from agents.models.structured import ask_structured
from scenarios.loading import Loaded, shared_prompt
from scenarios.messages import Speech
from scenarios.records import Usage
from scenarios.schema.conversation import WRITER
from scenarios.schema.languages import LANGUAGE, LanguageName
from scenarios.schema.plans import Decoding
from scenarios.seeds import seed_of

_PROMPT = "init.chat.jinja"
_OUTCOME = "outcome"
_MOST_POLICY, _MOST_PASSAGES, _MOST_PASSAGE, _MOST_TOOLS = 8_000, 40, 240, 60
"""Characters and items of the material that the model is shown."""
_DECODING = Decoding(temperature=0.7, max_tokens=4000)


class GuessedRole(BaseModel):
    """Who writes, as the model says."""

    name: str = Field(min_length=1, max_length=40)
    speaks_as: Speech
    who: str = Field(min_length=1, max_length=400)


class GuessedValue(BaseModel):
    """A reason or an outcome, as the model says."""

    name: str = Field(min_length=1, max_length=120)
    plan: str = Field(default="", max_length=600)


class GuessedReasons(BaseModel):
    """What brings the user, as the model says."""

    axis: str = Field(default="reason", max_length=40)
    about: str = Field(default="", max_length=300)
    complete: bool = True
    values: list[GuessedValue] = Field(default_factory=list, max_length=40)


class Guess(BaseModel):
    """The model's whole answer."""

    roles: list[GuessedRole] = Field(default_factory=list, max_length=8)
    reasons: GuessedReasons
    outcomes: list[GuessedValue] = Field(default_factory=list, max_length=12)
    not_understood: list[str] = Field(default_factory=list, max_length=20)


async def guess_scenario(loaded: Loaded, gateway: ModelAccess, model: Model, seed: int) -> tuple[Guess, Usage]:
    """What the model makes of a scenario that has its sentence and its material. Raises as ask_structured."""
    asker = Asker(sample="init", step="guess")
    call = Call(
        role=WRITER, asker=asker, model=model,
        messages=shared_prompt(_PROMPT).messages(asked_with(loaded)),
        decoding=_DECODING, seed=seed_of(seed, asker.sample, asker.step), verbatim=_scripted(),
    )  # fmt: skip
    return await ask_structured(gateway, call, Guess)


def asked_with(loaded: Loaded) -> dict[str, Any]:
    """What the prompt may use: the sentence and the beginning of the material, the passages spread over all documents."""
    scenario = loaded.scenario
    step = max(1, -(-len(loaded.passages) // _MOST_PASSAGES))
    outcome = scenario.axes.get(_OUTCOME)
    return {
        "about": scenario.description,
        LANGUAGE: LanguageName(scenario.own_language),
        "policy": scenario.policy[:_MOST_POLICY],
        "policy_cut": len(scenario.policy) > _MOST_POLICY,
        "passages": [
            {"title": one.title, "text": " ".join(one.text.split())[:_MOST_PASSAGE]} for one in loaded.passages[::step]
        ],
        "passages_in_all": len(loaded.passages),
        "tools": [
            {"name": one.name, "description": " ".join(one.description.split())[:_MOST_PASSAGE]}
            for one in loaded.tools[:_MOST_TOOLS]
        ],
        "outcomes": [
            {"name": value.name, "plan": value.attributes().get("plan", "")}
            for value in (outcome.values if outcome else ())
        ],
    }


def _scripted() -> str:
    """What the scripted backend answers."""
    roles = [
        {"name": "customer", "speaks_as": "user", "who": "a customer of the dry run"},
        {"name": "assistant", "speaks_as": "assistant", "who": "the assistant of the dry run"},
    ]
    reasons = [
        {"name": f"dry reason {word}", "plan": f"There is reason {word}."} for word in ("one", "two", "three", "four")
    ]
    said = {"axis": "reason", "about": "a reason of the dry run", "complete": True, "values": reasons}
    return orjson.dumps(
        {"roles": roles, "reasons": said, "outcomes": [], "not_understood": ["Nothing is understood in a dry run."]}
    ).decode()
