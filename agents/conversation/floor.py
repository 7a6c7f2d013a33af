"""A conversation message by message: an AutoGen team whose next speaker the order or a moderator chooses, until it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, create_model

from agents.conversation.stage import Set, say
from agents.dialogue.team import SpeakersAccess
from agents.focus import focused
from agents.models.calls import Call, asker_of
from agents.models.structured import ask_structured
from agents.parts import bounds, closer, is_words, moderator_view, opener, plan_of, spoken
from scenarios.material.tools.spec import Grade
from scenarios.messages import Message
from scenarios.records import Slip
from scenarios.schema.conversation import MODERATOR, Order
from scenarios.schema.plans import Decoding
from scenarios.schema.styles import Style
from scenarios.seeds import seed_of
from scenarios.worlds.blueprint import Ending

_END = "end"


@cache
def _choice(names: tuple[str, ...]) -> type[BaseModel]:
    """The shape of a moderator's answer."""
    fields: dict[str, Any] = {"next": (Literal[names], ...)}
    return create_model("Choice", **fields)


@dataclass
class ConversationFloor:
    """What the speakers of one conversation share: what was said, and who is next."""

    place: Set
    messages: list[Message] = field(default_factory=list)
    slips: list[Slip] = field(default_factory=list)
    grades: dict[str, Grade] = field(default_factory=dict)
    ending: Ending | None = None
    coming: str = ""
    """Who writes next; empty at the beginning."""
    signalled: Ending | None = None
    """It is going to end as soon as who closes it has written."""

    def speaker(self) -> str:
        """The role whose turn it is."""
        return self.coming or opener(self.place.cast.loaded)

    def over(self) -> bool:
        """Whether nothing more is to be said."""
        return self.ending is not None

    async def speak(self, access: SpeakersAccess) -> str:
        """Write the next message. Raises NoDraw, and as Gateway.ask."""
        name = self.speaker()
        said = await say(self.place, access, name, self.messages, self.slips)
        self.messages += said.messages
        self.grades |= said.grades
        await self._go_on(access, name, said.ending)
        return said.messages[-1].content

    async def _go_on(self, access: SpeakersAccess, name: str, signal: Ending | None) -> None:
        """Say who is next, or that it is over: after a signal, or at the limit, as soon as who closes it has written."""
        loaded, (least, most) = self.place.cast.loaded, bounds(self.place.brief)
        self.heed(signal)
        count, last = len(spoken(self.messages)), closer(loaded)
        silent = self._silent(last)
        if self.signalled is None and plan_of(loaded).order is Order.MODERATOR:
            # A conversation in which somebody says nothing is thrown away in the end.
            hurry = silent if most - 1 - count <= len(silent) else []
            chosen = await self._chosen(access, hurry, may_end=count >= least - 1 and not silent)
            self.signalled = Ending.MODERATED if chosen == _END else None
            self.coming = chosen
        elif self.signalled is None:
            self.coming = self._next(name)
        if self.signalled is None:
            return
        if name == last and count >= min(least, most):
            self.ending = self.signalled
        self.coming = last if name != last else self._next(name)

    def heed(self, signal: Ending | None) -> None:
        """Note after a message whether the conversation is going to end: after a signal, or at the limit."""
        least, most = bounds(self.place.brief)
        count = len(spoken(self.messages))
        if signal and count >= least - 1 and not self._silent(closer(self.place.cast.loaded)):
            self.signalled = self.signalled or signal
        if self.signalled is None and count >= most - 1:
            self.signalled = Ending.LIMIT

    def _next(self, name: str) -> str:
        """Who is next in turn: of two sides the other, whose speakers take their turns; else whoever comes after."""
        speakers = self.place.cast.loaded.scenario.speakers
        names = list(speakers)
        if plan_of(self.place.cast.loaded).order is Order.ROUND_ROBIN:
            return names[(names.index(name) + 1) % len(names)]
        others = [other for other in names if speakers[other].speaks_as is not speakers[name].speaks_as]
        before = [message.name for message in spoken(self.messages)]
        return min(others, key=lambda other: (before.count(other), names.index(other)))

    def _silent(self, last: str) -> list[str]:
        """Who has written nothing so far, but for who closes the conversation."""
        wrote = {message.name for message in spoken(self.messages)}
        return [name for name in self.place.cast.loaded.scenario.speakers if name not in wrote and name != last]

    async def _chosen(self, access: SpeakersAccess, hurry: Sequence[str], may_end: bool) -> str:
        """Whom the moderator chooses, of those who have to `hurry` if there are any. Raises as ask_structured."""
        place, cast, plan = self.place, self.place.cast, plan_of(self.place.cast.loaded)
        role, model = cast.loaded.scenario.roles[MODERATOR], cast.models[MODERATOR]
        row = [message.name for message in spoken(self.messages)[-plan.in_a_row :]]
        tired = row[0] if len(row) == plan.in_a_row and len(set(row)) == 1 else None
        others = [name for name in cast.loaded.scenario.speakers if name != tired]
        allowed = [name for name in others if name in hurry] or others
        if len(allowed) == 1 and not may_end:
            return allowed[0]
        values = moderator_view(cast.loaded, place.brief, place.scene, self.messages)
        prompt = cast.loaded.prompt(role.prompt, Style.CHAT).messages(
            {**values, "allowed": allowed, "may_end": may_end}
        )
        asker = asker_of(place.brief, f"{place.step}/{len(self.messages)}/moderator")
        call = Call(
            role=MODERATOR, asker=asker, model=model,
            messages=focused(prompt, role, Style.CHAT),
            decoding=role.decoding.get(Style.CHAT, Decoding(max_tokens=100)),
            seed=seed_of(place.brief.seed, asker.step, asker.attempt),
            verbatim=f'{{"next": "{self._longest_silent(allowed)}"}}',
        )  # fmt: skip
        answer, _ = await ask_structured(access, call, _choice((*allowed, *([_END] if may_end else []))))
        chosen: str = answer.model_dump()["next"]
        return chosen

    def _longest_silent(self, names: Sequence[str]) -> str:
        """Who has written least; only the scripted backend is asked for it."""
        before = [message.name for message in spoken(self.messages)]
        return min(names, key=lambda name: (before.count(name), names.index(name)))


def floor_of(place: Set) -> ConversationFloor:
    """The floor of a conversation that begins; of a branch, as it was before the message from which it goes on."""
    floor, opening = ConversationFloor(place), place.brief.opening
    if opening is None:
        return floor
    signals = dict(opening.signals)
    for number, message in enumerate(opening.messages):
        floor.messages.append(message)
        if is_words(message):
            floor.heed(signals.get(number))
    floor.grades, floor.coming = dict(opening.grades), opening.speaker
    return floor
