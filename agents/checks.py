"""Checks: what a finished candidate must hold. Pure functions; each outcome is evidence with a version.

The guards that work while a sample is made are applied here again to the whole sample, since refine steps,
resumed runs and other models come to it by other ways.
"""

from __future__ import annotations

from collections.abc import Callable

from agents.guards import GUARDS, Passage
from agents.passages import field_passage, line_passage
from scenarios.errors import ScenarioError, nearest
from scenarios.loading import Loaded
from scenarios.records import Candidate, Evidence, Status
from scenarios.schema import Family

_VERSION = 1
MODEL_CHECKS = ("verifier",)

Finding = tuple[str, int | None]
"""What is wrong (empty: nothing) and the turn at fault."""


def passages(loaded: Loaded, candidate: Candidate) -> list[Passage]:
    """The passages of a candidate, in order."""
    brief = candidate.brief
    if loaded.scenario.family is Family.DIALOGUE:
        return [
            line_passage(loaded, brief, place, message.content, candidate.messages)
            for place, message in enumerate(candidate.messages[: len(brief.turns)])
        ]
    plans = {plan.name: plan for plan in loaded.scenario.fields}
    return [field_passage(loaded, brief, plans[name], text) for name, text in candidate.fields.items() if name in plans]


def _turn_order(loaded: Loaded, candidate: Candidate) -> Finding:
    for place, (turn, message) in enumerate(zip(candidate.brief.turns, candidate.messages, strict=False)):
        wanted = loaded.scenario.roles[turn.speaker].speaks_as
        if message.role is not wanted:
            return f"turn {place} is spoken by {message.role}, not by {wanted}", place
    return "", None


def _complete(_: Loaded, candidate: Candidate) -> Finding:
    planned, held = len(candidate.brief.turns), len(candidate.messages)
    return (f"has {held} turns of the {planned} that its goal needs", None) if held != planned else ("", None)


def _fields_present(loaded: Loaded, candidate: Candidate) -> Finding:
    for plan in loaded.scenario.fields:
        if not candidate.fields.get(plan.name, "").strip():
            return f"the field '{plan.name}' is empty", None
    return "", None


def _non_empty(_: Loaded, candidate: Candidate) -> Finding:
    return ("", None) if candidate.text().strip() else ("there is no text", None)


def _by_guard(name: str, read: list[Passage], numbered: bool) -> Finding:
    """What a guard finds in the first passage at fault; `numbered` where passages are turns."""
    for place, passage in enumerate(read):
        if found := GUARDS[name](passage):
            return f"turn {place}: {found}" if numbered else found, place
    return "", None


CHECKS: dict[str, Callable[[Loaded, Candidate], Finding]] = {
    "turn_order": _turn_order,
    "complete": _complete,
    "fields_present": _fields_present,
    "non_empty": _non_empty,
}
"""The checks of a whole candidate. The guards are checks too: see `run_checks`."""


def run_checks(loaded: Loaded, candidate: Candidate) -> tuple[Evidence, ...]:
    """The evidence of every pure check that the scenario names, in its order."""
    read = passages(loaded, candidate) if guard_names(loaded) else []
    return tuple(
        _evidence(
            plan.name,
            CHECKS[plan.name](loaded, candidate)
            if plan.name in CHECKS
            else _by_guard(plan.name, read, numbered=bool(candidate.messages)),
        )
        for plan in loaded.scenario.checks
        if plan.name not in MODEL_CHECKS
    )


def _evidence(name: str, finding: Finding) -> Evidence:
    detail, turn = finding
    status = Status.FAIL if detail else Status.PASS
    return Evidence(check=name, version=_VERSION, status=status, detail=detail, turn=turn)


def guard_names(loaded: Loaded) -> tuple[str, ...]:
    """The scenario's checks that also guard each line while it is made."""
    return tuple(plan.name for plan in loaded.scenario.checks if plan.name in GUARDS)


def check_names_known(loaded: Loaded) -> None:
    """Raise ScenarioError where a scenario names a check that is not registered."""
    known = [*CHECKS, *GUARDS, *MODEL_CHECKS]
    for plan in loaded.scenario.checks:
        if plan.name not in known:
            raise ScenarioError(
                f"checks: '{plan.name}' is unknown{nearest(plan.name, known)}; known: {', '.join(known)}"
            )
