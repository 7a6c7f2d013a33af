"""What an endpoint says of a prompt's own tokens. Pure.

Two forms are exact, since the model reads the text as it is. vLLM's `prompt_logprobs=0` lists each token of the prompt under its
number. `echo` with `logprobs`, of the older completions, gives the prompt back with its tokens, and behind them the token that the
model had to add.
"""

from __future__ import annotations

import math
from typing import Any, Self

from pydantic import model_validator

from agents.models.faults import Fault, FaultKind
from scenarios.frozen import Frozen

_ABOVE = 1e-4
"""A log-probability may be so far above 0, by rounding."""


class ScoredText(Frozen):
    """The tokens of a text as a model reads it, what stands before it included, each with its log-probability."""

    tokens: tuple[str, ...]
    logprobs: tuple[float | None, ...]
    """Natural logarithms. None: the model says nothing, as of a first token that nothing precedes."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.tokens) != len(self.logprobs):
            raise ValueError(f"{len(self.tokens)} tokens and {len(self.logprobs)} log-probabilities")
        return self


def scored_in(body: dict[str, Any], prompt: str) -> ScoredText | None:
    """The tokens of `prompt` in the body of a completion, None if the endpoint says nothing of them. Raises Fault (GARBAGE) if
    what it says cannot be so."""
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        raise _garbage("a completion without a choice")
    listed = choice.get("prompt_logprobs") or body.get("prompt_logprobs")
    if isinstance(listed, list) and all(row is None or (isinstance(row, dict) and len(row) == 1) for row in listed):
        return _settled([_listed(row) for row in listed])
    told, text = choice.get("logprobs"), choice.get("text")
    if isinstance(told, dict) and isinstance(text, str) and text.startswith(prompt):
        return _echoed(told, prompt, body.get("usage"))
    return None


def _listed(row: dict[str, Any] | None) -> tuple[str, Any]:
    """A token of vLLM's list: `{number: {logprob, rank, decoded_token}}`."""
    if row is None:
        return "", None
    number, said = next(iter(row.items()))
    if not isinstance(said, dict) or said.get("logprob") is None:
        raise _garbage("a token of the prompt has no log-probability")
    token = said.get("decoded_token")
    return (token if isinstance(token, str) else number), said["logprob"]


def _echoed(told: dict[str, Any], prompt: str, usage: Any) -> ScoredText | None:
    """The tokens of a prompt that was given back, without those that were made."""
    tokens, values = told.get("tokens"), told.get("token_logprobs")
    if not isinstance(tokens, list) or not isinstance(values, list) or len(tokens) != len(values):
        return None
    made = usage.get("completion_tokens") if isinstance(usage, dict) else None
    offsets = told.get("text_offset")
    if type(made) is int and 0 <= made <= len(tokens):
        count = len(tokens) - made
    elif isinstance(offsets, list) and len(offsets) == len(tokens) and all(type(one) is int for one in offsets):
        count = sum(one < len(prompt) for one in offsets)
    else:
        raise _garbage("it cannot be told which tokens are the prompt's")
    return _settled(list(zip(tokens[:count], values[:count], strict=True)))


def _settled(pairs: list[tuple[Any, Any]]) -> ScoredText | None:
    """The tokens, once each but the first is known to have a log-probability."""
    for place, (token, value) in enumerate(pairs):
        known = type(value) in {int, float} and math.isfinite(value) and value <= _ABOVE
        if not isinstance(token, str) or not (known or (value is None and place == 0)):
            raise _garbage(f"token {place + 1} of the prompt has no log-probability")
    if not any(value is not None for _, value in pairs):
        return None if len(pairs) != 1 else ScoredText(tokens=(pairs[0][0],), logprobs=(None,))
    values = tuple(None if value is None else min(0.0, float(value)) for _, value in pairs)
    return ScoredText(tokens=tuple(token for token, _ in pairs), logprobs=values)


def _garbage(text: str) -> Fault:
    return Fault(FaultKind.GARBAGE, text)
