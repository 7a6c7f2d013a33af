"""The stage of a dialogue in a world: what does not change while it is held, and what each side sees of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.cast import Cast
from agents.dialogue.moves import HeardLine, lines_of, tool_lines
from agents.views import view, world_view
from scenarios.briefs import brief_of
from scenarios.loading import Loaded
from scenarios.messages import Message
from scenarios.records import Brief, Slip, Usage
from scenarios.schema.plans import Role
from scenarios.schema.styles import Style
from scenarios.seeds import seed_of
from scenarios.worlds.blueprint import Blueprint, Ending, PrivateCall, Side
from scenarios.worlds.exemplar import Move, enact, exemplar
from scenarios.worlds.world import World


@dataclass(frozen=True)
class Talk:
    """A dialogue in a world, whole or so far. `given_up` names what no draw of the next move passed."""

    messages: tuple[Message, ...] = ()
    private_calls: tuple[PrivateCall, ...] = ()
    ending: Ending | None = None
    slips: tuple[Slip, ...] = ()
    usage: dict[str, Usage] = field(default_factory=dict)
    given_up: str = ""
    detail: str = ""

    def cut(self, place: int) -> Talk:
        """The part before message `place`."""
        return Talk(
            messages=self.messages[:place],
            private_calls=tuple(call for call in self.private_calls if call.before < place),
            slips=tuple(slip if slip.place <= place else _of_what_is_gone(slip) for slip in self.slips),
            usage=self.usage,
        )


def _of_what_is_gone(slip: Slip) -> Slip:
    """A refused draw whose beginning was thrown away: it still counts, and is no move beside another."""
    calls = [call["function"] for message in slip.messages for call in message.tool_calls or ()]
    asked = " ".join(f"{call['name']} {call['arguments']}" for call in calls)
    return slip.model_copy(update={"messages": (), "text": slip.said() or asked})


@dataclass(frozen=True)
class Example:
    """The right dialogue of another task, and that task's brief."""

    brief: Brief
    talk: Talk


@dataclass(frozen=True)
class Stage:
    """What does not change while a dialogue is held."""

    cast: Cast
    world: World
    brief: Brief
    blueprint: Blueprint
    step: str
    script: tuple[Move, ...]
    """The right dialogue, which the scripted model says."""
    examples: tuple[Example, ...]
    """For models that go on with a transcript."""

    def role(self, side: Side) -> tuple[str, Role]:
        """The role of a side, with its name."""
        roles = self.cast.loaded.scenario.roles.items()
        return next((name, role) for name, role in roles if role.speaks_as == side.value)

    def labels(self) -> dict[Side, str]:
        """The label before each side's lines."""
        return {side: self.role(side)[1].label or side.value.capitalize() for side in Side}


def stage_of(cast: Cast, brief: Brief, step: str) -> Stage:
    """The stage of a brief's dialogue in a step."""
    loaded = cast.loaded
    world, plan = loaded.world, loaded.scenario.world
    assert world is not None
    assert plan is not None
    assert brief.blueprint is not None
    transcripts = any(
        cast.models[name].style is Style.TRANSCRIPT for name, role in loaded.scenario.roles.items() if role.speaks_as
    )
    return Stage(
        cast, world, brief, brief.blueprint, step,
        script=exemplar(world, brief.blueprint, brief.seed),
        examples=_examples(loaded, world, brief, plan.examples) if transcripts else (),
    )  # fmt: skip


def values_of(stage: Stage, side: Side, talk: Talk, note: str) -> dict[str, Any]:
    """What a side's prompt is rendered with."""
    _, role = stage.role(side)
    labels = stage.labels()
    shown = [_shown(stage.cast.loaded, role, one, lines_of(one.talk.messages, one.talk.private_calls, labels, side))
             for one in stage.examples]  # fmt: skip
    return world_view(
        stage.cast.loaded, role, stage.brief,
        tools=tool_lines(stage.world.of(side)), note=note, examples=shown,
        lines=_as_dicts(lines_of(talk.messages, talk.private_calls, labels, side)),
    )  # fmt: skip


def _shown(loaded: Loaded, role: Role, example: Example, lines: Sequence[HeardLine]) -> dict[str, Any]:
    """An example as a role may see it: the lines, and what its own brief would have told the role."""
    seen = view(loaded, role, example.brief)
    return {**{name: seen[name] for name in role.sees}, "lines": _as_dicts(lines)}


def _as_dicts(lines: Sequence[HeardLine]) -> list[dict[str, str]]:
    return [vars(line) for line in lines]


def _examples(loaded: Loaded, world: World, brief: Brief, count: int) -> tuple[Example, ...]:
    """Right dialogues of other tasks of the same cell, with the user's signal in their last words."""
    found = []
    for number in range(count):
        other = brief_of(loaded, seed_of(brief.seed, "example", number), brief.cell, brief.round, brief.index)
        assert other.blueprint is not None
        shown = enact(world, other.blueprint, exemplar(world, other.blueprint))
        last = shown.messages[-1]
        marked = last.model_copy(update={"content": f"{last.content} [{Ending.DONE}]"})
        talk = Talk(messages=(*shown.messages[:-1], marked), private_calls=shown.private_calls)
        found.append(Example(other, talk))
    return tuple(found)
