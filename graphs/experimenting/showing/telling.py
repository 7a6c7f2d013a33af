"""An experiment in lines, for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evaluation.contrasts.power import guessed, measured, smallest_difference
from evaluation.intervals import Figure
from graphs.experimenting.arms import Arm
from graphs.experimenting.dry import DryCost
from graphs.experimenting.figures import Measured
from graphs.experimenting.file import EQUAL_TOKENS, Design
from graphs.experimenting.report import ExperimentReport
from graphs.experimenting.showing.wording import told
from graphs.pages.wording import MARKS
from graphs.settings.schema import Switch

_LEVELS = {0.15: "few", 0.25: "as many as is usual", 0.4: "many"}


def report_lines(report: ExperimentReport) -> Iterator[str]:
    """What was found, as a terminal shows it."""
    yield report.question
    stopped = "" if report.whole else f"; stopped by {report.stopped_by}: the same command goes on"
    yield f"{report.planned} briefs of {report.scenario} in each arm{stopped}"
    width = max((len(arm.name) for arm in report.arms), default=3)
    yield f"  {'arm':<{width}}  {'good':>16}  {'accepted':>9}  {'tokens a brief':>14}  {'tokens a good one':>17}  {'USD a good one':>14}"
    for arm in report.arms:
        usd = _number(arm.usd_for_good, "{:.4f}") if arm.usd_for_good else "no price"
        yield (
            f"  {arm.name:<{width}}  {_share(arm.good):>16}  {arm.accepted:>4} of {arm.planned:<3} {_number(arm.tokens, '{:.0f}'):>13}  "
            f"{_number(arm.tokens_for_good, '{:.0f}'):>17}  {usd:>14}"
        )
    for one in report.contrasts:
        found = told(one, report.outcome)
        label = "" if one.declared else "exploratory: "
        yield f"{MARKS[found.finding]} {label}{found.sentence} {'; '.join(found.details)}"
    if report.sharing.needed:
        yield f"calls: {report.sharing.made} made for {report.sharing.needed} needed; {report.sharing.saved:.0%} shared between arms"
    yield from (f"note: {caveat}" for caveat in report.caveats)


def plan_lines(
    design: Design, arms: Sequence[Arm], there: Sequence[Measured], costs: Mapping[str, DryCost]
) -> Iterator[str]:
    """What so many briefs can show, and what they will take."""
    file, contrasts = design.file, max(1, len(design.contrasts))
    yield file.question
    yield f"{file.n} briefs of {arms[0].prepared.loaded.scenario.name} in each of {len(arms)} arms; measured by {file.measured_by}"
    for one in design.contrasts:
        yield f"  contrast: {one.other} beside {one.base}"
    yield f"the smallest difference that {file.n} briefs show in 80 of 100 such experiments, {contrasts} declared:"
    for share, words in _LEVELS.items():
        found = smallest_difference(file.n, guessed(share, _clusters(design, arms[0])), contrasts=contrasts)
        told = "none" if found is None or found > share else f"{100 * found:.0f} briefs in 100"
        yield f"  {told}, if the arms differ on {words} ({share:.0%})"
    known = {one.arm.name: one for one in there}
    for one in design.contrasts:
        if (
            one.base in known
            and one.other in known
            and (noise := measured(known[one.base].trials, known[one.other].trials))
        ):
            found = smallest_difference(file.n, noise, contrasts=contrasts)
            yield f"  as measured so far, {one.other} beside {one.base}: {'none' if found is None else f'{100 * found:.0f} briefs in 100'}"
    yield "what it will take, counted in a dry run with placeholder answers (a real model's answers may be longer):"
    for arm in arms:
        cost = costs[arm.name]
        usd = f" · {cost.usd * file.n:.2f} USD" if cost.usd is not None else " · no price"
        yield f"  {arm.name}: about {cost.calls * file.n:.0f} calls · {cost.tokens * file.n:.0f} tokens{usd}"
    if file.equal_tokens is Switch.ON:
        dearest = max(costs.values(), key=lambda cost: cost.tokens)
        yield f"  {EQUAL_TOKENS}, if there is such an arm: up to {dearest.tokens * file.n:.0f} tokens"
    if file.judge:
        yield f"  the judge outside: up to {file.n * len(arms)} samples or pairs, not counted here"
    shared = sum(cost.shared for cost in costs.values()) / max(1e-9, sum(cost.calls for cost in costs.values()))
    yield f"  {shared:.0%} of these calls are equal in several arms, and are made once"
    yield "nothing was asked; without plan=yes, it goes on"


def _clusters(design: Design, arm: Arm) -> list[str]:
    """The clusters of the planned briefs, as far as they are known before: the values of an axis, which are planned equally often."""
    axes, axis = arm.prepared.loaded.scenario.axes, design.file.cluster
    names = axes[axis].names if axis else []
    return [names[place % len(names)] for place in range(design.file.n)] if len(names) > 1 else []


def _share(found: Figure) -> str:
    if found.value is None:
        return "–"
    if found.low is None or found.high is None:
        return f"{100 * found.value:.0f} %"
    return f"{100 * found.value:.0f} % ({100 * found.low:.0f}–{100 * found.high:.0f})"


def _number(found: Figure | None, form: str) -> str:
    return "–" if found is None or found.value is None else form.format(found.value)
