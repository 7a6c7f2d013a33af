"""A scenario with the roles that its topology brings, so that settings, records and commands know them as its own."""

from __future__ import annotations

from graphs.sampling.topology import shape_of
from scenarios.errors import ScenarioError, nearest
from scenarios.loading import Loaded
from scenarios.schema.plans import Role
from scenarios.schema.roles import REFINER
from scenarios.schema.scenario import Family, Scenario
from scenarios.schema.topology import TopologyRole


def cast_by(loaded: Loaded, name: str = "") -> Loaded:
    """The scenario as its own topology, or the one of that `name`, has it: with the roles that the topology brings, and with a
    topology whose nodes name roles in place of the scenario's own. Of other topologies nothing changes, so that the scenario's
    digest stays. Raises ScenarioError in one line."""
    scenario = loaded.scenario
    topology = shape_of(scenario, name or None)
    if not topology.roles and not topology.names_roles:
        return loaded
    where = f"topology={name}" if name else f"{scenario.name}: topology"
    roles = dict(scenario.roles)
    for role, plan in topology.roles.items():
        if plan.if_there and not plan.like and role not in roles:
            continue
        roles[role] = _role(f"{where}: roles.{role}", role, plan, scenario)
    changed = scenario.model_copy(update={"roles": roles, "topology": topology})
    return loaded.model_copy(update={"scenario": changed})


def _role(where: str, name: str, plan: TopologyRole, scenario: Scenario) -> Role:
    """The role that a topology brings under a name. Raises ScenarioError."""
    there = scenario.roles
    if not plan.like:
        if name not in there:
            raise ScenarioError(
                f"{where}: the scenario {scenario.name} has no such role{nearest(name, there)}; say which of its roles it is "
                f"'like', or take one of {', '.join(there)}"
            )
        if not plan.focus and not plan.by_writer:
            raise ScenarioError(f"{where}: changes nothing; give it a 'focus', or a role that it is 'like'")
        reached = scenario.main_writer if plan.by_writer else there[name].reached_as
        return there[name].model_copy(
            update={"focus": plan.focus or there[name].focus, "reached_as": "" if reached == name else reached}
        )
    if name in there:
        raise ScenarioError(
            f"{where}: the scenario {scenario.name} has a role of this name; leave 'like' out to give that one a focus, or "
            "take another name"
        )
    if plan.like not in there:
        raise ScenarioError(
            f"{where}: is like '{plan.like}', which the scenario {scenario.name} lacks{_why(plan.like, scenario)}"
        )
    if there[plan.like].speaks_as:
        raise ScenarioError(
            f"{where}: is like '{plan.like}', who speaks, and a topology adds no speaker; give '{plan.like}' itself the focus, "
            "or add a speaker to the scenario's 'roles'"
        )
    reached = scenario.main_writer if plan.by_writer else plan.like
    return there[plan.like].model_copy(
        update={"focus": plan.focus or there[plan.like].focus, "reached_as": reached or plan.like}
    )


def _why(lacking: str, scenario: Scenario) -> str:
    """Why a scenario has no such role, or which one may be meant."""
    if lacking == REFINER and scenario.family is not Family.FIELDS:
        return "; whoever spoke a line writes it anew, so that no role refines"
    if scenario.family is Family.WORLD:
        return "; in a world checks prove what is wrong, as with topology=proof"
    return nearest(lacking, scenario.roles)
