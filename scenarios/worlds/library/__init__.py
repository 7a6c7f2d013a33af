"""A public library: members, titles and their copies, loans, holds and fines, at the desk on one day."""

from __future__ import annotations

from scenarios.worlds.library import fines, holds, loans, refusals
from scenarios.worlds.library.drawing import draw
from scenarios.worlds.library.policy import POLICY, RULES, private
from scenarios.worlds.library.reads import READS
from scenarios.worlds.library.state import BRANCHES, INVARIANTS, Library
from scenarios.worlds.library.writes import WRITES
from scenarios.worlds.world import World

WORLD = World(
    name="library",
    policy=POLICY,
    state=Library,
    tools=(*READS, *WRITES),
    draw=draw,
    atoms=(*loans.ATOMS, *holds.ATOMS, *fines.ATOMS, *refusals.ATOMS),
    rules=RULES,
    invariants=INVARIANTS,
    instead=dict.fromkeys((holds.PICK_UP, "the new branch"), BRANCHES),
    private=private,
)
