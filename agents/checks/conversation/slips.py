"""Codes and names that look like those of a scene with a sign changed. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import regex

from agents.checks.figures import NumberKind, figures
from agents.text.phrases import words
from agents.text.scripts import bare
from scenarios.scene import ConversationScene
from scenarios.schema.languages import language_of
from scenarios.text import folded

_NAME = regex.compile(r"\p{Lu}['’]?\p{Lu}?[\p{Ll}\p{M}'’-]{3,}")
_PIECE = re.compile(r"[0-9A-Za-z]+")
_GAPS = re.compile(r"[\s()+/.:#-]*")
_CODE = re.compile(r"[\w\s()+/.:#-]+")
_LEAST_OF_CODE = 5
_LEAST_OF_END = 7
"""Digits by which a telephone number is known without its first ones."""


def signs(text: str) -> str:
    """The letters and digits of a text in one row."""
    return re.sub(r"[^0-9A-Za-z]", "", folded(text)).lower()


def misspelt_code(text: str, known: str, values: Sequence[str], language: str) -> str:
    """A code that looks like one of the values with one or two signs changed: as long as it, or as its end."""
    row = signs(known)
    for value in values:
        code = _code_of(value, language)
        if not code:
            continue
        for shown, own in _rows(text):
            if len(own) <= len(code) and own not in row and own not in code and _looks_like(own, code):
                return f"writes {shown!r}, which looks like {value!r} with a mistake"
    return ""


@lru_cache(maxsize=256)
def _rows(text: str) -> tuple[tuple[str, str], ...]:
    """What of a text can be a code: up to eight pieces with nothing between them but gaps, as shown and as signs."""
    said, found = folded(text), []
    pieces = [match.span() for match in _PIECE.finditer(said)]
    for place, (start, _) in enumerate(pieces):
        for _, end in pieces[place : place + 8]:
            shown = said[start:end]
            if not _GAPS.fullmatch(_PIECE.sub("", shown)):
                break
            found.append((shown, signs(shown)))
    return tuple(found)


@lru_cache(maxsize=4096)
def _code_of(value: str, language: str) -> str:
    """The signs of a value that is a code, long enough to be known by them."""
    own, found = signs(value), figures(value, language)
    digits = sum(map(str.isdigit, own))
    plain = _CODE.fullmatch(folded(value)) and all(one.kind in (NumberKind.CODE, NumberKind.COUNT) for one in found)
    return (
        own
        if plain and found and len(own) >= _LEAST_OF_CODE and (len(own) - digits <= 6 or 3 * digits >= len(own))
        else ""
    )


def _looks_like(own: str, code: str) -> bool:
    if len(own) < len(code):
        if not (len(own) >= _LEAST_OF_END and own.isdigit() and code.isdigit()):
            return False
        code = code[-len(own) :]
    other = [at for at, (a, b) in enumerate(zip(own, code, strict=True)) if a != b]
    if not 0 < len(other) <= 2 or not any(own[at].isdigit() or code[at].isdigit() or len(own) > 7 for at in other):
        swapped = len(other) == 2 and own[other[0]] == code[other[1]] and own[other[1]] == code[other[0]]
        return swapped and any(map(str.isdigit, own))
    swapped = len(other) == 2 and own[other[0]] == code[other[1]] and own[other[1]] == code[other[0]]
    return swapped or len(other) == 1 or len(own) > _LEAST_OF_CODE


def misspelt_name(text: str, known: str, scene: ConversationScene, language: str) -> str:
    """A name of the scene with a letter changed; another ending is another case of it, in languages that have them."""
    said = _bare_words(known)
    names = {
        bare(name): name for part in scene.parts.values() for fact in part.facts for name in _NAME.findall(fact.value)
    }
    cases = language_of(language).name not in _WITHOUT_CASES
    for word in dict.fromkeys(_NAME.findall(text)):
        plain = bare(word)
        if plain in said or plain in names or plain.removesuffix("'s") in names:
            continue
        for name, shown in names.items():
            if _slipped(plain, name, cases):
                return f"writes {word!r}, which looks like {shown!r} with a mistake"
    return ""


@lru_cache(maxsize=256)
def _bare_words(known: str) -> frozenset[str]:
    return frozenset(map(bare, words(known)))


_WITHOUT_CASES = (
    "English",
    "French",
    "Spanish",
    "Portuguese",
    "Italian",
    "Catalan",
    "Dutch",
    "Vietnamese",
    "Indonesian",
    "Malay",
)


def _slipped(word: str, name: str, cases: bool) -> bool:
    short, long = sorted((word, name), key=len)
    if len(long) - len(short) > 1 or len(short) < 5 or word[0] != name[0]:
        return False
    if len(word) == len(name):
        other = [at for at, (a, b) in enumerate(zip(word, name, strict=True)) if a != b]
        if len(other) == 2:
            return other[1] - other[0] == 1 and word[other[0]] == name[other[1]] and word[other[1]] == name[other[0]]
        last = other == [len(word) - 1]
        return len(other) == 1 and other[0] > 1 and (not last or (not cases and len(word) > _LONG_NAME))
    if long.startswith(short) or word[:2] != name[:2] or long[:-2] == short[:-1]:
        return False
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long) - 1))


_LONG_NAME = 7
"""Letters from which the last one alone does not make another person: Maria and Marie are two."""
