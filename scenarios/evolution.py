"""Evolving: the parents of briefs, which are seeds that a person wrote or samples that stem from them. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from scenarios.records import Parent
from scenarios.schema.plans import EvolvePlan
from scenarios.schema.scenario import Scenario

SEED = "seed:"
"""Before the name of a seed, if a parent's id is wanted. No sample's id begins so."""


def seed_parent(scenario: Scenario, cell: Mapping[str, str]) -> Parent | None:
    """The seed of a cell as a parent; None if the scenario evolves nothing. Raises KeyError for a cell that is none."""
    plan = scenario.evolve
    if plan is None:
        return None
    value = scenario.axes[plan.axis].value(cell[plan.axis])
    return Parent(id=f"{SEED}{value.name}", depth=0, text=value.attributes()[plan.field])


def as_parent(plan: EvolvePlan, id_: str, parent: Parent, fields: Mapping[str, str]) -> Parent | None:
    """The sample `id_`, which was made of `parent`, as a parent itself; None if it is as deep as any sample may be."""
    depth = parent.depth + 1
    return Parent(id=id_, depth=depth, text=fields[plan.field]) if depth < plan.depth else None
