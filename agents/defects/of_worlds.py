"""Misdeeds in worlds as planted defects: what each is a defect of, and how plainly it shows. Pure."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from agents.defects.kinds import Change, Defect, DefectStrength, Soil
from agents.defects.misdeeds.commit import ACTS, RECORD, USER, WORDS, commit, said_of
from agents.defects.misdeeds.kinds import Misdeed
from scenarios.records import Candidate
from scenarios.worlds.exemplar import Enacted, enact, exemplar

_GROUPS: dict[Defect, frozenset[Misdeed]] = {
    Defect.WORLD_RECORD: RECORD,
    Defect.WORLD_ACTS: ACTS,
    Defect.WORLD_WORDS: WORDS,
    Defect.WORLD_USER: USER,
}
_MILD = frozenset(
    {
        Misdeed.ALTERED_RESULT, Misdeed.ALTERED_PRIVATE_RESULT, Misdeed.MALFORMED_ARGUMENTS,
        Misdeed.CONFIRMED_SOMETHING_ELSE, Misdeed.WROTE_WITHOUT_YES, Misdeed.UNDID_AND_REDID, Misdeed.WRONG_ORDER,
        Misdeed.ONLY_ASKED_WHAT_TO_TELL, Misdeed.TOLD_BEFORE_DONE, Misdeed.FORBIDDEN_PATH, Misdeed.MISFIT_ARGUMENTS,
        Misdeed.ASKED_AGAIN, Misdeed.GAVE_ANSWER_AWAY, Misdeed.UNASKED_FACT, Misdeed.RECITED_INSTRUCTIONS,
        Misdeed.CALLED_UNASKED, Misdeed.MISREPORTED, Misdeed.OPENED_WITHOUT_WISH, Misdeed.SAID_AGAIN,
    }
)  # fmt: skip
_GROSS = frozenset(
    {
        Misdeed.CALL_WITHOUT_RESULT, Misdeed.EXTRA_WRITE, Misdeed.CLAIMED_ONLY, Misdeed.CLAIMED_AFTER_FAILURE,
        Misdeed.DID_NOTHING, Misdeed.DROPPED_LAST_GOAL, Misdeed.LEAKED_ANOTHER, Misdeed.DID_FORBIDDEN,
        Misdeed.UNKNOWN_TOOL, Misdeed.ENDLESS_CALLS, Misdeed.EVERYTHING_AT_ONCE, Misdeed.NO_TO_RIGHT, Misdeed.GAVE_UP,
        Misdeed.WITHHELD_FACT, Misdeed.SPOKE_AS_ASSISTANT, Misdeed.PRIVATE_REASONING, Misdeed.LEFT_MARKER,
    }
)  # fmt: skip
_UNSEEN = frozenset({Misdeed.FOREIGN_CALL_ID})
"""No reader is shown the ids of calls."""


def strength_of(misdeed: Misdeed) -> DefectStrength:
    """How plainly a misdeed shows."""
    return (
        DefectStrength.MILD if misdeed in _MILD else DefectStrength.GROSS if misdeed in _GROSS else DefectStrength.PLAIN
    )


def _misdeed(group: Defect, soil: Soil) -> Change | None:
    """One misdeed of a group in the right dialogue of the sample's blueprint. Its strength is the misdeed's own."""
    world, blueprint = soil.loaded.world, soil.candidate.brief.blueprint
    if world is None or blueprint is None:
        return None
    possible = [one for one in Misdeed if one in _GROUPS[group] - _UNSEEN and strength_of(one) is soil.strength]
    soil.rng.shuffle(possible)
    sound = _as_candidate(soil.candidate, enact(world, blueprint, exemplar(world, blueprint)))
    for misdeed in possible:
        made = commit(misdeed, world, blueprint)
        if made is not None:
            return Change(
                _as_candidate(soil.candidate, made), f"{misdeed}: {said_of(misdeed)}", sound=sound, act=misdeed.value
            )
    return None


def _as_candidate(candidate: Candidate, made: Enacted) -> Candidate:
    return candidate.model_copy(
        update={"messages": made.messages, "private_calls": made.private_calls, "ending": made.ending}
    )


OF_WORLDS: dict[Defect, Callable[[Soil], Change | None]] = {group: partial(_misdeed, group) for group in _GROUPS}
