"""How many samples of a finished set are flawed at the most, from those that were drawn at random and checked.

The bound is anytime-valid: it holds for a reviewer who looks at it after every sample and stops whenever they like. Left out are
those numbers of flawed samples that the verdicts have made at least 1/α times less likely than a prior held them (the prior–posterior
ratio of Waudby-Smith and Ramdas, 2020). What was drawn is hypergeometric, so that a set checked whole is known exactly; the prior,
beta-binomial with 1 and 10, sets out from few flawed ones. Nothing is assumed of judges.

`fixed_bound` is the exact bound for a number of samples fixed beforehand. Looked at after every sample, it fails far more often
than it says.
"""

from __future__ import annotations

import math

import numpy as np
from pydantic import Field
from scipy.special import bdtr, betaln, gammaln  # type: ignore[import-untyped]

from evaluation.lexical import Floats
from scenarios.frozen import Frozen

CONFIDENCE = 0.95
_FLAWED, _GOOD = 1.0, 10.0
"""The prior's parameters."""


class AuditBound(Frozen):
    """What an audit lets one say of a set. Its inputs are all that it takes to derive it again."""

    size: int
    """Samples of the set, those that were checked whole included."""
    whole: int
    """Samples of a part that was checked whole, outside the audit, and has no flawed one left."""
    checked: int
    """Samples drawn at random from the rest, each checked once."""
    flawed: int
    """Of these."""
    confidence: float
    sensitivity: float
    """Of the flawed samples that a reviewer sees, the part that they notice, at the least."""
    at_most: int
    """Flawed samples of the set."""
    share: float = Field(ge=0, le=1)
    """The same as a share."""


def audited(
    size: int, checked: int, flawed: int, *, whole: int = 0, confidence: float = CONFIDENCE, sensitivity: float = 1
) -> AuditBound:
    """How many of `size` samples are flawed at the most, with flawed ones that the audit found still counted among them.

    `sensitivity` is a lower limit, of planted defects that the reviewers noticed; its own confidence is not part of this one's. Whether
    each flawed sample is noticed is chance, so that the bound divided by it would be too low now and then: see `with_unnoticed`.
    Raises ValueError if the numbers contradict each other.
    """
    if not 0 <= flawed <= checked <= size - whole or whole < 0:
        raise ValueError(f"of {size - whole} samples to draw from, {checked} were checked and {flawed} flawed")
    if not (0 < confidence < 1 and 0 < sensitivity <= 1):
        raise ValueError(f"confidence {confidence} and sensitivity {sensitivity} are shares")
    noticed = upper_bound(size - whole, checked, flawed, confidence)
    at_most = with_unnoticed(noticed, sensitivity, size - whole, confidence)
    return AuditBound(
        size=size, whole=whole, checked=checked, flawed=flawed, confidence=confidence, sensitivity=sensitivity,
        at_most=at_most, share=at_most / size if size else 0.0,
    )  # fmt: skip


def with_unnoticed(noticed: int, sensitivity: float, most: int, confidence: float = CONFIDENCE) -> int:
    """The largest number of flawed samples, `most` at the most, of which no more than `noticed` would be such as a reviewer notices
    with a probability above α, if each is with the probability `sensitivity` (binomial). The confidence is that of this step alone."""
    if sensitivity >= 1:
        return min(noticed, most)
    low, high = min(noticed, most), most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if bdtr(noticed, middle, sensitivity) > 1 - confidence else (low, middle - 1)
    return low


def share_at_least(hits: int, of: int, confidence: float = CONFIDENCE) -> float:
    """The lower limit of a probability from so many hits, whenever one looks: those are left out that a uniform prior's mixture has made
    1/α times less likely (the same prior–posterior ratio, of a binomial likelihood)."""
    if not hits:
        return 0.0
    mixed = float(betaln(1 + hits, 1 + of - hits))

    def left_out(share: float) -> bool:
        return mixed - hits * math.log(share) - (of - hits) * math.log1p(-share) >= -math.log1p(-confidence)

    low, high = 1e-12, hits / of * (1 - 1e-12)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if left_out(middle) else (low, middle)
    return low


def upper_bound(size: int, checked: int, flawed: int, confidence: float = CONFIDENCE) -> int:
    """The largest number of flawed ones that is not left out, whenever one looks."""
    numbers = np.arange(flawed, size - checked + flawed + 1, dtype=np.float64)
    before = _log_beta_binomial(numbers, size, _FLAWED, _GOOD)
    after = _log_beta_binomial(numbers - flawed, size - checked, _FLAWED + flawed, _GOOD + checked - flawed)
    return int(numbers[before - after < -math.log1p(-confidence)][-1])


def _log_beta_binomial(numbers: Floats, size: int, a: float, b: float) -> Floats:
    chosen = gammaln(size + 1) - gammaln(numbers + 1) - gammaln(size - numbers + 1)
    found: Floats = chosen + betaln(numbers + a, size - numbers + b) - betaln(a, b)
    return found


def clean_until(
    size: int, checked: int, flawed: int, share: float, *, whole: int = 0, confidence: float = CONFIDENCE,
    sensitivity: float = 1,
) -> int | None:  # fmt: skip
    """How many samples more, none of them flawed, until at most this share is; 0 if it is so already, None if it will not be even
    with all checked. Raises as `audited` does."""

    def reached(more: int) -> bool:
        found = audited(size, checked + more, flawed, whole=whole, confidence=confidence, sensitivity=sensitivity)
        return found.at_most <= share * size + 1e-9

    if reached(0):
        return 0
    low, high = 0, size - whole - checked
    if not reached(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def fixed_bound(size: int, checked: int, flawed: int, confidence: float = CONFIDENCE) -> int:
    """The largest number of flawed ones under which so few would be found with a probability above α (exact, hypergeometric).

    For a number of samples that was fixed before any was seen.
    """
    low, high = flawed, size - checked + flawed
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _as_few(size, middle, checked, flawed) > 1 - confidence else (low, middle - 1)
    return low


def _as_few(size: int, bad: int, checked: int, flawed: int) -> float:
    """The probability of at most `flawed` in a draw."""
    numbers = np.arange(max(0, checked - (size - bad)), min(flawed, bad, checked) + 1, dtype=np.float64)
    return float(
        np.exp(
            _log_choose(bad, numbers)
            + _log_choose(size - bad, checked - numbers)
            - _log_choose(size, np.array(checked))
        ).sum()
    )


def _log_choose(total: int, part: Floats) -> Floats:
    found: Floats = gammaln(total + 1) - gammaln(part + 1) - gammaln(total - part + 1)
    return found
