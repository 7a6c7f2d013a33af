"""What the arms' judging roles are worth, as far as it was measured, and how often a debate changed anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from agents.judging.debate import conclusion_is_first
from graphs.calibrating.saving import read_worth
from graphs.experimenting.figures import Measured
from scenarios.errors import RunDirError
from scenarios.records import Debate


def worth_of(arms: Sequence[Measured]) -> tuple[dict[str, Any], ...]:
    """A row for each role that `graphs.calibrate` measured in an arm's run, as calibration.json has it, and one for each moderator of
    debates. Raises RunDirError if a calibration.json cannot be read."""
    return tuple(row for one in arms for row in (*_calibrated(one), *_debated(one)))


def _calibrated(one: Measured) -> Iterator[dict[str, Any]]:
    try:
        found = read_worth(one.arm.out)
    except (OSError, ValidationError):
        raise RunDirError(
            f"{one.arm.out / 'calibration.json'}: cannot be read; remove it, or measure again: python -m graphs.calibrate out={one.arm.out}"
        ) from None
    for role in found.roles if found else ():
        yield {"arm": one.arm.name, **role.model_dump(mode="json")}


def _debated(one: Measured) -> Iterator[dict[str, Any]]:
    debates: dict[str, list[Debate]] = {}
    for record in one.made.records.values():
        for debate in record.candidate.debates:
            debates.setdefault(debate.moderator, []).append(debate)
    scenario, models = one.arm.prepared.loaded.scenario, one.arm.prepared.models
    for role, held in debates.items():
        said = [first for debate in held if (first := conclusion_is_first(debate, scenario)) is not None]
        yield {
            "arm": one.arm.name, "role": role, "kind": "moderator", "model": models[role].name, "debates": len(held),
            "conclusion_is_first": {"hits": sum(said), "of": len(said)},
        }  # fmt: skip
