"""Whether a document states a value, in whatever notation and language: days, times, numbers, names. Pure."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

from agents.checks.extract.nested import SchemaNode, TextForm
from agents.checks.extract.told import bare, plain_of, says_phrase
from agents.checks.figures import figures
from agents.text.numbers import tokens
from agents.text.quantities import Form, quantities
from agents.text.scripts import spaced
from scenarios.schema.languages import ENGLISH, language_of

_COUNTED = 12
"""Up to here a number may be told in words that no list holds: once, both, a dozen."""
_WRITTEN = 32
"""From here on few languages have short words for numbers."""
_MARKS = re.compile(r"(?m)^\s*(?:>\s?)+|\*\*|__|`|\|")
"""What quotes a mail, or makes type bold: no part of a value that it stands in or before."""
_BETWEEN = re.compile(r"[-/x×]")
_THOUSANDS = re.compile(r"(?<=\d)['’](?=\d{3}(?!\d))")
_HALF = re.compile(r"(?<=\d)½")
_MILITARY = re.compile(r"(?<!\d)([01]\d|2[0-3])([0-5]\d)(?= ?(?:h|hrs|hours)\b)")
_SHORT_YEAR = re.compile(r"\d{1,4}[./-]\d{1,2}[./-](\d\d)(?!\d)")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")


def states(node: SchemaNode, value: str | int | float | bool, text: str, language: str) -> bool:
    """Whether a text states a value of a schema's part. Booleans and values of an `enum` are told in words of the writer's
    choice, and so are numbers of things up to twelve, and somewhat larger ones in languages whose words for them are not known:
    of them True."""
    read = _read(text)
    if node.flag or isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        return _number(Decimal(str(value)), read, language)
    if node.form is TextForm.DATE:
        return _day(date.fromisoformat(value), read, language)
    if node.form is TextForm.TIME:
        return _time(value, read)
    plain = plain_of(read)
    return says_phrase(value, plain) or (not spaced(value) and bare(value) in plain)


@lru_cache(maxsize=64)
def _read(text: str) -> str:
    return _HALF.sub(".5", _THOUSANDS.sub("", _MILITARY.sub(r"\1:\2", _MARKS.sub(" ", text))))


def _number(value: Decimal, read: str, language: str) -> bool:
    """The number itself, in digits or in English words; its sign is for who reads the text."""
    size = abs(value)
    wanted = format(size.normalize(), "f")
    in_english = language_of(language).name.endswith(ENGLISH)
    if size == int(size) and (size <= _COUNTED or (size < _WRITTEN and not in_english)):
        return True
    return wanted in _sizes(read) or (in_english and wanted in _worded(read))


@lru_cache(maxsize=64)
def _sizes(read: str) -> frozenset[Form]:
    """What the numbers of a text are worth, as '1284.6'; of a range or a size both ends."""
    found = set[Form]()
    for shown, forms in quantities(read):
        found |= forms
        for piece in _BETWEEN.split(shown):
            for _, inner in quantities(piece.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")):
                found |= inner
    return frozenset(found)


@lru_cache(maxsize=64)
def _worded(read: str) -> frozenset[str]:
    return frozenset(token for token in tokens(re.sub(r"\S*\d\S*", " ", read)) if token.isdigit())


def _day(day: date, read: str, language: str) -> bool:
    """The day and month in one place, in any notation, and the year in any place."""
    dated = any((day.month, day.day) in one.days for one in figures(read, language))
    short = any(int(found) == day.year % 100 for found in _SHORT_YEAR.findall(read))
    return dated and (short or str(day.year) in _YEAR.findall(read))


def _time(value: str, read: str) -> bool:
    hour, minute = map(int, value.split(":"))
    told = any(("time", hour, minute) in forms for _, forms in quantities(read))
    return told or says_phrase(f"{hour}:{minute:02}", plain_of(read))
