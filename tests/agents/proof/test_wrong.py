"""Every misdeed is named by its check, and held against nobody else."""

from __future__ import annotations

from collections import Counter

import pytest

from agents.defects.misdeeds.commit import commit, owner_of
from agents.defects.misdeeds.kinds import NAMED_BY, Misdeed
from agents.proof.proof import CLAIMS
from scenarios.worlds.blueprint import Side
from tests.agents.proof.dialogues import WORLDS, a_blueprint, failing, of, proof_of, unverifiable

SEEDS = {"cloakroom": range(9), "library": range(7), "courier": range(7)}
NOWHERE = {
    "cloakroom": {Misdeed.WROTE_TWICE, Misdeed.ONLY_ASKED_WHAT_TO_TELL},
    "library": {
        Misdeed.ALTERED_PRIVATE_RESULT, Misdeed.CALLED_UNASKED, Misdeed.MISREPORTED, Misdeed.DID_NOT_LOOK,
    },
    "courier": set(),
}  # fmt: skip
"""Misdeeds that have no place in a world: no write can be done twice there, or the user has no tools."""


@pytest.mark.parametrize("name", WORLDS)
def test_every_misdeed_is_named_by_its_check_and_blamed_on_nobody_else(name: str) -> None:
    world, applied = WORLDS[name], Counter[Misdeed]()
    for seed in SEEDS[name]:
        blueprint = a_blueprint(name, seed)
        for misdeed in Misdeed:
            made = commit(misdeed, world, blueprint, seed)
            if made is None:
                continue
            applied[misdeed] += 1
            proof = proof_of(world, blueprint, made)
            wrong = failing(proof)
            assert wrong & NAMED_BY[misdeed], (seed, misdeed, proof.faults)
            assert wrong <= of(owner_of(misdeed)), (seed, misdeed, proof.faults)
            assert wrong or not unverifiable(proof)
    assert set(Misdeed) - set(applied) <= NOWHERE[name]
    assert bool(world.of(Side.USER)) is (Misdeed.MISREPORTED in applied)


def test_a_misdeed_is_the_same_each_time() -> None:
    for misdeed in Misdeed:
        once, again = (commit(misdeed, WORLDS["cloakroom"], a_blueprint("cloakroom", 5), 3) for _ in range(2))
        assert once == again


def test_every_misdeed_is_named_by_a_check_of_its_owner() -> None:
    assert set(NAMED_BY) == set(Misdeed)
    for misdeed, names in NAMED_BY.items():
        assert names
        assert names <= of(owner_of(misdeed)), misdeed


def test_every_check_names_some_misdeed() -> None:
    named = {name for names in NAMED_BY.values() for name in names}
    assert set(CLAIMS) - named == {"end_state"}, (
        "writes names what leads to a wrong state, and end_state fails beside it"
    )


def test_the_end_state_is_told_with_its_first_difference() -> None:
    for seed in range(6):
        blueprint = a_blueprint("cloakroom", seed)
        made = commit(Misdeed.EXTRA_WRITE, WORLDS["cloakroom"], blueprint, seed)
        assert made is not None
        proof = proof_of(WORLDS["cloakroom"], blueprint, made)
        assert "end_state" in failing(proof)
        assert proof.faults["end_state"].detail.startswith("items.T")
        assert " at the end, not " in proof.faults["end_state"].detail


@pytest.mark.parametrize("seed", [50, 446])
def test_what_is_told_for_one_goal_is_not_told_for_another(seed: int) -> None:
    """Both goals have to do with the same branch, or with the same place in a queue."""
    blueprint = a_blueprint("library", seed)
    made = commit(Misdeed.ENDED_EARLY, WORLDS["library"], blueprint, seed)
    assert made is not None
    assert failing(proof_of(WORLDS["library"], blueprint, made)) == {"user_ended"}
    made = commit(Misdeed.DROPPED_LAST_GOAL, WORLDS["library"], blueprint, seed)
    assert made is not None
    assert "told" in failing(proof_of(WORLDS["library"], blueprint, made))
