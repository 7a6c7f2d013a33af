"""The gateway: the only way to a model.

One question goes: journal (already answered?) → budget → in-flight limit → backend → journal → caller.
Retries happen here and nowhere else.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Mapping

from agents.models.calls import Answer, Call, CallStore, Transport
from agents.models.genai import traced
from agents.models.ledger import Ledger
from agents.models.limits import AdaptiveLimit
from scenarios.errors import RETRIED, CallFailed, Fault, FaultKind, ModelUnavailable, RunStopped


class Gateway:
    """Asks models for answers, within the run's limits.

    `transports` maps a model's (backend, address) to the backend that reaches it.
    """

    def __init__(
        self,
        transports: Mapping[tuple[str, str], Transport],
        store: CallStore,
        ledger: Ledger,
        limit: AdaptiveLimit,
        retries: int = 5,
    ) -> None:
        self._transports = transports
        self._store = store
        self.ledger = ledger
        self.limit = limit
        self._retries = retries
        self._reached: set[tuple[str, str]] = set()
        self.stopping: RunStopped | None = None
        self._stopped = asyncio.Event()

    def stop(self, reason: RunStopped) -> None:
        """Refuse every new request from now on; answers in the journal are still given."""
        self.stopping = self.stopping or reason
        self._stopped.set()

    async def ask(self, call: Call) -> Answer:
        """The answer to `call`, from the journal or from its model.

        Raises CallFailed where the model failed for good, ModelUnavailable where it cannot be used at all,
        and RunStopped where a budget or the user ends the run.
        """
        key = call.key()
        stored = await self._store.answered(key)
        if stored is not None:
            self.ledger.replayed += 1
            return stored
        if self.stopping:
            raise self.stopping.fresh()
        hold = self.ledger.hold(call)
        try:
            answer = await traced(call, self._send(call))
            # Paid for: entered and committed also when the caller is cancelled meanwhile.
            self.ledger.settle(call, answer)
            await asyncio.shield(self._store.keep(key, call, answer))
        finally:
            self.ledger.release(hold)
        return answer

    async def _send(self, call: Call) -> Answer:
        where = (call.model.backend.value, call.model.base_url)
        transport = self._transports[where]
        loop = asyncio.get_running_loop()
        attempt = 0
        while True:
            attempt += 1
            async with self.limit.slot(call.asker.place):
                if self.stopping:
                    raise self.stopping.fresh()
                self.ledger.request()
                started = loop.time()
                try:
                    async with asyncio.timeout(call.model.timeout):
                        answer = await transport.send(call)
                except TimeoutError:
                    fault = Fault(FaultKind.TIMEOUT, f"no answer within llm.timeout={call.model.timeout:g} s")
                except Fault as caught:
                    fault = caught
                else:
                    self._reached.add(where)
                    self.limit.answered()
                    return answer.model_copy(update={"latency": loop.time() - started, "requests": attempt})
            self.ledger.faults[fault.kind.value] += 1
            if fault.kind is FaultKind.BUSY:
                self.limit.refused(started, fault.retry_after)
            self._give_up(call, fault, attempt, where)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), self._pause(attempt, fault))

    def _give_up(self, call: Call, fault: Fault, attempt: int, where: tuple[str, str]) -> None:
        """Raise what ends the call, or return where it is to be asked again."""
        model = f"llm.model={call.model.name} at llm.base_url={call.model.base_url}"
        if fault.kind is FaultKind.KEY:
            raise ModelUnavailable(
                f"{model} refuses the key ({fault}); put a valid key into the environment variable "
                f"llm.api_key_env={call.model.api_key_env}"
            ) from None
        if fault.kind is FaultKind.MODEL:
            raise ModelUnavailable(
                f"{model} does not exist there ({fault}); check llm.model and llm.base_url"
            ) from None
        if fault.kind is FaultKind.CONNECTION and where not in self._reached and attempt >= 2:
            raise ModelUnavailable(f"{model} cannot be reached ({fault}); check llm.base_url") from None
        if fault.kind not in RETRIED or attempt > self._retries:
            raise CallFailed(f"{fault.kind}: {fault} (after {attempt} requests)", fault=fault.kind.value) from None

    def _pause(self, attempt: int, fault: Fault) -> float:
        """Seconds until the next request: what the endpoint named, else exponential with full jitter."""
        if fault.retry_after is not None:
            return min(fault.retry_after, 60.0)
        return random.uniform(0.1, 1.0) * min(0.25 * 2.0**attempt, 30.0)

    async def close(self) -> None:
        """Close every backend."""
        for transport in set(self._transports.values()):
            await transport.close()
