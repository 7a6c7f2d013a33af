"""Which records of a dataset may be a record's parent, as they are met line by line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from graphs.differing import Mismatch
from scenarios.evolution import as_parent, seed_parent
from scenarios.records import Candidate, Parent
from scenarios.schema import Scenario


class _Met(NamedTuple):
    seed: str
    round: int
    parent: Parent
    accepted: bool


class Ancestry:
    """The records so far, as parents of those after them; none where the scenario evolves nothing."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._met: dict[str, _Met] = {}

    def add(self, made: Candidate, accepted: bool) -> None:
        """Meet a record."""
        plan, brief = self._scenario.evolve, made.brief
        if plan is None or brief.parent is None or plan.field not in made.fields:
            return
        if parent := as_parent(plan, brief.id, brief.parent, made.fields):
            self._met[brief.id] = _Met(brief.cell[plan.axis], brief.round, parent, accepted)

    def parent(self, cell: Mapping[str, str], round_: int, claimed: Any, orphan: bool) -> Parent:
        """The parent that a record of a cell and round claims, by its id. An `orphan` was rejected since its parent was.
        Raises Mismatch where it cannot be the parent."""
        plan, seed = self._scenario.evolve, seed_parent(self._scenario, cell)
        assert plan is not None
        assert seed is not None
        if claimed == seed.id and not orphan:
            return seed
        met = self._met.get(claimed) if isinstance(claimed, str) else None
        if met is None or met.seed != cell[plan.axis] or met.round >= round_ or met.accepted is orphan:
            sort = "a rejected" if orphan else f"{seed.id}, or an accepted"
            due = f"{sort} record of an earlier round that stems from it in under {plan.depth} steps"
            raise Mismatch("lineage[0]", due, claimed)
        return met.parent
