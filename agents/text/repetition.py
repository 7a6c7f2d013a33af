"""Repetition: of earlier lines, of examples, and within one text, in any script. Each function returns what is repeated, in
words that go on after "It …", or an empty string. Pure.

A script without spaces between words is compared by its signs, so many of them for a word.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from agents.text.phrases import similarity, words
from agents.text.scripts import spaced
from agents.text.sentences import sentences

SIMILAR = 0.7
"""Likeness from which a line or step says another one again."""
_COPIED = 0.85
_COPIED_RUN = 12
"""Words in a row that may not be an example's. Shorter runs are common to all plain English."""
_SHORT = 2
"""So many words may be said again: 'Yes, please.'"""
_LONG = 30
"""Words from which on a run of four may come again, since people repeat such runs in longer texts."""
_SIGNS = 3
"""Signs of a script without spaces that stand for a word where runs are compared."""


def repeated(text: str, earlier: Iterable[str]) -> str:
    """The earlier line that a text says again."""
    mine, unit = words(text), _unit(text)
    for line in earlier:
        again = mine == words(line) and len(mine) > _SHORT * unit
        if again or (len(mine) >= 5 * unit and similarity(text, line) >= SIMILAR):
            return f"repeats the earlier line {line!r}"
    return ""


def copied(text: str, examples: Iterable[str]) -> str:
    """The example, or the part of one, that a text copies."""
    mine, unit = words(text), _unit(text)
    for line in examples:
        if len(mine) >= 7 * unit and similarity(text, line) >= _COPIED:
            return f"copies an example: {line!r}"
        if len(mine) >= _COPIED_RUN * unit and (run := _common_run(mine, words(line), _COPIED_RUN * unit)):
            return f"copies {_shown(run, unit)} from an example"
    return ""


def repeats_itself(text: str) -> str:
    """What a text says twice."""
    mine, unit = words(text), _unit(text)
    length = 4 if len(mine) <= _LONG * unit else 7
    seen = set[tuple[str, ...]]()
    for gram in _runs(mine, length if unit == 1 else length * (unit + 1)):
        if gram in seen:
            return f"repeats {_shown(gram, unit)} within itself"
        seen.add(gram)
    thrice = (mine[place] for place in range(len(mine) - 2) if mine[place] == mine[place + 1] == mine[place + 2])
    if unit == 1 and (word := next(thrice, "")):
        return f"says {word!r} three times in a row"
    parts = [words(part) for part in sentences(text)]
    for place, part in enumerate(parts):
        if len(part) >= 3 * unit and part in parts[:place]:
            return f"says {_shown(part, unit)} twice"
    return ""


def _unit(text: str) -> int:
    return 1 if spaced(text) else _SIGNS


def _shown(run: tuple[str, ...], unit: int) -> str:
    return repr((" " if unit == 1 else "").join(run))


def _common_run(mine: tuple[str, ...], other: tuple[str, ...], length: int) -> tuple[str, ...]:
    """The first run of `length` words that both texts have, or an empty one."""
    theirs = frozenset(_runs(other, length))
    return next((run for run in _runs(mine, length) if run in theirs), ())


@lru_cache(maxsize=8192)
def _runs(text: tuple[str, ...], length: int) -> tuple[tuple[str, ...], ...]:
    """Every `length` words in a row."""
    return tuple(text[place : place + length] for place in range(len(text) - length + 1))
