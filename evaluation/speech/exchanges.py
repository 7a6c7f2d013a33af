"""What an assistant answers to what: the pairs that likelihoods, and students of answers, are about. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_ROLES = {"human": "user", "gpt": "assistant", "model": "assistant"}
"""What ShareGPT's rows, and Gemini's, call who speaks."""
_ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Exchange:
    """An answer, and what it answers."""

    before: str
    """All that was said before it, as a transcript. It ends with a line break, so that the answer's tokens are its own."""
    answer: str
    asked: str
    """The last that was said before it."""


def exchanges_of(row: Mapping[str, Any], named: tuple[str, str] | None = None) -> list[Exchange]:
    """Every answer of a row's assistant that follows something, in their order.

    A row has `messages` (role and content), `conversations` (from and value), or `prompt` and `completion`, each a text or a list of
    messages, also among its `fields`. `named` are two other names for prompt and completion, of rows that have both. A message without
    words, such as one that only calls a tool, is passed over. Nothing comes of other rows.
    """
    fields = row.get("fields")
    texts = {**row, **fields} if isinstance(fields, Mapping) else row
    at = named if named is not None and set(named) <= set(texts) else ("prompt", "completion")
    prompt, completion = (texts.get(name) for name in at)
    if isinstance(prompt, str) and isinstance(completion, str):
        return [Exchange(f"{prompt}\n", completion, prompt)] if prompt.strip() and completion.strip() else []
    if prompt is not None and completion is not None:
        said = _said(prompt, "user")
        return _answers([*said, *_said(completion, _ASSISTANT)], len(said))
    return _answers(_said(row.get("messages", row.get("conversations")), ""), 0)


def _answers(said: Sequence[tuple[str, str]], begin: int) -> list[Exchange]:
    """The assistant's messages from the place `begin` on."""
    lines = [f"{role}: {text}\n" for role, text in said]
    return [
        Exchange(f"{''.join(lines[:at])}{_ASSISTANT}:\n", text, said[at - 1][1])
        for at, (role, text) in enumerate(said)
        if role == _ASSISTANT and at >= max(1, begin)
    ]


def _said(turns: Any, role: str) -> list[tuple[str, str]]:
    """Who says what in a list of messages, or in a text that `role` says."""
    if isinstance(turns, str):
        return [(role, turns)] if turns.strip() else []
    found = []
    for turn in turns if isinstance(turns, list) else ():
        if isinstance(turn, Mapping):
            who = turn.get("role", turn.get("from"))
            text = _words(turn.get("content", turn.get("value")))
            if isinstance(who, str) and text.strip():
                found.append((_ROLES.get(who, who), text))
    return found


def _words(content: Any) -> str:
    """A text, or the texts among parts."""
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, Mapping)]
        return "\n".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""
