"""Prose as a person types it: where it begins and ends, what is no prose, and a draw without what surrounds it. Pure."""

from __future__ import annotations

import re

import regex

from agents.text.scripts import words
from agents.text.synonyms import listed
from scenarios.schema.languages import ENGLISH, language_of
from scenarios.text import folded

_ENDED = regex.compile(
    r"(?:[.!?…。！？．｡؟۔।॥։።។။]|(?<=\s)[:;]-?[)D(P])[\"'”’“»«)\]』」）\s\p{So}\p{Sk}\p{Emoji_Modifier}\u200d\ufe0f]*\s*$"
)
_EMOJI_END = regex.compile(r"[\p{Extended_Pictographic}--[\p{N}©®™]][\p{Emoji_Modifier}\u200d\ufe0f]*\s*$", regex.V1)
_HALFWAY = regex.compile(r"[,;:，、；：،؛(\[{\"“„«「『/&+–—-]\s*$")
_NO_START = re.compile(r"[,;:!?)\]}%&/\\|.](?!\.)")
_MARKUP = (
    re.compile(
        r"\*\*|```|~~|`[^`\n]+`|(?<!\w)\*[^\s*][^*\n]{0,80}\*(?!\w)|(?<!\w)_{1,2}[^\s_][^_\n]{0,80}_{1,2}(?!\w)"
    ),
    re.compile(r"(?m)^\s*(?:#{1,6}\s+\S|[-*•]\s+\S|>\s|\|.*\|)"),
    re.compile(r"\]\(|^\s*={3,}|-{4,}|[#*=~]{3,}"),
)
_PLACEHOLDER = re.compile(
    r"\[[^\]\n]{0,60}\]|\{[^}\n]{0,60}\}|<[/!]?[A-Za-z|][^>\n]{0,60}>|_{3,}|&(?:[a-z]+|#\d+);|[|\\\[\]{}\ufffd]|[!?]{4,}|\.{5,}"
)
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s,;)\"”]+")
_PAIRS = ('""', "“”", "„“", "„”", "«»", "»«", "「」", "『』", "‘’", "''", "``")
_FENCED = re.compile(r"```[^\n]*\n(.*?)\n?```", re.DOTALL)
_PREAMBLE = re.compile(r"(?:sure|certainly|of course|okay|here(?:'s| is| are))\b[^\n:]{0,80}:[ \t]*\n+", re.IGNORECASE)
_DANGLING = listed(
    """a an the and or but my your his our their of because if than very with from into until while which whose"""
)
_JOINING = listed("und oder aber weil dass et ou mais que pero porque och eller og maar omdat и или но что ولكن أو")
"""Words of other languages that a sentence does not end with."""
_HELPERS = listed(
    """can could do does did is are was were will would should shall may have has had am isn't aren't don't doesn't
    didn't won't can't couldn't wouldn't shouldn't haven't hasn't"""
)
_PERSONS = frozenset(
    ["i", "you", "we", "they", "he", "she", "it", "there", "this", "that", "these", "those", "anyone", "someone"]
)
_ASKING = frozenset(["who", "whom", "what", "when", "where", "why", "how", "which", "whose"])


def ended(text: str, language: str = ENGLISH) -> bool | None:
    """Whether a text ends as a sentence does; None if that cannot be told: in English a sentence has its mark."""
    if _ENDED.search(text) or _EMOJI_END.search(text):
        return True
    if not text.strip() or _HALFWAY.search(text):
        return False
    known = language_of(language)
    if known.name.endswith(ENGLISH):
        return False
    if not known.stop and known.known:
        return True
    return False if words(text)[-1:] and words(text)[-1] in _JOINING else None


def odd_start(text: str) -> str:
    """The mark that a text begins with, if no sentence begins with it."""
    found = _NO_START.match(text.lstrip())
    return found[0] if found else ""


def markup_in(text: str, given: str = "", wanted: bool = False) -> str:
    """The first sign of markup or of a placeholder that a text has and was not given; of placeholders alone, if markup is
    wanted."""
    patterns = (_PLACEHOLDER, *(() if wanted else _MARKUP))
    for pattern in patterns:
        for found in pattern.finditer(text):
            sign: str = found[0]
            if sign.strip() not in given and not (wanted and _is_markdown(text, found)):
                return sign.strip()
    return ""


def _is_markdown(text: str, found: re.Match[str]) -> bool:
    """Whether a bracket or bar is part of a link or of a table."""
    link = text[found.end() :].startswith("(") or found[0] == "["
    return link or found[0] == "|" or text[: found.start()].endswith("]")


def address_in(text: str, given: str) -> str:
    """The first address of the web that a text names and was not given."""
    found = (one[0].rstrip(".!?") for one in _ADDRESS.finditer(text))
    return next((one for one in found if one not in given), "")


def tidied(text: str, label: str = "", language: str = ENGLISH, cut_off: bool = False) -> str:
    """A drawn line without what surrounds it: spaces, a fence, its own label, a pair of quotes, double spaces; and with the
    final mark that it plainly lacks, unless it was `cut_off` by a limit."""
    line = " ".join(_unwrapped(text, label).split())
    return line if cut_off else with_stop(line, language)


def tidied_field(text: str, label: str = "", language: str = ENGLISH, cut_off: bool = False, stop: bool = True) -> str:
    """As `tidied`, of a text that may have several lines."""
    body = _unwrapped(_PREAMBLE.sub("", text.strip(), count=1), label)
    if body.startswith(("{", "[")):
        return body
    rows = (re.sub(r"(?<=\S)[ \t]{2,}", " ", row.rstrip()) for row in body.splitlines())
    body = re.sub(r"\n{3,}", "\n\n", "\n".join(rows)).strip()
    return body if cut_off or not stop else with_stop(body, language)


def _unwrapped(text: str, label: str) -> str:
    body, before = text.strip(), ""
    while body != before:
        before = body
        if (found := _FENCED.fullmatch(body)) and "```" not in found[1]:
            body = found[1].strip()
        if label:
            body = re.sub(rf"^(?:\*\*)?{re.escape(label)}(?:\*\*)?\s*[:：](?:\*\*)?\s*", "", body, flags=re.IGNORECASE)
        if len(body) > 4 and body.startswith("**") and body.endswith("**") and "**" not in body[2:-2]:
            body = body[2:-2].strip()
        if len(body) > 2 and body[0] + body[-1] in _PAIRS and not set(body[1:-1]) & {body[0], body[-1]}:
            body = body[1:-1].strip()
    return body


def with_stop(text: str, language: str = ENGLISH) -> str:
    """A text with the mark of its last sentence, if it plainly lacks it. Whether it asks is known of English alone."""
    last = text.rstrip("\"'”’»)]")[-1:]
    open_end = last and (last.isalnum() or last in "%°€£$²³½¼¾") and not _ADDRESS.search(text.rsplit(maxsplit=1)[-1])
    if not open_end or ended(text) or not language_of(language).name.endswith(ENGLISH):
        return text
    said = words(re.split(r"[.!?]\s", folded(text))[-1])
    if not said or said[-1] in _DANGLING:
        return text
    first, second = said[0], said[1] if len(said) > 1 else ""
    if (first in _HELPERS and second in _PERSONS) or (first in _ASKING and second in _HELPERS):
        return f"{text}?"
    return text if first in _ASKING else f"{text}."
