"""What the proof catches and costs: right and wrong dialogues of each world, by kind, and blueprints and proofs a second.

`python benchmarks/proof.py [BLUEPRINTS] [WORLD …]` (500, all three). Each blueprint's right dialogue is proven, and beside
it each misdeed that has a place in it. A right one that is rejected, a wrong one that its check does not name, or one that is
held against the other side ends the command with exit code 1, naming the blueprint.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass, field

from agents.defects.misdeeds.commit import commit, owner_of
from agents.defects.misdeeds.kinds import NAMED_BY, Misdeed
from agents.proof.proof import CLAIMS, prove
from scenarios.records import Brief, Candidate
from scenarios.worlds.blueprint import Blueprint
from scenarios.worlds.cloakroom import WORLD as CLOAKROOM
from scenarios.worlds.compose import draw_blueprint
from scenarios.worlds.courier import WORLD as COURIER
from scenarios.worlds.exemplar import Enacted, enact, exemplar
from scenarios.worlds.library import WORLD as LIBRARY
from scenarios.worlds.world import Dial, World

WORLDS = {world.name: world for world in (CLOAKROOM, LIBRARY, COURIER)}


@dataclass
class Count:
    """What was found in one world."""

    drawn: int = 0
    rejected: list[str] = field(default_factory=list)
    """Right dialogues in which something was found."""
    missed: list[str] = field(default_factory=list)
    blamed: list[str] = field(default_factory=list)
    """Wrong ones that were held against the other side."""
    applied: Counter[Misdeed] = field(default_factory=Counter)
    caught: Counter[Misdeed] = field(default_factory=Counter)
    by: dict[Misdeed, Counter[str]] = field(default_factory=dict)
    draw_s: float = 0.0
    prove_s: float = 0.0
    proofs: int = 0


def a_dial(seed: int) -> Dial:
    """A difficulty that depends on the seed."""
    return Dial(goals=1 + seed % 3, refusals=seed % 2, distractors=2 + seed % 7, unknown=seed % 3)


def failing(world: World, blueprint: Blueprint, made: Enacted, count: Count) -> set[str]:
    """The checks that fail on a dialogue."""
    brief = Brief(id="x", scenario="x", round=0, index=0, seed=0, cell={}, blueprint=blueprint)
    one = Candidate(brief=brief, messages=made.messages, private_calls=made.private_calls, ending=made.ending)
    began = time.perf_counter()
    proof = prove(world, one)
    count.prove_s += time.perf_counter() - began
    count.proofs += 1
    return {name for name in proof.faults if not proof.excuse(name)} | ({"world"} if proof.broken else set())


def look(world: World, seeds: range) -> Count:
    """Right and wrong dialogues of one blueprint a seed."""
    count = Count()
    for seed in seeds:
        began = time.perf_counter()
        blueprint = draw_blueprint(world, seed, a_dial(seed))
        count.draw_s += time.perf_counter() - began
        count.drawn += 1
        if wrong := failing(world, blueprint, enact(world, blueprint, exemplar(world, blueprint, seed)), count):
            count.rejected.append(f"{world.name} {seed}: {', '.join(sorted(wrong))}")
        for misdeed in Misdeed:
            made = commit(misdeed, world, blueprint, seed)
            if made is None:
                continue
            count.applied[misdeed] += 1
            wrong = failing(world, blueprint, made, count)
            count.by.setdefault(misdeed, Counter()).update(wrong & NAMED_BY[misdeed])
            count.caught[misdeed] += bool(wrong & NAMED_BY[misdeed])
            if not wrong & NAMED_BY[misdeed]:
                count.missed.append(f"{world.name} {seed} {misdeed}: {', '.join(sorted(wrong)) or 'nothing fails'}")
            if strangers := sorted(n for n in wrong if n == "world" or CLAIMS[n].owner is not owner_of(misdeed)):
                count.blamed.append(f"{world.name} {seed} {misdeed}: {', '.join(strangers)}")
    return count


def show(name: str, count: Count) -> None:
    """The table of one world."""
    print(f"{name}: {count.drawn} blueprints, {len(count.rejected)} right dialogues rejected")
    print(f"  {count.drawn / count.draw_s:.0f} blueprints/s, {count.proofs / count.prove_s:.0f} proofs/s")
    print(f"  {'misdeed':26} {'applied':>7} {'caught':>7}  by")
    for misdeed in Misdeed:
        by = ", ".join(f"{check} {times}" for check, times in sorted(count.by.get(misdeed, Counter()).items()))
        print(f"  {misdeed:26} {count.applied[misdeed]:7} {count.caught[misdeed]:7}  {by or '-'}")
    kinds = sum(count.applied[misdeed] > 0 for misdeed in Misdeed)
    print(f"  {kinds} kinds, {sum(count.applied.values())} wrong dialogues: {len(count.missed)} missed, "
          f"{len(count.blamed)} held against the other side")  # fmt: skip
    for line in (*count.rejected, *count.missed, *count.blamed)[:20]:
        print(f"    {line}")


def main(blueprints: int, names: list[str]) -> int:
    """Look at each world and print what was found."""
    bad = 0
    for name in names:
        count = look(WORLDS[name], range(blueprints))
        show(name, count)
        bad += len(count.rejected) + len(count.missed) + len(count.blamed)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500, sys.argv[2:] or list(WORLDS)))
