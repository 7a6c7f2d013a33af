"""Plants one known defect in a sound sample. Pure and deterministic."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from agents.defects.kinds import Change, Defect, DefectStrength, Planted, Soil
from agents.defects.of_claims import OF_CLAIMS
from agents.defects.of_fields import OF_FIELDS
from agents.defects.of_talk import OF_TALK
from agents.defects.of_worlds import OF_WORLDS
from scenarios.loading import Loaded
from scenarios.records import Candidate
from scenarios.schema.scenario import Family
from scenarios.seeds import seed_of

_SPOKEN = {**OF_TALK, **OF_CLAIMS}
_PLANTERS: Mapping[Family, Mapping[Defect, Callable[[Soil], Change | None]]] = {
    # Nobody says in a planned dialogue what an assistant may do, so that a claim of it would be no defect.
    Family.DIALOGUE: {kind: plant for kind, plant in _SPOKEN.items() if kind is not Defect.FALSE_ACTION},
    Family.CONVERSATION: _SPOKEN,
    Family.WORLD: {**_SPOKEN, **OF_WORLDS},
    Family.FIELDS: OF_FIELDS,
}


def kinds_of(family: Family) -> tuple[Defect, ...]:
    """The kinds of defect that samples of a family can have."""
    return tuple(_PLANTERS[family])


def plant(
    loaded: Loaded,
    candidate: Candidate,
    defect: Defect,
    strength: DefectStrength,
    seed: int = 0,
    stranger: Candidate | None = None,
) -> Planted | None:
    """The candidate with one defect of this kind and strength; None if it cannot be planted in it. The same arguments give the
    same version. `stranger` is another sample of the scenario, which some defects are made of."""
    planter = _PLANTERS[loaded.scenario.family].get(defect)
    if planter is None:
        return None
    rng = random.Random(seed_of(candidate.brief.id, defect, strength, seed))
    change = planter(Soil(loaded, candidate, strength, rng, stranger))
    sound = candidate if change is None or change.sound is None else change.sound
    if change is None or _same(change.candidate, sound):
        return None
    return Planted(defect, strength, sound, change.candidate, change.said, change.turns, change.act)


def _same(one: Candidate, other: Candidate) -> bool:
    """Whether two versions of a sample have the same content."""
    return (one.messages, one.fields, one.private_calls, one.ending) == (
        other.messages, other.fields, other.private_calls, other.ending,
    )  # fmt: skip
