"""Trials for tests."""

from __future__ import annotations

from collections.abc import Sequence

from evaluation.contrasts.trials import Trial


def trial(
    brief: str, value: float | None, cluster: str | None = None, tokens: float = 1, **more: float | None
) -> Trial:
    """A trial of a brief that is a cluster by itself unless one is named; accepted if its value is above 0."""
    accepted = value is not None and value > 0
    return Trial(
        brief=brief, cluster=brief if cluster is None else cluster, value=value, accepted=accepted, tokens=tokens,
        usd=more.get("usd"), seconds=more.get("seconds") or 1,
    )  # fmt: skip


def trials(values: Sequence[float | None], clusters: Sequence[str] | None = None, tokens: float = 1) -> list[Trial]:
    """One trial for each value: briefs b000, b001 and so on."""
    return [
        trial(f"b{place:03}", value, clusters[place] if clusters else None, tokens)
        for place, value in enumerate(values)
    ]


def table(wins: int, losses: int, ties: int) -> tuple[list[Trial], list[Trial]]:
    """Two arms with so many yes only in the second, only in the first, and in both."""
    first = [0.0] * wins + [1.0] * losses + [1.0] * ties
    second = [1.0] * wins + [0.0] * losses + [1.0] * ties
    return trials(first), trials(second)
