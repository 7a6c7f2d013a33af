"""Sends one batch and follows it to its end.

The journal knows the batch's calls before it is begun, and its id before anybody awaits an answer. A batch whose id it did not
hear of, since the session ended in between or the reply was lost, is looked for by its file before another one is begun.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial

from agents.models.batches.batch import Batch, BatchOutcome
from agents.models.batches.patience import NOT_THERE, Patience
from agents.models.batches.store import BatchStore, SentLine
from agents.models.endpoint.batch import BatchLook, BatchState, BatchWire, replies_in
from agents.models.endpoint.replies import Reply
from agents.models.faults import Fault, FaultKind
from agents.models.limits.presence import pause
from scenarios.errors import RunStopped

_TOO_LARGE = re.compile(
    r"token_?limit|enqueued|too[ _]?(many|large)|rate_?limit|(max|limit)\w* .{0,30}(batch|file|request)", re.IGNORECASE
)
"""How an endpoint says that it takes no batch as large as this, or none beside the others."""


@dataclass(frozen=True)
class Pace:
    """Seconds between looks."""

    lull: float = 0.2
    """How long everybody must have been waiting before a batch is sent."""
    first: float = 2.0
    """Until the first look at a batch."""
    slower: float = 1.5
    """By so much each later look is further away,"""
    longest: float = 60.0
    """up to so many seconds."""


PACE = Pace()


class Follower:
    """Follows the batches of the endpoint at `address`. `stopped` ends every wait."""

    def __init__(
        self, wire: BatchWire, store: BatchStore, address: str, stopped: asyncio.Event, faults: Counter[str]
    ) -> None:
        self._wire, self._store, self._address = wire, store, address
        self._stopped, self._faults = stopped, faults

    async def outcome_of(self, batch: Batch) -> BatchOutcome:
        """What comes of a batch, which is sent first if it is not there. Raises what ends the run."""
        if not batch.id and (failed := await self._sent(batch)):
            return failed
        look = await self._over(batch)
        if look is None:
            return BatchOutcome({}, f"the batch {batch.id} does not exist any more", FaultKind.CONNECTION)
        if look.state is BatchState.REFUSED:
            return self._refused(batch, look)
        return await self._replies(batch, look)

    def _patience(self, batch: Batch) -> Patience:
        return Patience(batch.first.call.model, batch.first.presence, self._stopped, self._faults)

    def _go_on(self) -> None:
        """Raise RunStopped if the run ends: it is not told to anybody, since nobody waits any more."""
        if self._stopped.is_set():
            raise RunStopped("the run ends")

    # -- sending --------------------------------------------------------------------------------------------

    async def _sent(self, batch: Batch) -> BatchOutcome | None:
        """Begin a batch, and note it in the journal. An outcome if it cannot begin any more."""
        known = bool(batch.file)  # an earlier session may have begun it
        if not known:
            uploaded = await self._patience(batch).until(partial(self._upload, batch))
            assert uploaded is not None
            self._go_on()
            batch.file, batch.lines = uploaded, b""
            lines = [
                SentLine(request.key, request.sent, request.lost + request.held)
                for request in batch.requests.values()
                if request.held is not None
            ]
            await self._store.sending(batch.file, self._address, lines)
            for request in batch.requests.values():
                request.in_batch = True
        look = await self._begun(batch, known)
        if look is None:
            return BatchOutcome({}, "the file of its requests does not exist any more", FaultKind.CONNECTION)
        batch.id = look.id
        await self._store.begun(batch.file, batch.id)
        return None

    async def _upload(self, batch: Batch, seconds: float) -> str:
        self._go_on()
        return await self._wire.upload(batch.lines, seconds)

    async def _begun(self, batch: Batch, known: bool) -> BatchLook | None:
        """Begin a batch once: if it may have begun already, only unless it is found. None if an earlier session's file is gone."""
        patience, again = self._patience(batch), known
        while True:
            if again:
                self._go_on()
                find = partial(self._wire.find, batch.file)  # None also from an endpoint without a list of batches
                if (found := await patience.until(find, may_lack=True)) is not None:
                    return found
            try:
                look = await self._wire.begin(batch.file, batch.first.call.model.timeout)
            except Fault as fault:
                if known and fault.kind in NOT_THERE:
                    return None
                await patience.bear(fault)
                again = True
            else:
                patience.answered()
                return look

    # -- waiting --------------------------------------------------------------------------------------------

    async def _over(self, batch: Batch) -> BatchLook | None:
        """Wait until a batch is over, or refused; None if it does not exist."""
        wait, patience, ours = PACE.first, self._patience(batch), bool(batch.posted)
        while True:
            if ours:  # there is nothing to see yet
                await pause(wait, self._stopped)
                wait = min(wait * PACE.slower, PACE.longest)
            ours = True
            self._go_on()
            look = await patience.until(partial(self._wire.look, batch.id), may_lack=True)
            if look is None or look.state is not BatchState.UNDER_WAY:
                return look
            if look.created is not None and not batch.posted:  # of an earlier session
                ago = max(0.0, time.time() - look.created)
                batch.since = min(batch.since, asyncio.get_running_loop().time() - ago)

    async def _replies(self, batch: Batch, look: BatchLook) -> BatchOutcome:
        replies, names = dict[bytes, Reply](), {key.hex(): key for key in batch.keys}
        why = f"the batch {look.id} ended ({look.word})"
        for file in look.results:
            self._go_on()
            content = await self._patience(batch).until(partial(self._wire.content, file), may_lack=True)
            if content is None:
                return BatchOutcome(replies, f"{why}, and its results do not exist any more", FaultKind.CONNECTION)
            replies |= {names[name]: reply for name, reply in replies_in(content) if name in names}
        return BatchOutcome(replies, why)

    def _refused(self, batch: Batch, look: BatchLook) -> BatchOutcome:
        """What follows if an endpoint did not begin on a batch, of which nothing was paid. Raises ModelUnavailable."""
        assert look.why is not None
        if look.why.kind is not FaultKind.KEY and _TOO_LARGE.search(look.why.told):
            why = f"the batch {look.id} is too large ({look.why.text})"
            return BatchOutcome({}, why, FaultKind.THROTTLED, too_large=True)
        raise self._patience(batch).refused(look.why.fault())
