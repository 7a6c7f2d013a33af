"""From what the arms made to the report: trials, figures, contrasts. Pure but for reading the arms' journals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.contrasts.frontier import frontier, tokens
from evaluation.contrasts.holm import holm
from evaluation.contrasts.paired import PairedDifference, paired
from evaluation.contrasts.power import guessed, measured, smallest_difference
from evaluation.contrasts.ratios import figures
from evaluation.contrasts.trials import Trial
from evaluation.intervals import Figure
from graphs.experimenting.arms import Arm, differences
from graphs.experimenting.file import Contrast
from graphs.experimenting.holding import ArmRecords
from graphs.experimenting.report import (
    ArmResult,
    ContrastResult,
    RoleCost,
    Sharing,
)
from graphs.files.rundir import JOURNAL
from memory.journal.reading import read_journal
from memory.journal.recovery import exists
from scenarios.records import Record, Usage, Verdict, add_usage
from scenarios.schema.scenario import Scenario

UNDECIDED = "undecided"


@dataclass(frozen=True)
class Appraised:
    """What each sample of an arm is worth, by brief."""

    values: Mapping[str, float | None]
    """None if the machinery failed."""
    faults: Mapping[str, str]
    """Why it is not good, of those that are not."""


@dataclass(frozen=True)
class Measured:
    """An arm with all that is known of it."""

    made: ArmRecords
    worth: Appraised
    trials: tuple[Trial, ...]
    calls: int
    """Answers that its run used."""
    shared: int
    """Those of them that another arm had paid for."""

    @property
    def arm(self) -> Arm:
        """The arm."""
        return self.made.arm

    @property
    def tokens(self) -> float:
        """Tokens a brief."""
        return sum(trial.tokens for trial in self.trials) / max(1, len(self.trials))


def cluster_of(record: Record, axis: str) -> str:
    """What a brief is clustered by: the value of an axis, or else the sample that it evolves, or else its cell."""
    brief = record.candidate.brief
    if axis:
        return brief.cell.get(axis, "")
    if brief.parent:
        return brief.parent.id
    return "\n".join(f"{name}={value}" for name, value in sorted(brief.cell.items())) or brief.id


def clustered_by(scenario: Scenario, axis: str) -> str:
    """That, in words."""
    return f"the value of {axis}" if axis else "parent" if scenario.evolve else "cell"


def measure(made: ArmRecords, worth: Appraised, axis: str) -> Measured:
    """An arm with what each of its briefs took. Raises RunDirError if its journal cannot be read."""
    path = made.arm.out / JOURNAL
    seconds: dict[str, float] = {}
    calls = shared = 0
    if exists(path):
        seconds, keys, taken = read_journal(path, lambda reader: (reader.seconds(), reader.keys(), reader.shared()))
        calls, shared = len(keys), len(taken)
    trials = tuple(_trial(made.arm, record, worth, axis, seconds.get(id_, 0.0)) for id_, record in made.records.items())
    return Measured(made, worth, trials, calls, shared)


def _trial(arm: Arm, record: Record, worth: Appraised, axis: str, seconds: float) -> Trial:
    brief, usage = record.candidate.brief, record.candidate.usage
    return Trial(
        brief=brief.id, cluster=cluster_of(record, axis), value=worth.values[brief.id],
        accepted=record.verdict is Verdict.ACCEPTED,
        tokens=sum(used.tokens for used in usage.values()),
        usd=usd_of(arm, usage), seconds=seconds,
    )  # fmt: skip


def usd_of(arm: Arm, usage: Mapping[str, Usage]) -> float | None:
    """What usage costs; None if a model has no price."""
    models = arm.prepared.models
    if not all(models[role].priced for role in usage if role in models):
        return None
    return sum(models[role].cost(used) for role, used in usage.items() if role in models)


def results(arms: Sequence[Measured], planned: int) -> tuple[ArmResult, ...]:
    """The figures of each arm, over so many planned briefs."""
    told = differences([one.arm for one in arms])
    there = {one.arm.name: list(one.trials) for one in arms if one.trials}
    placed = {one.arm: one.share for one in frontier(there, tokens)} if len(there) > 1 else {}
    return tuple(_result(one, planned, told[one.arm.name], placed.get(one.arm.name)) for one in arms)


def _result(one: Measured, planned: int, differs: dict[str, str], share: float | None) -> ArmResult:
    found, records = figures(one.trials), list(one.made.records.values())
    verdicts = Counter(record.verdict for record in records)
    accepted = [trial for trial in one.trials if trial.accepted]
    priced = all(trial.usd is not None for trial in one.trials)
    return ArmResult(
        name=one.arm.name, differs=differs, added=one.arm.plan.added, planned=planned,
        accepted=verdicts[Verdict.ACCEPTED], rejected=verdicts[Verdict.REJECTED], undecided=verdicts[Verdict.UNDECIDED],
        good=found.value, accepted_share=found.accepted, good_of_accepted=figures(accepted).value, tokens=found.tokens,
        usd=found.usd if priced else None, usd_for_good=found.usd_per_good if priced else None,
        tokens_for_good=found.tokens_per_good, seconds=found.seconds, roles=tuple(_roles(one, records)),
        failures=dict(Counter(one.worth.faults.values()).most_common()), calls=one.calls, shared=one.shared, frontier=share,
    )  # fmt: skip


def by_role(records: Iterable[Record]) -> dict[str, Usage]:
    """What records used, by role."""
    found: dict[str, Usage] = {}
    for record in records:
        found = add_usage(found, record.candidate.usage)
    return dict(sorted(found.items()))


def _roles(one: Measured, records: Sequence[Record]) -> list[RoleCost]:
    models = one.arm.prepared.models
    n = max(1, len(records))
    found = []
    for role, used in by_role(records).items():
        model = models.get(role)
        found.append(
            RoleCost(
                role=role, model=model.name if model else "", calls=used.calls / n, prompt_tokens=used.prompt_tokens / n,
                completion_tokens=used.completion_tokens / n, usd=model.cost(used) / n if model and model.priced else None,
            )
        )  # fmt: skip
    return found


@dataclass(frozen=True)
class Declared:
    """A contrast, and whether it was declared before the run."""

    contrast: Contrast
    declared: bool


def contrast_results(
    arms: Sequence[Measured], contrasts: Sequence[Declared], pairs: Mapping[Contrast, Appraised] | None = None
) -> tuple[ContrastResult, ...]:
    """Each contrast with its paired difference; Holm over the declared ones. `pairs` has what a judge who compared the two arms
    said, brief by brief, from −1 to 1: then that is the difference."""
    known = {one.arm.name: one for one in arms}
    found = []
    for one in contrasts:
        base, other = known[one.contrast.base], known[one.contrast.other]
        if pairs is not None:
            base, other = _compared(base, other, pairs[one.contrast])
        found.append((one, base, other, paired(base.trials, other.trials)))
    adjusted = iter(holm([difference.p for one, _, _, difference in found if one.declared]))
    declared = sum(one.declared for one in contrasts)
    return tuple(
        _contrast(one, base, other, difference, next(adjusted) if one.declared else None, declared)
        for one, base, other, difference in found
    )


def _compared(base: Measured, other: Measured, said: Appraised) -> tuple[Measured, Measured]:
    """Two arms whose values are those of the comparison: 0 for the one, and for the other what was said."""

    def with_values(one: Measured, value: Any) -> Measured:
        trials = tuple(trial.model_copy(update={"value": value(trial.brief)}) for trial in one.trials)
        return Measured(one.made, one.worth, trials, one.calls, one.shared)

    def nothing(brief: str) -> float | None:
        return None if said.values.get(brief) is None else 0.0

    return with_values(base, nothing), with_values(other, said.values.get)


def _contrast(
    one: Declared, base: Measured, other: Measured, found: PairedDifference, adjusted: float | None, declared: int
) -> ContrastResult:
    noise = measured(base.trials, other.trials) or guessed()
    smallest = smallest_difference(max(2, found.briefs), noise, contrasts=max(1, declared))
    return ContrastResult(
        base=one.contrast.base, other=one.contrast.other, declared=one.declared,
        difference=_figure(found), p=found.p, adjusted=adjusted, mcnemar=found.mcnemar, wins=found.wins, ties=found.ties,
        losses=found.losses, briefs=found.briefs, clusters=found.clusters,
        tokens_ratio=_ratio(other.tokens, base.tokens), usd_ratio=_ratio(_usd_each(other), _usd_each(base)), smallest=smallest,
    )  # fmt: skip


def _figure(found: PairedDifference) -> Figure:
    return Figure(value=found.value, low=found.low, high=found.high)


def _usd_each(one: Measured) -> float | None:
    each = [trial.usd for trial in one.trials]
    return sum(usd for usd in each if usd is not None) / len(each) if each and None not in each else None


def _ratio(left: float | None, right: float | None) -> float | None:
    return left / right if left is not None and right else None


def sharing_of(arms: Sequence[Measured]) -> Sharing:
    """How many calls were made once for several arms."""
    needed = sum(one.calls for one in arms)
    return Sharing(needed=needed, made=needed - sum(one.shared for one in arms))
