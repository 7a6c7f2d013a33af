"""Words of many languages for months, spans of time and money, from Unicode's CLDR by way of Babel. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from babel import Locale
from babel.localedata import exists
from babel.numbers import get_currency_name
from babel.units import format_unit

from agents.text.scripts import bare, unspaced
from scenarios.schema.languages import LANGUAGES, code_of

_REGIONS = ("ar_SY", "ar_DZ", "ar_MA", "de_AT", "pt_PT")
"""Regions whose months have names of their own."""
_COUNTS = (1, 2, 3, 5, 11, 100)
"""Numbers of every form of a plural that there is."""
_DAYS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.4, "year": 365.0}
_SAID_DAYS = {
    "fortnight": 14.0,
    "werktage": 1.0,
    "werktagen": 1.0,
    "werktag": 1.0,
    "arbeitstage": 1.0,
    "arbeitstagen": 1.0,
}
CURRENCY_CODES = frozenset(
    [
        "EUR",
        "USD",
        "GBP",
        "CHF",
        "JPY",
        "CNY",
        "INR",
        "KRW",
        "RUB",
        "TRY",
        "PLN",
        "CZK",
        "HUF",
        "SEK",
        "NOK",
        "DKK",
        "ISK",
        "RON",
        "BGN",
        "UAH",
        "ILS",
        "SAR",
        "AED",
        "QAR",
        "KWD",
        "EGP",
        "MAD",
        "TND",
        "JOD",
        "IQD",
        "IRR",
        "PKR",
        "BDT",
        "IDR",
        "MYR",
        "THB",
        "VND",
        "PHP",
        "SGD",
        "HKD",
        "TWD",
        "AUD",
        "NZD",
        "CAD",
        "MXN",
        "BRL",
        "ARS",
        "CLP",
        "COP",
        "PEN",
        "ZAR",
        "KES",
        "NGN",
        "TZS",
        "GEL",
        "AMD",
    ]
)
"""By ISO 4217: money that people write about."""
SMALL_MONEY = frozenset(
    [
        "cent",
        "cents",
        "ct",
        "cts",
        "pence",
        "penny",
        "centime",
        "centimes",
        "centimo",
        "centimos",
        "centavo",
        "centavos",
        "grosz",
        "groszy",
    ]
)
"""Words for hundredths."""
MONEY_SIGNS = "€$£¥₹₺₽₩₴₪₫฿₱₦₡₾元円"
_NO_MONEY = frozenset(["los", "las", "des", "the", "new", "us", "uae", "kr"])


def _locales(codes: Iterable[str]) -> Iterator[Locale]:
    return (Locale.parse(code) for code in codes if code and exists(code))


def _own(language: str) -> Iterator[Locale]:
    return _locales(dict.fromkeys(["en", code_of(language)]))


@cache
def months() -> Mapping[str, frozenset[int]]:
    """The full names of months in every known language, without accents, with the months that each stands for."""
    found = defaultdict[str, set[int]](set)
    for locale in _locales([*(one.code for one in LANGUAGES.values()), *_REGIONS]):
        for context in ("format", "stand-alone"):
            for number, name in locale.months[context]["wide"].items():
                if not any(c.isdigit() for c in name):
                    found[bare(name)].add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


@cache
def short_months(language: str) -> Mapping[str, frozenset[int]]:
    """As `months`, the short names in a language and in English."""
    found = defaultdict[str, set[int]](set)
    for locale in _own(language):
        for number, name in locale.months["format"]["abbreviated"].items():
            if len(name.strip(".")) > 2 and not any(c.isdigit() for c in name):
                found[bare(name.strip("."))].add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


@cache
def spans(language: str) -> Mapping[str, float]:
    """The words of a language and of English for hours, days, weeks, months and years, without accents, with the days that each
    stands for."""
    found = dict(_SAID_DAYS)
    for locale in _own(language):
        for unit, days in _DAYS.items():
            for number in _COUNTS:
                written = format_unit(number, f"duration-{unit}", length="long", locale=locale)
                (word, *more) = [part for part in written.split() if not any(c.isdigit() for c in part)] or [""]
                if not more and (len(word) > 1 or unspaced(word)):
                    found.setdefault(bare(word), days)
    return found


@cache
def currencies(language: str) -> frozenset[str]:
    """The words of a language and of English for money, without accents."""
    found = set(SMALL_MONEY)
    for locale in _own(language):
        for code in CURRENCY_CODES:
            for name in {get_currency_name(code, count=number, locale=locale) for number in _COUNTS}:
                # Of 'Saudi riyals' people leave the country out, which stands first or last.
                found |= {bare(word) for word in name.split() if not word[:1].isupper() or " " not in name}
    return frozenset(word for word in found if len(word) > 2 and word not in _NO_MONEY)
