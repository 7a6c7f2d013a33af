"""Planned dialogues: an AutoGen team of speakers, behind `hold_dialogue`.

Every line is checked while it is made: one with a fault is drawn again, and if no draw will do, the last line is dropped
and the dialogue goes on anew from there, a bounded number of times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from agents.cast import Cast
from agents.checks.grounded.asked import SOURCE
from agents.checks.grounded.citations import as_cited
from agents.checks.passages import line_passage
from agents.checks.registry import DrawFault, draw_faults
from agents.dialogue.team import NoDraw, SpeakersAccess, run_team
from agents.focus import advised
from agents.models.calls import Call, asker_of, attempt_of
from agents.models.scripted import filling
from agents.redraw import asked_again, faults_in, reasons_of, refusal
from agents.text.prose import tidied
from agents.views import prompt_messages, turn_view
from scenarios.messages import Message
from scenarios.records import Brief, Candidate, Slip, Usage, add_usage
from scenarios.schema.plans import Decoding
from scenarios.schema.styles import Style
from scenarios.seeds import seed_of


@dataclass(frozen=True)
class Held:
    """A dialogue as it was held. `given_up` names the check that no draw of the next line passed."""

    messages: tuple[Message, ...]
    usage: dict[str, Usage]
    slips: tuple[Slip, ...] = ()
    given_up: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Revision:
    """What a refine step goes on from: the version before, and what is wrong with its lines."""

    messages: tuple[Message, ...]
    notes: Mapping[int, str]
    """By line: these are said anew, and the others kept as long as they fit."""


@dataclass
class _Floor:
    """What the speakers of one team share: the plan and the lines so far."""

    cast: Cast
    brief: Brief
    step: str
    attempt: int
    former: Revision | None = None
    messages: list[Message] = field(default_factory=list)
    slips: list[Slip] = field(default_factory=list)

    def speaker(self) -> str:
        """The role whose planned turn it is."""
        return self.brief.turns[min(len(self.messages), len(self.brief.turns) - 1)].speaker

    def over(self) -> bool:
        """Whether every planned turn was taken."""
        return len(self.messages) >= len(self.brief.turns)

    async def speak(self, access: SpeakersAccess) -> str:
        """Say the next planned line. Raises NoDraw."""
        message = self._kept() or await self._draw(access)
        self.messages.append(message)
        return message.content

    def _kept(self) -> Message | None:
        """The next line of the version before, if nobody found fault with it and it still fits."""
        place, former = len(self.messages), self.former
        if former is None or place >= len(former.messages) or former.notes.get(place):
            return None
        message = former.messages[place]
        return None if next(self._faults(message), None) else message

    def _faults(self, message: Message, cut_off: bool = False) -> Iterator[DrawFault]:
        """What is wrong with a next line."""
        place, loaded, judged = len(self.messages), self.cast.loaded, self.cast.judged
        passage = line_passage(loaded, self.brief, place, message.content, self.messages, judged, cut_off)
        made = Candidate(brief=self.brief, messages=(*self.messages, message))
        return draw_faults(loaded, made, place, [passage], judged)

    async def _draw(self, access: SpeakersAccess) -> Message:
        """The next line: drawn until nothing is wrong with it. Raises NoDraw."""
        place, loaded = len(self.messages), self.cast.loaded
        turn = self.brief.turns[place]
        role, model = loaded.scenario.roles[turn.speaker], self.cast.models[turn.speaker]
        decoding = role.decoding.get(model.style, Decoding(max_tokens=80))
        note = self.former.notes.get(place, "") if self.former else ""
        refused, reasons = self.former.messages[place].content if self.former and note else "", [note]
        told = note if model.style is Style.TRANSCRIPT else ""
        values = turn_view(loaded, self.brief, turn, self.messages, told, self.cast.judged)
        prompt = advised(prompt_messages(loaded, role, model.style, values), self.brief.advice, model.style)
        words, stop = filling(self.brief)
        for draw in range(loaded.scenario.redraws):
            asker = asker_of(self.brief, f"{self.step}/{place}", attempt_of(self.attempt, draw))
            call = Call(
                role=turn.speaker,
                asker=asker,
                model=model,
                messages=asked_again(prompt, model.style, refused, reasons),
                decoding=decoding.warmed(draw),
                seed=seed_of(self.brief.seed, asker.step, asker.attempt),
                expects=tuple(group[0] for group in (*turn.must, *turn.cues)),
                words=words,
                stop=stop,
            )
            answer = await access.ask(call)
            cut_off = answer.finish == "length"
            text = tidied(answer.text, role.label, self.brief.language, cut_off)
            if loaded.corpus is not None:
                text = as_cited(text, self.brief.texts.get(SOURCE, ""))
            assert role.speaks_as is not None
            message = Message(role=role.speaks_as, content=text, name=turn.speaker)
            faults = faults_in(model.style, self._faults(message, cut_off))
            if not faults:
                return message
            refused, reasons = text, reasons_of(faults)
            self.slips.append(refusal(faults, call, place, messages=(message,)))
        raise NoDraw(self.slips[-1].check, f"turn {place}: {self.slips[-1].problem}")


async def hold_dialogue(cast: Cast, brief: Brief, *, step: str, former: Revision | None = None) -> Held:
    """Hold the dialogue that `brief` plans, or make a former version of it anew where something is wrong with it.

    Raises as Gateway.ask.
    """
    first = min(former.notes, default=0) if former else 0
    opening = former.messages[:first] if former else ()
    kept, furthest, slips, usage = list(opening), tuple(opening), list[Slip](), dict[str, Usage]()
    for attempt in range(cast.loaded.scenario.backtracks + 1):
        # What was said of lines that are thrown away goes with them.
        floor = _Floor(cast, brief, step, attempt, None if attempt else former, list(kept))
        access = SpeakersAccess(cast.gateway)
        try:
            speakers = list(dict.fromkeys(turn.speaker for turn in brief.turns))
            await run_team(floor, speakers, len(brief.turns) - len(floor.messages), access)
            return Held(tuple(floor.messages), add_usage(usage, access.spent), (*slips, *floor.slips))
        except NoDraw as error:
            usage = add_usage(usage, access.spent)
            slips += floor.slips
            furthest = max(furthest, tuple(floor.messages), key=len)
            failed = error
            kept = floor.messages[: max(len(opening), len(floor.messages) - 1)]
    return Held(furthest, usage, tuple(slips), failed.guard, str(failed))
