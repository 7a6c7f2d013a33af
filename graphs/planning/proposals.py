"""The proposals for one axis: which are merged, which are dropped, and which become its values. Pure.

All that are left in the end are equally wanted: a model's figures are no weights, since what it says of its own chances is
rough. They give an order. If more are left than are wanted, the least probable come first, because the probable ones are
what any model writes unasked, and what a dataset has too much of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agents.ideation import Proposal
from memory.vectors.likeness import Likeness
from scenarios.schema.ideation import unfit


@dataclass
class _Met:
    """A value that was met: where it belongs, and whether it may still be one of the axis."""

    name: str
    parent: str
    probability: float | None
    """None: it was known in advance, and stays whatever is proposed."""
    dropped: bool = False


@dataclass
class Counted:
    """What became of proposals that were not taken."""

    merged: int = 0
    """They say the same as an earlier one."""
    dropped: int = 0
    """They can be no value, or fit several values of the other axis."""
    unread: int = 0


@dataclass
class Pool:
    """Values for one axis: `count` for each of `parents` (one, with an empty name, if the axis stands alone)."""

    count: int
    parents: Sequence[str]
    likeness: Likeness
    counted: Counted = field(default_factory=Counted)
    _met: list[_Met] = field(default_factory=list)

    def know(self, lists: Mapping[str, Sequence[str]], *, own: bool = False) -> None:
        """Take values that are known in advance, up to the count; what says the same as an earlier one is left out, but for the
        scenario's `own`."""
        for parent in self.parents:
            for name in lists.get(parent, ()):
                if len(self.names(parent)) < self.count and not unfit(name) and (own or not self.likeness.like(name)):
                    self._meet(_Met(name, parent, None))

    def exclude(self, names: Sequence[str]) -> None:
        """Never take these, nor what says the same."""
        for name in names:
            self._meet(_Met(name, "", 0.0, dropped=True))

    def offer(self, proposals: Mapping[str, Sequence[Proposal]]) -> dict[str, list[str]]:
        """Take the proposals of one round of calls, by parent; returns those that are new."""
        for parent in self.parents:
            for one in proposals.get(parent, ()):
                if unfit(one.value):
                    self.counted.dropped += 1
                elif like := [self._met[place] for place in self.likeness.like(one.value)]:
                    self._double(parent, like)
                else:
                    self._meet(_Met(one.value, parent, one.probability))
        fresh = {parent: [one.value for one in found] for parent, found in proposals.items()}
        return {
            parent: [name for name in self.names(parent) if name in fresh.get(parent, ())] for parent in self.parents
        }

    def _double(self, parent: str, like: Sequence[_Met]) -> None:
        """A proposal that says the same as others: of one list it is merged, of two it is dropped, and so are they."""
        if all(other.parent == parent and not other.dropped for other in like):
            self.counted.merged += 1
            return
        self.counted.dropped += 1
        for other in like:
            if other.parent != parent:
                self._drop(other)

    def drop(self, names: set[str]) -> None:
        """Drop values that turned out to fit several values of the other axis."""
        for one in self._met:
            if one.name in names:
                self._drop(one)

    def _drop(self, one: _Met) -> None:
        # It stays met, so that it is not taken when it is proposed again.
        if one.probability is not None and not one.dropped:
            one.dropped = True
            self.counted.dropped += 1

    def _meet(self, one: _Met) -> None:
        self._met.append(one)
        self.likeness.add([one.name])

    def names(self, parent: str) -> list[str]:
        """What is left for a parent, in the order in which it was met."""
        return [one.name for one in self._met if one.parent == parent and not one.dropped]

    def missing(self, parent: str) -> int:
        """How many values a parent still lacks."""
        return max(0, self.count - len(self.names(parent)))

    def values(self) -> dict[str, list[str]]:
        """The values by parent: those known in advance, then the least probable, up to the count."""
        left = [one for one in self._met if not one.dropped]
        ranked = sorted(left, key=lambda one: -1.0 if one.probability is None else one.probability)
        return {parent: [one.name for one in ranked if one.parent == parent][: self.count] for parent in self.parents}
