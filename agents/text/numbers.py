"""Words as checks compare them: lower case, numbers as digits, inflections taken off. Pure functions."""

from __future__ import annotations

import re
from functools import lru_cache

from agents.text.scripts import plain

_TOKEN = re.compile(r"\d+(?:[.:/]\d+)*(?:st|nd|rd|th)?|[^\W\d_]+(?:'[^\W\d_]+)?|[%€£$]")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_UNITS = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SMALL = {word: value for value, word in enumerate(_UNITS)} | {word: 20 + 10 * n for n, word in enumerate(_TENS)}
ORDINALS = dict(
    zip(
        ["1st", "2nd", "3rd", *(f"{number}th" for number in range(4, 11))],
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"],
        strict=True,
    )
)
"""In words, since a second is also a time, and what comes first is no number."""
_NO_NUMBER_AFTER = {"no", "this", "that", "any", "every", "each", "which", "the", "another"}
_PAST_HOUR = re.compile(r"\b(half past|quarter past|quarter to) (\d{1,2})\b")


@lru_cache(maxsize=8192)
def tokens(text: str) -> tuple[str, ...]:
    """The words of a text in lower case; number words are digits, '1st' is 'first', and 'half past five' is '5:30'."""
    said = _THOUSANDS.sub("", plain(text).replace("-", " "))
    counted = " ".join(_counted(_TOKEN.findall(said)))
    return tuple(_PAST_HOUR.sub(_clock, counted).split())


def _clock(match: re.Match[str]) -> str:
    hour = int(match[2])
    if match[1] == "quarter to":
        return f"{(hour - 2) % 12 + 1}:45"
    return f"{hour}:{'30' if match[1] == 'half past' else '15'}"


def _counted(words: list[str]) -> list[str]:
    """The words with each run of number words as one number."""
    found: list[str] = []
    place = 0
    while place < len(words):
        value, used = _number(words, place)
        if used:
            found.append(str(value))
            place += used
        else:
            found.append(ORDINALS.get(words[place], words[place]))
            place += 1
    return found


def _number(words: list[str], start: int) -> tuple[int, int]:
    """The number that the words at `start` say, and how many words say it; 0 words where they say none."""
    word, before = words[start], words[start - 1] if start else ""
    if word not in _SMALL or (word == "one" and (before in _NO_NUMBER_AFTER or words[start + 1 : start + 2] == ["of"])):
        return 0, 0
    total, part, place = 0, 0, start
    while place < len(words):
        word = words[place]
        if word in _SMALL and (
            part == 0 or (part % 100 >= 20 and part % 10 == 0 and 0 < _SMALL[word] < 10) or part % 100 == 0
        ):
            part += _SMALL[word]
        elif word == "hundred" and 0 < part < 20:
            part *= 100
        elif word == "thousand" and part:
            total, part = total + part * 1000, 0
        elif (
            word == "and"
            and (part or total)
            and part % 100 == 0
            and words[place + 1 : place + 2]
            and words[place + 1] in _SMALL
            and (part >= 100 or total)
        ):
            pass
        else:
            break
        place += 1
    return total + part, place - start


def is_number(token: str) -> bool:
    """True for digits, and for ordinals that are written with them."""
    return token[:1].isdigit()
