"""Personal data in a text that can be told by rule: addresses of mail and of machines, phones, cards, accounts, numbers of a person.

Phones are phonenumbers' (a port of Google's libphonenumber), accounts and numbers of a person python-stdnum's. Both carry their
rules with them. What only the meaning tells is not found: names, postal addresses, dates of birth. Nothing found is no proof that
nothing is there.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from enum import StrEnum
from functools import partial

import phonenumbers
import regex
from stdnum import iban, luhn

from evaluation.signals.identifiers import IDENTIFIERS, Identifier
from scenarios.frozen import Frozen


class PersonalKind(StrEnum):
    """What is found. The earlier kind wins if two claim the same characters."""

    EMAIL = "email"
    ACCOUNT = "account"
    """An IBAN."""
    PERSON = "person_number"
    """A number by which a country's authorities know a person."""
    CARD = "card"
    NETWORK = "network_address"
    """An IP address."""
    PHONE = "phone"


class PersonalSpan(Frozen):
    """Where something personal stands in a text."""

    kind: PersonalKind
    start: int
    end: int
    text: str
    country: str = ""
    """Whose rule it keeps, by ISO 3166; empty if of no country."""
    reserved: bool = False
    """It is set aside for examples and fiction, or for private networks, so that it is nobody's: `user@example.com`."""


_REGIONS = {
    "en": "US GB CA AU IE NZ IN ZA", "de": "DE AT CH", "fr": "FR BE CH CA", "es": "ES MX AR CO CL PE", "it": "IT CH", "pt": "PT BR",
    "nl": "NL BE", "sv": "SE FI", "da": "DK", "no": "NO", "nb": "NO", "nn": "NO", "fi": "FI", "pl": "PL", "cs": "CZ", "sk": "SK",
    "hu": "HU", "ro": "RO", "hr": "HR", "sl": "SI", "lt": "LT", "lv": "LV", "et": "EE", "is": "IS", "tr": "TR", "vi": "VN",
    "id": "ID", "ms": "MY", "sw": "KE TZ", "ru": "RU", "uk": "UA", "bg": "BG", "el": "GR", "he": "IL", "ar": "EG SA AE MA",
    "fa": "IR", "hi": "IN", "bn": "BD", "ur": "PK", "th": "TH", "zh": "CN TW HK", "ja": "JP", "ko": "KR",
}  # fmt: skip
"""In which countries a number without its country's code is looked for, by the language of the text."""
_EMAIL = regex.compile(
    r"(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}][\p{L}\p{N}._%+-]{0,63}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62}[.])){1,8}\p{L}{2,24}"
    r"(?![\p{L}\p{N}])"
)
_ACCOUNT = regex.compile(
    r"(?<![\p{L}\p{N}])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{2,4}){3,8}(?: ?[A-Z0-9]{1,3})?(?![\p{L}\p{N}])"
)
_CARD = regex.compile(
    r"(?<![\p{L}\p{N}.,-])(?<![0-9] )(?:[2-6][0-9]{3}([ -]?)[0-9]{4}\1[0-9]{4}\1[0-9]{4}"
    r"|3[0-9]{3}([ -]?)[0-9]{6}\2[0-9]{4,5}|[2-6][0-9]{12,18})(?![\p{N}]|[.,-][0-9])"
)
"""In groups of four, as American Express and Diners group them, or in one."""
_ADDRESS = regex.compile(
    r"(?<![\p{L}\p{N}.:])(?:(?:[0-9]{1,3}[.]){3}[0-9]{1,3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?![\p{L}\p{N}:]|[.][0-9])",
    regex.IGNORECASE,
)
_DIGITS = regex.compile(r"(?:\p{Nd}[ ()./\u00a0\u2010-\u2013-]{0,3}){7}")
"""Without so many digits together there is no phone."""
_PLAIN_NUMBER = regex.compile(r"(?<![\p{Nd}+(][ ()./-]{0,3})(?<![\p{Nd}+(])[1-9][0-9]{6,}(?![ ()./-]{0,3}\p{Nd})")
"""In one, alone and without a zero before it: an order's as likely as a phone's."""
_RESERVED_DOMAIN = regex.compile(
    r"(?:^|[.])(?:example(?:[.](?:com|net|org|edu))?|test|invalid|localhost)$", regex.IGNORECASE
)
_TEST_CARDS = frozenset({
    "4111111111111111", "4242424242424242", "4012888888881881", "5555555555554444", "5105105105105100", "378282246310005",
    "371449635398431", "6011111111111117", "3530111333300000", "30569309025904",
})  # fmt: skip
"""Numbers that payment services publish for tests."""
_FICTION = regex.compile(
    r"\+1[2-9][0-9]{2}55501[0-9]{2}|\+44(?:1[0-9]{2}4960|2079460|1632960|7700900|8081570|9098790)[0-9]{3}"
    r"|\+33(?:199|261|353|465|536|639)[0-9]{6}"
)
"""Blocks that regulators keep free for films and books: the Nanpa's, Ofcom's and Arcep's."""
_BEFORE = 40
"""Characters in which a cue may stand before a number."""


def personal_in(text: str, languages: Collection[str]) -> list[PersonalSpan]:
    """What is personal in a text, in its order and without overlaps.

    `languages` are those of the text by ISO 639-1 (`scenarios.schema.languages.code_of`; `pt-BR` counts as `pt`). They say in which
    countries' ways phones and numbers of persons are looked for; with none, or unknown ones, only what is written alike everywhere
    is found, phones with a + among it.
    """
    codes = {code.lower().replace("_", "-").partition("-")[0] for code in languages}
    rules: list[Callable[[str], Iterator[PersonalSpan]]] = [_emails, _accounts]
    rules += [partial(_persons, each) for each in IDENTIFIERS if not codes.isdisjoint(each.languages)]
    rules += [_cards, _addresses]
    found: list[PersonalSpan] = []
    for rule in rules:
        here = list(rule(text))
        text = _without(text, ((span.start, span.end) for span in here))
        found += here
    found += _phones(_without(text, (at.span() for at in _PLAIN_NUMBER.finditer(text))), codes)
    return sorted(found, key=lambda span: span.start)


def masked(texts: Sequence[str], spans: Sequence[Sequence[PersonalSpan]]) -> list[str]:
    """The texts, such as the messages of a conversation, with a mark in place of each of their spans: `[EMAIL_1]`.

    What is the same in two places has the same mark, so that the conversation keeps its sense. Raises ValueError if there are not as
    many lists of spans as texts.
    """
    numbers: dict[PersonalKind, dict[str, int]] = {}
    done = []
    for text, inside in zip(texts, spans, strict=True):
        parts, last = [], 0
        for span in sorted(inside, key=lambda one: one.start):
            known = numbers.setdefault(span.kind, {})
            number = known.setdefault(_plain(span.text), len(known) + 1)
            parts += [text[last : span.start], f"[{span.kind.upper()}_{number}]"]
            last = span.end
        done.append("".join([*parts, text[last:]]))
    return done


def _plain(text: str) -> str:
    """A value however it is grouped."""
    return "".join(c for c in text.lower() if c.isalnum() or c in "@+")


def _span(kind: PersonalKind, at: regex.Match[str], country: str = "", *, reserved: bool = False) -> PersonalSpan:
    return PersonalSpan(kind=kind, start=at.start(), end=at.end(), text=at[0], country=country, reserved=reserved)


def _emails(text: str) -> Iterator[PersonalSpan]:
    for at in _EMAIL.finditer(text):
        domain = at[0].rpartition("@")[2]
        yield _span(PersonalKind.EMAIL, at, reserved=_RESERVED_DOMAIN.search(domain) is not None)


def _accounts(text: str) -> Iterator[PersonalSpan]:
    for at in _ACCOUNT.finditer(text):
        # The words behind an account may look like a part of it: the longest beginning that keeps the rule counts.
        parts = at[0].split(" ")
        for count in range(len(parts), 0, -1):
            written = " ".join(parts[:count])
            if iban.is_valid(written):
                end = at.start() + len(written)
                kind = PersonalKind.ACCOUNT
                yield PersonalSpan(kind=kind, start=at.start(), end=end, text=written, country=written[:2])
                break


def _persons(identifier: Identifier, text: str) -> Iterator[PersonalSpan]:
    for at in identifier.form.finditer(text):
        named = identifier.cue is None or identifier.cue.search(text, max(0, at.start() - _BEFORE), at.start())
        if named and identifier.holds(at[0]):
            yield _span(PersonalKind.PERSON, at, identifier.country)


def _cards(text: str) -> Iterator[PersonalSpan]:
    for at in _CARD.finditer(text):
        digits = "".join(filter(str.isdigit, at[0]))
        if luhn.is_valid(digits) and len(set(digits)) > 1:
            yield _span(PersonalKind.CARD, at, reserved=digits in _TEST_CARDS)


def _addresses(text: str) -> Iterator[PersonalSpan]:
    for at in _ADDRESS.finditer(text):
        try:
            address = ipaddress.ip_address(at[0])
        except ValueError:
            continue
        if not address.is_unspecified:
            yield _span(PersonalKind.NETWORK, at, reserved=not address.is_global)


def _without(text: str, places: Iterable[tuple[int, int]]) -> str:
    """The text of the same length, with line breaks in place of what is not to be read again."""
    parts, last = [], 0
    for start, end in places:
        parts += [text[last:start], "\n" * (end - start)]
        last = end
    return "".join([*parts, text[last:]])


def _phones(text: str, codes: Collection[str]) -> list[PersonalSpan]:
    regions = dict.fromkeys(region for code in sorted(codes) for region in _REGIONS.get(code, "").split())
    found: list[PersonalSpan] = []
    for region in regions or {"ZZ": None}:
        if _DIGITS.search(text) is None:
            break
        matches = phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.VALID)
        here = [_phone(match) for match in matches]
        text = _without(text, ((span.start, span.end) for span in here))
        found += here
    return found


def _phone(match: phonenumbers.PhoneNumberMatch) -> PersonalSpan:
    written = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
    return PersonalSpan(
        kind=PersonalKind.PHONE, start=match.start, end=match.end, text=match.raw_string,
        country=phonenumbers.region_code_for_number(match.number) or "", reserved=_FICTION.fullmatch(written) is not None,
    )  # fmt: skip
