"""The planner: which cells a round's briefs get, and what they are to avoid. It knows whole curated rounds, the cells planned before, and the memory.

Round p is planned when rounds 0 … p−1−lookahead are curated, and a round is learned when it is whole: so what is planned
depends neither on timing nor on how often the run was stopped.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from graphs.planning.covering import Covering
from graphs.planning.feedback import Hints, Steered
from graphs.planning.giving_up import GivingUp
from graphs.planning.outcomes import BriefOutcome
from graphs.planning.parents import Parents
from graphs.planning.quotas import Counts, Quotas
from graphs.planning.steering import Steering
from memory.archive.archive import Note
from scenarios.briefs import cell_of
from scenarios.loading import Loaded
from scenarios.records import Brief, Parent, Verdict
from scenarios.schema.axes import Cell
from scenarios.schema.demonstrations import Peer
from scenarios.schema.space import Space
from scenarios.seeds import seed_of

LONGEST_ADVICE = 2000
"""Characters of what a brief says that a person said."""


@dataclass(frozen=True)
class Planned:
    """What a brief is planned by."""

    cell: dict[str, str]
    avoid: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    lineage: tuple[str, ...] = ()
    peers: tuple[Peer, ...] = ()
    parent: Parent | None = None
    advice: str = ""

    @classmethod
    def of(cls, brief: Brief) -> Planned:
        """What a brief was planned by."""
        return cls(brief.cell, brief.avoid, brief.missed, brief.lineage, brief.peers, brief.parent, brief.advice)


@dataclass(frozen=True)
class Redo:
    """A brief that is made again, because a person rejected what came of it."""

    id: str
    """The rejected sample's."""
    cell: dict[str, str]
    advice: str = ""
    parent: Parent | None = None

    @classmethod
    def of(cls, brief: Brief, advice: str) -> Redo:
        """What makes a brief again."""
        return cls(brief.id, brief.cell, advice[:LONGEST_ADVICE], brief.parent)


class Planning(StrEnum):
    """How cells are chosen."""

    COVERAGE = "coverage"
    """Every pair of values first, then what is covered least."""
    RANDOM = "random"
    """Each axis by itself by chance, each value by its weight, whatever was made: to compare with."""


class Planner:
    """Chooses the cells of a run's briefs, round by round.

    `quotas` are the run's; the planner keeps within what is left of them, hoping for what is under way. If it steers, it
    says of each brief what the samples near to it were about, and gives what was too near to another one more attempt.
    Values that `giving_up` names get no more briefs. What a person wants to `redo` comes first, once each. By `feedback` the values
    that a student gets wrong get more of them, and briefs show what it got wrong and what helped it.
    """

    def __init__(
        self,
        loaded: Loaded,
        seed: int,
        planning: Planning,
        quotas: Quotas,
        steers: bool,
        giving_up: GivingUp | None = None,
        redo: Sequence[Redo] = (),
        feedback: Steered | None = None,
    ) -> None:
        self._loaded = loaded
        self._seed = seed
        self._planning = planning
        self._quotas = quotas
        self._accepted: Counts = Counter()
        self._hoped: Counts = Counter()
        """Accepted, or planned and not known to have failed."""
        self._steering = Steering() if steers else None
        self._shown = loaded.scenario.demonstrations
        self._feedback = feedback
        self._again: deque[BriefOutcome] = deque()
        """What was too near to another, and has not had its second attempt."""
        self._redo = list(redo)
        """What a person wants to be made again, before anything else that is new, once the quotas have room for it."""
        self._redone = frozenset(one.id for one in redo)
        self._begun: dict[tuple[int, int], Planned] = {}
        self._ahead: dict[int, list[Planned]] = {}
        """Rounds that were planned before the run was stopped, and are not curated."""
        scenario = loaded.scenario
        self._parents = Parents(scenario, scenario.evolve, seed) if scenario.evolve else None
        self.covering = Covering(Space(scenario.axes, scenario.exclude))
        self.giving_up = giving_up or GivingUp(self.covering.space)
        self.met: list[Cell] = []
        """The cells of what the memory holds from other runs."""

    @property
    def shows_peers(self) -> bool:
        """Whether accepted samples are shown as demonstrations."""
        return self._steering is not None and self._shown is not None and self._shown.accepted > 0

    def meet(self, notes: Iterable[Note]) -> None:
        """Count the samples that the memory holds from other runs; cells of other axes or values are passed over."""
        axes = self.covering.space.axes
        for note in notes:
            cell = note.cell
            if cell.keys() == axes.keys() and all(name in axes[axis].names for axis, name in cell.items()):
                self.met.append(cell if list(cell) == list(axes) else {axis: cell[axis] for axis in axes})
                self.covering.accept(self.met[-1])
                if self._feedback:
                    self._feedback.meet(self.met[-1])
                if self._steering:
                    self._steering.add(note.id, self.met[-1], note.about)

    def plan(self, round_: int, numbers: Sequence[int]) -> list[Planned]:
        """The plans of a round's briefs, which are the run's briefs with these numbers. Each round is asked for once."""
        return self._ahead.pop(round_) if round_ in self._ahead else self._plan(round_, numbers)

    def _plan(self, round_: int, numbers: Sequence[int]) -> list[Planned]:
        found = []
        for index, number in enumerate(numbers):
            # What was begun before a kill stays as it was planned, also if the memory or n is another by now.
            if known := self._begun.get((round_, index)):
                self._pass_over(known.lineage)
            found.append(known or self._next(number))
            self._hope(found[-1].cell, found[-1].parent)
        return found

    def _pass_over(self, lineage: tuple[str, ...]) -> None:
        """Forget the attempts that were made or dropped before a known brief: any that were left would have come first."""
        if self._redone.intersection(lineage):
            return
        while self._again and self._again.popleft().id not in lineage:
            pass

    def _next(self, number: int) -> Planned:
        if one := next((one for one in self._redo if not self._ruled_out(one.cell, self._hoped)), None):
            self._redo.remove(one)
            plan = self._steered(number, Planned(dict(one.cell), parent=one.parent))
            return replace(plan, lineage=(one.id,), advice=one.advice)
        while self._again:
            outcome = self._again.popleft()
            if not self._quotas.full(outcome.cell, self._hoped):
                return self._steered(number, Planned(dict(outcome.cell), parent=outcome.parent), outcome)
        cell = self._cell(number)
        parent = self._parents.choose(cell, number) if self._parents else None
        return self._steered(number, Planned(cell, parent=parent))

    def _steered(self, number: int, plan: Planned, again: BriefOutcome | None = None) -> Planned:
        hints = self._feedback.hints(plan.cell, number) if self._feedback else Hints()
        plan = replace(plan, missed=hints.missed, peers=hints.peers)
        if self._steering is None:
            return plan
        nearest = (again.nearest if again else None) or ""
        avoid = self._steering.avoid(plan.cell, self._steering.about(nearest))
        peers = plan.peers
        if self._shown and self._shown.accepted and not peers:
            rng = random.Random(seed_of(self._seed, "peers", number))
            peers = self._steering.peers(plan.cell, self._shown.choose, self._shown.accepted, rng, without=nearest)
        return replace(plan, avoid=avoid, lineage=(again.id,) if again else (), peers=peers)

    def _hope(self, cell: Cell, parent: Parent | None) -> None:
        if self._parents:
            self._parents.count(cell, parent)
        self.covering.plan(cell)
        if self._feedback:
            self._feedback.plan(cell)
        self._hoped.update(self._quotas.parts(cell))

    def _cell(self, number: int) -> dict[str, str]:
        """The next cell: one for which there is room, else one for which there is if what is under way fails."""
        for counts in (self._hoped, self._accepted):
            if (cell := self._within(number, counts)) is not None:
                return cell
        return self._chosen(number, self.giving_up.allowed({}))

    def _within(self, number: int, counts: Counts) -> dict[str, str] | None:
        allowed = self.giving_up.allowed(self._quotas.allowed(counts))
        cell = self._chosen(number, self._feedback.due(allowed) if self._feedback else allowed)
        if self._ruled_out(cell, counts) and (narrowed := self._quotas.narrowed(counts, self._leaves_cells)):
            cell = self._drawn(number, self.giving_up.allowed(narrowed))
        return None if self._ruled_out(cell, counts) else cell

    def _ruled_out(self, cell: Cell, counts: Counts) -> bool:
        return self.giving_up.has(cell) or bool(self._quotas.full(cell, counts))

    def _leaves_cells(self, allowed: Mapping[str, frozenset[str]]) -> bool:
        """Whether a cell keeps to the allowed values and has none that is given up."""
        return self.covering.space.completed({}, self.giving_up.allowed(allowed)) is not None

    @property
    def lost(self) -> bool:
        """Whether no brief is worth making: the run is given up, or every cell that the quotas have room for."""
        if self.giving_up.run or not self.giving_up.all:
            return self.giving_up.run is not None
        if self._quotas.tied:
            return self._quotas.narrowed(self._accepted, self._leaves_cells) is None
        return not self._leaves_cells(self._quotas.allowed(self._accepted))

    def _chosen(self, number: int, allowed: Mapping[str, frozenset[str]]) -> dict[str, str]:
        if self._planning is Planning.RANDOM:
            cell = cell_of(self._loaded, self._seed, number)
            if all(cell[axis] in names for axis, names in allowed.items()):
                return cell
        return self._drawn(number, allowed)

    def _drawn(self, number: int, allowed: Mapping[str, frozenset[str]]) -> dict[str, str]:
        return self.covering.next_cell(random.Random(seed_of(self._seed, "cell", number)), allowed)

    def learn(self, outcomes: Sequence[BriefOutcome]) -> None:
        """What became of a whole round, in the order of its briefs."""
        self.giving_up.learn(outcomes)
        for outcome in outcomes:
            settle(self.covering, outcome)
            if outcome.verdict is Verdict.ACCEPTED:
                self._accepted.update(self._quotas.parts(outcome.cell))
                if self._parents:
                    self._parents.add(outcome.id, outcome.cell, outcome.parent, outcome.fields)
                if self._steering:
                    self._steering.add(outcome.id, outcome.cell, outcome.about, outcome.peer)
            else:
                self._hoped.subtract(self._quotas.parts(outcome.cell))
                if self._steering and outcome.too_near and not outcome.lineage:
                    self._again.append(outcome)

    def replay(
        self,
        rounds: Sequence[Sequence[BriefOutcome]],
        lookahead: int,
        numbers: Callable[[int], Sequence[int]],
        begun: Mapping[tuple[int, int], Planned],
    ) -> None:
        """Bring a new planner to where it stood when `rounds` were curated and it had planned as far as it then might.

        `numbers` gives the numbers of a round's briefs. The plans of curated rounds, and of the briefs that were `begun`
        (by round and index), are known and not made again.
        """
        self._begun.update(begun)
        made = {id_ for outcomes in rounds for outcome in outcomes for id_ in outcome.lineage}
        made.update(id_ for plan in begun.values() for id_ in plan.lineage)
        self._redo = [one for one in self._redo if one.id not in made]
        planned = 0
        for learned, outcomes in enumerate(rounds):
            while planned <= learned + lookahead:
                if planned < len(rounds):
                    for outcome in rounds[planned]:
                        self._pass_over(outcome.lineage)
                        self._hope(outcome.cell, outcome.parent)
                else:
                    self._ahead[planned] = self._plan(planned, numbers(planned))
                planned += 1
            self.learn(outcomes)


def settle(covering: Covering, outcome: BriefOutcome) -> None:
    """Enter in a covering what became of a brief that was planned in it."""
    if outcome.telling:
        covering.settle(outcome.cell, outcome.verdict is Verdict.ACCEPTED)
    else:
        covering.drop(outcome.cell)
