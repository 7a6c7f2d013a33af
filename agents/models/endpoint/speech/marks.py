"""Whether a mark of chat templates in a text is one, or is only mentioned: in code, in quotes, or by a sentence. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

_CODE = re.compile(r"^[ \t]*(```|~~~)(?![ \t]*tool_c).*?(?:^[ \t]*\1|\Z)|`{1,2}[^`\n]+`{1,2}", re.DOTALL | re.MULTILINE)
_QUOTES, _CLOSING = "\"'“‘«„‹`\\", "\"'”’»“›`\\"
_KIND = re.compile(r" ?-?(?:tags?|tokens?|elements?|blocks?|markers?|marks?|sections?|delimiters?)\b")
_BEFORE, _AFTER = re.compile(r"[\w,;:] \(?\Z|\(\Z"), re.compile(r" [a-z]|[,.;:!?)](?:\s|\Z)")


class Place:
    """A text in which marks are looked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        spans = [match.span() for match in _CODE.finditer(text)] if "`" in text or "~~~" in text else []
        self._starts, self._ends = [start for start, _ in spans], [end for _, end in spans]

    def genuine(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """The matches that are no mention of a mark. A list of marks is a mention to the end of its line."""
        spared = -1
        for match in pattern.finditer(self.text):
            if match.start() < spared:
                continue
            if self.quoted(match) or self.in_sentence(match):
                end = self.text.find("\n", match.end())
                spared = len(self.text) if end < 0 else end
                continue
            yield match

    def quoted(self, mark: re.Match[str]) -> bool:
        """Whether a mark stands in code or in quotes, or is called by what it is: a tag, a token."""
        start, end, text = mark.start(), mark.end(), self.text
        before, after = text[max(0, start - 1) : start], text[end : end + 1]
        if before and after and before in _QUOTES and after in _CLOSING:
            return True
        return self.in_code(start) or _KIND.match(text, end) is not None

    def in_sentence(self, mark: re.Match[str]) -> bool:
        """Whether a sentence goes on around a mark."""
        start, end = mark.start(), mark.end()
        return bool(_BEFORE.search(self.text[max(0, start - 3) : start]) and _AFTER.match(self.text[end : end + 2]))

    def in_code(self, start: int) -> bool:
        """Whether a place is within a fenced block or between backticks."""
        at = bisect_right(self._starts, start) - 1
        return at >= 0 and start < self._ends[at]
