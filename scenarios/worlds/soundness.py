"""Whether a blueprint is a sound task: its gold actions reach the goal and nothing else does, and its user can say what
is wanted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from scenarios.text import codes
from scenarios.worlds.blueprint import Action, Blueprint, Fact, Goal, Side
from scenarios.worlds.mutations import mutations
from scenarios.worlds.replay import Done, holds, leaves, leaves_of, play, policy_words, result_of, says
from scenarios.worlds.world import Play, World, failed


def unsound(world: World, blueprint: Blueprint) -> list[str]:
    """What is wrong with a blueprint, in words; empty where it is accepted.

    Its state has to keep the invariants. Its gold actions have to run and reach the goal; doing nothing must not; what has to be refused must be forbidden
    or impossible; every single-step mutation must be noticed, or change nothing that matters; the user's instructions
    must determine every argument; and its names and numbers must be the world's.
    """
    start = world.state.model_validate(blueprint.state)
    if broken := [f"the state breaks '{name}'" for name, holds in world.invariants.items() if not holds(start)]:
        return broken
    done, stage = play(world, blueprint.state, blueprint.subject, blueprint.actions())
    found = _gold(blueprint, done, stage)
    if not found:
        found += [*_nothing(blueprint), *_refusals(world, blueprint), *_undetermined(world, blueprint, done)]
        found += [*_untrue(world, blueprint, done), *_strangers(world, blueprint, done)]
    if not found:
        found += [
            f"unnoticed: {one.words()}" for one in mutations(world, blueprint) if not (one.noticed or one.harmless)
        ]
    return found


def _gold(blueprint: Blueprint, done: list[Done], stage: Play) -> list[str]:
    found = [f"gold action {one.action.tool} fails: {one.result}" for one in done if failed(one.result)]
    found += [f"gold action {one.action.tool} breaks {one.broken}" for one in done if one.broken]
    after = stage.snapshot()
    for goal in blueprint.goals:
        found += [
            f"{goal.atom}: {'.'.join(condition.path)} is not {condition.equals!r} after the gold actions"
            for condition in goal.holds
            if not holds(condition, after)
        ]
    return found


def _nothing(blueprint: Blueprint) -> list[str]:
    """Goals that are met before anything is done, or whose end nobody could see."""
    found = []
    for goal in blueprint.goals:
        if not goal.tell or not all(says(goal.answer, told.phrases[0]) for told in goal.tell):
            found.append(f"{goal.atom}: its answer does not tell what has to be told")
        if not goal.refusal and not (goal.holds or any(a.side is Side.ASSISTANT for a in goal.actions)):
            found.append(f"{goal.atom}: nothing has to be done for it")
        if goal.holds and all(holds(condition, blueprint.state) for condition in goal.holds):
            found.append(f"{goal.atom}: doing nothing reaches it")
    return found


def _refusals(world: World, blueprint: Blueprint) -> list[str]:
    found = []
    before = list(blueprint.identification)
    for goal in blueprint.goals:
        before += goal.actions
        if not goal.refusal:
            continue
        if not goal.tempting or goal.holds:
            found.append(f"{goal.atom}: a goal to be refused names what would do it, and changes nothing")
        for action in goal.tempting:
            done, _ = play(world, blueprint.state, blueprint.subject, [*before, action])
            if not done[-1].broken and not failed(done[-1].result):
                found.append(f"{goal.atom}: nothing forbids {action.tool}")
    return found


def _undetermined(world: World, blueprint: Blueprint, done: list[Done]) -> list[str]:
    """Arguments that whoever acts could not know, or could not tell from others."""
    found = []
    goals = [None] * len(blueprint.identification) + [goal for goal in blueprint.goals for _ in goal.actions]
    policy = policy_words(world)
    for place, (one, goal) in enumerate(zip(done, goals, strict=True)):
        told = [fact.value for fact in (*blueprint.facts, *(goal.facts if goal else ()))]
        written = _written(done, goals, goal)
        for name, value in one.action.arguments.items():
            for leaf in leaves(value):
                if leaf in policy or any(leaf in fact for fact in told):
                    continue
                holding = [earlier for earlier in done[:place] if leaf in leaves_of(earlier.result)]
                if not holding:
                    found.append(f"{one.action.tool}.{name}={leaf}: nobody gave it")
                elif one.wrote and not _told_apart(
                    holding, leaf, _meant(goal, name, leaf), [t for t in told if t not in written]
                ):
                    found.append(f"{one.action.tool}.{name}={leaf}: the user's words fit others as well")
    return found


def _written(done: list[Done], goals: Sequence[Goal | None], goal: Goal | None) -> set[str]:
    """What the writes of a goal take: facts with these values say what is to be done, not with which thing."""
    writes = [one for one, whose in zip(done, goals, strict=True) if one.wrote and whose is goal]
    return {leaf for one in writes for leaf in leaves([*one.action.arguments.values()])}


def _meant(goal: Goal | None, name: str, leaf: str) -> set[str]:
    """All that the goal does the same with: where two things are moved, the user's words have to fit both."""
    actions = goal.actions if goal else ()
    return {leaf, *(inner for action in actions for inner in leaves(action.arguments.get(name)))}


def _told_apart(holding: Iterable[Done], leaf: str, meant: set[str], told: list[str]) -> bool:
    """Whether the user's facts single out the rows of a result that hold what is meant, among which is `leaf`.

    Where a result lists several things, that it was looked at alone later does not tell it from the others.
    """
    listed = [rows for rows in (list(_rows(result_of(one))) for one in holding) if len(rows) > 1]
    listed = [rows for rows in listed if any(leaf in set(leaves(row)) for row in rows)]
    return not listed or any(_singled_out(rows, meant, told) for rows in listed)


def _singled_out(rows: list[Any], meant: set[str], told: list[str]) -> bool:
    """One row that is meant fits best of all; of several, each fits in something that no other row has."""
    fits = [{fact for fact in told for value in leaves(row) if value.lower() == fact.lower()} for row in rows]
    is_meant = [not meant.isdisjoint(leaves(row)) for row in rows]
    mine = [fit for fit, yes in zip(fits, is_meant, strict=True) if yes]
    others = [fit for fit, yes in zip(fits, is_meant, strict=True) if not yes]
    if len(mine) == 1:
        return all(len(other) < len(mine[0]) for other in others)
    return not any(one <= other for one in mine for other in others)


def _rows(result: Any) -> list[Any]:
    """The rows of the first list of objects in a result, or the result as one row."""
    if isinstance(result, list):
        return result
    if isinstance(result, Mapping):
        for inner in result.values():
            if isinstance(inner, list) and inner and isinstance(inner[0], Mapping):
                return inner
    return [result]


def _untrue(world: World, blueprint: Blueprint, done: list[Done]) -> list[str]:
    """Numbers that have to be told and that no call up to then, no fact and no policy gives."""
    found = []
    place = len(blueprint.identification)
    for goal in blueprint.goals:
        place += len(goal.actions)
        texts = [world.policy, *(one.result for one in done[:place]), *_values((*blueprint.facts, *goal.facts))]
        home = {code.lower() for text in texts for code in codes(text)}
        for told in goal.tell:
            if not home.issuperset(code.lower() for code in codes(told.phrases[0])):
                found.append(f"{goal.atom}: nothing gives {told.what} as {told.phrases[0]!r}")
    return found


def _strangers(world: World, blueprint: Blueprint, done: list[Done]) -> list[str]:
    """Names and numbers in the user's and the assistant's planned words that are none of the world's."""
    known = orjson.dumps(blueprint.state).decode() + "".join(one.result for one in done) + world.policy
    arguments = {leaf for one in (*blueprint.actions(), *_tempting(blueprint.goals)) for leaf in leaves(one.arguments)}
    home = {code.lower() for code in codes(f"{known} {' '.join(arguments)}")}
    found = []
    for goal in blueprint.goals:
        texts = [goal.wants, goal.asks, goal.found, goal.answer, *_values(goal.facts)]
        for code in (code for text in texts for code in codes(text)):
            if code.lower() not in home:
                found.append(f"{goal.atom}: {code!r} is nowhere in the world")
    return found


def _values(facts: Iterable[Fact]) -> list[str]:
    return [fact.value for fact in facts]


def _tempting(goals: Iterable[Goal]) -> list[Action]:
    return [action for goal in goals for action in goal.tempting]
