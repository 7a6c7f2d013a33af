"""What a comparison found, as one value: `comparison.json` is its dump, and the page shows it."""

from __future__ import annotations

from enum import StrEnum

from evaluation.contrasts.effects import EffectSize
from evaluation.diversity import Against
from evaluation.intervals import Figure
from evaluation.speech.likeness import LogLikeness
from evaluation.speech.shape import Feature
from evaluation.verdicts.bradley_terry import Ranking
from evaluation.verdicts.preferring import Preferred
from graphs.comparing.pairing import PairedBy
from graphs.pages.lines import SideLine
from scenarios.frozen import Frozen
from scenarios.schema.roles import RoleKind


class PreferredBy(StrEnum):
    """Who says which of two samples is better."""

    JUDGE = RoleKind.JUDGE.value
    """A model, asked in both orders."""
    PEOPLE = "people"
    """Verdicts on the queue `pairs` of the review page."""
    NONE = "none"
    """Nobody: only what can be computed is compared."""


class DatasetTold(Frozen):
    """A dataset of the comparison."""

    name: str
    path: str
    samples: int
    shape: dict[Feature, Figure]
    """The mean of each feature over the samples."""


class TwoTold(Frozen):
    """Two datasets beside each other."""

    left: str
    right: str
    by: PairedBy
    pairs: int
    possible: int
    """Pairs that there would be without a limit."""
    waiting: int
    """Pairs of which nobody has said anything that can be read."""
    equal: int
    """Samples that are in both, word for word."""
    flips: float | None
    """Of the pairs that a judge was asked about, the share in which its answer turned with the order."""
    preferred: Preferred | None
    shape: dict[Feature, EffectSize]
    """How far the left one's features lie above the right one's."""
    metrics: Against | None
    """The metrics of `evaluate`, the left one as the dataset and the right one as the reference, at equal sizes. None if a
    dataset is too small."""


class PieceTold(Frozen):
    """One side of an example."""

    dataset: str
    name: str
    share: float
    """Of its wins."""
    lines: tuple[SideLine, ...]


class ExampleTold(Frozen):
    """A pair with a clear preference."""

    left: PieceTold
    right: PieceTold
    words: str
    """Reasons, as they were given with the left one as A."""


class BesideLogs(Frozen):
    """A dataset beside real logs."""

    name: str
    told: LogLikeness | None
    """How unlike its conversations are, side by side; None if one of the two holds none."""
    effects: dict[Feature, EffectSize]
    """How far its features lie above those of the logs."""
    logs: dict[Feature, Figure]
    ours: dict[Feature, Figure]


class ComparisonReport(Frozen):
    """All that a comparison found."""

    by: PreferredBy
    judge: str
    """The judge's model; empty without one."""
    about: str
    criteria: dict[str, str]
    """What the judge was told of the datasets, and what counts."""
    whole: bool
    stopped_by: str
    datasets: tuple[DatasetTold, ...]
    two: tuple[TwoTold, ...]
    ranking: Ranking | None
    """From three datasets on."""
    ranking_at_equal_length: Ranking | None
    examples: tuple[ExampleTold, ...]
    reference: str
    reference_samples: int
    likeness: tuple[BesideLogs, ...]
    calls: int
    tokens: int
    usd: float
    """Of the judge, over all sessions."""
    caveats: tuple[str, ...]
    command: str
