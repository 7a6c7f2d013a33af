"""Sums that an assistant shows in a chat: '3 days × 4.50 euros = 13.50 euros'."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.checks.check import NOTHING, Finding, Reading
from agents.checks.conversation.citing import without_citations
from agents.checks.levels.sums import equations
from agents.parts import is_words
from scenarios.messages import Speech
from scenarios.records import Status

_UNITS = re.compile(r"(?<=[\d%)])(?:\s*/?\s*[^\W\d_]+\.?){1,3}(?=\s*(?:[-+×x*·÷/−–=≈]))")
"""Words behind a number that say what it counts."""
_PERCENT = re.compile(r"(?<=\d)\s*per ?cent\b")
_SHARE = re.compile(r"[-+]\s*[\d.]+\s*%")
"""'46 - 30%': people mean a share of what stands before it."""


def sums_hold(reading: Reading) -> Finding:
    """Each sum that the assistant shows as an equation in numbers, units aside, comes to what stands behind its sign of
    equality. Only English is read, where a point is a decimal point."""
    if not reading.in_english:
        return Finding(
            f"its sums may be written otherwise in {reading.candidate.brief.language}", given=Status.UNVERIFIABLE
        )
    for place, message in enumerate(reading.candidate.messages):
        if message.role is not Speech.ASSISTANT or not is_words(message):
            continue
        wrong = next((shown for shown, holds in _equations(message.content) if not holds), "")
        if wrong:
            return Finding(f"reckons {wrong}, which is not so", place)
    return NOTHING


def reckoned(text: str) -> frozenset[float]:
    """What the sums of a text come to that it shows as equations and that hold."""
    return frozenset(float(shown.rpartition("= ")[2]) for shown, holds in _equations(text) if holds)


def _equations(text: str) -> Iterator[tuple[str, bool]]:
    plain = _UNITS.sub("", _PERCENT.sub("%", without_citations(text)))
    return ((shown, holds) for shown, holds in equations(plain) if not _SHARE.search(shown))
