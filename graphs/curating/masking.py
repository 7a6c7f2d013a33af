"""A row of a dataset with marks in place of personal data, wherever in it that stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evaluation.signals.personal import masked, personal_in
from graphs.curating.rows import languages_of

_OF_THE_ROW = frozenset({"id", "scenario", "lineage", "novelty", "usage", "tool_call_id"})
"""Keys whose values say nothing in words, and tie the row to others."""


def masked_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row, with what is personal masked in its messages, fields, brief and evidence. One value has one mark in all of them. What
    is set aside for examples (`user@example.com`) stays."""
    texts = list(dict.fromkeys(_texts(row)))
    languages = languages_of(row)
    spans = [[span for span in personal_in(text, languages) if not span.reserved] for text in texts]
    found: dict[str, Any] = _put(row, dict(zip(texts, masked(texts, spans), strict=True)))
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in _OF_THE_ROW:
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _put(value: Any, instead: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return instead[value]
    if isinstance(value, Mapping):
        return {key: inner if key in _OF_THE_ROW else _put(inner, instead) for key, inner in value.items()}
    return [_put(inner, instead) for inner in value] if isinstance(value, list) else value
