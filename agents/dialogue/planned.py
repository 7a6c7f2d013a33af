"""Planned dialogues: an AutoGen team of speakers, behind `hold_dialogue`.

Every line is guarded while it is made: one that breaks a guard is drawn again, and where no draw will do, the last line
is dropped and the dialogue goes on anew from there, a bounded number of times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agents.checks.guards import first_fault
from agents.checks.passages import line_passage
from agents.checks.registry import early_fault, guard_names
from agents.dialogue.team import NoDraw, SpeakersAccess, run_team
from agents.models.calls import Call, Model, ModelAccess, asker_of, attempt_of
from agents.views import prompt_messages, turn_view
from scenarios.loading import Loaded
from scenarios.messages import Message
from scenarios.records import Brief, Candidate, Usage, add_usage
from scenarios.schema.plans import Decoding
from scenarios.schema.styles import Style
from scenarios.seeds import seed_of


@dataclass(frozen=True)
class Held:
    """A dialogue as it was held. `given_up` names the guard that no draw of the next line passed."""

    messages: tuple[Message, ...]
    usage: dict[str, Usage]
    given_up: str = ""
    detail: str = ""


@dataclass
class _Floor:
    """What the speakers of one team share: the plan and the lines so far."""

    loaded: Loaded
    brief: Brief
    models: Mapping[str, Model]
    step: str
    attempt: int
    notes: Mapping[int, str]
    messages: list[Message] = field(default_factory=list)

    def speaker(self) -> str:
        """The role whose planned turn it is."""
        return self.brief.turns[min(len(self.messages), len(self.brief.turns) - 1)].speaker

    def over(self) -> bool:
        """Whether every planned turn was taken."""
        return len(self.messages) >= len(self.brief.turns)

    async def speak(self, access: SpeakersAccess) -> str:
        """Say the next planned line. Raises NoDraw."""
        message = await self._draw(access)
        self.messages.append(message)
        return message.content

    async def _draw(self, access: SpeakersAccess) -> Message:
        """The next line: drawn until it passes its guards. Raises NoDraw."""
        place = len(self.messages)
        turn = self.brief.turns[place]
        role = self.loaded.scenario.roles[turn.speaker]
        model = self.models[turn.speaker]
        decoding = role.decoding.get(model.style, Decoding(max_tokens=80))
        note = self.notes.get(place, "")
        guard, fault = "", ""
        for draw in range(self.loaded.scenario.redraws):
            told = f"{note} {fault}".strip() if model.style is Style.CHAT else note
            values = turn_view(self.loaded, self.brief, turn, self.messages, told)
            asker = asker_of(self.brief, f"{self.step}/{place}", attempt_of(self.attempt, draw))
            call = Call(
                role=turn.speaker,
                asker=asker,
                model=model,
                messages=prompt_messages(self.loaded, role, model.style, values),
                decoding=decoding.warmed(draw),
                seed=seed_of(self.brief.seed, asker.step, asker.attempt),
                expects=tuple(group[0] for group in turn.must),
            )
            answer = await access.ask(call)
            text = tidy(answer.text, role.label)
            assert role.speaks_as is not None
            message = Message(role=role.speaks_as, content=text, name=turn.speaker)
            found = first_fault(
                line_passage(self.loaded, self.brief, place, text, self.messages), guard_names(self.loaded)
            ) or early_fault(self.loaded, Candidate(brief=self.brief, messages=(*self.messages, message)), place)
            if found is None:
                return message
            guard, fault = found
        raise NoDraw(guard, f"turn {place}: {fault}")


def tidy(text: str, label: str) -> str:
    """A drawn line without what surrounds it: spaces, its own label, a pair of quotes, double spaces."""
    line = " ".join(text.split()).removeprefix(f"{label}:").strip()
    if len(line) > 2 and line[0] == line[-1] == '"':
        line = line[1:-1].strip()
    return line


async def hold_dialogue(
    gateway: ModelAccess,
    loaded: Loaded,
    models: Mapping[str, Model],
    brief: Brief,
    *,
    step: str,
    opening: Sequence[Message] = (),
    notes: Mapping[int, str] | None = None,
) -> Held:
    """Hold the dialogue that `brief` plans, going on from `opening`.

    `models` maps roles to models; `notes` are a critic's remarks by turn. Raises as Gateway.ask.
    """
    kept = list(opening)
    usage: dict[str, Usage] = {}
    furthest: tuple[Message, ...] = tuple(opening)
    for attempt in range(loaded.scenario.backtracks + 1):
        floor = _Floor(loaded, brief, models, step, attempt, notes or {}, list(kept))
        access = SpeakersAccess(gateway)
        try:
            speakers = list(dict.fromkeys(turn.speaker for turn in brief.turns))
            await run_team(floor, speakers, len(brief.turns) - len(floor.messages), access)
            return Held(tuple(floor.messages), add_usage(usage, access.spent))
        except NoDraw as error:
            usage = add_usage(usage, access.spent)
            furthest = max(furthest, tuple(floor.messages), key=len)
            failed = error
            kept = floor.messages[: max(len(opening), len(floor.messages) - 1)]
    return Held(furthest, usage, failed.guard, str(failed))
