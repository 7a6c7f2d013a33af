"""What everybody who makes one conversation shares, and one message of a speaker: drawn until no exact check finds a fault."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agents.cast import Cast
from agents.checks.passages import message_passage
from agents.checks.registry import draw_faults
from agents.conversation.views import bounds, speaker_view
from agents.dialogue.team import NoDraw, SpeakersAccess
from agents.models.calls import Call, asker_of
from agents.redraw import asked_again, faults_in, reasons_of, refusal
from agents.text.prose import tidied_field
from scenarios.loading import CUE
from scenarios.messages import Message, Speech
from scenarios.records import Brief, Candidate, Slip
from scenarios.scene import Scene
from scenarios.schema.plans import Decoding
from scenarios.schema.styles import Style
from scenarios.seeds import seed_of
from scenarios.worlds.blueprint import Ending

_SIGNAL = re.compile(r"\s*\[(done|stuck)\]\s*$", re.IGNORECASE)
_CITED = re.compile(r"\s*\[[^\[\]\n]{1,80}\]")


@dataclass(frozen=True)
class Set:
    """Where a conversation plays: its cast, its brief, its scene, and the step that makes it."""

    cast: Cast
    brief: Brief
    scene: Scene
    step: str


@dataclass(frozen=True)
class Said:
    """One message as it was drawn."""

    message: Message
    ending: Ending | None
    """What its speaker signals: that nothing is left to say, or that it gives up."""


@dataclass(frozen=True)
class Remark:
    """What is wrong with a message that is written anew."""

    text: str
    """The message as it is."""
    reasons: tuple[str, ...]


async def say(
    place: Set,
    access: SpeakersAccess,
    name: str,
    said: Sequence[Message],
    slips: list[Slip],
    remark: Remark | None = None,
) -> Said:
    """The next message of a speaker after what was `said`, or a message anew because of a `remark`; refused draws go to `slips`.

    Raises NoDraw, and as Gateway.ask.
    """
    cast, brief, number = place.cast, place.brief, len(said)
    role, model = cast.loaded.scenario.roles[name], cast.models[name]
    decoding = role.decoding.get(model.style, Decoding(max_tokens=500))
    prompt = _prompt(place, name, said)
    refused, reasons = (remark.text, list(remark.reasons)) if remark else ("", [])
    for draw in range(cast.loaded.scenario.redraws):
        asker = asker_of(brief, f"{place.step}/{number}", draw)
        call = Call(
            role=name, asker=asker, model=model, messages=asked_again(prompt, model.style, refused, reasons),
            decoding=decoding.warmed(draw), seed=seed_of(brief.seed, asker.step, asker.attempt),
            expects=_due(place, name, said),
        )  # fmt: skip
        answer = await access.ask(call)
        cut_off = answer.finish == "length"
        text, ending = _read(answer.text, role.label, brief.language, cut_off)
        assert role.speaks_as is not None
        message = Message(role=role.speaks_as, content=text, name=name)
        made = Candidate(brief=brief, scene=place.scene, messages=(*said, message))
        passage = message_passage(cast.loaded, made, number, cut_off)
        faults = faults_in(Style.CHAT, draw_faults(cast.loaded, made, number, [passage], cast.judged))
        if not faults:
            return Said(message, ending)
        refused, reasons = text or "(nothing)", reasons_of(faults)
        slips.append(refusal(faults, call, number, messages=(message,)))
    raise NoDraw(slips[-1].check, f"message {number} ({name}): {slips[-1].problem}")


def _read(text: str, label: str, language: str, cut_off: bool) -> tuple[str, Ending | None]:
    """A message without what surrounds it, and the signal behind it."""
    body, ending = text.strip(), None
    if found := _SIGNAL.search(body):
        body, ending = body[: found.start()], Ending(found[1].lower())
    return tidied_field(body, label, language, cut_off, stop=False), ending


def _due(place: Set, name: str, said: Sequence[Message]) -> tuple[str, ...]:
    """What a speaker still has to bring up; only the scripted backend reads it."""
    part = place.scene.parts.get(name)
    text = "\n".join(message.content for message in said)
    return tuple(fact.value for fact in part.facts if fact.said and fact.value not in text) if part else ()


def _prompt(place: Set, name: str, said: Sequence[Message]) -> tuple[Message, ...]:
    """A speaker's prompt, then the messages so far as it sees them: its own as the assistant's, the others' as the user's."""
    loaded = place.cast.loaded
    role = loaded.scenario.roles[name]
    prompt = loaded.prompt(role.prompt, Style.CHAT).messages(speaker_view(loaded, place.brief, place.scene, name))
    many = len(loaded.scenario.speakers) > 2
    left = bounds(place.brief)[1] - len(said)
    shown = list(prompt)
    if said and said[0].name == name:
        (opened,) = loaded.prompt(CUE, Style.CHAT).messages({"first": True, "again": False, "left": 0})
        _add(shown, Speech.USER, opened.content)
    cue = {"first": not said, "again": bool(said) and said[-1].name == name, "left": left if left in (1, 2) else 0}
    for message in said:
        mine = message.name == name
        label = loaded.scenario.roles[message.name or ""].label
        text = f"{label}: {message.content}" if many and not mine else message.content
        _add(shown, Speech.ASSISTANT if mine else Speech.USER, text)
    if any(cue.values()):
        (asked,) = loaded.prompt(CUE, Style.CHAT).messages(cue)
        _add(shown, Speech.USER, asked.content)
    return tuple(shown)


def _add(shown: list[Message], role: Speech, text: str) -> None:
    """Some servers take no two messages of one role in a row: they become one."""
    if shown and shown[-1].role is role and role is not Speech.SYSTEM:
        shown[-1] = shown[-1].model_copy(update={"content": f"{shown[-1].content}\n\n{text}"})
    else:
        shown.append(Message(role=role, content=text))
