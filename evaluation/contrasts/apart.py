"""The briefs on which arms differ most, to be read side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluation.contrasts.trials import Trial, by_brief
from scenarios.frozen import Frozen


class Apart(Frozen):
    """A brief, and what came of it in each arm."""

    brief: str
    spread: float
    """The largest value less the smallest."""
    values: dict[str, float | None]
    """By arm, in the order of the arms."""


def apart(arms: Mapping[str, Sequence[Trial]], most: int) -> list[Apart]:
    """Up to `most` briefs with the largest differences, the largest first.

    Of equal ones, those come first that split the arms more evenly, then by the briefs' names; briefs without any difference are
    left out. Raises ValueError if an arm has a brief twice.
    """
    ordered = {arm: by_brief(trials) for arm, trials in arms.items()}
    found: list[tuple[float, float, str]] = []
    for brief in {brief for trials in ordered.values() for brief in trials}:
        values = [trials[brief].value for trials in ordered.values() if brief in trials]
        known = sorted(value for value in values if value is not None)
        if known and known[-1] > known[0]:
            middle = sum(known) / len(known)
            variance = sum((value - middle) ** 2 for value in known) / len(known)
            found.append((known[0] - known[-1], -round(variance, 9), brief))
    return [
        Apart(
            brief=brief,
            spread=-spread,
            values={arm: trials[brief].value if brief in trials else None for arm, trials in ordered.items()},
        )
        for spread, _, brief in sorted(found)[:most]
    ]
