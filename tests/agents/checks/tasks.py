"""Task samples to check: the demonstrations and the planned ones of a scenario, and changes to them."""

from __future__ import annotations

from collections.abc import Mapping

from agents.checks.registry import run_checks
from agents.models.scripted import expected
from scenarios.briefs import cell_of, plan_brief
from scenarios.loading import Loaded
from scenarios.records import Brief, Candidate, Evidence, Status
from scenarios.schema.demonstrations import Demonstration


def demonstrated(loaded: Loaded, shown: Demonstration) -> Candidate:
    """A demonstration as a candidate: the brief is made from its cell, facts and texts."""
    axes = loaded.scenario.axes
    cell = {name: shown.cell.get(name, axis.values[0].name) for name, axis in axes.items()}
    chosen = {name: [value for value in axis.values if value.name == cell[name]] for name, axis in axes.items()}
    brief = Brief(
        id="d", scenario=loaded.scenario.name, round=0, index=0, seed=0, cell=cell, facts=shown.facts,
        attributes={name: values[0].attributes() if values else {} for name, values in chosen.items()},
        texts=shown.texts,
    )  # fmt: skip
    return Candidate(brief=brief, fields=shown.fields)


def planned(loaded: Loaded, number: int, seed: int = 3, **values: str) -> Candidate:
    """The sample that the scripted backend writes for a brief, of a cell with these values."""
    cell = {**cell_of(loaded, seed, number), **values}
    candidate = Candidate(brief=plan_brief(loaded, seed, 0, number, number, cell))
    fields = {plan.name: "\n".join(expected(loaded, candidate, plan)) for plan in loaded.scenario.fields}
    return candidate.model_copy(update={"fields": fields})


def evidence(loaded: Loaded, candidate: Candidate, but: tuple[str, ...] = ()) -> dict[str, Evidence]:
    """The evidence of every pure check, by its name."""
    return {one.check: one for one in run_checks(loaded, candidate) if one.check not in but}


def failed(loaded: Loaded, candidate: Candidate, changes: Mapping[str, str], but: tuple[str, ...] = ()) -> list[str]:
    """The checks that a candidate with other fields fails."""
    changed = candidate.model_copy(update={"fields": {**candidate.fields, **changes}})
    return [name for name, one in evidence(loaded, changed, but).items() if one.status is Status.FAIL]
