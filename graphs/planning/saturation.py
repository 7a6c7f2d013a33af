"""Saturation: when what passes its checks is no longer new, and which axes would help. Pure."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

from graphs.planning.outcomes import BriefOutcome
from graphs.sampling.decision import CURATE, CurationReason
from scenarios.records import Record, Verdict

_LEAST_LIFT = 0.2
"""By how much more than chance rejected samples have to share an axis with their neighbours, for it to be named."""


class Saturation:
    """Counts curated samples in their order: a run is saturated if at least `share` of the last `window` that passed their
    checks were too near to others. A window of 0 is never full."""

    def __init__(self, window: int, share: float) -> None:
        self._share = share
        self._last: deque[bool] = deque(maxlen=window)

    def add(self, outcomes: Iterable[BriefOutcome]) -> None:
        """A whole round, in the order of its briefs."""
        self._last.extend(outcome.too_near for outcome in outcomes if outcome.passed)

    @property
    def reached(self) -> bool:
        """Whether novelty has dried up."""
        window = self._last.maxlen or 0
        return 0 < window == len(self._last) and sum(self._last) >= self._share * window

    def __str__(self) -> str:
        return (
            f"{sum(self._last)} of the last {len(self._last)} samples that passed their checks were too near to others"
        )


def axes_to_widen(records: Iterable[Record]) -> list[tuple[str, float]]:
    """The axes whose values rejected samples share with the accepted sample that they are too near to, more often than by
    chance, with how often: there the value decides the text, so that new values make new texts. The worst first."""
    cells: dict[str, dict[str, str]] = {}
    shared, values, pairs = Counter[str](), dict[str, set[str]](), 0
    for record in records:
        brief = record.candidate.brief
        if record.verdict is Verdict.ACCEPTED:
            cells[brief.id] = brief.cell
            for axis, name in brief.cell.items():
                values.setdefault(axis, set()).add(name)
        elif (
            record.stage == CURATE
            and record.reason != CurationReason.QUOTA
            and (near := cells.get(record.novelty.nearest or ""))
        ):
            pairs += 1
            shared.update(axis for axis, name in brief.cell.items() if near.get(axis) == name)
    found = [(axis, shared[axis] / pairs, len(met)) for axis, met in values.items()] if pairs else []
    telling = [(axis, share) for axis, share, many in found if many > 1 and share - 1 / many >= _LEAST_LIFT]
    return sorted(telling, key=lambda pair: (-pair[1], pair[0]))
