"""The proof of a dialogue in a world: every check's fault, and whose fault it is. Pure.

Checks are of three kinds: of the record, of the assistant and of the user. A fault of one side never counts against the
other: what may be its consequence is UNVERIFIABLE, and so is all that follows a fault of the record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from agents.proof import conduct, outcome, progress, record, speech, user, user_end
from agents.proof.case import Case, case_of
from agents.proof.faults import FaultOf
from agents.proof.trace import Flaw, Trace, broken_world, trace_of
from scenarios.records import Candidate
from scenarios.worlds.world import World, WorldBroken


class Owner(StrEnum):
    """Of whom a check proves something."""

    RECORD = "record"
    ASSISTANT = "assistant"
    USER = "user"


@dataclass(frozen=True)
class ProofCheck:
    """One thing that is proven: of whom, and how its fault is found."""

    owner: Owner
    find: Callable[[Case], Flaw | None]
    fault: FaultOf
    """What is wrong where it finds something."""
    version: int = 1
    conduct: bool = True
    """It can be judged while the dialogue is under way."""


CLAIMS: dict[str, ProofCheck] = {
    "tool_format": ProofCheck(Owner.RECORD, record.tool_format, FaultOf.TOOLS, conduct=False),
    "replay": ProofCheck(Owner.RECORD, record.replay, FaultOf.TOOLS),
    "valid_calls": ProofCheck(Owner.ASSISTANT, conduct.valid_calls, FaultOf.TOOLS),
    "identified": ProofCheck(Owner.ASSISTANT, conduct.identified, FaultOf.POLICY),
    "read_first": ProofCheck(Owner.ASSISTANT, conduct.read_first, FaultOf.TOOLS, version=2),
    "rules": ProofCheck(Owner.ASSISTANT, conduct.rules, FaultOf.POLICY, version=2),
    "private": ProofCheck(Owner.ASSISTANT, conduct.private, FaultOf.POLICY),
    "confirmed": ProofCheck(Owner.ASSISTANT, conduct.confirmed, FaultOf.POLICY, version=2),
    "refused": ProofCheck(Owner.ASSISTANT, outcome.refused, FaultOf.POLICY, version=2),
    "claims": ProofCheck(Owner.ASSISTANT, speech.claims, FaultOf.TRUTH, version=2),
    "invented": ProofCheck(Owner.ASSISTANT, speech.invented, FaultOf.TRUTH),
    "assistant_repeats": ProofCheck(Owner.ASSISTANT, progress.assistant_repeats, FaultOf.FORM),
    "writes": ProofCheck(Owner.ASSISTANT, outcome.writes, FaultOf.TOOLS, version=2),
    "told": ProofCheck(Owner.ASSISTANT, outcome.told, FaultOf.FORM, version=2, conduct=False),
    "end_state": ProofCheck(Owner.ASSISTANT, outcome.end_state, FaultOf.TOOLS, version=2, conduct=False),
    "assistant_ended": ProofCheck(Owner.ASSISTANT, outcome.assistant_ended, FaultOf.FORM, version=2, conduct=False),
    "user_in_role": ProofCheck(Owner.USER, user.user_in_role, FaultOf.FORM, version=2),
    "user_asks": ProofCheck(Owner.USER, progress.user_asks, FaultOf.FORM, version=2),
    "user_repeats": ProofCheck(Owner.USER, progress.user_repeats, FaultOf.FORM, version=2),
    "user_faithful": ProofCheck(Owner.USER, user.user_faithful, FaultOf.TRUTH, version=2),
    "user_discloses": ProofCheck(Owner.USER, user.user_discloses, FaultOf.FORM, version=2),
    "user_calls": ProofCheck(Owner.USER, user.user_calls, FaultOf.TOOLS, version=2),
    "user_agrees": ProofCheck(Owner.USER, user.user_agrees, FaultOf.POLICY, version=2),
    "user_ended": ProofCheck(Owner.USER, user_end.user_ended, FaultOf.FORM, version=2, conduct=False),
}
"""Every check of the proof by its name."""

_OTHER = {Owner.ASSISTANT: Owner.USER, Owner.USER: Owner.ASSISTANT}


@dataclass(frozen=True)
class Proof:
    """What was found, by check. `broken` says that the world itself has a fault, and then nothing was."""

    trace: Trace | None
    faults: Mapping[str, Flaw] = field(default_factory=dict)
    broken: str = ""

    def excuse(self, name: str) -> str:
        """Why the fault of a check cannot be laid to its side; empty where it can."""
        fault, owner = self.faults[name], CLAIMS[name].owner
        if owner is Owner.RECORD:
            return ""
        if first := self._before(Owner.RECORD, fault.turn + 1):
            return f"the record itself is wrong from message {self.faults[first].turn} on ({first})"
        if self._is_open(fault):
            return "the dialogue has no ending"
        if fault.excusable and (first := self._before(_OTHER[owner], fault.turn)):
            return f"{_OTHER[owner]} was at fault before, at message {self.faults[first].turn} ({first})"
        return ""

    def _before(self, owner: Owner, turn: int) -> str:
        """The check with an owner's first fault, where that comes before a turn."""
        theirs = [
            name
            for name, fault in self.faults.items()
            if CLAIMS[name].owner is owner and fault.turn < turn and not self._is_open(fault)
        ]
        return min(theirs, key=lambda name: self.faults[name].turn, default="")

    def _is_open(self, fault: Flaw) -> bool:
        """Whether the dialogue could still have made a fault good."""
        return fault.at_end and self.trace is not None and self.trace.ending is None


def prove(world: World, candidate: Candidate) -> Proof:
    """Play a dialogue again and look for every check's fault. The same record gives the same proof."""
    try:
        trace = trace_of(world, candidate)
        case = case_of(trace)
        found = {name: claim.find(case) for name, claim in CLAIMS.items()}
    except WorldBroken as error:
        return Proof(None, broken=broken_world(error))
    return Proof(trace, {name: fault for name, fault in found.items() if fault is not None})
