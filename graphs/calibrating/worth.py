"""What a role is worth and what it costs, as one value: `calibration.json` holds a row of each role, and pages show it."""

from __future__ import annotations

from enum import StrEnum

from evaluation.intervals import Figure
from evaluation.judging.shares import Hits
from evaluation.judging.thresholds import ThresholdFigures
from evaluation.verdicts.agreement import RaterAgreement
from scenarios.frozen import Frozen


class KindWorth(Frozen):
    """How many planted defects of one kind were found, and how many of the sound versions beside them were let be."""

    kind: str
    """A kind of defect, such as `wrong_fact`."""
    strength: str
    """mild, plain or gross; empty: all of them together."""
    found: Hits
    """The recall: flawed versions that the role objects to, of those that it was shown."""
    kept: Hits
    """The specificity: of the sound versions beside them, those that it does not object to."""
    precision: Hits
    """Of all of these versions that it objects to, the flawed ones."""


class CriterionWorth(Frozen):
    """What one criterion of a judge's rubric tells."""

    criterion: str
    auc: Figure
    now: ThresholdFigures
    """With the least score that the scenario has."""
    chosen: ThresholdFigures | None
    """With the least score that separates best: chosen on one half of the samples, figures of the other. None if there are too
    few samples, or none does better than to reject nothing."""


class LengthBias(Frozen):
    """What more words do to a role's rating."""

    padded: Figure
    """How much the rating rises if the same content has harmless words added; no value if that was not asked."""
    words: float
    """Words that were added, on the mean."""
    samples: int
    correlation: Figure
    """Of rating and number of words over sound samples, which may differ in more than length."""


class OrderBias(Frozen):
    """What the order of the criteria does to a judge's scores."""

    first_over_last: Figure
    """How much higher a criterion is scored if it is asked first than if it is asked last."""
    moved: Figure
    """How far a score moves, either way, if the order is reversed: the mean of the absolute differences."""
    samples: int


class Repeats(Frozen):
    """What chance does: the same samples rated again with another seed."""

    noise: Figure
    """The standard deviation of one rating."""
    changed: Hits
    """Samples of which the verdict is another one the second time."""


class Drawn(StrEnum):
    """How the samples came before people."""

    AUDIT = "audit"
    """At random, with nothing shown that judges or checks said: what is measured holds for all samples."""
    ROUTED = "routed"
    """Somebody doubted them: what is measured holds for such samples alone."""


class ReasonFound(Frozen):
    """Of the samples that people rejected for one reason, those that a role objects to."""

    reason: str
    found: Hits


class PeopleWorth(Frozen):
    """How a role's objections stand to people's verdicts on the same samples."""

    drawn: Drawn
    sound: int
    """Samples that people accepted and the role rated."""
    flawed: int
    """Samples that they rejected."""
    auc: Figure
    """The chance that a sample that people accepted is rated above one that they rejected."""
    sensitivity: Hits
    """Of the samples that they rejected, those that the role objects to."""
    specificity: Hits
    """Of the samples that they accepted, those that it does not object to."""
    agreement: RaterAgreement
    """Of the role and people, on whether to object."""
    by_reason: tuple[ReasonFound, ...] = ()
    criteria: tuple[CriterionWorth, ...] = ()
    """Of a judge; the least score is chosen on one half of the samples and tested on the other."""
    enough: bool
    """They were drawn at random, and there are enough of both kinds to say whether the judgement counts."""


class EditsWorth(Frozen):
    """What a role makes of samples before and after people edited them."""

    auc: Figure
    better: Hits
    """Those that it rates higher after the edit."""
    found: Hits
    """Those that it objects to before the edit."""
    kept: Hits
    """Those that it does not object to after it."""


class PeopleSaid(Frozen):
    """What people said of the run's samples."""

    reviewers: int
    verdicts: int
    """That stand, of content that is still there."""
    of_other_content: int
    """That stand and are of content that the run does not have, so that they say nothing here."""
    disputed: int
    """Samples on which as many said yes as no."""
    edits: int
    agreement: RaterAgreement | None
    """Between reviewers; None if no sample was read by two of them."""


class CountsBy(StrEnum):
    """What says whether a judgement counts."""

    PLANTED = "planted"
    """Planted defects."""
    PEOPLE = "people"
    """People's verdicts on samples that were drawn at random."""


class DebateWorth(Frozen):
    """What a debate adds to its own first opinion: the list that the first statement ends with, before anybody answers."""

    only_first: Hits
    """Debates whose conclusion finds fault with the same places as that list."""
    first_recall: Hits
    """Of the flawed versions, those of which that list names a problem."""
    first_specificity: Hits
    """Of the sound versions, those of which it names none."""
    unread: int
    """Debates whose first list cannot be read."""


class RoleWorth(Frozen):
    """What one role that judges is worth with its model, beside its price."""

    role: str
    kind: str
    """critic, verifier or judge."""
    model: str
    asking: str
    """Of a judge: single, each or permuted; else empty."""
    scoring: str = ""
    """Of a judge: mode, token_mean or samples; else empty."""
    without_odds: int = 0
    """Answers that were to be scored by the odds of their tokens, had none, and were drawn several times in place of that."""
    counts: bool
    """Its judgement is informative, so that with these figures saved it decides."""
    counts_by: CountsBy = CountsBy.PLANTED
    """Whose verdict `counts` is."""
    auc: Figure
    """The chance that a sound version is rated above a flawed one; if nothing was planted, the one by people's audit."""
    pairs: int
    """Flawed versions that were rated, each beside its sound one."""
    precision: Hits
    """Of the versions that it objects to, those that are flawed; about as many sound ones as flawed ones were shown."""
    recall: Hits
    """Of the flawed versions, those that it objects to."""
    specificity: Hits
    """Of the sound versions, those that it does not object to."""
    located: Hits
    """Of the flawed versions that it objects to with a place, those whose planted place it names."""
    by_kind: tuple[KindWorth, ...]
    """By kind over all strengths and by each strength, in the order of the kinds; then by strength over all kinds (kind: '')."""
    by_act: tuple[KindWorth, ...] = ()
    """In worlds: by each kind of wrong dialogue, as `kind`."""
    criteria: tuple[CriterionWorth, ...] = ()
    """Of a judge."""
    length: LengthBias
    order: OrderBias | None = None
    """None if it was not measured, or if it is no judge."""
    again: Repeats | None = None
    """None if it was not measured."""
    flips: Hits | None = None
    """Pairs of which it prefers another side if the sides are exchanged; None if it was not measured."""
    debate: DebateWorth | None = None
    """Of a debate's moderator, whose figures are those of the whole debate; else None."""
    people: tuple[PeopleWorth, ...] = ()
    """By people's verdicts, if there are any."""
    edits: EditsWorth | None = None
    """By people's edits, if there are any."""
    related: str = ""
    """The family of models that it shares with a writer of the samples; empty if there is none."""
    asked: int
    """Versions that it was asked about."""
    unread: int
    """Those of them to which no answer could be read."""
    prompt_tokens: float
    """For each version that it was asked about."""
    completion_tokens: float
    usd: float | None
    """For each version that it was asked about; None if its model has no price."""

    @property
    def tokens(self) -> float:
        """Tokens for each version that it is asked about."""
        return self.prompt_tokens + self.completion_tokens


class ChecksWorth(Frozen):
    """How many planted defects the checks find that no model is asked for."""

    by_kind: tuple[KindWorth, ...]
    found: Hits


class RoleAgreement(Frozen):
    """How far the judging roles agree on the versions, sound and flawed."""

    roles: tuple[str, ...]
    verdicts: RaterAgreement
    """Whether they object."""
    judges: tuple[str, ...] = ()
    scores: RaterAgreement | None = None
    """Of judges, if there are several: their scores by criterion, as ranks."""


class CalibrationReport(Frozen):
    """What was measured of a run's roles: `calibration.json`."""

    scenario: str
    samples: int
    """Sound samples."""
    planted: dict[str, int]
    """Flawed versions by kind and strength, as `kind/strength`."""
    passed_over: tuple[str, ...]
    """Kinds that could be planted in none of the samples."""
    checks: ChecksWorth
    roles: tuple[RoleWorth, ...]
    agreement: RoleAgreement | None
    """None of a single role."""
    people: PeopleSaid | None = None
    """None if nobody reviewed the run."""
    caveats: tuple[str, ...]
    command: str
    """What measures it again."""
