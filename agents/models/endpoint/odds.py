"""The log-probabilities in a reply: the tokens of an answer that could have been a digit. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import exp
from typing import Any

from agents.models.calls import TokenOdds

_DIGIT = re.compile(r"[0-9]")
_MOST = 512
"""Tokens of an answer that are kept."""


def odds_in(choice: dict[str, Any], text: str) -> tuple[TokenOdds, ...]:
    """The tokens of `text` that have a digit in them, or in a token that could have stood there; none if the endpoint gave no
    log-probabilities, or if they do not tell for sure where each token stands.

    Only such tokens are kept, since the journal keeps every answer. Raises nothing.
    """
    said = choice.get("logprobs")
    rows = said.get("content") if isinstance(said, dict) else None
    if not isinstance(rows, list):
        return ()
    tokens = [_raw(row) for row in rows]
    if None in tokens:
        return ()
    raw = b"".join(one for one in tokens if one is not None)
    sought = text.encode()
    if not sought or raw.count(sought) != 1:
        return ()
    return tuple(_placed(rows, [one or b"" for one in tokens], raw.index(sought), sought))[:_MOST]


def _placed(rows: list[Any], tokens: list[bytes], begins: int, sought: bytes) -> Iterator[TokenOdds]:
    at = -begins
    for row, token in zip(rows, tokens, strict=True):
        start, at = at, at + len(token)
        if start < 0 or at > len(sought):
            continue
        odds = _odds(row)
        own = token.decode(errors="replace")
        if own in odds and any(_DIGIT.search(one) for one in odds):
            yield TokenOdds(start=len(sought[:start].decode(errors="replace")), text=own, odds=odds)


def _raw(row: Any) -> bytes | None:
    """The bytes of a token: some tokens are parts of a character."""
    if not isinstance(row, dict) or not isinstance(row.get("token"), str):
        return None
    given = row.get("bytes")
    if isinstance(given, list) and all(isinstance(one, int) and 0 <= one < 256 for one in given):
        return bytes(given)
    return str(row["token"]).encode(errors="replace")


def _odds(row: dict[str, Any]) -> dict[str, float]:
    """The tokens of a place by probability; one that is named twice counts once, with all of it."""
    found: dict[str, float] = {}
    top = row.get("top_logprobs")
    rows = [one for one in top if isinstance(one, dict)] if isinstance(top, list) else []
    own = _raw(row)
    if own is not None and own not in [_raw(one) for one in rows]:
        rows.append(row)
    for one in rows:
        token, value = _raw(one), one.get("logprob")
        if token is not None and isinstance(value, int | float) and value == value and value <= 1e-6:
            name = token.decode(errors="replace")
            found[name] = round(found.get(name, 0.0) + exp(min(0.0, value)), 6)
    return found
