"""Faults that befall a batch as a whole: they say nothing of its calls, so what may pass is waited for."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TypeVar

from agents.models.calls import Model
from agents.models.faults import Fault, FaultKind
from agents.models.limits.presence import Presence, pause
from agents.models.refusals import key_refused, no_batches, unreachable
from scenarios.errors import EndpointAway, ModelUnavailable, RunStopped

T = TypeVar("T")

_PASSING = frozenset(
    {
        FaultKind.THROTTLED, FaultKind.AWAY, FaultKind.UNREADY, FaultKind.SERVER, FaultKind.CONNECTION, FaultKind.TIMEOUT,
    }
)  # fmt: skip
NOT_THERE = frozenset({FaultKind.MODEL, FaultKind.DECLINED})
"""What it is if a batch or a file does not exist."""
_LONGEST_PAUSE = 60.0


class Patience:
    """How long one endpoint has not answered what was asked about a batch. `stopped` ends every pause."""

    def __init__(self, model: Model, presence: Presence, stopped: asyncio.Event, faults: Counter[str]) -> None:
        self._model, self._presence, self._stopped, self._faults = model, presence, stopped, faults
        self._since: float | None = None
        self._times = 0

    async def until(self, ask: Callable[[float], Awaitable[T]], *, may_lack: bool = False) -> T | None:
        """What `ask` brings, which is given the seconds that it may take, however often it has to be asked. If what it asks for
        may be lacking, None if it does not exist. Raises as `bear`."""
        while True:
            try:
                found = await ask(self._model.timeout)
            except Fault as fault:
                if may_lack and fault.kind in NOT_THERE:
                    return None
                await self.bear(fault)
            else:
                self.answered()
                return found

    def answered(self) -> None:
        """The endpoint is there."""
        self._presence.reached = True
        self._presence.there()
        self._since, self._times = None, 0

    async def bear(self, fault: Fault) -> None:
        """Pause before the next request. Raises ModelUnavailable where it would not help, EndpointAway where nobody has
        answered for too long, and RunStopped if the run ends meanwhile."""
        self._faults[fault.kind.value] += 1
        if fault.kind not in _PASSING:
            raise self.refused(fault)
        now = asyncio.get_running_loop().time()
        self._since = now if self._since is None else self._since
        self._times += 1
        absent = fault.kind in {FaultKind.AWAY, FaultKind.CONNECTION}
        if absent and not self._presence.reached and self._times >= 2:
            raise ModelUnavailable(unreachable(self._model, fault))
        if now - self._since > self._model.outage:
            raise EndpointAway(f"{self._model.said} has given no answer for {now - self._since:.0f} s ({fault})")
        named = fault.retry_after if fault.retry_after is not None else 0.25 * 2.0**self._times
        await pause(min(named, _LONGEST_PAUSE), self._stopped)
        if self._stopped.is_set():
            raise RunStopped("the run ends")

    def refused(self, fault: Fault) -> ModelUnavailable:
        """What to say of an endpoint that does not take a batch."""
        tell = key_refused if fault.kind is FaultKind.KEY else no_batches
        return ModelUnavailable(tell(self._model, fault))
