"""What an experiment found, as one value: `experiment.json` is its dump, and the page shows it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from evaluation.intervals import Figure
from graphs.pages.lines import SideLine
from scenarios.frozen import Frozen


class Outcome(StrEnum):
    """What counts as better: always of what an arm accepted, for each planned brief, and never said by an arm itself."""

    CHECKS = "checks"
    """1 if every exact check passes that the scenario requires, else 0."""
    JUDGE = "judge"
    """1 if the checks pass and a judge who sits in no arm finds every criterion good enough, else 0."""
    PAIRS = "pairs"
    """Such a judge compares the samples of two arms in both orders: 1 won, ½ tied, 0 lost."""
    PEOPLE = "people"
    """1 if the checks pass and a person finds the sample good, else 0."""


class RoleCost(Frozen):
    """What one role took in an arm, for each planned brief."""

    role: str
    model: str
    calls: float
    prompt_tokens: float
    completion_tokens: float
    usd: float | None
    """None if its model has no price."""


class ArmResult(Frozen):
    """One arm over all planned briefs. Figures are means for each planned brief, with 95 % intervals clustered as the report says."""

    name: str
    differs: dict[str, str]
    """The settings in which it differs from other arms, as they are typed."""
    added: bool = False
    """It is the arm of equal tokens, which the experiment added by itself."""
    planned: int
    accepted: int
    rejected: int
    undecided: int
    """The machinery failed: such briefs count in no figure of quality."""
    good: Figure
    """The declared outcome; with pairs, the share of its comparisons that it won, ties half."""
    accepted_share: Figure
    good_of_accepted: Figure
    """Of what the arm accepted, the part that is good: what a dataset made by it would be like."""
    tokens: Figure
    usd: Figure | None
    """None if a model has no price."""
    usd_for_good: Figure | None
    """USD for each good sample. None as `usd`."""
    tokens_for_good: Figure
    """Tokens for each good sample; no value if none is good."""
    seconds: Figure
    """Of models at work, calls that other arms share included."""
    roles: tuple[RoleCost, ...]
    failures: dict[str, int]
    """Why briefs brought no good sample, and how many each: `verify: reason`, `outside: criterion`, `undecided: fault`."""
    calls: int
    """Its calls that somebody paid for, in this arm or another."""
    shared: int
    """Those of them that another arm had made before."""
    frontier: float | None = None
    """The share of bootstrap draws in which no other arm is both cheaper and better; None if there is no cost."""


class ContrastResult(Frozen):
    """Two arms over the same briefs: `other` minus `base`."""

    base: str
    other: str
    declared: bool
    """It was declared before the run; else it is exploratory."""
    difference: Figure
    """Of the outcome, for each brief."""
    p: float | None
    """None if no brief can tell them apart."""
    adjusted: float | None
    """By Holm, over the declared contrasts; None of an exploratory one."""
    mcnemar: float | None
    """Of an outcome of yes or no."""
    wins: int
    ties: int
    losses: int
    briefs: int
    """Briefs that count: those that the machinery decided in both arms."""
    clusters: int
    tokens_ratio: float | None
    """How many times the tokens of `base`."""
    usd_ratio: float | None
    smallest: float | None
    """The smallest difference that so many briefs show with 80 % power, after Holm; None if no difference is large enough."""


class Sides(Frozen):
    """A brief on which arms differ, side by side."""

    brief: str
    cell: dict[str, str]
    texts: tuple[SideText, ...]


class SideText(Frozen):
    """What one arm made of a brief."""

    arm: str
    value: float | None
    verdict: str
    why: str
    """The stage and reason if it is not good, else nothing."""
    lines: tuple[SideLine, ...]


class Sharing(Frozen):
    """Calls that are equal in several arms are made once."""

    needed: int
    """Calls that the arms would have made apart."""
    made: int

    @property
    def saved(self) -> float:
        """The share of calls that nobody had to make, 0 … 1."""
        return 1 - self.made / self.needed if self.needed else 0.0


class ExperimentReport(Frozen):
    """What an experiment found."""

    name: str
    question: str
    scenario: str
    outcome: Outcome
    judge: str
    """The model outside the arms, or nothing."""
    clustered: str
    """What the intervals are clustered by, in words: `parent`, `cell` or `brief`."""
    planned: int
    """Briefs, the same in every arm."""
    whole: bool
    """Every arm has every brief; else the experiment was stopped, and goes on with the same command."""
    stopped_by: str = ""
    arms: tuple[ArmResult, ...]
    contrasts: tuple[ContrastResult, ...]
    apart: tuple[Sides, ...]
    """The briefs with the largest differences."""
    held: dict[str, str]
    """What was equal in all arms: setting → value."""
    sharing: Sharing
    worth: tuple[dict[str, Any], ...] = ()
    """What calibrate measured of the roles that judge, as `calibration.json` has it; empty if nothing was measured."""
    caveats: tuple[str, ...]
    command: str
    """What makes the experiment anew."""


Sides.model_rebuild()
SideText.model_rebuild()
