"""Single-step mutations of gold actions: each is noticed, or changes nothing that matters, and it is said which. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum, StrEnum
from typing import Any

from pydantic import ValidationError

from scenarios.frozen import Frozen
from scenarios.worlds.blueprint import Action, Blueprint, Side, Told
from scenarios.worlds.replay import Done, do, leaves, leaves_of, policy_words, result_of, says
from scenarios.worlds.world import Access, Play, Tool, World, failed

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
    tool: str
    """Its tool."""
    actions: tuple[Action, ...]
    noticed: str = ""
    """How a proof would notice it."""
    harmless: str = ""
    """Why it changes nothing that matters."""

    def words(self) -> str:
        """In one line."""
        return f"{self.kind} at action {self.place} ({self.tool})"


def mutations(world: World, blueprint: Blueprint) -> tuple[Mutation, ...]:
    """Every single-step mutation of the gold actions, judged."""
    stage = Play(world, blueprint.state)
    states, gold = [dict(blueprint.state)], list[Done]()
    for action in blueprint.actions():
        gold.append(do(stage, blueprint.subject, action))
        states.append(stage.snapshot() if gold[-1].wrote else states[-1])
    others = _by_shape([*leaves(blueprint.state), *(leaf for one in gold for leaf in leaves(result_of(one)))])
    learnt = [told for goal in blueprint.goals for told in goal.tell if _shown(gold, told)]
    found = []
    for kind, place, actions in _mutants(world, blueprint, others):
        stage = Play(world, states[place])
        done = [*gold[:place], *_until_wrong(stage, blueprint.subject, actions[place:])]
        noticed = _noticed(gold, done, states[-1], stage, learnt) or _unread(world, blueprint, done)
        harmless = "" if noticed else _harmless(world, blueprint, kind, place)
        tool = gold[place].action.tool
        found.append(Mutation(kind=kind, place=place, tool=tool, actions=actions, noticed=noticed, harmless=harmless))
    return tuple(found)


def _until_wrong(stage: Play, subject: str, actions: Iterable[Action]) -> Iterator[Done]:
    """Play actions up to the first that breaks a rule or is refused: what follows cannot mend it."""
    for action in actions:
        one = do(stage, subject, action)
        yield one
        if one.broken or failed(one.result):
            return


def _mutants(
    world: World, blueprint: Blueprint, others: Mapping[str, list[str]]
) -> Iterator[tuple[MutationKind, int, tuple[Action, ...]]]:
    """What is mutated, where, and all actions; those before the place are the gold ones."""
    gold = blueprint.actions()
    for place, action in enumerate(gold):
        before, after = gold[:place], gold[place + 1 :]
        yield MutationKind.DROP, place, (*before, *after)
        yield MutationKind.REPEAT, place, (*before, action, action, *after)
        if after:
            yield MutationKind.SWAP, place, (*before, after[0], action, *after[1:])
        for name, value in action.arguments.items():
            for other in _others(world.tool(action.tool, action.side), name, value, others):
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


def _others(tool: Tool | None, name: str, value: Any, by_shape: Mapping[str, list[str]]) -> list[Any]:
    """Other values of the same kind: of its enum, or strings of its shape, or a number beside it."""
    field = tool.arguments.model_fields.get(name) if tool else None
    if field is not None and isinstance(field.annotation, type) and issubclass(field.annotation, Enum):
        return [choice.value for choice in field.annotation if choice.value != value]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [value + 1]
    if not isinstance(value, str):
        return []
    return [other for other in by_shape.get(_shape(value), []) if other != value][:_OTHERS]


def _by_shape(texts: Iterable[str]) -> dict[str, list[str]]:
    """Strings by their shape, each once."""
    found: dict[str, list[str]] = {}
    for text in dict.fromkeys(texts):
        found.setdefault(_shape(text), []).append(text)
    return found


def _shape(text: str) -> str:
    """'T123' and 'T987' have one shape, two names have another, a word a third."""
    return (
        re.sub(r"[A-Za-z]+", "@", re.sub(r"\d", "#", text))
        if any(c.isdigit() for c in text)
        else re.sub(r"\w+", "@", text)
    )


def _noticed(gold: list[Done], done: list[Done], end: Mapping[str, Any], stage: Play, learnt: Iterable[Told]) -> str:
    """How a proof would notice that `done` was done in place of the gold actions, from which `learnt` is known."""
    for one in done:
        if one.broken:
            return f"breaks {one.broken}"
    if any(failed(one.result) for one in done):
        return "a call is refused"
    if stage.snapshot() != end:
        return "the end state differs"
    if _writes(done) != _writes(gold):
        return "the writes differ"
    return next((f"nobody learns {told.what}" for told in learnt if not _shown(done, told)), "")


def _shown(done: Iterable[Done], told: Told) -> bool:
    """Whether some result shows what has to be told."""
    return any(says(one.result, phrase) for one in done for phrase in told.phrases)


def _writes(done: Iterable[Done]) -> list[str]:
    """The writes that were done, whatever their order."""
    return sorted(one.action.model_dump_json() for one in done if one.wrote)


def _unread(world: World, blueprint: Blueprint, done: list[Done]) -> str:
    """A call before the user was identified, or with what no earlier result and no fact of the user named."""
    facts = [fact.value for fact in blueprint.known()]
    known = set(policy_words(world))
    missing = list(blueprint.identification)
    for one in done:
        if one.action in missing:
            missing.remove(one.action)
        elif missing and one.action.side is Side.ASSISTANT and one.action not in blueprint.identification:
            return f"{one.action.tool} before the user was identified"
        for leaf in leaves([*one.action.arguments.values()]):
            if leaf not in known and not any(leaf in fact for fact in facts):
                return f"{one.action.tool} on {leaf}, which was not read before"
        known |= leaves_of(one.result)
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
    if kind is MutationKind.SWAP:
        return "a read before or after a write that it does not see" if any(reads) else "writes in another order"
    return ""
