"""Personal data in a text that can be told by rule: addresses of mail and of machines, phones, cards, accounts, numbers of a person.

Phones are phonenumbers' (a port of Google's libphonenumber), accounts and numbers of a person python-stdnum's. Both carry their
rules with them. What only the meaning tells is not found: names, postal addresses, dates of birth. Nothing found is no proof that
nothing is there.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from enum import StrEnum
from functools import partial

import regex
from stdnum import iban, luhn

from evaluation.signals.identifiers import IDENTIFIERS, Identifier
from evaluation.signals.phones import LINE, phones_in
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
_PLAIN_NUMBER = regex.compile(r"(?<![\p{Nd}+(][ ()./-]{0,3})(?<![\p{Nd}+(])[1-9][0-9]{6,}(?![ ()./-]{0,3}\p{Nd})")
"""In one, alone and without a zero before it: an order's as likely as a phone's, unless a word before it says which."""
_OF_PHONE = regex.compile(
    r"phone|\btele?\b|\bcell|mobile|whatsapp|\b(?:call|text|ring|reach) (?:me|us|her|him|them)\b|\bhandy|telefon|rufnummer|téléphone"
    r"|portable|teléfono|móvil|celular|telemóvel|\bcell\.|telefoon|komórk|電話|携帯|电话|手机|手機|전화|휴대|핸드폰|\bтел|телефон|мобильн"
    r"|फ़?ोन|मोबाइल|هاتف|جوال|موبايل|رقمي|điện thoại|\bhp\b|โทร",
    regex.IGNORECASE,
)
_OF_VERSION = regex.compile(
    r"\b(?:v|ver|vers[\p{L}]*|release|kernel|driver|firmware|build|update|section|chapter|clause|article|paragraph|abschnitt|kapitel"
    r"|artikel|sección|capítulo|seção|sezione|wersj\p{L}*|верси\p{L}*|sürüm\p{L}*)\b|§|版本|バージョン|버전",
    regex.IGNORECASE,
)
_OF_MACHINE = regex.compile(
    r"\bIP(?:v[46])?\b|address|\bhost|server|\bDNS\b|adresse|dirección|endereço|адрес", regex.IGNORECASE
)
_UNICAST = ipaddress.ip_network("2000::/3")
"""The addresses of the sixth version that are given to anybody."""
_RESERVED_DOMAIN = regex.compile(
    r"(?:^|[.])(?:example(?:[.](?:com|net|org|edu))?|test|invalid|localhost)$", regex.IGNORECASE
)
_TEST_CARDS = frozenset({
    "4111111111111111", "4242424242424242", "4012888888881881", "5555555555554444", "5105105105105100", "378282246310005",
    "371449635398431", "6011111111111117", "3530111333300000", "30569309025904",
})  # fmt: skip
"""Numbers that payment services publish for tests."""
_LONG_NUMBER = re.compile(r"[0-9](?:[ -]?[0-9]){11}")
_DOTS_OR_COLONS = re.compile(r"[0-9](?:[.][0-9]{1,3}){2}[.][0-9]|:[0-9A-Fa-f]{0,4}:")
"""Without such a piece there is no card, and no address: looked for first, since it takes a tenth of the time."""
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
    plain = (at.span() for at in _PLAIN_NUMBER.finditer(text) if not _follows(_OF_PHONE, at, text))
    text = _without(text, plain)
    found += [
        PersonalSpan(
            kind=PersonalKind.PHONE, start=one.start, end=one.end, text=one.text, country=one.country, reserved=one.fiction
        )
        for one in phones_in(text, codes)
    ]  # fmt: skip
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
    for at in _EMAIL.finditer(text) if "@" in text else ():
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
        if (identifier.cue is None or _follows(identifier.cue, at, text)) and identifier.holds(at[0]):
            yield _span(PersonalKind.PERSON, at, identifier.country)


def _cards(text: str) -> Iterator[PersonalSpan]:
    for at in _CARD.finditer(text) if _LONG_NUMBER.search(text) else ():
        digits = "".join(filter(str.isdigit, at[0]))
        if luhn.is_valid(digits) and len(set(digits)) > 1:
            yield _span(PersonalKind.CARD, at, reserved=digits in _TEST_CARDS)


def _addresses(text: str) -> Iterator[PersonalSpan]:
    for at in _ADDRESS.finditer(text) if _DOTS_OR_COLONS.search(text) else ():
        try:
            address = ipaddress.ip_address(at[0])
        except ValueError:
            continue
        version = _follows(_OF_VERSION, at, text) and not _follows(_OF_MACHINE, at, text)
        if not address.is_unspecified and (not version if address.version == 4 else _is_somebodys(address)):
            yield _span(PersonalKind.NETWORK, at, reserved=not address.is_global)


def _is_somebodys(address: ipaddress.IPv6Address) -> bool:
    """Whether it is an address at all: times and names of code look like it, too."""
    return address in _UNICAST or not address.is_global


def _follows(cue: regex.Pattern[str], at: regex.Match[str], text: str) -> bool:
    """Whether a word that says what a number is stands shortly before it."""
    return cue.search(text, max(0, at.start() - _BEFORE), at.start()) is not None


def _without(text: str, places: Iterable[tuple[int, int]]) -> str:
    """The text of the same length, with line breaks in place of what is not to be read again."""
    parts, last = [], 0
    for start, end in places:
        parts += [text[last:start], LINE * (end - start)]
        last = end
    return "".join([*parts, text[last:]])
