"""What a document is made of, whatever its format; and the words of any script. Pure."""

from __future__ import annotations

from enum import StrEnum

import regex

from scenarios.frozen import Frozen

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}ー\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORD = regex.compile(rf"[{_UNSPACED}]\p{{M}}*|(?:[[\p{{L}}\p{{M}}\p{{N}}']--[{_UNSPACED}]])+", regex.V1)
_SIGN = regex.compile(rf"[{_UNSPACED}]\p{{M}}*", regex.V1)
_SIGNS_IN_A_WORD = 2
"""Of a script without spaces: Japanese and Chinese words have about two signs, Thai ones more."""
_NO_BLANK = regex.compile(rf"[{_UNSPACED}。、！？「」『』（）]", regex.V1)


class BlockKind(StrEnum):
    """How a block may be cut."""

    HEADING = "heading"
    PROSE = "prose"
    """A paragraph: merged with its neighbours, cut at sentences."""
    WHOLE = "whole"
    """A list, a table, a piece of code: merged, and cut between its lines only if it is far too long."""


class Block(Frozen):
    """A heading, a paragraph, a list or a table."""

    kind: BlockKind
    text: str
    level: int = 0
    """Of a heading, from 1."""


def words_in(text: str) -> tuple[str, ...]:
    """The words of a text in any script, in one case; of a script without spaces, its signs."""
    return tuple(_WORD.findall(text.casefold()))


def sign(word: str) -> bool:
    """Whether a word is a sign of a script without spaces."""
    return _SIGN.match(word) is not None


def length(text: str) -> int:
    """About how many words a text has: signs of scripts without spaces count half."""
    found = _WORD.findall(text)
    signs = len(_SIGN.findall(text))
    return len(found) - signs + -(-signs // _SIGNS_IN_A_WORD)


def unwrapped(lines: list[str]) -> str:
    """Lines as one, with a blank between two of them unless their script has none."""
    text = ""
    for line in (" ".join(line.split()) for line in lines):
        joined = text and line and not (_NO_BLANK.match(text[-1]) and _NO_BLANK.match(line[0]))
        text += (" " if joined else "") + line
    return text
