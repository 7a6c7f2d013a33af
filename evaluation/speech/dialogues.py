"""Conversations from a JSONL file, by side: also real logs, in the forms that trainers and chat systems write."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from evaluation.samples import rows_in


class DialogueSide(StrEnum):
    """Who speaks."""

    USER = "user"
    ASSISTANT = "assistant"


Dialogue = tuple[tuple[DialogueSide, str], ...]
"""Who said what, in order; system messages, tools and empty messages are left out."""
_SIDES = {
    "user": DialogueSide.USER, "human": DialogueSide.USER, "customer": DialogueSide.USER, "prompter": DialogueSide.USER,
    "assistant": DialogueSide.ASSISTANT, "gpt": DialogueSide.ASSISTANT, "model": DialogueSide.ASSISTANT, "agent": DialogueSide.ASSISTANT, "bot": DialogueSide.ASSISTANT,
}  # fmt: skip


def read_dialogues(path: Path) -> list[Dialogue]:
    """The conversations of a file, in its order; rows that hold none are passed over. Raises DatasetError
    if a line is no JSON."""
    return [dialogue for _, row in rows_in(path) if len(dialogue := dialogue_in(row)) > 1]


def dialogue_in(row: Any) -> Dialogue:
    """The conversation of a row; empty if it holds none."""
    if not isinstance(row, Mapping):
        return ()
    turns = next((row[key] for key in ("messages", "conversations") if isinstance(row.get(key), list)), ())
    said = []
    for turn in turns:
        if not isinstance(turn, Mapping):
            continue
        who = turn.get("role", turn.get("from"))
        side = _SIDES.get(who.lower()) if isinstance(who, str) else None
        text = turn.get("content", turn.get("value"))
        if side and isinstance(text, str) and text.strip():
            said.append((side, text))
    return tuple(said)
