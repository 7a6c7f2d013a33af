"""The figures of a run: counted from its samples as they are now, and what its last session wrote."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from graphs.files.summary import usage_by_role
from scenarios.records import Usage, Verdict, add_usage
from studio.runs.open_run import OpenRun
from studio.runs.rows import UNDER_WAY, KnownSample
from studio.runs.spent import StepCost

_WITHIN = 0.5
"""Seconds of reading before what is known so far is shown."""


@dataclass(frozen=True, slots=True)
class RoundCount:
    """How the samples of a round ended."""

    round: int
    accepted: int
    rejected: int
    undecided: int
    under_way: int


@dataclass(frozen=True, slots=True)
class RunFigures:
    """What the page shows of a run."""

    left: int
    """Samples that are still to be read; -1 if only calls are. Ask again."""
    accepted: int
    rejected: int
    undecided: int
    under_way: int
    wanted: int
    running: bool
    reasons: dict[str, int]
    mistakes: dict[str, int]
    """How often each check found something wrong: in refused draws, drafts and at the end."""
    objections: dict[str, int]
    """How many samples each judging role failed."""
    refused: dict[str, int]
    """Refused draws, by check."""
    calls: dict[str, int]
    tokens: dict[str, dict[str, int]]
    """By role, of the samples that ended."""
    rounds: list[RoundCount]
    scores: dict[str, float]
    """The mean of each score over the accepted samples."""
    spent: list[StepCost]
    summary: dict[str, Any]
    """What summary.json holds; of a run that goes on, from before."""
    scenario_error: str


def run_figures(run: OpenRun) -> RunFigures:
    """The figures of a run as it is now. Raises RunDirError."""
    with run.samples(_WITHIN) as index:
        known, spent = list(index.samples()), run.spent.refresh(_WITHIN)
        left = index.left or (0 if run.spent.whole else -1)
    judging, prepared = run.scenario.judging(), run.scenario.prepared()
    verdicts = Counter(one.row.verdict for one in known)
    reasons = Counter(one.row.reason for one in known if one.row.verdict in (Verdict.REJECTED, Verdict.UNDECIDED))
    usage = dict[str, Usage]()
    mistakes, objections, refused = Counter[str](), Counter[str](), Counter[str]()
    for one in known:
        usage = add_usage(usage, one.usage)
        mistakes += one.faults
        mistakes.update(check for check in one.row.fails if check not in judging)
        objections.update(check for check in one.row.fails if check in judging)
        refused += one.refused
    calls, tokens = usage_by_role(usage)
    return RunFigures(
        left=left, accepted=verdicts[Verdict.ACCEPTED], rejected=verdicts[Verdict.REJECTED],
        undecided=verdicts[Verdict.UNDECIDED], under_way=verdicts[UNDER_WAY],
        wanted=prepared.settings.n if prepared else run.line().wanted, running=run.running(),
        reasons=dict(reasons.most_common()), mistakes=dict(mistakes.most_common()),
        objections=dict(objections.most_common()), refused=dict(refused.most_common()), calls=calls, tokens=tokens,
        rounds=_rounds(known), scores=_scores(known), spent=spent, summary=run.summary(),
        scenario_error=run.scenario.error,
    )  # fmt: skip


def _rounds(known: list[KnownSample]) -> list[RoundCount]:
    counts = Counter((one.row.round, one.row.verdict) for one in known)
    kinds = (Verdict.ACCEPTED.value, Verdict.REJECTED.value, Verdict.UNDECIDED.value, UNDER_WAY)
    rounds = sorted({round_ for round_, _ in counts})
    return [RoundCount(round_, *(counts[round_, kind] for kind in kinds)) for round_ in rounds]


def _scores(known: list[KnownSample]) -> dict[str, float]:
    sums, counts = Counter[str](), Counter[str]()
    for one in known:
        if one.row.verdict == Verdict.ACCEPTED:
            sums.update(one.row.scores)
            counts.update(one.row.scores.keys())
    return {name: round(sums[name] / counts[name], 3) for name in counts}
