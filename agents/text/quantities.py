"""Numbers, times, dates and codes in the forms in which people write them, so that '1,000' is '1 000' and '3:30 pm' '15:30'.
Pure."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Set
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from agents.text.numbers import ORDINALS, is_number, tokens
from agents.text.synonyms import listed
from scenarios.text import codes, folded

Form = str | tuple[str, int, int]
"""One reading of a number or code: its letters, or a time or date as ('time', hour, minute) or ('date', month, day)."""

_MONTHS = [name.lower() for name in calendar.month_name]
_DAY_MONTH = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th|\.)?(?: of)? ({'|'.join([*_MONTHS[1:], *(m[:3] for m in _MONTHS[1:])])})\b"
    rf"|\b({'|'.join([*_MONTHS[1:], *(m[:3] for m in _MONTHS[1:])])})\.? (?:the )?(\d{{1,2}})(?:st|nd|rd|th)?\b"
)
_GROUPED = re.compile(r"(?<![\d.,:/-])(?<!\d )\d{1,3}(?: \d{3})+(?!\d)")
_CLOCK = re.compile(r"(?<!\d)(\d{1,2}) ?(?:h|[時时點点시](?!間)) ?(\d{2})?(?!\d)(?: ?[分분])?(?![a-z])")
"""A time as French, Japanese, Chinese and Korean write it: '15 h 30', '15時30分'."""
_WHOLE = re.compile(r"\b100 ?(?:%|percent\b|per cent\b)")
"""'A hundred per cent' is said of what is certain."""
_PART = re.compile(r"[,;:!?]\s|\.\s|\n")
_SPLIT = re.compile(r"(?<=\d)[ /().-]+(?=\d)")
_SUFFIXED = re.compile(r"(\d[\d.,:/]*)-?([a-zµ]{1,7})")
_SUFFIXES = listed(
    """st nd rd th er re e eme g kg mg t m cm mm km l ml cl h hr hrs min mins s sec w kw kwh v mb gb tb px pc pcs
    eur euro euros usd gbp chf kr c f p k x pm am uhr day days week weeks month months year years star stars
    fold cup cups litre litres liter liters degree degrees percent inch inches hour hours minute minutes second
    seconds"""
)
_SAID_TIME = re.compile(r"(\d{1,2})(?:[:.h](\d{2})?)?")
_HALF_DAY = re.compile(r"\s?(?:([ap])\.?\s?m\b|o'?clock\b|uhr\b)")
_SMALLER = {"week": 7, "hour": 60, "minute": 60, "year": 12}
"""How many of the next smaller unit: a week is also said as 7 days."""
_LONG = 5
"""Digits from which a number is known by its digits alone, however it is grouped: a telephone number."""
_IDIOMS = frozenset(("24/7", "50/50", "3d", "2d", "2fa", "mp3", "mp4", "a4", "a5", "h2o", "co2", "4x4"))


@lru_cache(maxsize=8192)
def known_forms(text: str) -> frozenset[Form]:
    """Every form by which a number or code that a text gives may be said again."""
    said = folded(text).lower()
    found: set[Form] = {form for _, forms in quantities(text) for form in forms}
    for part in _PART.split(said):
        counted = tokens(part)
        found |= {token for token in counted if is_number(token)}
        found |= {digits for digits, word in ORDINALS.items() if word in counted}
        for number, unit in pairwise(counted):
            if number.isdigit() and len(number) <= 3 and (smaller := _SMALLER.get(unit.removesuffix("s"), 0)):
                found.add(str(int(number) * smaller))
    for code in codes(said):
        parts = re.split(r"[-/]", code)
        found |= {part for part in parts if len(part) >= 3 and any(c.isdigit() for c in part)}
        if re.fullmatch(r"\d+[.,](?:5|50|25|75)", code):
            found |= {code[: code.index(code.strip("0123456789")[:1])], str(Fraction(code.replace(",", ".")) % 1)}
    found |= {joined for joined in codes(_SPLIT.sub("", said)) if joined.isdigit() and len(joined) >= _LONG}
    for form in list(found):
        if isinstance(form, tuple) and form[0] == "date":
            found |= {str(form[1]), str(form[2])}
        elif isinstance(form, tuple) and not form[2]:
            found |= {str(form[1]), str((form[1] - 1) % 12 + 1)}
    if "half" in said.split():
        found |= {"0.5", "1/2", *(["30"] if "half an hour" in said else [])}
    return frozenset(found)


def strange_number(text: str, known: Set[Form]) -> str:
    """The first number or code of a text that is in none of the `known_forms`, or an empty string."""
    for shown, forms in quantities(_WHOLE.sub("", text)):
        if forms & known or shown.lower() in _IDIOMS:
            continue
        parts = re.split(r"[-/]", shown)
        if len(parts) == 2 and all(_forms(part) & known for part in parts if part):
            continue  # a range
        if shown.isdigit() and len(shown) >= _LONG and shown in known:
            continue
        return shown
    return ""


@lru_cache(maxsize=8192)
def quantities(text: str) -> tuple[tuple[str, frozenset[Form]], ...]:
    """The numbers and codes of a text as it says them, each with its forms."""
    return tuple(_quantities(text))


@lru_cache(maxsize=8192)
def placed(text: str) -> tuple[str, tuple[tuple[int, str, frozenset[Form]], ...]]:
    """A text in the typography in which its numbers are read, and its `quantities` with the places where they begin there."""
    said = _read(text)
    return said, tuple(_placed(said))


def _read(text: str) -> str:
    said = _CLOCK.sub(lambda found: f"{found[1]}:{found[2] or '00'}", folded(text))
    return _GROUPED.sub(lambda found: found.group().replace(" ", ""), said)


def _quantities(text: str) -> Iterator[tuple[str, frozenset[Form]]]:
    return ((code, forms) for _, code, forms in _placed(_read(text)))


def _placed(said: str) -> Iterator[tuple[int, str, frozenset[Form]]]:
    dated = {match.span(): day for match, day in _dates(said.lower())}
    at = 0
    for code in codes(said):
        at = said.index(code, at)
        forms = set(_forms(code.rstrip(".,:")))
        forms |= _times(code, said[at + len(code) :])
        forms |= {day for (start, end), day in dated.items() if start <= at < end}
        forms |= {code.removesuffix(":00")} if code.endswith(":00") else set()
        digits = _SPLIT.sub("", code)
        if digits.isdigit() and len(digits) >= _LONG:
            forms.add(digits)
        yield at, code, frozenset(forms)
        at += len(code)


def _dates(said: str) -> Iterator[tuple[re.Match[str], Form]]:
    for found in _DAY_MONTH.finditer(said):
        day, name = (found[1], found[2]) if found[1] else (found[4], found[3])
        month = next(place for place, one in enumerate(_MONTHS) if place and one.startswith(name[:3]))
        yield found, ("date", month, int(day))


@lru_cache(maxsize=8192)
def _forms(code: str) -> frozenset[Form]:
    """The forms of a number or code by itself."""
    said = code.lower()
    forms: set[Form] = {said}
    if (found := _SUFFIXED.fullmatch(said)) and found[2] in _SUFFIXES:
        said = found[1].rstrip(".,:/")
        forms.add(said)
    forms |= _values(said) | _calendar_days(said)
    return frozenset(forms)


def _values(said: str) -> set[Form]:
    """What a number is worth: '1.000' may be a thousand or one."""
    if re.fullmatch(r"\d+", said):
        # A code or a postcode is not the number without its zero.
        return {said.lstrip("0") or "0"} if len(said) <= 2 else set()
    if found := re.fullmatch(r"(\d{1,2})/(\d{1,2})", said):
        return {_decimal(Fraction(int(found[1]), int(found[2])))} if int(found[2]) else set()
    values: set[Form] = set()
    for group, point in ((",", "."), (".", ",")):
        grouped = re.fullmatch(rf"\d{{1,3}}(?:\{group}\d{{3}})+(?:\{point}\d+)?", said)
        if grouped or re.fullmatch(rf"\d+\{point}\d+", said):
            try:
                values.add(format(Decimal(said.replace(group, "").replace(point, ".")).normalize(), "f"))
            except InvalidOperation:
                continue
    return values


def _decimal(value: Fraction) -> str:
    return format((Decimal(value.numerator) / Decimal(value.denominator)).normalize(), "f")


def _calendar_days(said: str) -> set[Form]:
    """The days that a code may be: '2027-05-14', '14.5.', '5/14/2027'."""
    parts = [int(part) for part in re.split(r"[-./]", said) if part.isdigit() and len(part) <= 4]
    if len(parts) != len(re.split(r"[-./]", said)) or not 2 <= len(parts) <= 3:
        return set()
    if len(parts) == 3 and parts[0] > 31:
        orders = [(parts[1], parts[2])]
    else:
        orders = [(parts[1], parts[0]), (parts[0], parts[1])]
    return {("date", month, day) for month, day in orders if _is_day(month, day)}


def _is_day(month: int, day: int) -> bool:
    try:
        return bool(date(2000, month, day))
    except ValueError:
        return False


def _times(code: str, after: str) -> set[Form]:
    """The times of day that a code may be, by what follows it: '3:30 pm', '15h30', '9 o'clock'."""
    said = code.lower()
    half = _HALF_DAY.match(after.lower())
    if suffix := re.search(r"(\d)([ap])m$", said):
        said, which = said[:-2], suffix[2]
    else:
        which = (half[1] or "") if half else ""
    found = _SAID_TIME.fullmatch(said)
    if found is None or not (found[2] or which or half or said.endswith("h")):
        return set()
    hour, minute = int(found[1]), int(found[2] or 0)
    if hour > 24 or minute > 59:
        return set()
    if which:
        return {("time", hour % 12 + (12 if which == "p" else 0), minute)}
    return {("time", one % 24, minute) for one in ({hour, hour + 12} if 0 < hour <= 12 else {hour})}
