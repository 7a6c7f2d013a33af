"""Texts taken apart and put together again: sentences, lines, numbers. Pure."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence

from agents.defects.kinds import DefectStrength
from agents.text.scripts import english

_NUMBER = re.compile(r"\d(?:[\d.,:/-]*\d)?")
_ITEM = re.compile(r"(?m)^([ \t]*)\d+[.)]\s")
"""The number of a list's item says nothing."""
_CITED = re.compile(r"\[[^\]\s]+\]")
"""The id of a passage is no fact."""
_COUNTS = (
    "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "fifteen", "twenty", "thirty", "forty",
    "fifty", "sixty",
)  # fmt: skip
"""Numbers in words, in English. Those below are often no numbers: 'the two of us'."""
_COUNT = re.compile(rf"\b(?:{'|'.join(_COUNTS)})\b")
_SENTENCE = re.compile(r"(?<=[.!?…])(?<!\d\.)[\"'”’)]*\s+|(?<=[。！？])|\n+")
_NUMBERED = re.compile(r"(\s*)\d+([.)]\s)")
_LEAST_WORDS = 6
"""Words of a text that can break off."""


def parts_of(text: str) -> list[str]:
    """The sentences of a text, as they stand."""
    return [part for part in (part.strip() for part in _SENTENCE.split(text)) if part]


def joined(parts: Iterable[str]) -> str:
    """Sentences as one text."""
    return " ".join(parts)


def units_of(text: str) -> tuple[list[str], str]:
    """The steps of a text, and what stands between them: its lines if there are three, else its sentences."""
    lines = [line for line in text.splitlines() if line.strip()]
    return (lines, "\n") if len(lines) >= 3 else (parts_of(text), " ")


def renumbered(units: Sequence[str]) -> list[str]:
    """Lines whose numbers count up again, so that the numbers do not show that one is missing or moved."""
    found, number = list[str](), 0
    for unit in units:
        match = _NUMBERED.match(unit)
        if match:
            number += 1
            unit = f"{match[1]}{number}{match[2]}{unit[match.end() :]}"
        found.append(unit)
    return found


def broken_off(text: str) -> str:
    """The text with half of its last sentence; empty if that is too short to break off."""
    parts = parts_of(text)
    if not parts:
        return ""
    last = parts[-1]
    words = last.split()
    if len(words) >= _LEAST_WORDS:
        kept = " ".join(words[: len(words) // 2]).rstrip(".,;:!?")
    elif len(words) == 1 and len(last) >= 2 * _LEAST_WORDS:  # of a script without spaces
        kept = last[: len(last) // 2]
    else:
        return ""
    return text[: text.rindex(last)] + kept if last in text else ""


def numbers_in(text: str) -> list[str]:
    """The numbers and the figures of codes, as they stand; in an English text also numbers in words."""
    return [found.group() for found in _numbers(text)]


def _numbers(text: str) -> list[re.Match[str]]:
    items = {found.end(1) for found in _ITEM.finditer(text)}
    cited = [found.span() for found in _CITED.finditer(text)]
    figures = [
        found
        for found in _NUMBER.finditer(text)
        if found.start() not in items and not any(start < found.start() < end for start, end in cited)
    ]
    counts = list(_COUNT.finditer(text))
    return sorted([*figures, *counts], key=re.Match.start) if counts and english(text) else figures


def with_number(text: str, number: str, other: str, every: bool = False) -> str:
    """A text with another number in place of one, where it stands by itself: the last time, or every time."""
    places = [found for found in _numbers(text) if found.group() == number]
    for found in reversed(places if every else places[-1:]):
        text = text[: found.start()] + other + text[found.end() :]
    return text


def other_number(number: str, strength: DefectStrength, rng: random.Random) -> str:
    """Another number: mild, its last digit one off; plain, all digits drawn anew; gross, ten times as much if it is whole."""
    if number in _COUNTS:
        return _other_count(number, strength, rng)
    if strength is DefectStrength.MILD:
        digit = int(number[-1])
        return f"{number[:-1]}{digit + 1 if digit < 9 else digit - 1}"
    if strength is DefectStrength.GROSS and number.isdigit():
        return f"{number}0"
    for _ in range(20):
        drawn = "".join(rng.choice("123456789") if one.isdigit() else one for one in number)
        if drawn != number:
            return drawn
    return other_number(number, DefectStrength.MILD, rng)


def _other_count(number: str, strength: DefectStrength, rng: random.Random) -> str:
    """Another number in words: mild, the next one; else any other."""
    at = _COUNTS.index(number)
    if strength is DefectStrength.MILD:
        return _COUNTS[at + 1 if at + 1 < len(_COUNTS) else at - 1]
    return rng.choice([other for other in _COUNTS if other != number])


def changed_numbers(
    text: str, known: Sequence[str], strength: DefectStrength, rng: random.Random, every: bool = False
) -> tuple[str, str]:
    """A text with one of its `known` numbers said differently, and what was changed; empty if it cannot be.

    Gross: all numbers of the text; of one that is no whole number there is nothing beyond plain.
    """
    inside = list(dict.fromkeys(number for number in numbers_in(text) if number in known))
    if not inside:
        return "", ""
    if strength is not DefectStrength.GROSS:
        number = inside[-1]
        other = other_number(number, strength, rng)
        return with_number(text, number, other, every), f"{number} became {other}"
    everything = list(dict.fromkeys(numbers_in(text)))
    if len(everything) == 1 and not everything[0].isdigit():
        return "", ""
    told = [(number, other_number(number, strength, rng)) for number in everything]
    exchanged, changed = dict(told), text
    for found in reversed(_numbers(text)):
        changed = changed[: found.start()] + exchanged[found.group()] + changed[found.end() :]
    return changed, ", ".join(f"{number} became {other}" for number, other in told)
