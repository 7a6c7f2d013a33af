"""The writer's answer: the scene of a conversation, and the whole of it if the scenario wants it in one answer."""

from __future__ import annotations

import random
from functools import cache
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, create_model

from agents.cast import Cast
from agents.conversation.looking import look, writer_call
from agents.conversation.stage import read_message, scripted_cites, with_cites
from agents.models.scripted import WORDS
from agents.models.structured import ask_structured, parse
from agents.parts import bounds, closer, own_facts, plan_of, writer_view
from scenarios.loading import Loaded
from scenarios.messages import Message
from scenarios.records import Brief, Candidate, add_usage
from scenarios.scene import ConversationScene, Part, PrivateFact
from scenarios.schema.conversation import WRITER, How
from scenarios.worlds.blueprint import Ending

_MOST_FACTS = 8
_NO_PART: dict[str, Any] = {"goal": "", "facts": []}


class FactAnswer(BaseModel):
    """A fact as the writer gives it."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)
    what: str = Field(min_length=1, max_length=80)
    value: str = Field(min_length=1, max_length=400)
    said: bool = False


class PartAnswer(BaseModel):
    """A speaker's part as the writer gives it."""

    goal: str = Field(max_length=1000)
    facts: list[FactAnswer] = Field(default_factory=list, max_length=_MOST_FACTS)


@cache
def scene_of(speakers: tuple[str, ...], most: int, unbriefed: tuple[str, ...] = ()) -> type[BaseModel]:
    """The shape of the writer's answer for these speakers, with no part for the `unbriefed` ones; with the messages, if there may
    be `most` of them."""
    # By alias: a speaker may be called as something that every model has.
    parts: dict[str, Any] = {
        f"part_{number}": (PartAnswer, Field(alias=name, title=name.title().replace("_", " ").strip()))
        for number, name in enumerate(speakers)
        if name not in unbriefed
    }
    fields: dict[str, Any] = {
        "situation": (str, Field(min_length=1, max_length=2000)),
        "outcome": (str, Field(max_length=1000)),
        "parts": (create_model("Parts", **parts), ...),
    }
    if most:
        said: dict[str, Any] = {"speaker": (Literal[speakers], ...), "text": (str, Field(min_length=1))}
        fields["messages"] = (list[create_model("Line", **said)], Field(min_length=2, max_length=most + 2))  # type: ignore[misc]
    return create_model("SceneAnswer", **fields)


async def set_scene(cast: Cast, candidate: Candidate, step: str) -> Candidate:
    """The candidate with its scene, and with its messages if the writer makes the whole. It looks first at what live servers of
    tools hold. Raises as ask_structured."""
    loaded, brief = cast.loaded, candidate.brief
    whole = plan_of(loaded).how is How.WHOLE
    speakers = loaded.scenario.speakers
    unbriefed = tuple(name for name, one in speakers.items() if not one.briefed)
    scripted, shape = (
        _scripted(loaded, brief, whole),
        scene_of(tuple(speakers), bounds(brief)[1] * whole, unbriefed),
    )
    seen = await look(cast, brief, step, scripted)
    spent = add_usage(candidate.usage, seen.spent)
    try:
        answer = parse(seen.text, shape)
    except ValueError:  # it was not asked for there, or fits no schema: here its form is asked for and repaired
        call = writer_call(cast, brief, f"{step}/scene", writer_view(loaded, brief, seen.shown), scripted)
        answer, used = await ask_structured(cast.gateway, call, shape)
        spent = add_usage(spent, {WRITER: used})
    told = answer.model_dump(by_alias=True)
    scene = ConversationScene(
        situation=told["situation"], outcome=told["outcome"],
        parts={name: _part(loaded, brief, name, told["parts"].get(name, _NO_PART)) for name in speakers},
        looked=tuple(one.looked_up() for one in seen.shown),
    )  # fmt: skip
    messages: tuple[Message, ...] = ()
    for line in told.get("messages", ()):
        messages += (_message(loaded, brief, messages, line),)
    return candidate.model_copy(
        update={
            "scene": scene, "messages": messages, "ending": Ending.DONE if messages else None,
            "usage": spent,
        }
    )  # fmt: skip


def _part(loaded: Loaded, brief: Brief, name: str, told: dict[str, Any]) -> Part:
    """A speaker's part: what the scenario says of it stands as it is, before what the writer adds."""
    own = own_facts(loaded, brief, name)
    known = {(fact.what, fact.value) for fact in own}
    added = (PrivateFact(**{**fact, "value": fact["value"].strip()}) for fact in told["facts"])
    goals = dict.fromkeys(goal for goal in (brief.goals.get(name, ""), told["goal"].strip()) if goal)
    return Part(
        goal=" ".join(goals),
        facts=(*own, *(one for one in added if (one.what, one.value) not in known)),
    )


def _message(loaded: Loaded, brief: Brief, said: tuple[Message, ...], line: dict[str, str]) -> Message:
    role = loaded.scenario.roles[line["speaker"]]
    assert role.speaks_as is not None
    text, _ = read_message(line["text"], role.label, brief.language, cut_off=False)
    return with_cites(loaded, brief, said, Message(role=role.speaks_as, content=text, name=line["speaker"]))


def _scripted(loaded: Loaded, brief: Brief, whole: bool) -> str:
    """What the scripted backend answers: a scene with the brief's own values, and a conversation that says them."""
    speakers = loaded.scenario.speakers
    facts = {name: [fact.model_dump() for fact in own_facts(loaded, brief, name)] for name in speakers}
    answer: dict[str, Any] = {
        "situation": f"A dry scene, {brief.id}.",
        "outcome": "It ends.",
        "parts": {
            name: {"goal": "You want a dry run.", "facts": facts[name]} for name in speakers if speakers[name].briefed
        },
    }
    if whole:
        count = bounds(brief)[0]
        names = [list(speakers)[number % len(speakers)] for number in range(count)]
        names[-1] = closer(loaded)
        due = [str(fact["value"]) for own in facts.values() for fact in own]
        rng = random.Random(brief.seed)
        texts = [
            f"{' '.join(rng.sample(WORDS, 8)).capitalize()}{''.join(f' {value}' for value in due) if not number else ''}."
            for number in range(count)
        ]
        texts[-1] = " ".join([texts[-1][:-1], *scripted_cites(brief)]) + "."
        answer["messages"] = [{"speaker": name, "text": text} for name, text in zip(names, texts, strict=True)]
    return orjson.dumps(answer).decode()
