"""How far a session is, at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.models.batches.desk import BatchFigures
from graphs.campaign.curator import Tally


@dataclass(frozen=True)
class Progress:
    """How far a session is, at one moment."""

    wanted: int
    accepted: int
    rejected: int
    undecided: int
    reasons: Mapping[str, int]
    """How often each reason kept a sample out, the most frequent first."""
    making: int
    """Samples under way."""
    in_flight: int
    """Calls under way."""
    limit: int
    """Calls that may be under way at once."""
    tokens: int
    usd: float
    unpriced: int
    """Tokens that have no price; they are not in `usd`."""
    answers: int
    """Answers of models so far."""
    said: tuple[tuple[str, str], ...]
    """The last answers in words, each with its role, the newest last."""
    away: float | None
    """Seconds for which an endpoint has been away; None if all are there."""
    seconds: float
    """Since the session began."""
    in_batches: BatchFigures = field(default_factory=BatchFigures)
    """What waits for batches."""

    @staticmethod
    def of(tally: Tally, **others: Any) -> Progress:
        """The progress with the counts of a tally."""
        return Progress(
            accepted=tally.accepted, rejected=tally.rejected, undecided=tally.undecided,
            reasons=dict(tally.reasons.most_common()), **others,
        )  # fmt: skip
