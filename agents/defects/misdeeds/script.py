"""A right dialogue as a script that misdeeds change: its places, and what else could be done in its world. Pure."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scenarios.worlds.blueprint import Action, Blueprint, Ending, Goal, Side
from scenarios.worlds.exemplar import Enacted, Move, enact
from scenarios.worlds.replay import Done, leaves, play
from scenarios.worlds.world import Access, Tool, World

_TRIES = 60
"""Combinations of arguments that are tried for another possible call."""


@dataclass(frozen=True)
class Script:
    """The moves of a right dialogue, and chance."""

    world: World
    blueprint: Blueprint
    moves: tuple[Move, ...]
    rng: random.Random

    def tool(self, action: Action) -> Tool:
        """The tool of an action of the script's."""
        tool = self.world.tool(action.tool, action.side)
        assert tool is not None
        return tool

    def calls(self, side: Side, access: Access | None = None) -> list[int]:
        """The places of one side's calls."""
        return [
            place
            for place, move in enumerate(self.moves)
            if move.action and move.action.side is side and (access in (None, self.tool(move.action).access))
        ]

    def writes(self) -> list[int]:
        """The places of the assistant's writes."""
        return self.calls(Side.ASSISTANT, Access.WRITE)

    def question(self, write: int) -> int | None:
        """The place of the words that ask for confirmation of a write; the user's yes comes next."""
        place = write
        while place > 0 and self.moves[place].action is not None:
            place -= 1
        needed = self.tool(self.action(write)).proposal
        asked = place - 1
        if needed and asked >= 0 and self.moves[place].side is Side.USER and "?" in self.moves[asked].text:
            return asked
        return None

    def proposed(self) -> list[tuple[int, int]]:
        """The writes that are asked for, each with the place of its question."""
        pairs = [(write, self.question(write)) for write in self.writes()]
        return [(write, asked) for write, asked in pairs if asked is not None]

    def action(self, place: int) -> Action:
        """The call at a place."""
        action = self.moves[place].action
        assert action is not None
        return action

    def starts(self) -> list[int]:
        """Where the user asks for each goal."""
        found: list[int] = []
        for goal in self.blueprint.goals:
            since = found[-1] + 1 if found else 0
            found.append(next(p for p in range(since, len(self.moves)) if goal.asks in self.moves[p].text))
        return found

    def answers(self) -> list[int]:
        """Where each goal is answered."""
        bounds = [*self.starts()[1:], len(self.moves) - 1]
        return [bound - 1 for bound in bounds]

    def goal_at(self, place: int) -> int:
        """Which goal a place belongs to."""
        return sum(start <= place for start in self.starts()) - 1

    def before(self, place: int) -> list[Action]:
        """The calls before a place."""
        return [move.action for move in self.moves[:place] if move.action]

    def done(self, actions: Sequence[Action]) -> list[Done]:
        """Actions, played."""
        return play(self.world, self.blueprint.state, self.blueprint.subject, actions)[0]

    def read(self, place: int) -> list[str]:
        """The values that the assistant had read before a place."""
        results = [one.result for one in self.done(self.before(place)) if one.action.side is Side.ASSISTANT]
        return list(dict.fromkeys(found for result in results for found in re.findall(r'"([^"]+)"', result)))

    def with_moves(self, start: int, stop: int, *moves: Move) -> Enacted:
        """The dialogue with the moves from `start` to before `stop` replaced."""
        return self.played([*self.moves[:start], *moves, *self.moves[stop:]])

    def played(self, moves: Sequence[Move], ending: Ending | None = None) -> Enacted:
        """Moves as a dialogue, with an ending where its last words give none."""
        enacted = enact(self.world, self.blueprint, _in_turns(moves))
        return replace(enacted, ending=ending) if ending else enacted


def user(text: str, ending: Ending | None = None) -> Move:
    """Words of the user's."""
    return Move(Side.USER, text, ending=ending)


def assistant(text: str) -> Move:
    """Words of the assistant's."""
    return Move(Side.ASSISTANT, text)


def call(action: Action) -> Move:
    """A call."""
    return Move(action.side, action=action)


def _in_turns(moves: Sequence[Move]) -> Iterator[Move]:
    """Moves in an order of roles that the format allows: small talk comes between what may not stand side by side."""
    held: Move | None = None
    after_call, after_words = False, False
    for move in moves:
        if move.action is not None and move.side is Side.USER:
            if held is not None and held.side is Side.ASSISTANT:
                yield held
                held, after_call, after_words = None, False, True
            yield move
        elif move.action is not None:
            if held is not None:
                yield held
                after_words = held.side is Side.ASSISTANT
                held = None
            if after_words:
                yield user("I see.")
            yield move
            after_call, after_words = True, False
        elif held is not None and held.side is move.side:
            held = replace(move, text=f"{held.text} {move.text}")
        else:
            if held is not None:
                yield held
                after_call, after_words = False, held.side is Side.ASSISTANT
            elif after_call and move.side is Side.USER:
                yield assistant("Thank you for waiting.")
                after_call = False
            held = move
    if held is not None:
        yield held


def fresh(value: str, rng: random.Random) -> str:
    """Another value of the same shape: digits by digits. A name that nobody has where there are none."""
    if any(c.isdigit() for c in value):
        other = "".join(rng.choice(string.digits[1:]) if c.isdigit() else c for c in value)
        return other if other != value else fresh(value, rng)
    return "Quistgaard"


def possible_writes(script: Script, before: Sequence[Action]) -> Iterator[Action]:
    """Writes of the assistant's that would succeed after some calls and break no rule, in a drawn order."""
    values = _values(script)
    tools = [tool for tool in script.world.of(Side.ASSISTANT) if tool.access is Access.WRITE]
    tried: list[Action] = []
    for _ in range(_TRIES):
        tool = script.rng.choice(tools)
        names = list(tool.arguments.model_fields)
        if not all(values.get(name) for name in names):
            continue
        action = Action(tool=tool.name, arguments={name: script.rng.choice(values[name]) for name in names})
        if action in tried:
            continue
        tried.append(action)
        done = script.done([*before, action])[-1]
        if done.wrote and not done.broken:
            yield action


def _values(script: Script) -> dict[str, list[Any]]:
    """What an argument of a name could be: what the blueprint calls so, what the state holds under it, and others of the
    same shape."""
    found: dict[str, list[Any]] = {}
    goals = script.blueprint.goals
    actions = [a for goal in goals for a in (*goal.actions, *goal.tempting)]
    for action in actions:
        for name, value in action.arguments.items():
            found.setdefault(name, []).append(value)
    _collect(script.blueprint.state, found)
    for values in found.values():
        texts = [value for value in values if isinstance(value, str) and any(c.isdigit() for c in value)]
        values += [fresh(text, script.rng) for text in texts[:3]]
    ids = [leaf for leaf in leaves(script.blueprint.state) if any(c.isdigit() for c in leaf)]
    for values in found.values():
        shapes = {re.sub(r"\d", "#", value) for value in values if isinstance(value, str)}
        values += [leaf for leaf in ids if re.sub(r"\d", "#", leaf) in shapes]
    return {name: list(dict.fromkeys(values)) for name, values in found.items()}


def _collect(state: Any, found: dict[str, list[Any]]) -> None:
    if isinstance(state, Mapping):
        for key, value in state.items():
            if isinstance(value, str) and value:
                found.setdefault(str(key), []).append(value)
            _collect(value, found)


def goals_to_do(script: Script) -> list[tuple[int, Goal]]:
    """The goals that have to be done, with their numbers."""
    return [(number, goal) for number, goal in enumerate(script.blueprint.goals) if not goal.refusal]


def goals_to_refuse(script: Script) -> list[tuple[int, Goal]]:
    """The goals that have to be refused, with their numbers."""
    return [(number, goal) for number, goal in enumerate(script.blueprint.goals) if goal.refusal]
