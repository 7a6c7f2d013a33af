"""Whether a text tells a value, and whether two values are the same, whatever their spelling. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from agents.checks.extract.schemas import Property, Type, placed_dates
from agents.checks.kept import unmarked
from agents.text.numbers import tokens

_NUMBER = re.compile(
    r"(?<![\w.,/:-])\d[\d,]*(?:\.\d+)?(?:(?=(?:kg|g|km|m|h|hrs?|am|pm|eur|euros?|usd)\b)|(?![\w/:]|[.,]\d|-\d))"
)
_ARTICLE = re.compile(r"^(?:the|an?|some) (?=\w)")
_LED = re.compile(r"^(?:at|by|from|in|inside|near|on|outside|to|with) (?=\w)")
"""A preposition before a value."""
_TITLE = re.compile(r"\b(dr|mr|mrs|ms|st|prof)\.(?=\s)")
_WRITTEN = 32
"""From here on few languages have short words for numbers."""
_CLOCK = re.compile(r"(\d{1,2})[:.](\d\d)")
_OF_DAY = frozenset(("am", "pm", "a", "p", "a.m", "p.m", "o'clock", "in", "h", "hours", "hrs", "sharp"))
"""What stands behind an hour."""


def plain_of(text: str) -> str:
    """The text in small letters with one kind of quote, dash and space, and titles without their full stop."""
    return _TITLE.sub(r"\1", " ".join(unmarked(text).lower().split()))


def is_flag(plan: Property) -> bool:
    """Whether a value is told in words of the writer's choice: a boolean or one of an enum."""
    return plan.type is Type.BOOLEAN or bool(plan.cues or plan.enum)


def is_firm(plan: Property, value: Any, in_text: bool = True) -> bool:
    """Whether a value is the same in every language: a code, a number that few languages have a short word for; in JSON also any
    number, truth value or day."""
    if isinstance(value, bool):
        return not in_text
    if isinstance(value, int | float):
        return not in_text or value >= _WRITTEN
    if isinstance(value, list):
        return False
    if plan.format == "date":
        return not in_text
    letters = str(value)
    return " " not in letters and sum(sign.isdigit() for sign in letters) > 1 and ":" not in letters


def absent(plan: Property, value: Any, text: str) -> str:
    """Why a value is not in the text, or an empty string. Of flags nothing is said here.

    Strings: the same words, whatever the case, spacing, typography and a leading article or preposition; a time of day in any form. Numbers:
    the same number, in digits (1,250 is 1250) or words. Dates: the same day, as `schemas.dates` reads it. Lists: each item.
    """
    plain = plain_of(text)
    if is_flag(plan):
        return ""
    if isinstance(value, list):
        missing = [item for item in value if not says_phrase(str(item), plain)]
        return f"{missing[0]!r} is not in the text" if missing else ""
    if isinstance(value, int | float):
        return "" if _number_told(Decimal(str(value)), plain) else f"the number {value} is not in the text"
    if plan.format == "date" and re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value)):
        there = any(day.isoformat() == value for day, _ in placed_dates(plain))
        return "" if there else f"the date {value} is not in the text"
    return "" if says_phrase(str(value), plain) else f"{value!r} is not in the text"


def _number_told(value: Decimal, plain: str) -> bool:
    told = {decimal_of(found) for found in _NUMBER.findall(plain)} | {
        Decimal(token) for token in tokens(re.sub(r"\S*\d\S*", " ", plain)) if token.isdigit()
    }
    if value in told:
        return True
    # Twelve euros fifty.
    whole, cents = int(value), int(value * 100) % 100
    said = " ".join(tokens(plain))
    return (
        bool(cents)
        and re.search(rf"\b{whole} (?:euros?|eur|€|dollars?|\$|pounds?|£) (?:and )?{cents}\b", said) is not None
    )


def flag_absent(plan: Property, value: Any, text: str) -> str:
    """Why no cue of a flag's value is in the text, or why one of another value is, too; or an empty string."""
    plain = plain_of(text)
    cues = plan.cues or {name: (name,) for name in plan.enum or ()}
    named = str(value).lower() if isinstance(value, bool) else str(value)
    if named not in cues:
        return f"{value!r} is none of the schema's values"
    owner = {phrase.lower(): name for name, phrases in cues.items() for phrase in phrases}
    ways = "|".join(re.escape(phrase) for phrase in sorted(owner, key=len, reverse=True))
    told = {owner[found[0]] for found in re.finditer(rf"(?<!\w)(?:{ways})(?!\w)", plain)}
    if named not in told:
        return f"no word of the text says {named!r}"
    others = sorted(told - {named})
    return f"the text says {others[0]!r} as well as {named!r}" if others else ""


def places(plan: Property, value: Any, plain: str) -> list[tuple[int, int]]:
    """Where a value stands in the plain text, and how wide it is."""
    if plan.format == "date":
        return [(place, 10) for day, place in placed_dates(plain) if day.isoformat() == value]
    if plan.type in {Type.INTEGER, Type.NUMBER}:
        return [
            (found.start(), len(found[0]))
            for found in _NUMBER.finditer(plain)
            if decimal_of(found[0]) == Decimal(str(value))
        ]
    phrases = plan.cues.get(str(value), (str(value),))
    return [
        (found.start(), len(found[0]))
        for phrase in phrases
        for found in re.finditer(rf"(?<!\w){re.escape(bare(phrase))}(?!\w)", plain)
    ]


def bare(phrase: str) -> str:
    """A phrase in plain form, without a leading article and a final full stop."""
    return _ARTICLE.sub("", plain_of(phrase).rstrip(" ."))


def alike(left: str, right: str) -> bool:
    """Whether two phrases are the same but for an article before them, or a preposition before one: 'near the market hall' is 'the
    market hall', and not 'behind the market hall'. Two prepositions have to be the same."""
    one, other = bare(left), bare(right)
    return one == other or _unled(one) == other or one == _unled(other)


def _unled(phrase: str) -> str:
    """A phrase in plain form without a preposition and an article before it."""
    return _ARTICLE.sub("", _LED.sub("", phrase))


def says_phrase(phrase: str, plain: str) -> bool:
    """Whether a text in plain form says a phrase, with or without an article and a preposition; a time of day in any form."""
    wanted = _unled(bare(phrase))
    if clock := _CLOCK.fullmatch(wanted):
        return any(one == (int(clock[1]), clock[2]) for one in _clocks(plain))
    return bool(wanted) and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", plain) is not None


def _clocks(plain: str) -> Iterator[tuple[int, str]]:
    """Every time of day of a text: 14:20, 2.20 pm, half past two, six in the evening. Without a half of the day, both."""
    words = tokens(plain)
    for word, after in zip(words, (*words[1:], ""), strict=True):
        if clock := _CLOCK.fullmatch(word):
            hour, minute = int(clock[1]), clock[2]
        elif word.isdigit() and int(word) < 25 and after in _OF_DAY:
            hour, minute = int(word), "00"
        elif word in {"noon", "midday", "midnight"}:
            hour, minute = 12 if word != "midnight" else 0, "00"
        else:
            continue
        yield hour, minute
        if hour <= 12:
            yield hour % 12 + 12, minute


def decimal_of(number: str) -> Decimal:
    """A number that is written in digits."""
    return Decimal(number.replace(",", ""))


def same(left: Any, right: Any) -> bool:
    """True for equal values of one type; strings whatever the case, spacing, typography, a leading article and a preposition
    that only one has, lists in any order."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, str) and isinstance(right, str):
        return alike(left, right) or (_CLOCK.fullmatch(bare(right)) is not None and says_phrase(right, plain_of(left)))
    if isinstance(left, list) and isinstance(right, list):
        ordered = (
            sorted((str(item) for item in items), key=lambda item: _unled(bare(item))) for items in (left, right)
        )
        return len(left) == len(right) and all(alike(one, other) for one, other in zip(*ordered, strict=True))
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right
    return False
