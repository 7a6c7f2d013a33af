"""One batch: its calls, what it is called, and the replies to come."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.models.endpoint.replies import Reply
from agents.models.faults import FaultKind
from agents.models.request import Request
from scenarios.errors import RunStopped


@dataclass(frozen=True)
class BatchOutcome:
    """What came of a batch."""

    replies: Mapping[bytes, Reply]
    """By the keys of its calls. Those that are missing got none."""
    why: str
    """Why some may have none, in words."""
    kind: FaultKind = FaultKind.SERVER
    """What it is to have none."""
    too_large: bool = False
    """The endpoint takes fewer calls at once."""


@dataclass(eq=False)
class Batch:
    """A batch under way."""

    first: Request
    """One of its calls, which tells model and limits."""
    since: float
    """Loop time at which it was sent, or would have been in this session."""
    keys: frozenset[bytes]
    lines: bytes = b""
    """Its requests, until they are there; none if an earlier session sent them."""
    file: str = ""
    """The id of its file, once it is there."""
    id: str = ""
    """Its own id, once it has begun."""
    posted: dict[bytes, Any] = field(default_factory=dict)
    """By key: the form in which a call was sent, unless an earlier session did it."""
    requests: dict[bytes, Request] = field(default_factory=dict)
    """Those who wait for it."""

    def __post_init__(self) -> None:
        self._outcome: asyncio.Future[BatchOutcome] = asyncio.get_running_loop().create_future()

    @property
    def over(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._outcome.done()

    async def outcome(self) -> BatchOutcome:
        """What comes of it. Raises what ended it."""
        try:
            return await asyncio.shield(self._outcome)
        except RunStopped as stopped:
            raise stopped.fresh() from None

    def finish(self, outcome: BatchOutcome) -> None:
        """Tell all who wait what came of it."""
        if not self._outcome.done():
            self._outcome.set_result(outcome)

    def fail(self, error: Exception) -> None:
        """Tell all who wait what ended it."""
        if not self._outcome.done():
            self._outcome.set_exception(error)
            self._outcome.exception()  # it is looked at, also if nobody waits any more
