"""What the numbers of a message stand for: codes, dates, times, money, shares, spans of time, counts; in many languages. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import regex

from agents.text.locales import CURRENCY_CODES, MONEY_SIGNS, SMALL_MONEY, currencies, months, short_months, spans
from agents.text.quantities import Form, placed
from agents.text.scripts import bare, unspaced

Day = tuple[int, int]
"""Month and day."""


class NumberKind(StrEnum):
    """What a number stands for."""

    CODE = "code"
    DATE = "date"
    TIME = "time"
    MONEY = "money"
    SHARE = "share"
    SPAN = "span"
    COUNT = "count"


@dataclass(frozen=True)
class SaidNumber:
    """One number or code of a text."""

    shown: str
    kind: NumberKind
    forms: frozenset[Form]
    value: float | None = None
    """Its worth: of money in whole units, of a span in days."""
    days: frozenset[Day] = frozenset()
    """The days that a date can be: 3/4 is two."""
    unit: float = 0.0
    """Of a span: the days of its unit."""
    working: bool = False
    """Of a span: a word stands beside its unit that may say that weekends do not count."""


_WORD = regex.compile(r"[\p{L}\p{M}]+")
_BEFORE_WORD = regex.compile(r"([\p{L}\p{M}]+)\.?,?\s{0,2}(?:the |le |el )?$")
_AFTER_DAY = regex.compile(
    r"(?:\.|º|°|er|st|nd|rd|th|-?[еоя]\p{L}?)?\s{0,2}(?:(?:de|of|d'|di|do|da|del|ta'|tháng)\s?)?(?:the )?([\p{L}\p{M}]+)"
)
_CJK_DATE = re.compile(r"(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")
_SHARE = re.compile(
    r"\s?(?:%|٪|percent|per cent|prozent|por ?ciento|pour ?cent|per ?cento|パーセント|割|بالم[ائ]+ة)", re.IGNORECASE
)
_WORKING = re.compile(
    r"work|busin|bank|werk|arbeit|ouvr|habil|laboral|lavorat|util|uteis|عمل|営業|工作|영업|рабоч|робоч|robocz|pracovn"
)
_UNIT = re.compile(r"[1-9]?\d*[.,]?\d*[a-zA-Zµ]{1,7}")
_ROUND = re.compile(r"[1-9]\d{0,2}(?:000)+")
_HEDGE = re.compile(
    r"(?:\b(?:about|around|roughly|approx\w*|some|nearly|almost|ca|circa|etwa|rund|ungefähr|knapp|gut|environ|à peu près|presque|"
    r"unos|unas|alrededor de|aprox\w*|casi|cerca de|około|около|примерно)\.?|~|≈|約|およそ|大約|약|حوالي|نحو|تقريبا)\s*\W?\s?$",
    re.IGNORECASE,
)
_AFTER_HEDGE = re.compile(r"\s?(?:\S{1,6}\s)?(?:or so|ungefähr|environ|くらい|ぐらい|ほど|程度|左右|تقريبا)")


@lru_cache(maxsize=8192)
def figures(text: str, language: str) -> tuple[SaidNumber, ...]:
    """The numbers and codes of a text, each with what it stands for."""
    said, found = placed(text)
    dated = {match.start(): (int(match[1]), int(match[2])) for match in _CJK_DATE.finditer(said)}
    ends = {match.start(2) for match in _CJK_DATE.finditer(said)}
    seen: list[SaidNumber] = []
    for at, shown, forms in found:
        if at in ends:
            continue
        before, after = said[max(0, at - 24) : at], said[at + len(shown) : at + len(shown) + 24]
        if at in dated:
            seen.append(SaidNumber(shown, NumberKind.DATE, forms, days=frozenset({dated[at]})))
            continue
        seen.append(_figure(shown, forms, before, after, language))
    return tuple(seen)


def _figure(shown: str, forms: frozenset[Form], before: str, after: str, language: str) -> SaidNumber:
    value = worth(shown)
    if _money(before, after, shown, language):
        small = bare((_WORD.search(after) or [""])[0]) in SMALL_MONEY and after.lstrip()[:1].isalpha()
        return SaidNumber(shown, NumberKind.MONEY, forms, value / 100 if small and value is not None else value)
    if _SHARE.match(after):
        return SaidNumber(shown, NumberKind.SHARE, forms, value)
    if days := _named_day(shown, before, after, language):
        return SaidNumber(shown, NumberKind.DATE, forms, days=days)
    if shown.isdigit() and (unit := _unit_after(after, language)):
        working = bool(_WORKING.search(bare(after)))
        return SaidNumber(
            shown, NumberKind.SPAN, forms, None if value is None else value * unit, unit=unit, working=working
        )
    if whole := _whole_date(shown, forms):
        return SaidNumber(shown, NumberKind.DATE, forms, days=whole)
    if any(isinstance(form, tuple) and form[0] == "time" for form in forms) and not re.fullmatch(r"\d+", shown):
        return SaidNumber(shown, NumberKind.TIME, forms, value)
    # '31.5.' is a day, and '31.5' may be one.
    days = frozenset((form[1], form[2]) for form in forms if isinstance(form, tuple) and form[0] == "date")
    if days and after.startswith(".") and re.fullmatch(r"\d+\.\d+", shown):
        return SaidNumber(shown, NumberKind.DATE, forms, days=days)
    return SaidNumber(shown, NumberKind.CODE if is_code(shown, forms) else NumberKind.COUNT, forms, value, days)


def worth(shown: str) -> float | None:
    """The number that digits with their marks stand for; '1.249,00' and '1,249.00' are one."""
    plain = re.sub(r"[^\d.,]", "", shown).strip(".,")
    plain = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", plain).replace(",", ".")
    try:
        return float(plain) if plain else None
    except ValueError:
        return None


def is_code(shown: str, forms: frozenset[Form]) -> bool:
    """Whether a number stands for something, as an order number does: letters and digits together, or five digits and more."""
    if any(isinstance(form, tuple) for form in forms):
        return False
    digits, letters = sum(c.isdigit() for c in shown), sum(c.isalpha() for c in shown)
    if letters and digits:
        return (
            digits + letters >= 5
            and not _UNIT.fullmatch(shown)
            and (digits >= 3 or letters >= 3 or shown[:1].isdigit())
        )
    return digits > 4 and not re.search(r"[.,]\d{1,2}$", shown) and not _ROUND.fullmatch(re.sub(r"[.,]", "", shown))


def hedged(text: str, shown: str) -> bool:
    """Whether a text says that an amount is not exact: 'about 48 euros'."""
    at = text.find(shown)
    return at >= 0 and bool(_HEDGE.search(text[max(0, at - 24) : at]) or _AFTER_HEDGE.match(text[at + len(shown) :]))


def _money(before: str, after: str, shown: str, language: str) -> bool:
    near = before.rstrip()[-1:], after.lstrip()[:1]
    if any(sign and sign in MONEY_SIGNS for sign in near) and len(after) - len(after.lstrip()) < 2:
        return True
    known = currencies(language)
    word = _WORD.match(after.lstrip(" \u00a0"))
    if word and (word[0] in CURRENCY_CODES or bare(word[0]) in known or _starts_with(word[0], known)):
        return True
    last = _BEFORE_WORD.search(before)
    return bool(last and (last[1] in CURRENCY_CODES or (bare(last[1]) in known and not last[1].islower())))


def _starts_with(word: str, known: frozenset[str]) -> bool:
    """Whether a run of a script without spaces begins with one of the words, or a word has an ending more."""
    said = bare(word)
    if unspaced(word):
        return any(said.startswith(one) for one in known if unspaced(one))
    return any(said.startswith(one) and len(said) - len(one) < 3 for one in known if len(one) > 3)


def _named_day(shown: str, before: str, after: str, language: str) -> frozenset[Day]:
    """The days that a number is beside a month's name."""
    found = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th|er|[.])?", shown)
    if not found or not 0 < (day := int(found[1])) < 32:
        return frozenset()
    names = [match[1] for match in (_AFTER_DAY.match(after), _BEFORE_WORD.search(before)) if match]
    short, full = short_months(language), months()
    for name in names:
        said = bare(name)
        if numbers := full.get(said) or (short.get(said) if len(said) < 6 else None):
            return frozenset((month, day) for month in numbers)
    return frozenset()


def _unit_after(after: str, language: str) -> float:
    """The days of the unit of time that follows a number, over words such as 'working'."""
    known = spans(language)
    for word in [match[0] for match in _WORD.finditer(after)][:2]:
        said = bare(word)
        if found := known.get(said) or known.get(said.removesuffix("s")):
            return found
        if unspaced(word):
            return next(
                (known[one] for one in sorted(known, key=len, reverse=True) if unspaced(one) and said.startswith(one)),
                0.0,
            )
    return 0.0


def _whole_date(shown: str, forms: frozenset[Form]) -> frozenset[Day]:
    """The days of a date in figures. Two figures may be anything but with a final mark: '18.6.'."""
    if len(re.findall(r"\d+", shown)) < 3:
        return frozenset()
    return frozenset((form[1], form[2]) for form in forms if isinstance(form, tuple) and form[0] == "date")
