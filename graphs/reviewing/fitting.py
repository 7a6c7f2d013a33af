"""Whether a verdict can be kept at all: what nobody could ever carry out is refused when it is said, in a line."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from graphs.reviewing.verdicts import PersonVerdict, Queue, Said
from scenarios.messages import Speech

LONGEST_EDIT = 20_000
"""Characters of a text that a person puts in the place of another: about ten times the longest message of a dataset."""
_MOST_REASONS, _LONGEST_REASON = 20, 200
_OF_PAIRS = {Said.LEFT, Said.RIGHT, Said.TIE}
_OF_SAMPLES = {Said.ACCEPT, Said.REJECT}


def unfit(verdict: PersonVerdict, line: Mapping[str, Any]) -> str:
    """Why a verdict on the sample of a dataset's line cannot be kept; empty if it can."""
    if verdict.said in (_OF_SAMPLES if verdict.queue is Queue.PAIRS else _OF_PAIRS):
        return f"{verdict.said} is no word of the queue {verdict.queue}"
    if len(verdict.reasons) > _MOST_REASONS or any(len(reason) > _LONGEST_REASON for reason in verdict.reasons):
        return f"reasons: at most {_MOST_REASONS}, of {_LONGEST_REASON} characters each"
    for text in (verdict.reviewer, verdict.remark, *verdict.reasons):
        if found := _unsound(text):
            return f"a text holds {found}"
    return next((why for key, text in (verdict.edit or {}).items() if (why := _unfit_edit(key, text, line))), "")


def _unfit_edit(key: str, text: str, line: Mapping[str, Any]) -> str:
    if not _is_written(key, line):
        return f"the edit names {key[:60]!r}, which is no text of the sample that a person may write"
    if not text.strip():
        return f"the edit leaves {key} empty"
    if len(text) > LONGEST_EDIT:
        return f"the edit of {key} has {len(text):,} characters; {LONGEST_EDIT:,} are the most"
    return f"the edit of {key} holds {found}" if (found := _unsound(text)) else ""


def _is_written(key: str, line: Mapping[str, Any]) -> bool:
    fields = line.get("fields")
    if isinstance(fields, Mapping):
        return key in fields
    messages = line.get("messages")
    if not (
        isinstance(messages, list) and key.isascii() and key.isdigit() and len(key) < 6 and int(key) < len(messages)
    ):
        return False
    role = messages[int(key)].get("role") if isinstance(messages[int(key)], Mapping) else None
    return role in {Speech.USER.value, Speech.ASSISTANT.value}


def _unsound(text: str) -> str:
    """What of a text no file should hold, in words."""
    for character in text:
        kind = unicodedata.category(character)
        if kind == "Cs":
            return "half a character (a lone surrogate)"
        if kind == "Cc" and character not in "\n\t\r":
            return f"the control character {ord(character):#04x}"
    return ""
