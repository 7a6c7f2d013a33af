"""Checks: what a finished candidate must hold. Pure functions; each outcome is evidence with a version.

The guards that work while a sample is made are applied here again to the whole sample, since refine steps,
resumed runs and other models come to it by other ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from agents.checks.check import NOTHING, Check, Finding, Reading
from agents.checks.code.programs import PROGRAM_CHECKS
from agents.checks.conversation.checks import CONVERSATION
from agents.checks.evolve.evolution import EVOLUTION
from agents.checks.extract.extraction import EXTRACTION
from agents.checks.grounded.grounding import GROUNDING
from agents.checks.guards import GUARDS, GUESSING, VERSIONS, Passage, fault, ruling
from agents.checks.labels import LABELLED
from agents.checks.levels.documents import DOCUMENT_LEVEL
from agents.checks.levels.functions import FUNCTION_LEVEL
from agents.checks.levels.pages import PAGE_LEVEL
from agents.checks.levels.problems import PROBLEM_LEVEL
from agents.checks.math import PROBLEM_CHECKS
from agents.checks.planned import IN_PLAN, PLAN
from agents.checks.worlds import PROOF_CHECKS
from agents.proof.faults import FaultOf
from agents.text.phrases import holds
from scenarios.errors import ScenarioError, nearest
from scenarios.loading import Loaded
from scenarios.records import Candidate, Evidence, Status
from scenarios.schema.plans import INGREDIENTS
from scenarios.schema.roles import RoleKind, judging_roles, model_checks, panels
from scenarios.schema.topology import CHOICE

_NO_CHECK = Check(lambda reading: NOTHING)
_FAULT_OF_GUARD = {"facts_consistent": FaultOf.TRUTH}
"""What a guard finds that is more than a matter of form."""


class DrawFault(NamedTuple):
    """What a check has against a draw."""

    check: str
    detail: str
    again: str = ""
    """What its writer is shown in place of the detail, if that would give away what it may not see."""


def _turn_order(reading: Reading) -> Finding:
    """Each turn is spoken by the role that the plan gives it to."""
    made = reading.candidate
    for place, (turn, message) in enumerate(zip(made.brief.turns, made.messages, strict=False)):
        wanted = reading.loaded.scenario.roles[turn.speaker].speaks_as
        if message.role is not wanted:
            return Finding(f"turn {place} is spoken by {message.role}, not by {wanted}", place)
    return NOTHING


def _complete(reading: Reading) -> Finding:
    """The dialogue has as many turns as its plan."""
    planned, held = len(reading.candidate.brief.turns), len(reading.candidate.messages)
    return Finding(f"has {held} turns of the {planned} that its goal needs") if held != planned else NOTHING


def _fields_present(reading: Reading) -> Finding:
    """Every field has a text."""
    for plan in reading.loaded.scenario.fields:
        if not reading.candidate.fields.get(plan.name, "").strip():
            return Finding(f"the field '{plan.name}' is empty")
    return NOTHING


def _non_empty(reading: Reading) -> Finding:
    """The sample has a text."""
    return NOTHING if reading.candidate.text().strip() else Finding("there is no text")


def _uses_ingredients(reading: Reading) -> Finding:
    """The sample's text has each of the words that the brief drew for it."""
    made = reading.candidate
    facts = reading.loaded.scenario.facts
    wanted = [word for name, plan in facts.items() if plan.words for word in made.brief.facts[name].split(INGREDIENTS)]
    text = made.text()
    missing = [word for word in wanted if not holds(word, text)]
    return Finding(f"does not use {', '.join(missing)}") if missing else NOTHING


def _by_guard(name: str) -> Callable[[Reading], Finding]:
    """The check that a guard is: what it finds in the first passage at fault, or else in the first that it cannot read."""

    def find(reading: Reading) -> Finding:
        unread = NOTHING
        for place, passage in reading.passages:
            found = ruling(name, passage)
            if found.status is Status.PASS or (found.status is Status.UNVERIFIABLE and unread is not NOTHING):
                continue
            detail = f"turn {place}: {found.detail}" if reading.candidate.messages else found.detail
            if found.status is Status.FAIL:
                return Finding(detail, place)
            unread = Finding(detail, place, Status.UNVERIFIABLE)
        return unread

    return find


CHECKS: dict[str, Check] = {
    "turn_order": Check(_turn_order),
    "complete": Check(_complete),
    "fields_present": Check(_fields_present),
    "non_empty": Check(_non_empty),
    **PROBLEM_CHECKS,
    **PROBLEM_LEVEL,
    **FUNCTION_LEVEL,
    **PAGE_LEVEL,
    **DOCUMENT_LEVEL,
    **PROGRAM_CHECKS,
    "uses_ingredients": Check(_uses_ingredients),
    **{
        name: Check(
            _by_guard(name), VERSIONS[name], meaning=name in GUESSING, fault=_FAULT_OF_GUARD.get(name, FaultOf.FORM)
        )
        for name in GUARDS
    },
    **PROOF_CHECKS,
    **GROUNDING,
    **EXTRACTION,
    **EVOLUTION,
    **CONVERSATION,
    **LABELLED,
}
"""Every pure check by its name in the evidence; the guards are checks, too."""


ASIDE = "word lists do not judge it: a verifier whose judgement counts is asked"
"""The detail of the evidence of a check that stands aside."""


def run_checks(loaded: Loaded, candidate: Candidate, judged: bool = False) -> tuple[Evidence, ...]:
    """The evidence of every pure check that the scenario names, in its order. If the sample is `judged` by a verifier whose
    judgement counts, checks that guess meaning stand aside."""
    reading = Reading(loaded, candidate, judged)
    return tuple(
        _evidence(plan.name, CHECKS[plan.name], reading) for plan in loaded.scenario.checks if plan.name in CHECKS
    )


def _evidence(name: str, check: Check, reading: Reading) -> Evidence:
    if check.meaning and reading.judged:
        return Evidence(check=name, version=check.version, status=Status.UNVERIFIABLE, detail=ASIDE)
    found = check.find(reading)
    return Evidence(check=name, version=check.version, status=found.status, detail=found.detail, turn=found.turn)


def version_of(name: str) -> int:
    """The version of what rejects draws: a check's, or that of no check if an answer could not even be read."""
    return CHECKS.get(name, _NO_CHECK).version


def refusing_checks(loaded: Loaded, judged: bool) -> list[str]:
    """The checks that may refuse a draw: those that the scenario requires and that do not stand aside."""
    plans = [plan for plan in loaded.scenario.checks if plan.required and plan.name in CHECKS]
    return [plan.name for plan in plans if not (judged and CHECKS[plan.name].meaning)]


def early_checks(loaded: Loaded, newest: str | int, judged: bool = False) -> list[str]:
    """The checks that are applied to the newest part of an unfinished sample: the early ones, and those that the scenario
    binds to the field `newest`."""
    bound = {plan.name for plan in loaded.scenario.checks if plan.field and plan.field == newest}
    return [name for name in refusing_checks(loaded, judged) if CHECKS[name].early or name in bound]


def early_faults(loaded: Loaded, made: Candidate, newest: str | int, judged: bool = False) -> Iterator[DrawFault]:
    """What is wrong with the newest part of an unfinished sample, check by check: with a field that was just drawn, or with
    the messages from a place on. Asked are the `early_checks`.

    Status ERROR is no fault of the sample: the check is made again when the sample is whole.
    """
    reading = Reading(loaded, made, judged)
    for name in early_checks(loaded, newest, judged):
        found = CHECKS[name].find(reading)
        before = isinstance(newest, int) and found.turn is not None and found.turn < newest
        if found.status is Status.FAIL and not before:
            yield DrawFault(name, found.detail, found.again)


def suspects_of(loaded: Loaded, name: str) -> tuple[str, ...]:
    """The fields of the scenario one of which is at fault if the check fails, the first by default: the field that the scenario
    binds it to, or those that the check knows."""
    bound = next((plan.field for plan in loaded.scenario.checks if plan.name == name), "")
    there = {plan.name for plan in loaded.scenario.fields}
    own = tuple(field for field in CHECKS.get(name, _NO_CHECK).at if field in there)
    return own if not bound or bound in own else (bound, *own)


def fault_of(name: str) -> FaultOf:
    """The kind of fault that a check finds; FORM for what is no check: an answer that could not be read."""
    return CHECKS.get(name, _NO_CHECK).fault


def draw_faults(
    loaded: Loaded, made: Candidate, newest: str | int, passages: Sequence[Passage], judged: bool = False
) -> Iterator[DrawFault]:
    """All that is wrong with a draw: what guards find in its `passages`, then what the early checks find in the unfinished
    sample that it is the newest part of."""
    guards = [name for name in refusing_checks(loaded, judged) if name in GUARDS]
    for passage in passages:
        yield from (DrawFault(name, found) for name in guards if (found := fault(name, passage)))
    yield from early_faults(loaded, made, newest, judged)


def check_names_known(loaded: Loaded) -> None:
    """Raise ScenarioError if a scenario names a check that is not registered, or that reads what it does not have."""
    asked = model_checks(loaded.scenario)
    known = [*CHECKS, *asked]
    for role in judging_roles(loaded.scenario):
        if role in CHECKS or role == CHOICE:
            raise ScenarioError(f"roles.{role}: is the name of a check, and evidence is kept by name: rename the role")
    for panel in panels(loaded.scenario):
        if panel in CHECKS or (panel in loaded.scenario.roles and panel != RoleKind.JUDGE):
            what = "a check" if panel in CHECKS else "a role"
            raise ScenarioError(
                f"topology: the panel '{panel}' has the name of {what}, and evidence is kept by name: rename the node"
            )
    fields = {plan.name for plan in loaded.scenario.fields}
    for plan in loaded.scenario.checks:
        if plan.name not in known:
            raise ScenarioError(
                f"checks: '{plan.name}' is unknown{nearest(plan.name, known)}; known: {', '.join(known)}"
            )
        if plan.field and plan.name in asked:
            raise ScenarioError(f"checks: '{plan.name}' asks a model, so it cannot have a field drawn again")
        check = CHECKS.get(plan.name, _NO_CHECK)
        if check.evolves and loaded.scenario.evolve is None:
            raise ScenarioError(f"checks: '{plan.name}' reads what a brief evolves, and the scenario lacks 'evolve'")
        for what, needed, there in (
            ("field", check.fields, fields),
            ("brief's text", check.texts, loaded.scenario.brief),
        ):
            for name in needed:
                if name not in there and not (PLAN in fields and name in IN_PLAN):
                    raise ScenarioError(f"checks: '{plan.name}' reads the {what} '{name}', which the scenario lacks")
