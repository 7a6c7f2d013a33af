"""Values in words: numbers, codes, names and dates, in whatever form they are said, and what nobody gave. Pure."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from agents.text.phrases import begins, words
from agents.text.quantities import Form, known_forms, strange_number
from agents.text.scripts import bare
from agents.text.stems import stem
from scenarios.text import codes, folded

_NAME = re.compile(r"(?<=[a-z0-9,;'’] )[A-Z][A-Za-z'’-]+(?!\w)")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_MONTHS = [name.lower() for name in calendar.month_name]
_DAYS = [name.lower() for name in calendar.day_name]
_MONTH_NAMES = "|".join(_MONTHS[1:])
_DAY_MONTH = re.compile(rf"^(\d{{1,2}}) ({_MONTH_NAMES})(?: (\d{{4}}))?$")
_MONTH = f"{_MONTH_NAMES}|{'|'.join(name[:3] for name in _MONTHS[1:])}"
_DATE = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})\b|\b(?P<first>{_MONTH}) (?:the )?(?P<last>\d{{1,2}})(?:st|nd|rd|th)?(?![\w.:]\d|\d)",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"^(\d+)(?:st|nd|rd|th)$")
_MONEY = re.compile(r"[€$£]|\b(?:euros?|eur|dollars?|usd|pounds?|gbp|cents?)\b", re.IGNORECASE)
_LONG = 6
"""Digits from which a number is known in whatever groups it is written."""
_SMALL = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_PLAIN = frozenset((
    "i", "i'm", "i've", "i'd", "i'll", "ok", "okay", "yes", "no", "please", "thanks", "thank", "hello", "hi",
    "dear", "sorry", "sure", "mr", "mrs", "ms", "dr", "pin", "id", "app", "tv", "sms", "english", "european", "the",
    "a", "an", "and", "but", "if", "it", "is", "you", "your", "we", "my", "this", "that", "there", "here", "what",
    "which", "when", "where", "who", "how", "could", "can", "would", "shall", "will", "do", "does", "may", "let",
    "just", "so", "then", "now", "once", "wi-fi", "wifi", "internet", "web", "x-ray", "t-shirt", "e-mail", "bluetooth",
    "christmas", "easter", "google", "o'clock", "good",
))  # fmt: skip
_EMPTY = frozenset((
    "the", "and", "you", "your", "yours", "for", "with", "that", "this", "then", "than", "from", "have", "has",
    "had", "not", "are", "was", "were", "will", "would", "could", "can", "shall", "should", "please", "like",
    "want", "need", "its", "it's", "i'd", "i'm", "i'll", "me", "my", "mine", "our", "ours", "but", "any", "all",
    "some", "what", "which", "when", "where", "who", "how", "why", "there", "here", "now", "also", "too", "one",
    "just", "into", "onto", "out", "off", "about",
))  # fmt: skip


def says_any(phrases: Iterable[str], text: str) -> str:
    """The first of `phrases` that the text holds as whole words, or nothing."""
    run = _run(text)
    return next((phrase for phrase in phrases if _run(phrase) in run), "")


def without_addresses(text: str) -> str:
    """A text without its e-mail addresses, which often hold a name."""
    return _ADDRESS.sub(" ", text)


def names(text: str) -> list[str]:
    """Words inside an English sentence that are written like names."""
    found = (name.removesuffix("'s").rstrip("'-") for name in _NAME.findall(folded(text)))
    return [name for name in found if name.lower() not in _PLAIN and not name.isupper()]


@lru_cache(maxsize=8192)
def _run(text: str) -> str:
    """The words of a text one after the other; quotes around them are none of theirs."""
    return f" {' '.join(filter(None, (word.strip(chr(39)) for word in words(text))))} "


@lru_cache(maxsize=8192)
def _number(code: str) -> str:
    """A number in one form ('3.50' and '3.5' are one); other codes in lower case."""
    plain = code.lower()
    if found := _ORDINAL.match(plain):
        plain = found[1]
    try:
        value = Decimal(plain.replace(",", "")) if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", plain) else Decimal(plain)
    except InvalidOperation:
        return plain
    if not value.is_finite():
        return plain
    return format(value.normalize(), "f")


@lru_cache(maxsize=8192)
def _numbers(text: str) -> frozenset[str]:
    return frozenset(_number(code) for code in codes(text))


def _day_of(text: str) -> tuple[int, int] | None:
    """Month and day where a text is a date: '2026-03-05', '5 March', '5 March 2026'."""
    plain = text.strip().lower()
    if found := _ISO.fullmatch(plain):
        return int(found[2]), int(found[3])
    if found := _DAY_MONTH.fullmatch(plain):
        return _MONTHS.index(found[2]), int(found[1])
    return None


@lru_cache(maxsize=8192)
def says(value: str, text: str) -> bool:
    """Whether a text holds a value: as whole words whatever the case; a number, an amount of money or a date in any of
    its usual forms."""
    if not words(value):
        return False
    if _run(value) in _run(text):
        return True
    if (day := _day_of(value)) is not None and 0 < day[0] < 13:
        month, number = _MONTHS[day[0]], day[1]
        suffix = "(?:st|nd|rd|th)?"
        forms = rf"(?<!\d)0?{number}{suffix}(?: of)? (?:{month}|{month[:3]})\b|\b(?:{month}|{month[:3]}) (?:the )?0?{number}{suffix}(?!\w)"
        return bool(re.search(forms, text.lower()))
    bare = _MONEY.sub("", value).strip()
    if not re.fullmatch(r"\d[\d.,]*", bare):
        return False
    if _number(bare) in _numbers(text):
        return True
    return bare.isdigit() and int(bare) < len(_SMALL) and int(bare) > 0 and f" {_SMALL[int(bare)]} " in _run(text)


def tells(phrase: str, text: str) -> bool:
    """Whether a text tells a phrase. Words may be inflected at the end; codes, numbers and dates have to be whole."""
    return says(phrase, text) or (not any(c.isdigit() for c in phrase) and begins(phrase, text))


def content(text: str) -> frozenset[str]:
    """The words of a text that carry its meaning."""
    return frozenset(word for word in words(text) if len(word) > 2 and word not in _EMPTY)


@lru_cache(maxsize=8192)
def _given(text: str) -> tuple[frozenset[str], frozenset[Form]]:
    """The words and the numbers by which what a text gives may be said again. A date is also said as '5 March', and its
    weekday may be named."""
    said = {form for word in words(text) for form in (word, word.strip("'"), word.removesuffix("'s"))}
    numbers = set(known_forms(text))
    for form in known_forms(text):
        if isinstance(form, tuple) and form[0] == "date":
            said |= {_MONTHS[form[1]], _MONTHS[form[1]][:3]}
    for found in _ISO.finditer(text):
        try:
            when = date(*map(int, found.groups()))
        except ValueError:
            continue
        numbers |= {str(when.day), str(when.year)}
        said |= {_MONTHS[when.month], _MONTHS[when.month][:3], _DAYS[when.weekday()]}
    return frozenset(said), frozenset(numbers)


@lru_cache(maxsize=4096)
def given_words(text: str) -> frozenset[str]:
    """The words of a text, and those by which its dates may be said, without accents."""
    return frozenset(map(bare, _given(text)[0]))


class Known:
    """All that somebody was given or told so far, and what in a text goes beyond it."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._texts: list[str] = []
        self._codes: set[Form] = set()
        self._words: set[str] = set()
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        """Something more was given."""
        self._texts.append(text)
        said, numbers = _given(text)
        self._words |= said
        self._codes |= numbers

    def strange_value(self, text: str) -> str:
        """The first day of a month or e-mail address that a text names and that was not given."""
        for address in _ADDRESS.findall(text):
            if not any(address.lower() in given.lower() for given in self._texts):
                return str(address)
        for found in _DATE.finditer(text):
            number = int(found["day"] or found["last"])
            month = next(
                place
                for place, name in enumerate(_MONTHS)
                if name and (found["first"] or found["month"]).lower() in (name, name[:3])
            )
            if not any(says(f"{number} {_MONTHS[month].capitalize()}", given) for given in self._texts):
                return found[0]
        return ""

    def gives(self, value: str) -> bool:
        """Whether a value was given, or, where it is several words, all of its words in one text."""
        wanted = set(words(value))
        return any(says(value, text) or (len(wanted) > 1 and wanted <= set(words(text))) for text in self._texts)

    def means(self, value: str) -> bool:
        """Whether the words of a value were given with other endings, or its digits in other groups."""
        digits = re.sub(r"[\s\-./]", "", value)
        if digits.isdigit() and len(digits) >= _LONG:
            return any(digits in re.sub(r"[\s\-./]", "", text) for text in self._texts)
        wanted = {stem(word) for word in words(value)}
        return (
            not codes(value)
            and bool(wanted)
            and any(wanted <= {stem(word) for word in words(text)} for text in self._texts)
        )

    def strange(self, text: str, phrases: Iterable[str] = ()) -> str:
        """The first number, code or name of a text, or the first of `phrases` in it, that was not given."""
        body = re.sub(r"(?m)^\s*\d{1,2}[.)] ", "", text)
        if number := strange_number(body, self._codes):
            return number
        for name in names(body):
            if not set(words(name)) <= self._words:
                return name
        return next((phrase for phrase in said_phrases(phrases, body) if not self.gives(phrase)), "")


def said_phrases(phrases: Iterable[str], text: str) -> Iterator[str]:
    """Those of `phrases` that a text says, word for word."""
    run = _run(text)
    return (phrase for phrase in phrases if _run(phrase) in run)
