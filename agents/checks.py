"""Checks: what a finished candidate must hold. Pure functions; each outcome is evidence with a version.

The guards that work while a sample is made are applied here again to the whole sample, since refine steps,
resumed runs and other models come to it by other ways.
"""

from __future__ import annotations

from collections.abc import Callable

from agents.findings import NOTHING, Check, Finding, Reading
from agents.guards import GUARDS, holds
from scenarios.errors import ScenarioError, nearest
from scenarios.loading import Loaded
from scenarios.records import Candidate, Evidence, Status
from scenarios.schema import INGREDIENTS

MODEL_CHECKS = ("verifier",)
CONDUCT: frozenset[str] = frozenset()


def _turn_order(reading: Reading) -> Finding:
    made = reading.candidate
    for place, (turn, message) in enumerate(zip(made.brief.turns, made.messages, strict=False)):
        wanted = reading.loaded.scenario.roles[turn.speaker].speaks_as
        if message.role is not wanted:
            return Finding(f"turn {place} is spoken by {message.role}, not by {wanted}", place)
    return NOTHING


def _complete(reading: Reading) -> Finding:
    planned, held = len(reading.candidate.brief.turns), len(reading.candidate.messages)
    return Finding(f"has {held} turns of the {planned} that its goal needs") if held != planned else NOTHING


def _fields_present(reading: Reading) -> Finding:
    for plan in reading.loaded.scenario.fields:
        if not reading.candidate.fields.get(plan.name, "").strip():
            return Finding(f"the field '{plan.name}' is empty")
    return NOTHING


def _non_empty(reading: Reading) -> Finding:
    return NOTHING if reading.candidate.text().strip() else Finding("there is no text")


def _uses_ingredients(reading: Reading) -> Finding:
    made = reading.candidate
    facts = reading.loaded.scenario.facts
    wanted = [word for name, plan in facts.items() if plan.words for word in made.brief.facts[name].split(INGREDIENTS)]
    text = made.text()
    missing = [word for word in wanted if not holds(word, text)]
    return Finding(f"does not use {', '.join(missing)}") if missing else NOTHING


def _by_guard(name: str) -> Callable[[Reading], Finding]:
    """The check that a guard is: what it finds in the first passage at fault."""

    def find(reading: Reading) -> Finding:
        for place, passage in reading.passages:
            if found := GUARDS[name](passage):
                return Finding(f"turn {place}: {found}" if reading.candidate.messages else found, place)
        return NOTHING

    return find


CHECKS: dict[str, Check] = {
    "turn_order": Check(_turn_order),
    "complete": Check(_complete),
    "fields_present": Check(_fields_present),
    "non_empty": Check(_non_empty),
    "uses_ingredients": Check(_uses_ingredients),
    **{name: Check(_by_guard(name)) for name in GUARDS},
}
"""Every pure check by its name in the evidence; the guards are checks, too."""


def run_checks(loaded: Loaded, candidate: Candidate) -> tuple[Evidence, ...]:
    """The evidence of every pure check that the scenario names, in its order."""
    reading = Reading(loaded, candidate)
    return tuple(
        _evidence(plan.name, CHECKS[plan.name], reading)
        for plan in loaded.scenario.checks
        if plan.name not in MODEL_CHECKS
    )


def conduct_fault(loaded: Loaded, candidate: Candidate, place: int) -> Evidence | None:
    """What is wrong with what was added to an unfinished dialogue from message `place` on, whatever comes after it."""
    reading = Reading(loaded, candidate)
    for plan in loaded.scenario.checks:
        if plan.name in GUARDS or plan.name in CONDUCT:
            found = _evidence(plan.name, CHECKS[plan.name], reading)
            if found.status is Status.FAIL and found.turn is not None and found.turn >= place:
                return found
    return None


def _evidence(name: str, check: Check, reading: Reading) -> Evidence:
    found = check.find(reading)
    return Evidence(check=name, version=check.version, status=found.status, detail=found.detail, turn=found.turn)


def guard_names(loaded: Loaded) -> tuple[str, ...]:
    """The scenario's checks that also guard each line while it is made."""
    return tuple(plan.name for plan in loaded.scenario.checks if plan.name in GUARDS)


def check_names_known(loaded: Loaded) -> None:
    """Raise ScenarioError where a scenario names a check that is not registered."""
    known = [*CHECKS, *MODEL_CHECKS]
    for plan in loaded.scenario.checks:
        if plan.name not in known:
            raise ScenarioError(
                f"checks: '{plan.name}' is unknown{nearest(plan.name, known)}; known: {', '.join(known)}"
            )
