"""Dialogues that play in a world: a simulated user with private goals and facts, and an assistant with tools and a
policy, behind `hold_in_world`.

Nobody plans their turns. Each move (words, or calls of tools) is tried as it is made: one that a check proves wrong where
it stands is drawn again, and where no draw will do, the last move is dropped, a bounded number of times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.cast import Cast
from agents.checks.passages import words_passage
from agents.checks.registry import DrawFault, draw_faults, fault_of
from agents.dialogue.moves import DrawnMove, Unreadable, action_of, moves_made, read_transcript, read_words
from agents.dialogue.stage import Stage, Talk, stage_of, values_of
from agents.dialogue.team import NoDraw, SpeakersAccess, run_team
from agents.focus import advised
from agents.models.calls import Answer, Call, asker_of, attempt_of
from agents.models.scripted import scripted_move
from agents.redraw import reasons_of, refusal
from agents.views import prompt_messages
from scenarios.messages import Message, Speech, named
from scenarios.records import Brief, Candidate, Usage, add_usage
from scenarios.schema.plans import Decoding
from scenarios.schema.styles import Style
from scenarios.seeds import seed_of
from scenarios.worlds.blueprint import Ending, PrivateCall, Side
from scenarios.worlds.exemplar import call_messages
from scenarios.worlds.world import Play

_UNREADABLE = "readable"
"""The name under which an answer is refused that is neither words nor calls."""


@dataclass
class _Floor:
    """What the two speakers share: the dialogue so far."""

    stage: Stage
    attempt: int
    notes: Mapping[int, str]
    talk: Talk
    world: Play

    def speaker(self) -> str:
        """The user opens, and they take turns."""
        return self.stage.role(self._side())[0]

    def _side(self) -> Side:
        last = self.talk.messages[-1] if self.talk.messages else None
        return Side.ASSISTANT if last and last.role is not Speech.ASSISTANT else Side.USER

    def over(self) -> bool:
        """Whether it has ended."""
        return self.talk.ending is not None

    async def speak(self, access: SpeakersAccess) -> str:
        """One turn: calls of tools, then words. Raises NoDraw."""
        side = self._side()
        plan = self.stage.cast.loaded.scenario.world
        assert plan is not None
        for _ in range(plan.most_calls + 1):
            drawn = await self._draw(side, access)
            if drawn.text and not drawn.actions:
                spoken = sum(bool(m.content) for m in self.talk.messages if m.role is not Speech.TOOL)
                if self.talk.ending is None and spoken >= plan.most_messages:
                    self._end(Ending.TOO_LONG)
                return drawn.text
        self._end(Ending.TOO_MANY_CALLS)
        return ""

    def _end(self, ending: Ending) -> None:
        self.talk = _with(self.talk, ending=ending)

    async def _draw(self, side: Side, access: SpeakersAccess) -> DrawnMove:
        """The next move: drawn until it can be read and no check proves it wrong, and then made. Raises NoDraw."""
        place, why = len(self.talk.messages), ""
        note = self.notes.get(place, "")
        for draw in range(self.stage.cast.loaded.scenario.redraws):
            call = self._call(side, draw, f"{note} {why}".strip())
            answer = await access.ask(call)
            made: tuple[Message, ...] = ()
            try:
                drawn = _read(answer, side, self.stage.labels()[side], call.model.style, self.stage.brief.language)
            except Unreadable as error:
                found = [DrawFault(_UNREADABLE, str(error))]
            else:
                after, world = self._after(side, drawn)
                found, made = _faults(self.stage, after, place), after.messages[place:]
                if not found:
                    self.talk, self.world = after, world
                    return drawn
            why = " ".join(reasons_of(found))
            # It shows what the model cannot do, and makes contrast pairs.
            slip = refusal(found, call, place, messages=made)
            self.talk = _with(self.talk, slips=(*self.talk.slips, slip))
        raise NoDraw(slip.check, f"message {place} ({side}): {slip.problem}")

    def _after(self, side: Side, drawn: DrawnMove) -> tuple[Talk, Play]:
        """The dialogue and the world after a move."""
        world, talk = (self.world.copy() if drawn.actions else self.world), self.talk
        place = len(talk.messages)
        if side is Side.USER:
            private = [PrivateCall(before=place, action=one, result=world.call(one)) for one in drawn.actions]
            talk = _with(talk, private_calls=(*talk.private_calls, *private))
            if drawn.text and not drawn.actions:
                said = Message(role=Speech.USER, content=drawn.text)
                talk = _with(talk, messages=(*talk.messages, said), ending=drawn.ending)
        elif drawn.actions:
            results = [world.call(one) for one in drawn.actions]
            made = call_messages(drawn.actions, results, place, drawn.text)
            talk = _with(talk, messages=(*talk.messages, *made))
        else:
            said = Message(role=Speech.ASSISTANT, content=drawn.text)
            talk = _with(talk, messages=(*talk.messages, said))
        added = named(talk.messages[place:], self.stage.cast.loaded.scenario.sides)
        return _with(talk, messages=(*talk.messages[:place], *added)), world

    def _call(self, side: Side, draw: int, note: str) -> Call:
        """The question for the next move."""
        stage, made = self.stage, moves_made(self.talk.messages, self.talk.private_calls)
        name, role = stage.role(side)
        model = stage.cast.models[name]
        tools = stage.world.of(side)
        chat = model.style is Style.CHAT
        asker = asker_of(stage.brief, f"{stage.step}/{made}", attempt_of(self.attempt, draw))
        messages = prompt_messages(
            stage.cast.loaded, role, model.style, values_of(stage, side, self.talk, note if chat else "")
        )
        messages = advised(messages, stage.brief.advice, model.style)
        if chat and side is Side.ASSISTANT:
            messages = (*messages, *self.talk.messages)
        return Call(
            role=name,
            asker=asker,
            model=model,
            messages=messages,
            decoding=role.decoding.get(model.style, Decoding(max_tokens=200)).warmed(draw),
            seed=seed_of(stage.brief.seed, asker.step, asker.attempt),
            tools=tuple(tool.schema() for tool in tools) if chat else (),
            verbatim=scripted_move(stage.script, made, model.style),
        )


def _with(talk: Talk, **changes: Any) -> Talk:
    return Talk(**{**vars(talk), **changes})


def _read(answer: Answer, side: Side, label: str, style: Style, language: str) -> DrawnMove:
    """A model's answer as a move. Raises Unreadable."""
    if not answer.tool_calls:
        reader = read_words if style is Style.CHAT else read_transcript
        return reader(answer.text, side, label, language, answer.finish == "length")
    return DrawnMove(
        text=" ".join(answer.text.split()) if side is Side.ASSISTANT else "",
        actions=tuple(action_of(call.name, call.arguments, side) for call in answer.tool_calls),
    )


def _faults(stage: Stage, talk: Talk, place: int) -> list[DrawFault]:
    """What is wrong with what was said and done from message `place` on, whatever comes after it; the worst first."""
    said = [m for m in talk.messages[place:] if m.content and m.role is not Speech.TOOL]
    passages = [words_passage(stage.cast.loaded, message, stage.brief) for message in said]
    found = draw_faults(stage.cast.loaded, _candidate(stage.brief, talk), place, passages, stage.cast.judged)
    return sorted(found, key=lambda fault: not fault_of(fault.check).of_substance)


def _candidate(brief: Brief, talk: Talk) -> Candidate:
    return Candidate(brief=brief, messages=talk.messages, private_calls=talk.private_calls, ending=talk.ending)


async def hold_in_world(
    cast: Cast, brief: Brief, *, step: str, opening: Talk | None = None, notes: Mapping[int, str] | None = None
) -> Talk:
    """Hold the dialogue of a brief with a blueprint, going on from `opening`.

    `notes` are remarks on earlier versions, by the message they are for. Raises as Gateway.ask.
    """
    stage = stage_of(cast, brief, step)
    kept = opening or Talk()
    start, usage = len(kept.messages), dict[str, Usage]()
    furthest = kept
    for attempt in range(cast.loaded.scenario.backtracks + 1):
        floor = _Floor(stage, attempt, notes or {}, kept, _replayed(stage, kept))
        access = SpeakersAccess(cast.gateway)
        try:
            await run_team(floor, [stage.role(side)[0] for side in Side], 10_000, access)
            return _with(floor.talk, usage=add_usage(usage, access.spent))
        except NoDraw as error:
            usage = add_usage(usage, access.spent)
            furthest = max(furthest, floor.talk, key=lambda talk: len(talk.messages))
            failed = error
            kept = floor.talk.cut(max(start, _last_move(floor.talk.messages)))
    return _with(furthest, usage=usage, ending=Ending.NO_DRAW, given_up=failed.guard, detail=str(failed))


def _replayed(stage: Stage, talk: Talk) -> Play:
    """The world as a dialogue so far left it."""
    world = Play(stage.world, stage.blueprint.state)
    private = list(talk.private_calls)
    for place, message in enumerate(talk.messages):
        while private and private[0].before <= place:
            world.call(private.pop(0).action)
        for call in message.tool_calls or ():
            world.call(action_of(call["function"]["name"], call["function"]["arguments"], Side.ASSISTANT))
    for rest in private:
        world.call(rest.action)
    return world


def _last_move(messages: Sequence[Message]) -> int:
    """Where the last move of a dialogue begins: its last words, or its last calls with their results."""
    place = len(messages) - 1
    while place > 0 and messages[place].role is Speech.TOOL:
        place -= 1
    return max(place, 0)
