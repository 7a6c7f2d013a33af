"""A row of signals.jsonl: all that curation computed about one sample."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from scenarios.frozen import Frozen


class Doubt(StrEnum):
    """Why a sample is doubted: what `drop=` names."""

    AUM = "aum"
    """Its margin is no higher than that of most samples with a label of a class that does not exist."""
    CONFIDENCE = "confidence"
    """Its label was improbable over the epochs (at most 0.2)."""
    STUDENT = "student"
    """A student that did not learn from it predicts another label."""
    MIXTURE = "mixture"
    """Its loss is rather of the higher part of two."""
    SWAP = "swap"
    """Students of two halves exchanged its label for another one."""
    WEIGHT = "weight"
    """Its weight fell under a quarter: without it, a student does better on others."""
    RESIDUAL = "residual"
    """Its number is far from what a scorer that did not learn from it expects (2.5 robust deviations or more)."""
    CONFLICT = "conflict"
    """Another sample of the very same words has another label."""
    DUPLICATES = "duplicates"
    """It is nearly the same, word for word, as an earlier one."""
    JUDGES = "judges"
    """Judges differ by more than a point."""
    ANSWERS = "answers"
    """Several answers to it do not agree."""
    PERSONAL = "personal"
    """It holds personal data."""
    LIKELIHOOD = "likelihood"
    """Its likelihood lies far outside, on either side."""


class SampleSignals(Frozen):
    """One row of signals.jsonl. What could not be computed is null."""

    id: str
    content: str = Field(description="digest of what was seen: signals hold for this content only")
    target: str | None = Field(default=None, description="what the student learned: an axis, a field, a score")
    label: str | None = Field(default=None, description="the sample's label, as it came")
    number: float | None = Field(default=None, description="the sample's number, as it came, if the target is one")
    rank: int | None = Field(
        default=None, description="its place by the margin, or by the residual, the most doubtful first"
    )
    margin: float | None = Field(default=None, description="area under the margin: below 0, the label is contradicted")
    confidence: float | None = Field(default=None, description="mean probability of the label over the epochs, 0 … 1")
    variability: float | None = Field(default=None, description="its standard deviation over the epochs")
    aleatoric: float | None = Field(
        default=None, description="mean of p (1 − p) over the epochs; no cut follows from it"
    )
    student: str | None = Field(default=None, description="what a student of the other folds predicts")
    predicted: float | None = Field(default=None, description="the number that a scorer of the other folds expects")
    residual: float | None = Field(
        default=None, description="its number less that, in robust deviations with their sign"
    )
    probability: float | None = Field(
        default=None, description="which that student gives the sample's own label; without one, what it says"
    )
    clean: float | None = Field(default=None, description="probability that its loss is of the lower part of two")
    swapped: str | None = Field(default=None, description="its label after students of two halves exchanged labels")
    weight: float | None = Field(default=None, description="SunGen's weight; the mean over all is 1")
    judge_mean: float | None = Field(default=None, description="mean of its scores")
    judge_spread: float | None = Field(
        default=None, description="standard deviation between judges, mean over criteria"
    )
    answers_entropy: float | None = Field(default=None, description="entropy of its `answers`, bits")
    answers_agreement: float | None = Field(default=None, description="share of the pairs of `answers` that are equal")
    copy_of: str | None = Field(default=None, description="the earlier sample that it nearly repeats, word for word")
    log_likelihood: float | None = Field(default=None, description="mean log-probability of a token of the answer")
    ifd: float | None = Field(default=None, description="loss of the answer given the question over its loss alone")
    ifd_unusual: float | None = Field(
        default=None, description="its robust deviations from the median of its language, with their sign"
    )
    personal: tuple[str, ...] | None = Field(default=None, description="kinds of personal data found")
    doubts: tuple[Doubt, ...] = Field(default=(), description="what is doubted of it, by the names that drop= takes")
