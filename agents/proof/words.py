"""What words say, as far as that can be computed: values, sentences, questions, refusals, and what nobody gave. Pure."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from agents.guards import begins, words

_CODE = re.compile(r"[A-Za-z]*-?\d[\dA-Za-z]*(?:[-.,:/]\d+[A-Za-z]*)*")
_NAME = re.compile(r"(?<=[a-z0-9,;'’] )[A-Z][A-Za-z'’-]+(?!\w)")
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_MONTHS = [name.lower() for name in calendar.month_name]
_DAYS = [name.lower() for name in calendar.day_name]
_MONTH_NAMES = "|".join(_MONTHS[1:])
_DAY_MONTH = re.compile(rf"^(\d{{1,2}}) ({_MONTH_NAMES})(?: (\d{{4}}))?$")
_ORDINAL = re.compile(r"^(\d+)(?:st|nd|rd|th)$")
_MONEY = re.compile(r"[€$£]|\b(?:euros?|eur|dollars?|usd|pounds?|gbp|cents?)\b", re.IGNORECASE)
_SMALL = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_PLAIN = frozenset(
    [
        "i",
        "i'm",
        "i've",
        "i'd",
        "i'll",
        "ok",
        "okay",
        "yes",
        "no",
        "please",
        "thanks",
        "thank",
        "hello",
        "hi",
        "dear",
        "sorry",
        "sure",
        "mr",
        "mrs",
        "ms",
        "dr",
        "pin",
        "id",
        "app",
        "tv",
        "sms",
        "english",
        "european",
        "the",
        "a",
        "an",
        "and",
        "but",
        "if",
        "it",
        "is",
        "you",
        "your",
        "we",
        "my",
        "this",
        "that",
        "there",
        "here",
        "what",
        "which",
        "when",
        "where",
        "who",
        "how",
        "could",
        "can",
        "would",
        "shall",
        "will",
        "do",
        "does",
        "may",
        "let",
        "just",
        "so",
        "then",
        "now",
        "once",
    ]
)
_SENTENCE = re.compile(r"(?<=[.!?])[\"'”’)]*\s+|\n+")
_CLAUSE = re.compile(r"[,;:–—]\s+|\s+-\s+|\s+(?:and|but|so|because)\s+")
_ASKING = (
    "please confirm", "can you confirm", "could you confirm", "let me know", "tell me whether", "tell me if", "say yes",
    "do you want", "would you like", "do you agree", "just confirm", "shall i", "should i", "may i", "is that right",
)  # fmt: skip
_REQUESTING = (
    "please", "could you", "can you", "i need", "i would need", "i will need", "i'll need", "tell me", "give me", "may i have",
)  # fmt: skip
_REFUSING = (
    "cannot", "can't", "can not", "could not", "couldn't", "unable", "not able", "not allowed", "not permitted",
    "not possible", "isn't possible", "impossible", "must not", "mustn't", "may not", "won't be able",
    "will not be able", "have to decline", "must decline", "have to refuse", "must refuse", "have to say no",
    "must say no", "am afraid not", "i'm afraid not", "not authorised", "not authorized", "isn't allowed",
    "isn't permitted", "forbids", "forbidden", "does not allow", "doesn't allow", "do not allow", "don't allow",
    "does not permit", "doesn't permit", "won't do", "will not do", "am not going to", "not something i can",
    "nothing i can do", "no way for me", "not eligible", "isn't eligible", "against our", "against the",
)  # fmt: skip
_LIMITING = re.compile(
    r"\b(?:can|may|sorry|handed|given|goes|allowed|possible)\b.*\bonly\b|\bonly\b.*\b(?:can|may|allowed|possible)\b"
    r"|\bnothing\b.*\bcan\b|\bmost\b.*\bcan\b|\bno longer\b.*\b(?:possible|be)\b"
)
"""'It can be done only for …': what goes beyond it is refused."""
_CLOSING = (
    "anything else", "something else", "anything more", "any other", "is that all", "is that everything",
    "would that be all", "will that be all", "was that all", "what else", "anything further", "does that help",
    "any more questions", "any further questions",
)  # fmt: skip
_DONE = (
    "done", "taken care", "all set", "sorted", "settled", "finished", "completed", "arranged", "in order", "dealt with",
)  # fmt: skip


@lru_cache(maxsize=8192)
def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text."""
    return tuple(part.strip() for part in _SENTENCE.split(text) if part.strip())


def statements(text: str) -> str:
    """The text without its questions."""
    return " ".join(part for part in sentences(text) if "?" not in part)


def clauses(text: str) -> list[str]:
    """The clauses of the text's statements."""
    return [part for sentence in sentences(text) if "?" not in sentence for part in _CLAUSE.split(sentence)]


def says_any(phrases: Iterable[str], text: str) -> str:
    """The first of `phrases` that the text holds as whole words, or nothing."""
    run = _run(text)
    return next((phrase for phrase in phrases if _run(phrase) in run), "")


def asks(text: str) -> bool:
    """Whether a text asks something."""
    return "?" in text or bool(says_any(_ASKING, text))


def requests(text: str) -> bool:
    """Whether a text asks for something to be said or done."""
    return asks(text) or bool(says_any(_REQUESTING, text))


def open_question(text: str) -> bool:
    """Whether a text ends with a question that waits for more than a goodbye."""
    asked = [part for part in sentences(text) if "?" in part]
    if not asked:
        return bool(says_any(_ASKING, text)) and not says_any(_CLOSING, text)
    return not says_any(_CLOSING, asked[-1])


def refuses(text: str) -> bool:
    """Whether a statement of the text says that something cannot be done."""
    told = [part for part in sentences(text) if "?" not in part]
    return any(says_any(_REFUSING, part) or _LIMITING.search(part.lower()) for part in told)


def concludes(text: str) -> bool:
    """Whether a text sounds like the end of a matter: a refusal, 'that is done', an offer of more, or a number told."""
    told = statements(text)
    return bool(refuses(text) or says_any(_CLOSING, text) or says_any(_DONE, told) or _CODE.search(told))


def codes(text: str) -> list[str]:
    """The numbers and codes in a text."""
    return _CODE.findall(text)


def names(text: str) -> list[str]:
    """Words inside a sentence that are written like names."""
    found = (re.sub(r"['’]s$", "", name) for name in _NAME.findall(text))
    return [name for name in found if name.lower() not in _PLAIN]


@lru_cache(maxsize=8192)
def _run(text: str) -> str:
    return f" {' '.join(words(text))} "


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


_EMPTY = frozenset(
    [
        "the",
        "and",
        "you",
        "your",
        "yours",
        "for",
        "with",
        "that",
        "this",
        "then",
        "than",
        "from",
        "have",
        "has",
        "had",
        "not",
        "are",
        "was",
        "were",
        "will",
        "would",
        "could",
        "can",
        "shall",
        "should",
        "please",
        "like",
        "want",
        "need",
        "its",
        "it's",
        "i'd",
        "i'm",
        "i'll",
        "me",
        "my",
        "mine",
        "our",
        "ours",
        "but",
        "any",
        "all",
        "some",
        "what",
        "which",
        "when",
        "where",
        "who",
        "how",
        "why",
        "there",
        "here",
        "now",
        "also",
        "too",
        "one",
        "just",
        "into",
        "onto",
        "out",
        "off",
        "about",
    ]
)


@lru_cache(maxsize=8192)
def _given(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words and the numbers by which what a text gives may be said again. A date is also said as '5 March', and its
    weekday may be named."""
    said = {form for word in words(text) for form in (word, word.removesuffix("'s"))}
    numbers = {form for code in codes(text) for form in (code.lower(), _number(code))}
    for found in _ISO.finditer(text):
        try:
            when = date(*map(int, found.groups()))
        except ValueError:
            continue
        numbers |= {str(when.day), str(when.year)}
        said |= {_MONTHS[when.month], _MONTHS[when.month][:3], _DAYS[when.weekday()]}
    return frozenset(said), frozenset(numbers)


class Known:
    """All that somebody was given or told so far, and what in a text goes beyond it."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._texts: list[str] = []
        self._codes: set[str] = set()
        self._words: set[str] = set()
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        """Something more was given."""
        self._texts.append(text)
        said, numbers = _given(text)
        self._words |= said
        self._codes |= numbers

    def gives(self, value: str) -> bool:
        """Whether a value was given, or, where it is several words, all of its words in one text."""
        wanted = set(words(value))
        return any(says(value, text) or (len(wanted) > 1 and wanted <= set(words(text))) for text in self._texts)

    def strange(self, text: str, phrases: Iterable[str] = ()) -> str:
        """The first number, code or name of a text, or the first of `phrases` in it, that was not given."""
        body = re.sub(r"(?m)^\s*\d{1,2}[.)] ", "", text)
        for code in codes(body):
            if code.lower() not in self._codes and _number(code) not in self._codes:
                return code
        for name in names(body):
            if not set(words(name)) <= self._words:
                return name
        return next((phrase for phrase in said_phrases(phrases, body) if not self.gives(phrase)), "")


def said_phrases(phrases: Iterable[str], text: str) -> Iterator[str]:
    """Those of `phrases` that a text says, word for word."""
    run = _run(text)
    return (phrase for phrase in phrases if _run(phrase) in run)
