"""Whether what a journal holds can be of a scenario's run: anybody may have written it. In words if it cannot; pure."""

from __future__ import annotations

from scenarios.errors import ColloquiaError
from scenarios.loading import Loaded
from scenarios.records import Brief, Record, Verdict
from scenarios.schema.scenario import Family
from scenarios.worlds.replay import play

_LONGEST_ID = 200


def misfit_of_brief(loaded: Loaded, brief: Brief) -> str:
    """Why no run of the scenario has such a brief; empty if one may."""
    return _misfit(loaded, brief) or _misfit_of_task(loaded, brief)


def _misfit_of_task(loaded: Loaded, brief: Brief) -> str:
    world, task = loaded.world, brief.blueprint
    if world is None or task is None:
        return ""
    try:
        play(world, task.state, task.subject, task.actions())
    # A world takes a task to be one of its own; a foreign one can fail it anywhere.
    except (ColloquiaError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        return f"{brief.id[:60]}: its task is none of the world {world.name} ({type(error).__name__})"
    return ""


def misfit_of_sample(loaded: Loaded, record: Record) -> str:
    """As `misfit_of_record`, for a record whose sample is looked into again: its task has to be one of the world's, too."""
    return misfit_of_record(loaded, record) or _misfit_of_task(loaded, record.candidate.brief)


def misfit_of_record(loaded: Loaded, record: Record) -> str:
    """Why no run of the scenario has such a record; empty if one may."""
    made, scenario = record.candidate, loaded.scenario
    if found := _misfit(loaded, made.brief):
        return found
    if record.verdict is not Verdict.ACCEPTED:
        return ""
    if scenario.family is Family.FIELDS and set(made.fields) != {plan.name for plan in scenario.fields}:
        return f"{made.brief.id[:60]}: is accepted without its fields"
    if scenario.family is Family.DIALOGUE and len(made.messages) != len(made.brief.turns):
        return f"{made.brief.id[:60]}: is accepted with {len(made.messages)} of {len(made.brief.turns)} lines"
    return ""


def _misfit(loaded: Loaded, brief: Brief) -> str:
    scenario, who = loaded.scenario, f"{brief.id[:60]}: "
    if not 0 < len(brief.id) <= _LONGEST_ID:
        return "a sample has no id"
    if brief.scenario != scenario.name:
        return f"{who}is of the scenario {brief.scenario[:60]!r}"
    axes = scenario.axes
    if brief.cell.keys() != axes.keys() or any(name not in axes[axis].names for axis, name in brief.cell.items()):
        return f"{who}its cell is none of the scenario's"
    if brief.attributes.keys() != axes.keys():
        return f"{who}it tells of other axes than the scenario's"
    if stranger := next((turn.speaker for turn in brief.turns if turn.speaker not in scenario.roles), None):
        return f"{who}{stranger[:60]!r}, who speaks in it, is no role of the scenario"
    if any(place >= len(loaded.demonstrations) for place in brief.demonstrations):
        return f"{who}it names a demonstration that the scenario does not have"
    if (brief.blueprint is None) is not (scenario.world is None):
        return f"{who}only a scenario with a world has a task in it"
    if (brief.parent is None) is not (scenario.evolve is None):
        return f"{who}only a scenario that evolves has a parent in its briefs"
    return ""
