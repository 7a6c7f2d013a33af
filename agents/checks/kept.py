"""What can be compared exactly between two texts, whatever their wording: numbers by their value, names, denials, and the kind
of text that is asked for. Pure."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import pairwise

from agents.text.numbers import ORDINALS, is_number, tokens
from agents.text.quoting import quoted
from scenarios.text import folded

_ALIKE = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "đ": "d", "ı": "i",
     "½": " half ", "¼": " quarter ", "¾": " three quarters "}
)  # fmt: skip
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_CAPITAL = re.compile(r"(?<=[a-z0-9,;:'] )[A-Z][A-Za-z'-]+")
_INITIALISM = re.compile(r"\b[A-Z]{2,5}s?\b")
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_NO_ORDINAL = re.compile(rf"\b(?:first|second)\b(?! of (?:{_MONTHS})\b)", re.IGNORECASE)
"""'First' and 'second' count nothing in most texts: the first keeper, second-hand, in a second."""
_COUNTED = re.compile(r"\b(?:the|these|those|its|their|all|both) (?:two|three)\b", re.IGNORECASE)
"""'The two stops Mill Pond and Elder Bridge': how many are named may be said."""
_COUNTING = {word: short[:-2] for short, word in ORDINALS.items()}
"""'Third' → '3'."""
_ONE = "1"
_WRITTEN = 32
"""From here on few languages have short words for numbers."""
_MORE = {
    "dozen": ("12",), "twice": ("2",), "double": ("2",), "couple": ("2",), "pair": ("2",), "both": ("2",), "thrice": ("3",),
    "triple": ("3",), "noon": ("12",), "midday": ("12",), "midnight": ("12", "0", "24"), "fortnight": ("14", "2"),
    "half": ("30", "50", "0.5"), "quarter": ("15", "25", "4"), "quarters": ("45", "75"), "week": ("7",), "weekend": ("2",),
}  # fmt: skip
"""Words that say a number, too."""
_BIG = {"million": 10**6, "billion": 10**9}
_NO_NAMES = frozenset(
    ["i", "i'm", "i've", "i'd", "i'll", "ok", "okay", "english", "source", "dr", "mr", "mrs", "ms", "prof", "internet"]
)
_OF_NAME = re.compile(r"(?:ish|ese|ian|ean|an|ic|er)s?$")
_DAYS = frozenset(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"])


@lru_cache(maxsize=8192)
def unmarked(text: str) -> str:
    """The text in plain typography, and letters without their marks: 'Malmö' is 'Malmo'."""
    plain = unicodedata.normalize("NFKD", folded(text.translate(_ALIKE)))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


@lru_cache(maxsize=8192)
def word_list(text: str) -> tuple[str, ...]:
    """The words of a text in lower case, folded, without a final 's."""
    return tuple(word.lower().removesuffix("'s") for word in _WORD.findall(unmarked(text)))


def number_said(number: str, text: str) -> str:
    """A number that a text says, in the text's own words."""
    return quoted(number, text, numbers_in)


def name_said(name: str, text: str) -> str:
    """A name that a text says, as the text writes it."""
    return quoted(name, text, word_list)


# -- numbers -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8192)
def numbers_in(text: str) -> frozenset[str]:
    """The numbers that a text says in digits or words, in one form each, without one, and without 'first' and 'second'."""
    return frozenset(_plain(token) for token in _tokens(_NO_ORDINAL.sub("that", text)) if is_number(token)) - {_ONE}


def numbers_beyond(text: str, given: str) -> list[str]:
    """The numbers of a text whose value another text does not give, in whatever form: 17:30 is half past five."""
    counted, told = _COUNTED.sub("the", text), _told(given)
    apart = {str(sum(map(int, pair))): set(pair) for pair in _apart(counted)}
    missing = (number for number in numbers_in(counted) if not _is_told(number, told))
    return sorted(number for number in missing if number not in apart or not apart[number] - {_ONE} <= told)


def numbers_lost(text: str, given: str) -> list[str]:
    """The numbers of `given` that a text does not say."""
    told = _told(text)
    return sorted(number for number in numbers_in(given) if not _is_told(number, told))


def figures(text: str) -> frozenset[str]:
    """The numbers of a text that are written in digits in every language: small ones may be words."""
    found = (number.lstrip("0") for number in re.findall(r"(?<![\w.,])\d+(?![\w.,]*\d)", unmarked(text)))
    return frozenset(number for number in found if number and int(number) >= _WRITTEN)


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_COUNTING.get(word, word) for word in tokens(_HUNDRED.sub(r"one \1", unmarked(text))))


def _is_told(number: str, told: frozenset[str]) -> bool:
    """Whether the value of a number is among those of a text. 2.50 is also two euros fifty."""
    whole, _, part = number.partition(".")
    split = bool(part) and len(part) < 3 and {whole, part.ljust(2, "0")} <= told
    return split or bool(_forms(number) & told)


@lru_cache(maxsize=8192)
def _told(text: str) -> frozenset[str]:
    """Every form of every number that a text gives, by words such as 'dozen' too."""
    words = _tokens(text)
    found = {form for word in words if is_number(word) for form in _forms(_plain(word))}
    found |= {number for word in words for number in _MORE.get(word, ())}
    found |= {number for pair in _apart(text) for number in pair}
    for word, after in pairwise(words):
        if after in _BIG and is_number(word) and (many := _decimal(word)) is not None:
            found.add(_shown(many * _BIG[after]))
    said = " ".join(words)
    for half in _AND_HALF.finditer(said):
        value = Decimal(f"{half['count'] if half['count'].isdigit() else 1}.5")
        found.add(_shown(value))
        if "hour" in f"{half['unit']}{half['after']}":
            found.add(_shown(value * 60))
    # Two euros fifty is 2.50, and the other way around.
    found |= {_plain(f"{one}.{other}") for one, other in _CENTS.findall(said)}
    found |= {part for word in words if re.fullmatch(r"\d+\.\d\d", word) for part in word.split(".")}
    return frozenset(found)


_HUNDRED = re.compile(r"\ba (hundred|thousand|million)\b", re.IGNORECASE)
_AND_HALF = re.compile(r"\b(?P<count>an?|\d+) (?P<unit>[a-z]+ )?and (?:a )?half\b(?P<after> [a-z]+)?")
_CENTS = re.compile(r"\b(\d+) (?:euros?|dollars?|pounds?|[€$£]) (?:and )?(\d\d)\b")
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_TENS_THEN = re.compile(rf"\b({'|'.join(_TENS)}) (one|two|three|four|five|six|seven|eight|nine)\b", re.IGNORECASE)


def _apart(text: str) -> list[tuple[str, str]]:
    """Tens and units that stand side by side and may be two numbers: 'it takes thirty two hours'."""
    return [(tokens(tens)[0], tokens(unit)[0]) for tens, unit in _TENS_THEN.findall(text)]


def _plain(token: str) -> str:
    """A number token in one form: no ordinal's ending, no zeros that say nothing."""
    bare = re.sub(r"(?:st|nd|rd|th)$", "", token)
    value = _decimal(bare)
    return bare if value is None else _shown(value)


def _decimal(token: str) -> Decimal | None:
    try:
        return Decimal(token) if re.fullmatch(r"\d+(?:\.\d+)?", token) else None
    except InvalidOperation:
        return None


def _shown(value: Decimal) -> str:
    return format(value.normalize(), "f")


def _forms(number: str) -> frozenset[str]:
    """The forms in which a number may be told."""
    found = {number}
    clock = re.fullmatch(r"(\d{1,2})[:.](\d\d?)", number)
    if clock and int(clock[1]) < 25:
        hour, minute = int(clock[1]), clock[2].ljust(2, "0")
        hours = {hour, (hour + 12) % 24, hour - 12 if hour > 12 else hour}
        found |= {f"{each}:{minute}" for each in hours}
        if minute == "00":
            found |= {str(each) for each in hours}
    elif number.isdigit():
        found.add(f"{number}:00")
    return frozenset(found)


# -- names ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8192)
def names_in(text: str) -> frozenset[str]:
    """The words that are written with a capital letter within a sentence, in small letters, folded."""
    found = (name.lower().removesuffix("'s").strip("'-") for name in _CAPITAL.findall(unmarked(text)))
    return frozenset(name for name in found if name not in _NO_NAMES)


def names_beyond(text: str, given: str) -> list[str]:
    """The names of a text that another text does not have. 'Swedish' has its name from Sweden; initials name nobody."""
    known = frozenset(part for word in word_list(given) for part in (word, word.removesuffix("s")))
    initials = {found.lower() for found in _INITIALISM.findall(unmarked(text))}
    days = _DAYS if {"weekday", "weekdays", "weekend", "weekends"} & known else frozenset()
    return sorted(
        name
        for name in names_in(text)
        if name not in initials
        and name.removesuffix("s") not in days
        and not all(part.removesuffix("s") in known or _derived(part, known) for part in _WORD.findall(name))
    )


def names_lost(text: str, given: str) -> list[str]:
    """The names of `given` that a text does not have."""
    return names_beyond(given, text)


def _derived(name: str, known: frozenset[str]) -> bool:
    """Whether a word is made of a known one: Swedish of Sweden, Parisian of Paris."""
    return _OF_NAME.search(name) is not None and any(len(word) > 3 and word[:4] == name[:4] for word in known)


# -- denials and forms ---------------------------------------------------------------------------------------------

_DENIAL = re.compile(
    r"\b(?:not|no|non|never|none|nobody|nothing|nowhere|without|cannot|neither|nor|hardly|\w+n't|avoid\w*|except\w*|exclud\w+"
    r"|leav(?:e|es|ing) out|skip\w*|instead|rather than|free|lack\w*|omit\w*|refrain\w*|forgo|forgoing|only|just|limit\w*|fail\w*"
    r"|unless|absent|absence|zero|minus|new to|first time|ban\w*|forbid\w*|spar(?:e|es|ing)|un[a-z]{4,}|in(?:experienced|ability)"
    r"|(?:im|ir|dis)[a-z]{5,}|[a-z]+less|stranger|nor)\b"
)
"""Whatever can deny or exclude something: wide, so that only a text that denies nothing at all has lost a denial."""
_PLAIN_DENIAL = re.compile(r"\b(?:not|no|never|none|nobody|nothing|without|cannot|neither|nor|\w+n't)\b")


def denial_lost(text: str, given: str) -> str:
    """The word by which `given` denies or excludes something, if a text denies and excludes nothing; else nothing."""
    found = _PLAIN_DENIAL.search(unmarked(given).lower())
    return found[0] if found and not _DENIAL.search(unmarked(text).lower()) else ""


_KINDS = tuple(
    (re.compile(rf"\b(?:{asked})\b"), re.compile(rf"\b(?:{asked}|{also})\b"))
    for asked, also in (
        (
            r"poems?|poetry|verses?|sonnets?|haikus?|limericks?|ballads?|odes?",
            r"rhym\w+|stanzas?|lyrics?|couplets?|quatrains?",
        ),
        (r"letters?", r"notes?|cards?|postcards?|lines|missive|writing|messages?|e-?mails?"),
        (r"stor(?:y|ies)|tales?|fables?", r"narratives?|fiction|fairy ?tales?"),
        (r"slogans?|tag ?lines?|mottos?|mottoes", r"catch ?phrases?|phrases?|strap ?lines?|lines?"),
        (r"complaints?", r"complain\w*|grievances?|letters?|messages?|e-?mails?"),
        (r"toasts?", r"speech(?:es)?|address|words|remarks"),
        (r"speech(?:es)?", r"address|talk|toasts?|words|remarks"),
        (r"adverts?|ads?|advertisements?", r"listings?|classifieds?|post(?:ing)?s?|advertise\w*"),
        (r"diar(?:y|ies)|journals?", r"log ?book|log"),
        (r"messages?", r"texts?|notes?|e-?mails?|sms|lines?|word|letters?"),
        (r"e-?mails?", r"messages?|mails?"),
        (r"songs?|lullab(?:y|ies)", r"lyrics?|tunes?|anthems?|ballads?|jingles?"),
        (r"essays?", r"articles?|paper|composition|blog posts?"),
        (r"dialogues?|conversations?", r"exchanges?|talks?|chats?|interviews?|scenes?"),
        (r"tables?", r"columns?|charts?|grids?|rows?"),
        (r"recipes?", r"dish(?:es)?|cook\w*|bak\w+"),
        (r"riddles?|puzzles?", r"brain ?teasers?"),
        (r"jokes?", r"puns?|gags?|funny|laugh\w*"),
        (r"reviews?", r"critiques?|verdicts?"),
        (r"reports?", r"accounts?|summar\w+"),
        (r"plays?|scripts?|scenes?|monologues?|sketch(?:es)?", r"screenplays?|dialogues?"),
    )
)
"""Kinds of text: the words by which one is asked for, and all that may stand for it."""
_ASKED_FOR = re.compile(
    r"^(?:[^.?!:]{0,40}?\b)?(?:write|compose|draft|pen|create|invent|make|give|tell|need|want|like)\b"
    r"(?:(?! (?:about|for|of|to|that|which|on|from) )[^.?!:]){0,40}|\bin the form of an? [a-z ]{3,20}|\bas an? [a-z ]{3,20}"
    r"|\binto an? [a-z -]{3,25}"
)


def kind_lost(text: str, given: str) -> str:
    """The kind of text that `given` asks for, such as a poem, if another text has no word for it; else nothing."""
    plain, child = unmarked(given).lower(), unmarked(text).lower()
    for asked in _ASKED_FOR.finditer(plain):
        for kind, standing_for in _KINDS:
            if (found := kind.search(asked[0])) and not standing_for.search(child):
                return found[0]
    return ""
