"""Which records of a dataset may be a record's parent or have been shown to it, as they are met line by line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graphs.planning.feedback import MOST_PEERS
from graphs.planning.steering import peer_of
from graphs.verifying.differences import Mismatch
from scenarios.evolution import as_parent, seed_parent
from scenarios.records import Candidate, Parent
from scenarios.schema.demonstrations import Peer
from scenarios.schema.scenario import Scenario


class _Met(NamedTuple):
    seed: str
    round: int
    parent: Parent
    accepted: bool


class Ancestry:
    """The records so far: as parents of those after them, if the scenario evolves, and as demonstrations, if it shows
    accepted samples."""

    def __init__(self, scenario: Scenario, helpful: Sequence[Peer] = ()) -> None:
        """`helpful` are samples of other runs that feedback shows."""
        self._scenario = scenario
        self._helpful = {peer.id: peer for peer in helpful}
        self._met: dict[str, _Met] = {}
        self._shown = scenario.demonstrations.accepted if scenario.demonstrations else 0
        """At most so many accepted samples are shown to a brief."""
        self._peers: dict[str, tuple[int, Peer]] = {}
        """With their rounds."""

    def add(self, made: Candidate, accepted: bool) -> None:
        """Meet a record."""
        if self._shown and accepted:
            self._peers[made.brief.id] = made.brief.round, peer_of(made)
        plan, brief = self._scenario.evolve, made.brief
        if plan is None or brief.parent is None or plan.field not in made.fields:
            return
        if parent := as_parent(plan, brief.id, brief.parent, made.fields):
            self._met[brief.id] = _Met(brief.cell[plan.axis], brief.round, parent, accepted)

    def expect(self, line: Mapping[str, Any]) -> None:
        """Know a record that stands elsewhere: a person rejected it after others had been made of it. Raises ValueError."""
        plan, brief = self._scenario.evolve, line["brief"]
        if plan is None:
            return
        id_, before = str(line["id"]), Parent.model_validate(brief["parent"])
        if parent := as_parent(plan, id_, before, {plan.field: str(line["fields"][plan.field])}):
            self._met[id_] = _Met(str(brief["cell"][plan.axis]), int(line["round"]), parent, True)

    def parent(self, cell: Mapping[str, str], round_: int, claimed: Any, orphan: bool) -> Parent:
        """The parent that a record of a cell and round claims, by its id. An `orphan` was rejected since its parent was.
        Raises Mismatch if it cannot be the parent."""
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

    def peers(self, told: Sequence[Any], round_: int) -> list[Peer]:
        """The accepted samples that the brief of a record of a round was shown, by their ids: those of earlier rounds. Of
        one that was not met (its file is cut, or today's checks reject it) only the id is known. Raises Mismatch."""
        most = max(self._shown, MOST_PEERS if self._helpful else 0)
        if len(told) > most:
            raise Mismatch("brief.peers", f"at most {most} ids", list(told))
        found: list[Peer] = []
        for place, id_ in enumerate(told):
            if not isinstance(id_, str) or not is_id(self._scenario.name, id_):
                raise Mismatch(f"brief.peers[{place}]", "the id of a record", id_)
            made, peer = self._peers.get(id_, (-1, self._helpful.get(id_, Peer(id=id_))))
            if made >= round_:
                raise Mismatch(f"brief.peers[{place}]", f"a record of a round before {round_}", id_)
            found.append(peer)
        return found


def is_id(scenario: str, text: str) -> bool:
    """Whether a text has the form of a scenario's records' ids."""
    return re.fullmatch(re.escape(scenario) + r"-[0-9a-f]{16}", text) is not None
