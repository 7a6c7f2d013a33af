"""The claim: how many samples of an audited set are flawed at the most, in numbers and in a sentence.

It is anytime-valid (evaluation/verdicts/audit.py): whoever looked after every verdict and stopped when they liked has not weakened
it. What left the set since takes no flawed sample into it, so that the number of flawed ones holds for what is left; a sample that
came, or was changed, voids it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from evaluation.verdicts.audit import CONFIDENCE, audited, clean_until, share_at_least
from graphs.certifying.labels import AuditLabels, labels_of
from graphs.files.wording import many
from graphs.reviewing.order import AuditSet
from graphs.reviewing.verdicts import PersonVerdict, Queue
from scenarios.cleaning import one_line
from scenarios.frozen import Frozen

METHOD = "anytime-valid bound: exact hypergeometric likelihood, beta-binomial (1, 10) prior (Waudby-Smith and Ramdas, 2020); without planted copies it assumes that reviewers notice every flaw"
_EXAMPLES = 10
"""Flawed copies below which what reviewers overlook is not allowed for."""
_STEPS = 3
"""The bound, the part that is noticed, and the chance by which it is."""


class ReviewersSight(Frozen):
    """How many of the flawed copies that were planted the reviewers noticed."""

    shown: int
    noticed: int
    at_least: float
    """The lower limit of the part that they notice, whenever one looks; 1 if too few were shown to allow for it."""


class QualityClaim(Frozen):
    """What may be said of a set."""

    sentence: str
    method: str
    confidence: float
    dataset: str
    """The digest of the set that was drawn from."""
    seed: int
    """It decides the order, together with the digest."""
    size: int
    checked: int
    """Samples drawn at random that were checked, those included that"""
    skipped: int
    """nobody could judge: they count as flawed."""
    flawed: int
    at_most: int
    """Flawed samples of the set as it was audited."""
    share: float
    audits: int
    """Audits of this set that were begun, under several seeds: they share the risk."""
    changed: int
    """Verdicts that were taken back or said otherwise later; the last word counts."""
    sight: ReviewersSight | None = None
    removed: int
    """Flawed samples that the audit found and that left the set since."""
    size_now: int
    at_most_now: int
    share_now: float
    reviewers: dict[str, int]
    twice: int
    """Samples that were judged twice on purpose, and"""
    same: int
    """those of which both verdicts are the same."""
    void: str = ""
    """Why it holds no longer for what the dataset is now; empty if it holds."""


def claim_of(
    drawn_from: AuditSet,
    seed: int,
    said: Sequence[PersonVerdict],
    now: Mapping[str, str],
    confidence: float = CONFIDENCE,
) -> QualityClaim:
    """What the verdicts allow to be said of the set, and of what it is `now` (digests of contents, by id).

    If at least ten flawed copies were shown, the claim allows for what reviewers overlook: for the least part of the copies that they
    notice, and for the chance by which they notice a flawed sample. The three steps share the risk, so that the claim has its
    confidence as a whole. So do audits of one set under several seeds: nobody can take the best of them.
    """
    labels = labels_of(drawn_from, seed, said)
    audits = len({v.seed for v in said if v.queue is Queue.AUDIT and v.dataset == drawn_from.digest} | {seed})
    sight = _sight(labels, 1 - (1 - confidence) / audits)
    bound = audited(
        len(drawn_from.contents), len(labels.checked), len(labels.flawed),
        confidence=_of_step(confidence, audits, sight), sensitivity=sight.at_least if sight else 1.0,
    )  # fmt: skip
    removed = sum(id_ not in now for id_ in labels.flawed)
    left = bound.at_most - removed
    claim = QualityClaim(
        sentence="", method=METHOD, confidence=confidence, dataset=drawn_from.digest, seed=seed, size=bound.size,
        checked=bound.checked, skipped=len(labels.skipped), flawed=bound.flawed, at_most=bound.at_most, share=bound.share,
        audits=audits, changed=labels.changed, sight=sight, removed=removed, size_now=len(now), at_most_now=min(left, len(now)),
        share_now=min(left / len(now), 1.0) if now else 0.0, reviewers=dict(labels.reviewers), twice=len(labels.twice),
        same=sum(first is second for first, second in labels.twice), void=_void(drawn_from, labels, now),
    )  # fmt: skip
    return claim.model_copy(update={"sentence": in_words(claim)})


def clean_ones_until(claim: QualityClaim, share: float) -> int | None:
    """How many more samples of the audit have to be clean until at most this share is flawed; None if it cannot be reached."""
    return clean_until(
        claim.size, claim.checked, claim.flawed, share,
        confidence=_of_step(claim.confidence, claim.audits, claim.sight), sensitivity=claim.sight.at_least if claim.sight else 1.0,
    )  # fmt: skip


def in_words(claim: QualityClaim) -> str:
    """The claim as a sentence that is true as it stands."""
    found = f"{claim.flawed} flawed" if claim.flawed else "none flawed"
    aside = f" ({claim.skipped} of them skipped)" if claim.skipped else ""
    words = (
        f"{claim.size} accepted, {claim.checked} audited by {_people(claim.reviewers)}, {found}{aside}: at most "
        f"{percent(claim.share)} are, with {percent(claim.confidence)} confidence, whenever the reviewer stopped."
    )
    if claim.sight:
        allowed = "that is allowed for" if claim.sight.shown >= _EXAMPLES else "too few to allow for what is overlooked"
        words += (
            f" Of {claim.sight.shown} flawed copies that were planted, {claim.sight.noticed} were noticed: {allowed}."
        )
    if claim.audits > 1:
        words += f" It is one of {claim.audits} audits of this set, which share the risk of error."
    if claim.changed:
        words += f" {many(claim.changed, 'verdict')} changed before that."
    if not claim.void and claim.size_now != claim.size:
        gone = claim.size - claim.size_now
        words += (
            f" {gone} left the set since, {claim.removed} of them found flawed: of the {claim.size_now} that are left, at most "
            f"{percent(claim.share_now)} are."
        )
    return words if not claim.void else f"No claim holds for the dataset as it is: {claim.void}. Before that: {words}"


def percent(share: float) -> str:
    """A share in per cent, rounded up to a tenth: what is claimed is never less than what was computed."""
    return f"{math.ceil(round(share * 1000, 6)) / 10:g} %"


def _people(reviewers: Mapping[str, int]) -> str:
    names = [one_line(name) for name in reviewers]
    return "nobody" if not names else names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _sight(labels: AuditLabels, confidence: float) -> ReviewersSight | None:
    if not labels.planted:
        return None
    least = share_at_least(labels.noticed, labels.planted, 1 - (1 - confidence) / _STEPS)
    enough = labels.planted >= _EXAMPLES
    return ReviewersSight(shown=labels.planted, noticed=labels.noticed, at_least=max(least, 1e-6) if enough else 1.0)


def _of_step(confidence: float, audits: int, sight: ReviewersSight | None) -> float:
    """The confidence of each step: all audits of the set share the risk, and if what is overlooked is allowed for, so do its steps."""
    steps = _STEPS if sight and sight.shown >= _EXAMPLES else 1
    return 1 - (1 - confidence) / audits / steps


def _void(drawn_from: AuditSet, labels: AuditLabels, now: Mapping[str, str]) -> str:
    came = sum(id_ not in drawn_from.contents for id_ in now)
    changed = sum(
        id_ in drawn_from.contents and drawn_from.contents[id_] != content and id_ not in labels.flawed
        for id_, content in now.items()
    )
    counts = ((came, "came"), (changed, "changed"))
    told = [f"{many(count, 'sample')} {what} after the audit" for count, what in counts if count]
    return " and ".join(told)
