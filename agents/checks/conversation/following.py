"""What follows from what somebody knows: amounts by sums, counts and shares, dates by spans of time. Pure.

Nearly every number is some sum of some others, so only those are put together that people put together: money with money, with a
count, with a share.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from agents.checks.figures import Day, NumberKind, SaidNumber, figures
from agents.text.locales import months, spans
from agents.text.numbers import tokens
from agents.text.phrases import words
from agents.text.scripts import bare
from scenarios.schema.languages import ENGLISH

_ALWAYS = (2.0, 12.0)
"""Halves and doubles, and the months of a year."""
_IN_WORDS = tuple(float(number) for number in range(2, 11))
"""Counts that a language other than English may say in words, which nobody reads here."""
_MOST = 24
_MOST_COUNTS = 40
_EXACT = 0.0051
_HEDGED = 0.03
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ORDINAL = re.compile(
    r"\b([12]?\d|3[01])(?:st|nd|rd|th|er|\.)(?!\d)|(?<![\d月])([12]?\d|3[01])日(?!間|以)"
    r"|\b(?:el|le|il|día|am|den|op)\s([12]?\d|3[01])\b(?![.,:]\d)"
)
"""The day of a month that is not named: 'on the 5th of each month'."""
_ENDS_OF_MONTHS = 62
"""Days around a known date within which what is due on a day of the month is meant."""
_AMOUNT = 500
_SHORT = 7
"""Days up to which days are taken for working days."""
_LONG = 5
"""Signs from which an amount looks like another: '48.20'."""


class Grounds:
    """All that somebody knows, for what follows from it."""

    def __init__(self, known: str, language: str, english: bool) -> None:
        self._language = language
        self._text = known
        found = figures(known, language)
        self.money = list(dict.fromkeys(one.value for one in found if one.kind is NumberKind.MONEY and one.value))[
            -_MOST:
        ]
        # '1,840, says the plumber', or {"paid": 48.2}.
        plain = [one.value for one in found if one.kind in (NumberKind.COUNT, NumberKind.SPAN) and one.value]
        self.bare = [value for value in plain if _may_be_money(value)][-_MOST:]
        self.shares = list(dict.fromkeys(one.value for one in found if one.kind is NumberKind.SHARE and one.value))[-8:]
        said = (float(token) for token in tokens(known) if token.isdigit() and len(token) < 4) if english else _IN_WORDS
        self.counts = list(dict.fromkeys([*_ALWAYS, *plain[-_MOST_COUNTS:], *(one for one in said if one)]))
        self.days = {day for one in found for day in one.days}
        self._found = found
        self._spans: set[int] = set()
        """Days of the spans that the message itself says."""

    def add(self, figure: SaidNumber) -> None:
        """What was found to follow is known from then on: people say the steps of a sum."""
        if figure.kind is NumberKind.MONEY and figure.value:
            self.money.append(figure.value)
        elif figure.kind in (NumberKind.COUNT, NumberKind.SPAN) and figure.value:
            self.counts.append(figure.value)
            self.bare += [figure.value] if _may_be_money(figure.value) else []
        elif figure.kind is NumberKind.SHARE and figure.value:
            self.shares.append(figure.value)
        if figure.kind is NumberKind.SPAN and figure.value:
            self._spans.add(round(figure.value))
        self.days |= figure.days

    # -- amounts -------------------------------------------------------------------------------------------

    def amount_follows(self, value: float, hedged: bool, near: bool = False) -> bool:
        """Whether an amount is a sum, a multiple or a share of amounts that are known, in two steps, or in one if it is to be
        `near`; roughly, if it says so. One that looks like a known amount with a mistake in typing has to follow in one."""
        reach = max(_EXACT, value * _HEDGED) if hedged else _EXACT
        far = not near and not any(_mistyped(value, one) for one in self.money)
        return value == 0 or any(abs(value - one) <= reach for one in self._derived(far))

    def _derived(self, far: bool) -> Iterator[float]:
        money = list(dict.fromkeys([*self.money, *self.bare]))[-_MOST:]
        yield from money
        products = [result for one in money for count in self.counts if count for result in (one * count, one / count)]
        yield from products
        shared = [result for one in money for share in self.shares for result in _shares(one, share)]
        yield from shared
        sums = [result for one in money for other in money for result in (one + other, one - other)]
        yield from sums
        if not far:
            return
        few = [count for count in self.counts if count <= 60 and float(count).is_integer()]
        for one in products:
            yield from (result for share in self.shares for result in _shares(one, share))
            yield from (one + other for other in money)
            yield from (abs(one - other) for other in money)
        for one in shared:
            yield from (result for count in few for result in (one * count, one / count))
            yield from (abs(one - other) for other in money)
            yield from (one + other for other in money)
        for one in sums:
            yield from (one * count for count in few)
            yield from (result for share in self.shares for result in _shares(one, share))
            yield from (one + other for other in money)
            yield from (abs(one - other) for other in money)

    # -- dates ---------------------------------------------------------------------------------------------

    def day_follows(self, day: Day) -> bool:
        """Whether a date lies a known span from a known date, working days or not, or a span that the message says, or two
        of them; is a known day of a month near it; or is the first or last of a month."""
        if day in self.days or not self.days:
            return day in self.days
        wanted = _of_year(day)
        reach = self._reach()
        end = (day[0], _LENGTHS[day[0] - 1])
        if self._of_months() and self._named(day) and _of_year(end) - wanted in reach:
            return True
        apart = [min((wanted - _of_year(one)) % 365, (_of_year(one) - wanted) % 365) for one in self.days]
        if any(distance in reach for distance in apart):
            return True
        near = any((wanted - _of_year(one)) % 365 <= _ENDS_OF_MONTHS for one in self.days)
        ends = self._of_months() and (day[1] == 1 or day[1] == _LENGTHS[day[0] - 1])
        return near and (ends or day[1] in self._days_of_months())

    def _reach(self) -> set[int]:
        joined = {one + other for one in self._spans for other in self._spans}
        return set(_reach(self._text, self._language)) | self._spans | joined | {1}

    def _days_of_months(self) -> set[int]:
        return {int(next(filter(None, found.groups()))) for found in _ORDINAL.finditer(self._text)}

    def _of_months(self) -> bool:
        """Whether months are spoken of at all: what is due at the end of one."""
        known = spans(self._language)
        return any(known.get(bare(word), 0) > 28 for word in words(self._text))

    def _named(self, day: Day) -> bool:
        """Whether the month of a date was named at all."""
        return any(day[0] in months().get(bare(word), ()) for word in words(self._text))


@lru_cache(maxsize=256)
def _reach(text: str, language: str) -> frozenset[int]:
    """How many days lie between a known date and one that follows from it."""
    found = set[int]()
    for one in figures(text, language):
        if one.kind is NumberKind.SPAN and one.value:
            found |= _of_span(one.value, one.unit, one.working)
    counted, known = tokens(text), spans(language)
    for at, token in enumerate(counted):
        unit = known.get(bare(token)) or known.get(bare(token).removesuffix("s"))
        if not unit:
            continue
        before = counted[max(0, at - 2) : at]
        number = next((one for one in reversed(before) if one.isdigit()), "")
        working = len(before) > 1 and before[-1] != number
        if number and len(number) < 4:
            found |= _of_span(int(number) * unit, unit, working)
        elif not number and language != ENGLISH:
            found |= {days for count in range(1, 7) for days in _of_span(count * unit, unit, working=True)}
        elif not number and unit >= 1:
            found |= _of_span(unit, unit, working)
    return frozenset(found)


def _of_span(days: float, unit: float, working: bool) -> set[int]:
    whole = round(days)
    if unit == 1 and (working or whole <= _SHORT):
        # Two more for each weekend, and a holiday or two.
        return set(range(max(0, whole - 1), whole + 2 * (whole // 5) + 4))
    slack = 2 if unit > 28 else 1
    return {whole + more for more in range(-slack, slack + 1) if whole + more >= 0}


def _mistyped(value: float, known: float) -> bool:
    """Whether two amounts have the same digits but for one, or for two that changed places."""
    left, right = (f"{one:.2f}" for one in (value, known))
    if len(left) != len(right) or len(left) < _LONG:
        return False
    other = [at for at, (a, b) in enumerate(zip(left, right, strict=True)) if a != b]
    return len(other) == 1 or (
        len(other) == 2 and left[other[0]] == right[other[1]] and left[other[1]] == right[other[0]]
    )


def _may_be_money(value: float) -> bool:
    """Whether a bare number may be an amount whose currency is understood."""
    return value >= _AMOUNT or not float(value).is_integer()


def _shares(value: float, share: float) -> Iterable[float]:
    return (value * share / 100, value * (1 - share / 100), value * (1 + share / 100))


def _of_year(day: Day) -> int:
    return sum(_LENGTHS[: day[0] - 1]) + day[1]
