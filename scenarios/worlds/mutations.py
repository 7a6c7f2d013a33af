"""Single-step mutations of gold actions: each is noticed, or changes nothing that matters, and it is said which. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from scenarios.blueprint import Action, Blueprint, Side
from scenarios.frozen import Frozen
from scenarios.worlds.replay import Done, do, leaves, result_of
from scenarios.worlds.world import Access, Play, World, failed

_OTHERS = 2
"""Other values that take an argument's place."""


class MutationKind(StrEnum):
    """What was changed."""

    DROP = "drop"
    REPEAT = "repeat"
    SWAP = "swap"
    ARGUMENT = "argument"
    TOOL = "tool"


class Mutation(Frozen):
    """One mutation of a blueprint's gold actions, and what becomes of it."""

    kind: MutationKind
    place: int
    """Which gold action (from 0)."""
    actions: tuple[Action, ...]
    noticed: str = ""
    """How a proof would notice it."""
    harmless: str = ""
    """Why it changes nothing that matters."""

    def words(self) -> str:
        """In one line."""
        return f"{self.kind} at action {self.place} ({self.actions[min(self.place, len(self.actions) - 1)].tool})"


def mutations(world: World, blueprint: Blueprint) -> tuple[Mutation, ...]:
    """Every single-step mutation of the gold actions, judged."""
    stage = Play(world, blueprint.state)
    gold, states = [], [blueprint.state]
    for action in blueprint.actions():
        gold.append(do(stage, blueprint.subject, action))
        states.append(stage.snapshot() if gold[-1].wrote else states[-1])
    found = []
    for kind, place, actions in _mutants(world, blueprint):
        noticed = _noticed(world, blueprint, gold, actions, place, states[place], states[-1])
        harmless = "" if noticed else _harmless(world, blueprint, kind, place)
        found.append(Mutation(kind=kind, place=place, actions=actions, noticed=noticed, harmless=harmless))
    return tuple(found)


def _mutants(world: World, blueprint: Blueprint) -> Iterator[tuple[MutationKind, int, tuple[Action, ...]]]:
    gold = blueprint.actions()
    shapes = _shapes(blueprint.state)
    for place, action in enumerate(gold):
        before, after = gold[:place], gold[place + 1 :]
        yield MutationKind.DROP, place, (*before, *after)
        yield MutationKind.REPEAT, place, (*before, action, action, *after)
        if after:
            yield MutationKind.SWAP, place, (*before, after[0], action, *after[1:])
        for name, value in action.arguments.items():
            for other in _others(shapes, value):
                changed = action.model_copy(update={"arguments": {**action.arguments, name: other}})
                yield MutationKind.ARGUMENT, place, (*before, changed, *after)
        for tool in world.of(action.side):
            if tool.name != action.tool and _takes(tool.arguments, action.arguments):
                yield MutationKind.TOOL, place, (*before, action.model_copy(update={"tool": tool.name}), *after)


def _takes(shape: Any, arguments: Mapping[str, Any]) -> bool:
    try:
        shape.model_validate(arguments)
    except ValidationError:
        return False
    return True


def _shapes(state: Mapping[str, Any]) -> dict[str, list[str]]:
    """The texts in a state by their shape, each once."""
    found: dict[str, list[str]] = {}
    for leaf in dict.fromkeys(leaves(state)):
        found.setdefault(_shape(leaf), []).append(leaf)
    return found


def _others(shapes: Mapping[str, list[str]], value: Any) -> list[Any]:
    """Other values of the same kind that the state holds: strings of the same shape, numbers beside it."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [value + 1]
    if not isinstance(value, str):
        return []
    return [leaf for leaf in shapes.get(_shape(value), ())[: _OTHERS + 1] if leaf != value][:_OTHERS]


def _shape(text: str) -> str:
    """'T123' and 'T987' have one shape, two names have another, a word a third."""
    return (
        re.sub(r"[A-Za-z]+", "@", re.sub(r"\d", "#", text))
        if any(c.isdigit() for c in text)
        else re.sub(r"\w+", "@", text)
    )


def _noticed(
    world: World,
    blueprint: Blueprint,
    gold: list[Done],
    actions: tuple[Action, ...],
    place: int,
    before: Mapping[str, Any],
    end: Mapping[str, Any],
) -> str:
    """How a proof would notice that `actions` were done in place of the gold ones.

    They differ from action `place` on, `before` which the state is given, as it is at the gold `end`.
    """
    stage, done = Play(world, before), gold[:place]
    for action in actions[place:]:
        one = do(stage, blueprint.subject, action)
        if one.broken:
            return f"breaks {one.broken}"
        if failed(one.result):
            return "a call is refused"
        done.append(one)
    if stage.snapshot() != end:
        return "the end state differs"
    if [one.action for one in done if one.wrote] != [one.action for one in gold if one.wrote]:
        return "the writes differ"
    said = "\n".join(one.result for one in done)
    for goal in blueprint.goals:
        for told in goal.tell:
            known = any(phrase in one.result for one in gold for phrase in told.phrases)
            if known and not any(phrase in said for phrase in told.phrases):
                return f"nobody learns {told.what}"
    return _unread(world, blueprint, done)


def _unread(world: World, blueprint: Blueprint, done: list[Done]) -> str:
    """A call before the user was identified, or with what no earlier result and no fact of the user named."""
    known = {fact.value for fact in blueprint.known()} | set(re.findall(r"\w+", world.policy))
    missing = list(blueprint.identification)
    for one in done:
        if one.action in missing:
            missing.remove(one.action)
        elif missing and one.action.side is Side.ASSISTANT and one.action not in blueprint.identification:
            return f"{one.action.tool} before the user was identified"
        for leaf in leaves([*one.action.arguments.values()]):
            if leaf not in known:
                return f"{one.action.tool} on {leaf}, which was not read before"
        known |= set(leaves(result_of(one)))
    return ""


def _harmless(world: World, blueprint: Blueprint, kind: MutationKind, place: int) -> str:
    """Why an unnoticed mutation changes nothing that matters; empty where it should have been noticed."""
    gold = blueprint.actions()
    pair = gold[place : place + 2] if kind is MutationKind.SWAP else gold[place : place + 1]
    tools = [world.tool(action.tool, action.side) for action in pair]
    reads = [tool is not None and tool.access is Access.READ for tool in tools]
    if all(reads):
        return {
            MutationKind.DROP: "a read that nobody needs",
            MutationKind.REPEAT: "a read once more",
            MutationKind.SWAP: "reads in another order",
        }.get(kind, "another read that changes nothing")
    if kind is MutationKind.SWAP and any(reads):
        return "a read before or after a write that it does not see"
    return ""
