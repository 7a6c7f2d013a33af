"""Words quoted as they stand in a text: what a check compares by value, its writer is shown in its own words. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

_LONGEST = 6
"""Words in which a number is said: 'twenty minutes to six in the'."""
_WORD_BEGUN = re.compile(r"\S+$")
_MARKS = ".,;:!?…\"'“”‘’«»()[]"


def quoted(found: str, text: str, reads: Callable[[str], Collection[str]]) -> str:
    """The first and shortest words of a text in which `reads` finds `found`: 'fifteen' for 15. What was found itself if there are
    no such words."""
    parts = text.split()
    for length in range(1, _LONGEST + 1):
        for place in range(len(parts) - length + 1):
            words = " ".join(parts[place : place + length]).strip(_MARKS)
            if found in reads(words):
                return words
    return found


def shortened(text: str, most: int) -> str:
    """A text of at most `most` characters: cut between two words, with … in place of the rest."""
    if len(text) <= most:
        return text
    start = text[: most - 1]
    between = _WORD_BEGUN.sub("", start) if not text[most - 1].isspace() else start
    return f"{(between.rstrip(' ,;:') or start)}…"
