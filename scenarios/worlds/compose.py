"""From a seed to a blueprint: atoms planted in a drawn state, and kept only if the task is sound."""

from __future__ import annotations

import random

from scenarios.errors import ScenarioError, nearest
from scenarios.seeds import seed_of
from scenarios.worlds.blueprint import Action, Blueprint, Fact, Goal, Temper
from scenarios.worlds.soundness import unsound
from scenarios.worlds.world import Access, Atom, Dial, World

_ATTEMPTS = 200


def draw_blueprint(world: World, seed: int, dial: Dial, task: str = "") -> Blueprint:
    """The blueprint of a seed. `task` names the atom of the first goal; without it chance does.

    Raises ScenarioError where the world has no such atom, or no draw gives a sound task.
    """
    known = [atom.name for atom in world.atoms]
    if task and task not in known:
        raise ScenarioError(
            f"world {world.name}: has no task '{task}'{nearest(task, known)}; it has {', '.join(known)}"
        )
    why = "no atom had a place"
    for attempt in range(_ATTEMPTS):
        rng = random.Random(seed_of(seed, "blueprint", attempt))
        made = _compose(world, rng, dial, task)
        if made is None:
            continue
        found = unsound(world, made)
        if not found:
            return made
        why = found[0]
    raise ScenarioError(
        f"world {world.name}: no sound task {task or 'of any kind'} with {dial} in {_ATTEMPTS} draws: {why}"
    )


def with_temper(world: World, blueprint: Blueprint, temper: Temper, seed: int) -> Blueprint:
    """A blueprint with a user of some temper. One that wavers wants another value at first, if the world has any for one of
    its wishes; the gold actions stay what they are."""
    rng = random.Random(seed_of(seed, "temper"))
    at_first = _others(world, blueprint, rng)[:1] if temper is Temper.WAVERS else []
    return blueprint.model_copy(update={"temper": temper, "at_first": tuple(at_first)})


def _others(world: World, blueprint: Blueprint, rng: random.Random) -> list[Fact]:
    """For each fact of a wish for which the world has other values, one that has nothing to do with the task."""
    task = blueprint.model_dump_json(include={"goals", "facts"})
    found = []
    for goal in blueprint.goals:
        for fact in goal.facts:
            other = [value for value in world.instead.get(fact.label, ()) if value not in task]
            if other and not goal.refusal:
                found.append(Fact(label=fact.label, value=rng.choice(other)))
    return found


def _compose(world: World, rng: random.Random, dial: Dial, task: str) -> Blueprint | None:
    scene = world.draw(rng, dial)
    goals: list[Goal] = []
    for atom in _atoms(world, rng, dial, task, dial.unknown - len(scene.unknown)):
        goal = atom.plant(scene.state, scene.subject, rng)
        if goal is None:
            return None
        goals.append(goal)
    return Blueprint(
        world=world.name,
        state=scene.state.model_dump(mode="json"),
        subject=scene.subject,
        user=scene.user,
        facts=scene.facts,
        unknown=scene.unknown,
        identification=scene.identification,
        goals=_without_repeated_reads(world, goals),
    )


def _without_repeated_reads(world: World, goals: list[Goal]) -> tuple[Goal, ...]:
    """The goals without what an earlier one has read, where nothing was written since."""
    read: list[Action] = []
    kept = []
    for goal in goals:
        actions = []
        for action in goal.actions:
            tool = world.tool(action.tool, action.side)
            if tool is None or tool.access is Access.WRITE:
                read.clear()
            elif action in read and len(goal.actions) > 1:
                continue
            else:
                read.append(action)
            actions.append(action)
        kept.append(goal.model_copy(update={"actions": tuple(actions)}))
    return tuple(kept)


def _atoms(world: World, rng: random.Random, dial: Dial, task: str, unknown: int) -> list[Atom]:
    """The atoms of the goals: the named one first, and of all as many refusals as the dial says, where there are any.

    `unknown` things that users do not know are left to them; where it is 0, no atom with any is chosen by chance.
    """
    chosen = [atom for atom in world.atoms if atom.name == task]
    while len(chosen) < max(1, dial.goals):
        refused = sum(atom.refusal for atom in chosen)
        left = max(1, dial.goals) - len(chosen)
        wanted = refused < dial.refusals and dial.refusals - refused >= rng.randint(1, left)
        pool = [atom for atom in world.atoms if atom.refusal is wanted and atom not in chosen]
        pool = pool or [atom for atom in world.atoms if atom not in chosen] or list(world.atoms)
        more = sum(atom.unknown for atom in chosen) < unknown
        pool = [atom for atom in pool if bool(atom.unknown) is more] or pool
        chosen.append(rng.choice(pool))
    return chosen
