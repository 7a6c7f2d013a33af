"""Text that is safe on a terminal. Pure."""

from __future__ import annotations

import unicodedata

_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode's categories of characters that show nothing by themselves, and may act on the terminal or on what is near."""
_KEPT = "\n\t\u200c\u200d"
"""The last two join letters: emoji and some scripts are written with them."""


def clean(text: str) -> str:
    """The text with all that could steer a terminal, or hide, written out (`\\x1b`); newlines and tabs stay."""
    return text if text.isprintable() else "".join(map(_shown, text))


def one_line(text: str) -> str:
    """A name that somebody gave, safe on a terminal and within a line."""
    return clean(" ".join(text.split()))


def _shown(character: str) -> str:
    if character in _KEPT or unicodedata.category(character) not in _UNSEEN:
        return character
    return character.encode("unicode_escape").decode("ascii")
