"""Phone numbers of persons in a text, by phonenumbers (a port of Google's libphonenumber), which carries the plans of all countries.

Its matcher takes a tenth of a millisecond for each row of digits and country. So only a row is shown to it that keeps the country's
plan in any of its parts. And since some country takes nearly any eight digits for a number, one counts only if it stands as people
there write it: in most countries with the 0 before it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import phonenumbers
import regex
from phonenumbers import PhoneMetadata

_REGIONS = {
    "en": "US GB CA AU IE NZ IN ZA", "de": "DE AT CH", "fr": "FR BE CH CA", "es": "ES MX AR CO CL PE", "it": "IT CH", "pt": "PT BR",
    "nl": "NL BE", "sv": "SE FI", "da": "DK", "no": "NO", "nb": "NO", "nn": "NO", "fi": "FI", "pl": "PL", "cs": "CZ", "sk": "SK",
    "hu": "HU", "ro": "RO", "hr": "HR", "sl": "SI", "lt": "LT", "lv": "LV", "et": "EE", "is": "IS", "tr": "TR", "vi": "VN",
    "id": "ID", "ms": "MY", "sw": "KE TZ", "ru": "RU", "uk": "UA", "bg": "BG", "el": "GR", "he": "IL", "ar": "EG SA AE MA",
    "fa": "IR", "hi": "IN", "bn": "BD", "ur": "PK", "th": "TH", "zh": "CN TW HK", "ja": "JP", "ko": "KR",
}  # fmt: skip
"""In which countries a number without its country's code is looked for, by the language of the text."""
_WITHOUT = frozenset({"IN", "BR", "AR", "CN", "TR", "CO", "PE"})
"""Countries in which a mobile's number is written without the 0 that is dialled before it as often as with it. In others that have one,
a row of digits without it is an order's, a part's or an invoice's."""
_BETWEEN = r"\-x\u2010-\u2015\u2212\u30fc\uff0d-\uff0f \u00a0\u00ad\u200b\u2060\u3000()\uff08\uff09\uff3b\uff3d.\[\]/~\u2053\u223c\uff5e"
"""What the matcher takes for a part of a number between digits."""
_ROW = regex.compile(rf"(?:[+＋(\[（［][{_BETWEEN}]{{0,4}}){{0,2}}\p{{Nd}}[\p{{Nd}}+＋{_BETWEEN}]*")
_DATE = regex.compile(
    r"(?<![0-9.,/+-])(?:(?:0?[1-9]|[12][0-9]|3[01])([./-])(?:0?[1-9]|[12][0-9]|3[01])\1(?:19|20)[0-9]{2}"
    r"|(?:19|20)[0-9]{2}([./-])(?:0[1-9]|1[0-2])\2(?:0[1-9]|[12][0-9]|3[01]))(?![./-]?[0-9])"
)
_GROUP = regex.compile(r"\p{Nd}+")
LINE = "\n"
"""In place of what is not to be read again: no number goes over it."""
_PLUS = frozenset("+＋")
_NO_REGION = "ZZ"
_FEWEST, _MOST = 7, 20
"""Digits of a phone number; with the country's code and what is dialled before it."""
_BEHIND = 25
"""Characters behind a row in which an extension may stand."""
_JOINED_BEFORE = regex.compile(r"\p{Nd}[-.]$|(?<!\p{Nd})\p{Nd}{1,4}/$")
_JOINED_BEHIND = regex.compile(r"[-.]\p{Nd}|/\p{Nd}{1,4}(?!\p{Nd})")
"""A number that goes on in such a way is the number of something else."""
_JOINED = 8
"""Characters in which that shows."""
_AMERICAN = regex.compile(r"(?:1 )?(?:3 3 4|3 7|10)\b|11\b")
"""The digits in each group of a number of North America; an extension may follow."""
_OF_COMPANIES = frozenset({
    phonenumbers.PhoneNumberType.TOLL_FREE, phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST,
    phonenumbers.PhoneNumberType.UAN, phonenumbers.PhoneNumberType.VOICEMAIL,
})  # fmt: skip
"""Hotlines and the like: nobody's own."""
_FICTION = regex.compile(
    r"\+1[2-9][0-9]{2}55501[0-9]{2}|\+44(?:1[0-9]{2}4960|2079460|1632960|7700900|8081570|9098790)[0-9]{3}"
    r"|\+33(?:199|261|353|465|536|639)[0-9]{6}"
)
"""Blocks that regulators keep free for films and books: the Nanpa's, Ofcom's and Arcep's."""


@dataclass(frozen=True, slots=True)
class PhoneSpan:
    """Where a phone number stands in a text."""

    start: int
    end: int
    text: str
    country: str
    """By ISO 3166; empty if of no country."""
    fiction: bool
    """It is set aside for films and books."""


def phones_in(text: str, codes: Collection[str]) -> Iterator[PhoneSpan]:
    """The valid phone numbers of a text in languages `codes` (ISO 639-1), in its order and without overlaps."""
    named = (region for code in sorted(codes) for region in _REGIONS.get(code, "").split())
    # Of countries with one code, such as those of North America, each takes the numbers of all.
    regions = tuple({_of(region).country_code: region for region in named}.values())
    for row in _ROW.finditer(text):
        digits = _DATE.sub(lambda at: LINE * len(at[0]), row[0])
        groups = [_plain(group) for group in _GROUP.findall(digits)]
        if sum(map(len, groups)) < _FEWEST:
            continue
        written = list(_written(groups))
        abroad = not _PLUS.isdisjoint(row[0])
        kept = [region for region in regions if abroad or any(map(_plan(region).fullmatch, written))]
        first = max(0, row.start() - 1)
        window = f"{text[first : row.start()]}{digits}{text[row.end() : row.end() + _BEHIND]}"
        for match in _in_row(window, kept or ([_NO_REGION] if abroad else []), row.end() - first):
            if phonenumbers.number_type(match.number) not in _OF_COMPANIES:
                yield _span(match, first)


def _in_row(window: str, regions: Iterable[str], end: int) -> list[phonenumbers.PhoneNumberMatch]:
    """The numbers that begin before `end`, in their order; what one region has taken is not read as another's."""
    found: list[phonenumbers.PhoneNumberMatch] = []
    for region in regions:
        matches = phonenumbers.PhoneNumberMatcher(window, region, leniency=phonenumbers.Leniency.VALID)
        here = [match for match in matches if match.start < end and _stands(match, window, region)]
        for match in here:
            window = f"{window[: match.start]}{LINE * (match.end - match.start)}{window[match.end :]}"
        found += here
    return sorted(found, key=lambda match: match.start)


def _span(match: phonenumbers.PhoneNumberMatch, first: int) -> PhoneSpan:
    written = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
    country = phonenumbers.region_code_for_number(match.number) or ""
    fiction = _FICTION.fullmatch(written) is not None
    return PhoneSpan(first + match.start, first + match.end, match.raw_string, country, fiction)


def _plain(digits: str) -> str:
    """Digits of any script as those of ASCII."""
    return digits if digits.isascii() else "".join(str(unicodedata.digit(one)) for one in digits)


def _written(groups: list[str]) -> Iterator[str]:
    """Every run of neighbouring groups that is as long as a phone number."""
    for first in range(len(groups)):
        joined = ""
        for group in groups[first:]:
            joined += group
            if len(joined) > _MOST:
                break
            if len(joined) >= _FEWEST:
                yield joined


_KINDS = (
    "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan", "voicemail",
)  # fmt: skip


def _of(region: str) -> PhoneMetadata:
    found = PhoneMetadata.metadata_for_region(region)
    assert found is not None
    return found


@cache
def _plan(region: str) -> regex.Pattern[str]:
    """What the digits of a number look like that is valid if it is dialled in a region. Some that are not match, too."""
    about = _of(region)
    if about.national_prefix_transform_rule:  # what is dialled is not what is valid
        return regex.compile("[0-9]+")
    # Countries share a code, as those of North America do, and a number of any of them is valid in all.
    sharing = map(_of, phonenumbers.COUNTRY_CODE_TO_REGION_CODE[about.country_code or 0])
    kinds = {
        kind.national_number_pattern
        for one in sharing
        for name in _KINDS
        if (kind := getattr(one, name)) is not None and kind.national_number_pattern
    }
    before = about.national_prefix_for_parsing or ""
    if not _has_to_begin(region):
        before = rf"(?:{about.country_code})?(?:{before})?"
    return regex.compile(rf"(?:{_abroad(region)})[0-9]+|(?:{before})(?:{'|'.join(sorted(kinds))})")


def _abroad(region: str) -> str:
    """The pattern of what is dialled there before the code of a country."""
    return _of(region).international_prefix or "(?!)"


def _has_to_begin(region: str) -> bool:
    """Whether a number of the region is always written with what is dialled before it at home."""
    prefix: str = _of(region).national_prefix or ""
    return prefix.startswith("0") and region not in _WITHOUT


@cache
def _beginning(region: str) -> regex.Pattern[str]:
    home = _of(region).national_prefix_for_parsing if _has_to_begin(region) else ""
    return regex.compile(rf"(?:{_abroad(region)})|(?:{home or ''})")


def _stands(match: phonenumbers.PhoneNumberMatch, text: str, region: str) -> bool:
    """Whether a valid number stands alone, and as somebody in the region would write it."""
    before = text[max(0, match.start - _JOINED) : match.start]
    if _JOINED_BEFORE.search(before) or _JOINED_BEHIND.match(text, match.end):
        return False
    written = match.raw_string
    if not _PLUS.isdisjoint(written):
        return True
    groups = [_plain(group) for group in _GROUP.findall(written)]
    if match.number.country_code == 1 and not _AMERICAN.match(" ".join(str(len(group)) for group in groups)):
        return False
    return _beginning(region).match("".join(groups)) is not None
