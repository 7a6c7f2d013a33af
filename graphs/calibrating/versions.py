"""Which defects are planted in which samples: every kind and strength as often, as far as the samples have a place for it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.defects.kinds import Defect, DefectStrength, Planted
from agents.defects.planting import kinds_of, plant
from scenarios.loading import Loaded
from scenarios.records import Candidate

_STRENGTHS = tuple(DefectStrength)
_Cell = tuple[Defect, DefectStrength]


@dataclass(frozen=True)
class Versions:
    """The flawed versions of samples, and what could not be made."""

    planted: tuple[Planted, ...]
    passed_over: tuple[Defect, ...]
    """Kinds of the family that have a place in none of the samples."""

    def sounds(self) -> list[Candidate]:
        """The sound versions beside them, each once."""
        return list({sound_key(one.sound): one.sound for one in self.planted}.values())

    def counted(self) -> dict[str, int]:
        """How many there are of each kind and strength, as `kind/strength`."""
        cells = [f"{one.defect}/{one.strength}" for one in self.planted]
        return {cell: cells.count(cell) for cell in sorted(set(cells))}


def sound_key(sound: Candidate) -> str:
    """What tells a sound version from the others: of one sample there may be two, itself and the right dialogue of its
    blueprint."""
    said = "".join(f"{message.role}{message.content}" for message in sound.messages)
    return f"{sound.brief.id}\x1f{said}"


def versions_of(loaded: Loaded, samples: Sequence[Candidate], pairs: int) -> Versions:
    """At most `pairs` flawed versions. Kinds take turns, and with them the strengths; each goes into the sample that has the
    fewest and a place for it. No sample gets the same kind and strength twice."""
    kinds = kinds_of(loaded.scenario.family)
    used = dict.fromkeys(range(len(samples)), 0)
    tried = {cell: set[int]() for cell in _cells(kinds)}
    planted: list[Planted] = []

    def one(cell: _Cell) -> Planted | None:
        for place in sorted(used.keys() - tried[cell], key=lambda at: (used[at], at)):
            tried[cell].add(place)
            stranger = samples[(place + 1) % len(samples)] if len(samples) > 1 else None
            if made := plant(loaded, samples[place], *cell, stranger=stranger):
                used[place] += 1
                return made
        return None

    while len(planted) < pairs:
        before = len(planted)
        for cell in tried:
            if len(planted) < pairs and (made := one(cell)):
                planted.append(made)
        if len(planted) == before:
            break
    there = {each.defect for each in planted}
    # With few pairs not every kind has its turn: one without a turn was not passed over.
    none = tuple(
        kind for kind in kinds if kind not in there and all(len(tried[kind, s]) == len(samples) for s in _STRENGTHS)
    )
    return Versions(tuple(planted), none)


def _cells(kinds: Sequence[Defect]) -> Iterator[_Cell]:
    """Each kind once, each time with the next strength, and so on until all strengths of all kinds had their turn."""
    for turn in range(len(_STRENGTHS)):
        for place, kind in enumerate(kinds):
            yield kind, _STRENGTHS[(turn + place) % len(_STRENGTHS)]
