"""From a blueprint to a dialogue with one misdeed in it. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable

from agents.defects.misdeeds.kinds import Misdeed
from agents.defects.misdeeds.of_record import OF_RECORD
from agents.defects.misdeeds.of_user import OF_USER
from agents.defects.misdeeds.of_words import OF_WORDS
from agents.defects.misdeeds.of_writes import OF_WRITES
from agents.defects.misdeeds.script import Script
from agents.proof.proof import Owner
from scenarios.seeds import seed_of
from scenarios.worlds.blueprint import Blueprint
from scenarios.worlds.exemplar import Enacted, exemplar
from scenarios.worlds.world import World

RECORD, USER = frozenset(OF_RECORD), frozenset(OF_USER)
"""Those of the record, and those of the user."""
ACTS, WORDS = frozenset(OF_WRITES), frozenset(OF_WORDS)
"""Those of the assistant: in what it does, and in what it says or leaves undone."""
_HOW: dict[Misdeed, Callable[[Script], Enacted | None]] = {**OF_RECORD, **OF_WRITES, **OF_WORDS, **OF_USER}


def commit(misdeed: Misdeed, world: World, blueprint: Blueprint, variant: int = 0) -> Enacted | None:
    """The right dialogue of a blueprint with a misdeed in it, played on the world to its end; None if the misdeed has
    no place in it. The same arguments give the same dialogue."""
    rng = random.Random(seed_of(misdeed, variant, blueprint.model_dump_json()))
    return _HOW[misdeed](Script(world, blueprint, exemplar(world, blueprint, variant), rng))


def owner_of(misdeed: Misdeed) -> Owner:
    """Whose misdeed it is."""
    if misdeed in OF_RECORD:
        return Owner.RECORD
    return Owner.USER if misdeed in OF_USER else Owner.ASSISTANT


def said_of(misdeed: Misdeed) -> str:
    """What goes wrong, in a sentence."""
    return (_HOW[misdeed].__doc__ or misdeed).strip()
