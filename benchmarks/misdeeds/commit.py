"""From a blueprint to a dialogue with one misdeed in it. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable

from agents.proof.proof import Owner
from misdeeds.kinds import Misdeed
from misdeeds.of_record import OF_RECORD
from misdeeds.of_user import OF_USER
from misdeeds.of_words import OF_WORDS
from misdeeds.of_writes import OF_WRITES
from misdeeds.script import Script
from scenarios.seeds import seed_of
from scenarios.worlds.blueprint import Blueprint
from scenarios.worlds.exemplar import Enacted, exemplar
from scenarios.worlds.world import World

_HOW: dict[Misdeed, Callable[[Script], Enacted | None]] = {**OF_RECORD, **OF_WRITES, **OF_WORDS, **OF_USER}


def commit(misdeed: Misdeed, world: World, blueprint: Blueprint, variant: int = 0) -> Enacted | None:
    """The right dialogue of a blueprint with a misdeed in it, played on the world to its end; None where the misdeed has
    no place in it. The same arguments give the same dialogue."""
    rng = random.Random(seed_of(misdeed, variant, blueprint.model_dump_json()))
    return _HOW[misdeed](Script(world, blueprint, exemplar(world, blueprint, variant), rng))


def owner_of(misdeed: Misdeed) -> Owner:
    """Whose misdeed it is."""
    if misdeed in OF_RECORD:
        return Owner.RECORD
    return Owner.USER if misdeed in OF_USER else Owner.ASSISTANT
