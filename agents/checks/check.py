"""What a check finds, and what it reads: the types that every check shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps

from agents.checks.guards import Passage
from agents.checks.passages import passages
from agents.proof.faults import FaultOf
from agents.proof.proof import Proof, prove
from agents.sandbox.sandbox import RunEnd, RunOutcome
from scenarios.errors import ScenarioError
from scenarios.loading import Loaded
from scenarios.records import Candidate, Status
from scenarios.schema.languages import ENGLISH, language_of


@dataclass(frozen=True)
class Finding:
    """The outcome of one check: PASS where there is nothing to say, else FAIL, or the status that is given."""

    detail: str = ""
    """What is wrong, or why nobody can tell: in words that go on after "It …", or as a sentence that begins with a capital."""
    turn: int | None = None
    """The first turn (from 0) at fault, where the check can tell."""
    given: Status | None = None
    again: str = ""
    """What the writer of the field is shown in place of the detail, if the detail would give away what it may not see: another
    field may be at fault."""

    @property
    def status(self) -> Status:
        """The status of the evidence."""
        return self.given or (Status.FAIL if self.detail else Status.PASS)


NOTHING = Finding()


def of_english(find: Callable[[Reading], Finding]) -> Callable[[Reading], Finding]:
    """A check whose lists of words are English: of samples in other languages it can tell nothing."""

    @wraps(find)
    def found(reading: Reading) -> Finding:
        if reading.in_english:
            return find(reading)
        return Finding(f"its words are English, not {reading.candidate.brief.language}", given=Status.UNVERIFIABLE)

    return found


def ended(outcome: RunOutcome) -> str:
    """How a program ended that did not come to its end, in words that go on after "It …"."""
    return outcome.detail if outcome.ending in UNBOUNDED else f"does not run: {outcome.detail or outcome.ending}"


UNBOUNDED = frozenset({RunEnd.STEPS, RunEnd.TIME, RunEnd.MEMORY})
"""The ends of programs that take too much."""


def lost(outcome: RunOutcome) -> Finding | None:
    """The finding where the sandbox failed, which tells nothing of the program that it ran."""
    return Finding(outcome.detail, given=Status.ERROR) if outcome.ending is RunEnd.CRASHED else None


@dataclass(frozen=True)
class Reading:
    """A candidate as checks read it. What several of them need is worked out once."""

    loaded: Loaded
    candidate: Candidate
    judged: bool = False
    """A verifier whose judgement counts reads the sample."""

    @property
    def in_english(self) -> bool:
        """Whether the sample is to be in English, which checks of words are made for."""
        return language_of(self.candidate.brief.language).name.endswith(ENGLISH)

    @cached_property
    def passages(self) -> list[tuple[int, Passage]]:
        """The candidate's passages with their places, in order."""
        return passages(self.loaded, self.candidate, self.judged)

    @cached_property
    def proof(self) -> Proof:
        """The proof of a dialogue that plays in a world."""
        world = self.loaded.world
        if world is None:
            raise ScenarioError(f"{self.loaded.scenario.name}: checks of the proof need a 'world'")
        return prove(world, self.candidate)


@dataclass(frozen=True)
class Check:
    """A registered check. A change of what it finds is a new version."""

    find: Callable[[Reading], Finding]
    version: int = 1
    fields: tuple[str, ...] = ()
    """The fields that it reads; a scenario that names the check has to have them."""
    texts: tuple[str, ...] = ()
    """The brief's texts that it reads; as with the fields."""
    at: tuple[str, ...] = ()
    """Of fields: those that may be at fault if it fails. If they are several, the check cannot tell which, and the first is
    written anew unless a critic or its writer shows that it is another."""
    early: bool = False
    """Also used while a sample is made: its newest line or field is drawn again where the check fails."""
    fault: FaultOf = FaultOf.FORM
    """What is wrong with a sample in which it finds something. Only faults of substance make contrast pairs."""
    meaning: bool = False
    """It guesses meaning from lists of words, for models that cannot judge. If a verifier whose judgement counts reads the
    sample, the check stands aside: it neither refuses a draw nor rejects."""
    evolves: bool = False
    """It reads what the brief evolves; a scenario that names the check has to evolve something."""
