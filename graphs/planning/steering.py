"""Steering: what accepted samples were about, so that a brief can say what not to make again, and which of them are shown
as demonstrations. Pure."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass
from itertools import chain

from scenarios.messages import Speech
from scenarios.records import Candidate
from scenarios.schema.axes import Cell, tuples_of
from scenarios.schema.demonstrations import Choice, Peer, chosen

LONGEST = 120
"""Characters of what a sample is about."""
SHOWN = 3
"""Samples that a brief names."""
_KEPT = 3
"""The latest samples that are kept for each pair of values and each cell: they are near to any cell that has it."""
_RECENT = 200
"""The latest samples that may be shown whatever their cells."""


@dataclass(frozen=True)
class _Sample:
    place: int
    """Which it is in the order of learning."""
    cell: Cell
    about: str
    peer: Peer | None


class Steering:
    """Accepted samples by their values: those of other runs first, then the run's own, as its whole rounds are learned."""

    def __init__(self) -> None:
        self._abouts: dict[str, str] = {}
        self._latest: dict[tuple[tuple[str, str], ...], deque[_Sample]] = {}
        self._recent: deque[Peer] = deque(maxlen=_RECENT)

    def add(self, id_: str, cell: Cell, about: str, peer: Peer | None = None) -> None:
        """Remember an accepted sample, and what it is as a demonstration if it may be shown as one."""
        if peer is not None:
            self._recent.append(peer)
        if not about:
            return
        sample = _Sample(len(self._abouts), cell, about, peer)
        self._abouts[id_] = about
        for key in _keys(cell):
            self._latest.setdefault(key, deque(maxlen=_KEPT)).append(sample)

    def about(self, id_: str | None) -> str:
        """What a sample is about; an empty string if it is not known."""
        return self._abouts.get(id_ or "", "")

    def avoid(self, cell: Cell, first: str = "") -> tuple[str, ...]:
        """What not to make again: `first`, then what the samples are about that share most values with a cell, the latest
        first."""

        def nearness(sample: _Sample) -> tuple[int, int]:
            return sum(sample.cell[axis] == name for axis, name in cell.items()), sample.place

        nearest = sorted(self._near(cell), key=nearness, reverse=True)
        texts = dict.fromkeys(chain([first] if first else [], (sample.about for sample in nearest)))
        return tuple(texts)[:SHOWN]

    def peers(self, cell: Cell, choice: Choice, count: int, rng: random.Random, without: str = "") -> tuple[Peer, ...]:
        """The accepted samples to show for a cell, at most `count`, chosen as demonstrations are; never `without`."""
        if count == 0 or choice is Choice.NONE:
            return ()
        pool = {peer.id: peer for peer in self._recent}
        if choice is Choice.NEAR:
            pool |= {sample.peer.id: sample.peer for sample in self._near(cell) if sample.peer is not None}
        found = [peer for id_, peer in pool.items() if id_ != without]
        return tuple(found[place] for place in chosen(found, cell, choice, count, rng))

    def _near(self, cell: Cell) -> list[_Sample]:
        """Samples that share values with a cell, in the order of learning."""
        met = {sample.place: sample for key in _keys(cell) for sample in self._latest.get(key, ())}
        return [met[place] for place in sorted(met)]


def _keys(cell: Cell) -> set[tuple[tuple[str, str], ...]]:
    return {*tuples_of(cell, 2), tuple(cell.items())}


def peer_of(candidate: Candidate) -> Peer:
    """An accepted sample as a demonstration."""
    brief = candidate.brief
    lines = tuple(
        {"speaker": turn.speaker, "act": turn.act, "text": message.content}
        for turn, message in zip(brief.turns, candidate.messages, strict=True)
    )
    return Peer(
        id=brief.id, cell=brief.cell, facts=brief.facts, texts=brief.texts, lines=lines, fields=candidate.fields
    )


def about_of(candidate: Candidate) -> str:
    """What a sample is about, in one short line: the beginning of its user's first words, or of its first field."""
    spoken = (message.content for message in candidate.messages if message.role is Speech.USER)
    text = " ".join(next(chain(spoken, candidate.fields.values()), "").split())
    if len(text) <= LONGEST:
        return text
    return text[: LONGEST - 1].rsplit(" ", 1)[0] + "…"
