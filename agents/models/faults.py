"""How one request to a model fails, and what follows from each kind of fault. See docs/faults.md."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from scenarios.errors import ColloquiaError


class FaultKind(StrEnum):
    """How one request to a model failed, and with it what follows. See docs/faults.md."""

    THROTTLED = "throttled"
    """429: too many requests. Wait as told, then ask again; the limit of calls in flight falls."""
    SERVER = "server"
    """500 and its like, also as the body of a 200."""
    CONNECTION = "connection"
    """Reset, or cut off in the middle of an answer."""
    TIMEOUT = "timeout"
    """No answer in time."""
    GARBAGE = "garbage"
    """An answer that is no chat completion."""
    AWAY = "away"
    """Nobody is there: nothing takes the connection, or the host is not found. Wait until it is back."""
    UNREADY = "unready"
    """502, 503, 504: something else answers in the endpoint's place. Wait until it is back."""
    FORM = "form"
    """The endpoint may not know this way to ask for JSON; the next request asks in another."""
    DECLINED = "declined"
    """400 and its like, a model that declines, a content filter: asking again would not help."""
    SPENT = "spent"
    """The answer's limit of tokens was used up before its first word, by reasoning: asking again would not help."""
    SILENT = "silent"
    """An answer without a word and without a call."""
    UNPARSED = "unparsed"
    """Reasoning or a tool call stands in the text, and it cannot be said where: the server lacks a parser."""
    KEY = "key"
    """401, 402, 403: the endpoint does not accept the key, or its account is empty."""
    MODEL = "model"
    """404: the model or the address does not exist."""
    LOST = "lost"
    """A tool's server was gone before it answered. The call may have been carried out, so that it is not made again."""
    TOOLS = "tools"
    """The endpoint, or the model behind it, takes no tools, and the call offers some."""


ONCE_MORE = frozenset({FaultKind.SILENT, FaultKind.UNPARSED})
"""Asked again once: each request is paid for, and a model that answers equal requests equally says the same."""
RETRIED = ONCE_MORE | {FaultKind.SERVER, FaultKind.CONNECTION, FaultKind.TIMEOUT, FaultKind.GARBAGE, FaultKind.FORM}
"""Asked again a few times; then the call has failed."""
ABSENT = frozenset({FaultKind.AWAY, FaultKind.UNREADY})
"""The endpoint is not there."""
WAITED = ABSENT | {FaultKind.THROTTLED}
"""Waited for: they say nothing of the call, so that they do not count against it."""
BILLED = frozenset({FaultKind.CONNECTION, FaultKind.TIMEOUT, FaultKind.GARBAGE})
"""The endpoint may have made an answer, and may charge for it."""


class Fault(ColloquiaError):
    """One request failed. `retry_after` is in seconds, where the endpoint named it; `usage` is what it cost
    all the same, where the endpoint counted it (a model that declines is paid like any other)."""

    def __init__(self, kind: FaultKind, message: str, retry_after: float | None = None, usage: Any = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.retry_after = retry_after
        self.usage = usage
