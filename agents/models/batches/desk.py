"""The desk of one endpoint: it gathers calls, has them sent together, and gives each call its reply.

One call goes: gather → budget → batch (`following.py`: file up → journal → begin → journal → wait) → reply → caller.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from agents.models.batches import following
from agents.models.batches.attendance import Attendance
from agents.models.batches.batch import Batch
from agents.models.batches.following import Follower
from agents.models.batches.store import BatchStore, SentBatch
from agents.models.calls import Answer, Call
from agents.models.endpoint.batch import BatchWire, line_of
from agents.models.endpoint.replies import Reply
from agents.models.faults import Fault
from agents.models.limits.ledger import Ledger
from agents.models.request import Request
from scenarios.errors import BudgetReached, RunStopped

_MOST_BYTES = 90_000_000
"""Of a file of requests; OpenAI takes 200 MB."""
_CLOSING_S = 10.0
"""Seconds that a batch may take to be begun when the run ends."""


@dataclass(frozen=True)
class BatchFigures:
    """What waits for batches at one moment."""

    gathered: int = 0
    """Calls that wait to be sent."""
    sent: int = 0
    """Calls in batches under way."""
    batches: tuple[str, ...] = ()
    """The ids of those batches."""
    seconds: float = 0.0
    """Since the earliest of them was sent."""

    def __add__(self, other: BatchFigures) -> BatchFigures:
        return BatchFigures(
            self.gathered + other.gathered,
            self.sent + other.sent,
            self.batches + other.batches,
            max(self.seconds, other.seconds),
        )


@runtime_checkable
class BatchTransport(Protocol):
    """A transport to an endpoint that may take batches."""

    @property
    def batches(self) -> BatchWire:
        """The way to its batches."""
        ...

    def posted(self, call: Call) -> Any:
        """The form of a call's next request; its `body` is the JSON."""
        ...

    def answer(self, call: Call, posted: Any, reply: Reply) -> Answer:
        """The answer in the reply to a call that was sent in that form. Raises Fault."""
        ...


@dataclass
class _Gathered:
    """A call that waits to be sent."""

    request: Request
    batch: asyncio.Future[Batch] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Desk:
    """Has the calls to the endpoint at `address` go in batches. `stopped` ends every wait; `sent_before` are the batches of
    earlier sessions."""

    def __init__(
        self, transport: BatchTransport, store: BatchStore, ledger: Ledger, attendance: Attendance, address: str,
        stopped: asyncio.Event, sent_before: Sequence[SentBatch] = (),
    ) -> None:  # fmt: skip
        self._transport, self._ledger, self._attendance = transport, ledger, attendance
        self._follower = Follower(transport.batches, store, address, stopped, ledger.faults)
        self._gathered: dict[str, dict[bytes, _Gathered]] = {}
        """What waits to be sent, by model: a batch has one."""
        self._under_way: dict[bytes, Batch] = {}
        """By the keys of calls: the batch that each is in."""
        self._tasks: dict[Batch, asyncio.Task[None]] = {}
        """What follows the batches under way."""
        self._alarm: asyncio.TimerHandle | None = None
        self._most: int | None = None
        """Calls of a batch, if the endpoint did not take more at once. Then one batch goes after the other."""
        self._earlier = {
            line.key: (sent, line) for sent in sent_before if sent.address == address for line in sent.lines
        }
        """Calls that an earlier session sent, each with the latest batch that it was in."""
        self._recalled: dict[str, Batch] = {}
        """Batches of earlier sessions that are followed, by their files."""
        attendance.hear(self._changed)

    def takes(self, call: Call, key: bytes) -> bool:
        """Whether a call goes by batch, or went by one in an earlier session: what is paid is not paid again."""
        return call.model.batch_size > 0 or key in self._earlier or key in self._under_way

    async def answer(self, request: Request) -> Answer:
        """The answer to a call that goes by batch. Raises Fault, and what ends the run.

        Until it returns, `request.held` is what is reserved for the call; `request.in_batch` says whether its reply may still
        come in a later session.
        """
        key = request.key
        batch = self._under_way.get(key) or self._recall(request) or await self._gather(request)
        outcome = await batch.outcome()
        self._under_way.pop(key, None)
        request.in_batch = False
        reply = outcome.replies.get(key)
        if reply is None:
            raise Fault(outcome.kind, f"{outcome.why}, without a reply to this call")
        posted = batch.posted.get(key) or self._transport.posted(request.call)
        return self._transport.answer(request.call, posted, reply)

    def figures(self) -> BatchFigures:
        """What waits at this moment."""
        now = asyncio.get_running_loop().time()
        there = sorted((batch for batch in self._tasks if not batch.over), key=lambda batch: batch.since)
        return BatchFigures(
            gathered=sum(map(len, self._gathered.values())),
            sent=sum(len(batch.keys) for batch in there),
            batches=tuple(batch.id for batch in there if batch.id),
            seconds=now - there[0].since if there else 0.0,
        )

    def stop(self, reason: RunStopped) -> None:
        """Send nothing any more, and let nobody wait: batches under way go on at the endpoint, and a later session takes up
        their replies."""
        for gathered in self._gathered.values():
            _refuse(gathered, reason)
        for batch in self._tasks:
            batch.fail(reason)

    async def close(self) -> None:
        """Let a batch that is being begun be noted, and end."""
        if self._alarm is not None:
            self._alarm.cancel()
        if tasks := list(self._tasks.values()):
            _, hanging = await asyncio.wait(tasks, timeout=_CLOSING_S)
            for task in hanging:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # -- gathering ------------------------------------------------------------------------------------------

    async def _gather(self, request: Request) -> Batch:
        """Wait until a call is in a batch. Raises what keeps it from being sent."""
        gathered = self._gathered.setdefault(request.call.model.name, {})
        place = gathered.setdefault(request.key, _Gathered(request))
        if len(gathered) >= self._size(request.call):
            self._send_gathered()
        self._changed()
        return await asyncio.shield(place.batch)

    def _size(self, call: Call) -> int:
        return min(call.model.batch_size, self._most or call.model.batch_size)

    def _changed(self) -> None:
        """Look soon whether anybody may still come: in the same moment others may begin."""
        if self._alarm is None and any(self._gathered.values()):
            self._alarm = asyncio.get_running_loop().call_later(following.PACE.lull, self._look)

    def _look(self) -> None:
        self._alarm = None
        self._send_gathered()

    def _send_gathered(self) -> None:
        """Send what fills a batch; if everybody waits, all that there is."""
        for gathered in self._gathered.values():
            while gathered and not (self._most and self._tasks):
                size = self._size(next(iter(gathered.values())).request.call)
                if len(gathered) < size and not self._attendance.idle:
                    break
                if not (taken := self._taken(gathered, size)):
                    break
                for requests in self._files(taken):
                    self._send(gathered, requests)

    def _taken(self, gathered: dict[bytes, _Gathered], size: int) -> list[Request]:
        """At most `size` calls, the earliest first: as many as the budget allows with the most that they may cost. The others
        wait until it is known what these cost; if it allows none and nothing is under way, that ends the run."""
        taken = list[Request]()
        for request in sorted((one.request for one in gathered.values()), key=lambda one: one.call.asker.place)[:size]:
            try:
                request.held = self._ledger.hold(request.call)
            except BudgetReached as reached:
                if not taken and not self._tasks and self._attendance.idle:
                    _refuse(gathered, reached)
                break
            taken.append(request)
        return taken

    # -- sending --------------------------------------------------------------------------------------------

    def _files(self, taken: list[Request]) -> Iterator[list[tuple[Request, Any, bytes]]]:
        """Calls with their forms and their lines, for files that are not too large."""
        file, size = list[tuple[Request, Any, bytes]](), 0
        for request in taken:
            posted = self._transport.posted(request.call)
            line = line_of(request.key.hex(), posted.body)
            if file and size + len(line) > _MOST_BYTES:
                yield file
                file, size = [], 0
            file.append((request, posted, line))
            size += len(line)
        yield file

    def _send(self, gathered: dict[bytes, _Gathered], file: list[tuple[Request, Any, bytes]]) -> None:
        """Send calls, whose costs are reserved, as one batch."""
        batch = Batch(
            first=file[0][0],
            since=asyncio.get_running_loop().time(),
            keys=frozenset(request.key for request, _, _ in file),
            lines=b"".join(line for _, _, line in file),
            posted={request.key: posted for request, posted, _ in file},
            requests={request.key: request for request, _, _ in file},
        )
        for key, request in batch.requests.items():
            request.sent += 1
            self._under_way[key] = batch
            gathered.pop(key).batch.set_result(batch)
        self._follow(batch)

    def _follow(self, batch: Batch) -> None:
        self._tasks[batch] = asyncio.create_task(self._followed(batch))

    async def _followed(self, batch: Batch) -> None:
        """Follow a batch, and tell all who wait for it what came of it."""
        try:
            outcome = await self._follower.outcome_of(batch)
        except Exception as error:  # noqa: BLE001 - told to all who wait for it
            batch.fail(error)
        else:
            if any(200 <= reply.status < 300 for reply in outcome.replies.values()):
                batch.first.contact.answered()
            if outcome.too_large:
                self._most = max(1, len(batch.keys) // 2)
            batch.finish(outcome)
        finally:
            del self._tasks[batch]
            self._changed()

    # -- those of earlier sessions --------------------------------------------------------------------------

    def _recall(self, request: Request) -> Batch | None:
        """The batch in which an earlier session sent a call, followed from now on; what is reserved for it was counted as lost."""
        if (known := self._earlier.pop(request.key, None)) is None:
            return None
        sent, line = known
        request.sent, request.held, request.in_batch = line.requests, line.cost, True
        self._ledger.reclaim(line.cost)
        batch = self._recalled.get(sent.file)
        if batch is None:
            keys = frozenset(one.key for one in sent.lines)
            now = asyncio.get_running_loop().time()
            batch = Batch(first=request, since=now, keys=keys, file=sent.file, id=sent.batch)
            self._recalled[sent.file] = batch
            self._follow(batch)
        batch.requests[request.key] = request
        self._under_way[request.key] = batch
        return batch


def _refuse(gathered: dict[bytes, _Gathered], reason: RunStopped) -> None:
    """Let nobody wait any more to be sent."""
    for place in gathered.values():
        place.batch.set_exception(reason.fresh())
        place.batch.exception()  # it is looked at, also if nobody waits any more
    gathered.clear()
