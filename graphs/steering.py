"""Steering: what accepted samples were about, so that a brief can say what not to make again. Pure."""

from __future__ import annotations

from collections import deque
from itertools import chain

from scenarios.axes import Cell, tuples_of
from scenarios.records import Candidate, Speech

LONGEST = 120
"""Characters of what a sample is about."""
SHOWN = 3
"""Samples that a brief is told of."""
_KEPT = 3
"""The latest samples that are kept for each pair of values and each cell: they are near to any cell that has it."""

_Sample = tuple[int, Cell, str]
"""Which it is in the order of learning, its cell, and what it is about."""


class Steering:
    """Accepted samples by their values: those of other runs first, then the run's own, as its whole rounds are learned."""

    def __init__(self) -> None:
        self._abouts: dict[str, str] = {}
        self._latest: dict[tuple[tuple[str, str], ...], deque[_Sample]] = {}

    def add(self, id_: str, cell: Cell, about: str) -> None:
        """Remember an accepted sample."""
        if not about:
            return
        sample = (len(self._abouts), cell, about)
        self._abouts[id_] = about
        for key in {*tuples_of(cell, 2), tuple(cell.items())}:
            self._latest.setdefault(key, deque(maxlen=_KEPT)).append(sample)

    def about(self, id_: str | None) -> str:
        """What a sample is about; an empty string where it is not known."""
        return self._abouts.get(id_ or "", "")

    def avoid(self, cell: Cell, first: str = "") -> tuple[str, ...]:
        """What not to make again: `first`, then what the samples are about that share most values with a cell, the latest
        first."""
        keys = {*tuples_of(cell, 2), tuple(cell.items())}
        met = {sample[0]: sample for key in keys for sample in self._latest.get(key, ())}

        def nearness(sample: _Sample) -> tuple[int, int]:
            place, other, _ = sample
            return sum(other[axis] == name for axis, name in cell.items()), place

        nearest = sorted(met.values(), key=nearness, reverse=True)
        texts = dict.fromkeys(chain([first] if first else [], (about for _, _, about in nearest)))
        return tuple(texts)[:SHOWN]


def about_of(candidate: Candidate) -> str:
    """What a sample is about, in one short line: the beginning of its user's first words, or of its first field."""
    spoken = (message.content for message in candidate.messages if message.role is Speech.USER)
    text = " ".join(next(chain(spoken, candidate.fields.values()), "").split())
    if len(text) <= LONGEST:
        return text
    return text[: LONGEST - 1].rsplit(" ", 1)[0] + "…"
