"""The gateway: the only way to a model.

One question goes: journal (already answered?) → endpoint there? → in-flight limit → budget → backend → journal →
caller; or, if its role's calls go by batch, journal → gathering → budget → batch → journal → caller. Retries happen here and nowhere else; docs/faults.md has the policy for each kind of fault.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NoReturn

from agents.models.batches.attendance import Attendance
from agents.models.batches.desk import BatchFigures, BatchTransport, Desk
from agents.models.batches.store import BatchStore
from agents.models.calls import Answer, Backend, Call, CallStore, Model, Reservation, Transport
from agents.models.endpoint.embeddings import apart, together
from agents.models.faults import ABSENT, BILLED, ONCE_MORE, RETRIED, WAITED, Fault, FaultKind
from agents.models.genai import traced
from agents.models.limits.contact import FirstContact
from agents.models.limits.in_flight import AdaptiveLimit
from agents.models.limits.ledger import Ledger, worst_case
from agents.models.limits.presence import Presence, pause
from agents.models.limits.rate import Rate
from agents.models.refusals import key_refused, unreachable, what_to_check
from agents.models.request import Request
from scenarios.errors import CallFailed, EndpointAway, ModelUnavailable, RunStopped

_PASSED_OVER = 12
"""Times that a call may be throttled while others are answered: in a burst it happens a few times, and then never again
unless it is about the call itself."""
Where = tuple[str, str]
"""A backend and its address."""


class Gateway:
    """Asks models for answers, within the run's limits.

    `transports` maps a model's (backend, address) to the backend that reaches it. `batches` is where batches are kept; without
    it every call goes by itself.
    """

    def __init__(
        self,
        transports: Mapping[Where, Transport],
        store: CallStore,
        ledger: Ledger,
        limit: AdaptiveLimit,
        retries: int = 5,
        batches: BatchStore | None = None,
    ) -> None:
        self._transports = transports
        self._store = store
        self.ledger = ledger
        self.limit = limit
        self._retries = retries
        self._stopped = asyncio.Event()
        self._presence = {where: Presence(self._stopped) for where in transports}
        self._contacts: dict[tuple[Where, str], FirstContact] = {}
        self.stopping: RunStopped | None = None
        self._rates: dict[tuple[Where, str], Rate] = {}
        self._tickets = itertools.count(secrets.randbits(63))
        self.attendance = Attendance()
        """Who is at work, so that a batch is sent when nobody else may join it."""
        self._desks: dict[Where, Desk] = {}
        if batches is not None:
            sent_before = batches.sent_before()
            for where, transport in transports.items():
                if isinstance(transport, BatchTransport):
                    self._desks[where] = Desk(
                        transport, batches, ledger, self.attendance, where[1], self._stopped, sent_before
                    )

    def limit_rate(self, model: Model) -> None:
        """Hold a model to its requests and tokens a minute, where it has such limits."""
        if model.requests_per_minute or model.tokens_per_minute:
            self._rates[model.where, model.name] = Rate(model.requests_per_minute, model.tokens_per_minute)

    def stop(self, reason: RunStopped) -> None:
        """Refuse every new request from now on; answers in the journal are still given."""
        self.stopping = self.stopping or reason
        self._stopped.set()
        for presence in self._presence.values():
            presence.wake()
        for contact in self._contacts.values():
            contact.wake()
        for desk in self._desks.values():
            desk.stop(self.stopping)
        self.limit.open()
        for rate in self._rates.values():
            rate.open()

    def away(self) -> float | None:
        """For how many seconds an endpoint has been away, where one is."""
        since = [presence.away_since for presence in self._presence.values() if presence.away_since is not None]
        return asyncio.get_running_loop().time() - min(since) if since else None

    def in_batches(self) -> BatchFigures:
        """What waits for batches at this moment."""
        return sum((desk.figures() for desk in self._desks.values()), BatchFigures())

    async def ask(self, call: Call) -> Answer:
        """The answer to `call`, from the journal or from its model.

        Raises CallFailed where the model failed for good, ModelUnavailable where it cannot be used at all,
        and RunStopped where a budget, an outage or the user ends the run.
        """
        key = call.key()
        stored = await self._store.answered(key)
        if stored is not None:
            self.ledger.replayed += 1
            return stored
        request = self._request(call, key)
        answer = await self._answer(request)
        self.ledger.settle(call, answer)
        # What is paid for is stored, also if the caller is cancelled meanwhile.
        await asyncio.shield(self._store.keep(key, call, answer, request.ticket))
        return answer

    async def embed(self, calls: Sequence[Call], check: Callable[[Answer], None]) -> list[Answer]:
        """The answers to calls of one embedding model, a text each, in their order: those that the journal lacks are asked
        for together, in one request. Raises as `ask`, and what `check` raises for an answer, which is then not kept."""
        keys = [call.key() for call in calls]
        found = {key: await self._store.answered(key) for key in keys}
        lacking = [call for call, key in zip(calls, keys, strict=True) if found[key] is None]
        self.ledger.replayed += len(calls) - len(lacking)
        if lacking:
            whole = together(lacking)
            request = self._request(whole, whole.key())
            answers = apart(await self._answer(request), lacking)
            for answer in answers:
                check(answer)
            fresh = list(zip([key for key in keys if found[key] is None], lacking, answers, strict=True))
            for _, call, answer in fresh:
                self.ledger.settle(call, answer)
            kept = (self._store.keep(key, call, answer, request.ticket) for key, call, answer in fresh)
            await asyncio.shield(asyncio.gather(*kept))
            found |= {key: answer for key, _, answer in fresh}
        return [known for key in keys if (known := found[key]) is not None]

    async def _answer(self, request: Request) -> Answer:
        """The answer to a request that the journal does not know. Raises as `ask`."""
        try:
            return await traced(request.call, self._by_its_way(request))
        except (CallFailed, RunStopped):
            if (
                request.sent and not request.in_batch
            ):  # a request without an answer counts, in this session and in later ones
                await self._store.asked(request.ticket, request.key, request.sent, request.lost)
            raise

    def _request(self, call: Call, key: bytes) -> Request:
        model = call.model
        contact = self._contacts.setdefault((model.where, model.name), FirstContact(self._stopped))
        return Request(call, key, self._presence[model.where], contact, next(self._tickets).to_bytes(8))

    async def _by_its_way(self, request: Request) -> Answer:
        """The answer to a request, from a batch or by itself. Raises as `ask`."""
        desk = self._desks.get(request.call.model.where)
        while desk is not None and desk.takes(request.call, request.key):
            request.ticket = request.key
            if self.stopping:
                raise self.stopping.fresh()
            try:
                return await self._in_batch(desk, request)
            except Fault as caught:
                fault = caught
                self.ledger.faults[fault.kind.value] += 1
            except (ModelUnavailable, EndpointAway) as error:  # of the batch: it is that for every call
                self.stop(error if isinstance(error, RunStopped) else RunStopped(str(error)))
                raise
            self._charge(request, fault)
            self._give_up_in_batch(request, fault)
        with self.attendance.asking():
            return await self._send(request)

    async def _in_batch(self, desk: Desk, request: Request) -> Answer:
        """The answer to a request that goes in a batch, however long that takes. Raises Fault, and what ends the run."""
        loop, request.held = asyncio.get_running_loop(), None
        started = loop.time()
        try:
            with self.attendance.waiting(request.call.asker.sample):
                answer = await desk.answer(request)
        finally:
            if request.held is not None:
                self.ledger.release(request.held)
                if request.in_batch:  # it may be charged, and a later session may take the reply up
                    self.ledger.lose(request.held)
        request.presence.answered()
        request.contact.answered()
        return answer.model_copy(update={"latency": loop.time() - started, "requests": request.sent})

    async def _send(self, request: Request) -> Answer:
        """Ask until there is an answer. Raises as `ask`."""
        while True:
            await request.contact.enter()
            looking = False
            try:
                looking = await request.presence.turn()
                return await self._once(request)
            except Fault as caught:
                fault = caught
                self.ledger.faults[fault.kind.value] += 1
            finally:
                request.contact.leave()
                if looking:
                    request.presence.looked()
            self._charge(request, fault)
            self._give_up(request, fault, looking)
            if fault.kind not in ABSENT:
                await pause(self._pause(request.throttlings or request.failures, fault), self._stopped)

    async def _once(self, request: Request) -> Answer:
        """One request, in a slot, within its minute and within the budget. Raises Fault and RunStopped."""
        call = request.call
        # The embedded model's cache holds few prefixes: samples are finished one after the other. Elsewhere the one
        # that has waited longest goes first, so that the last samples do not end one by one.
        place = call.asker.place if call.model.backend is Backend.EMBEDDED else (0, 0)
        rate = self._rates.get((call.model.where, call.model.name))
        async with self.limit.slot(place):
            taken = await rate.take(worst_case(call).tokens) if rate else None
            if self.stopping:
                raise self.stopping.fresh()
            request.held = self.ledger.hold(call)
            request.sent += 1
            request.contact.requests += not request.contact.made
            tokens: int | None = None
            try:
                if self.ledger.limited:  # so that a request that a kill cuts off still counts
                    await self._store.asked(request.ticket, request.key, request.sent, request.lost + request.held)
                answer = await self._exchange(request)
                tokens = answer.usage.tokens
                return answer
            except Fault as fault:
                tokens = 0 if fault.kind is FaultKind.THROTTLED else None
                raise
            finally:
                self.ledger.release(request.held)
                if rate and taken and tokens is not None:
                    rate.correct(taken, tokens)

    async def _exchange(self, request: Request) -> Answer:
        """Send one request, and tell the limit and the endpoint's presence what came of it. Raises Fault."""
        call, loop = request.call, asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(call.model.timeout):
                answer = await self._transports[call.model.where].send(call)
        except TimeoutError:
            raise Fault(
                FaultKind.TIMEOUT, f"no answer within {call.model.settings}.timeout={call.model.timeout:g} s"
            ) from None
        except Fault as fault:
            if fault.kind is FaultKind.THROTTLED:
                self.limit.throttled(started, fault.retry_after)
            raise
        request.presence.answered()
        request.contact.answered()
        self.limit.answered(started)
        return answer.model_copy(update={"latency": loop.time() - started, "requests": request.sent})

    def _charge(self, request: Request, fault: Fault) -> None:
        """Enter what a request without an answer cost, or may have cost."""
        cost = Reservation(tokens=0, usd=0.0)
        if fault.usage is not None:
            cost = Reservation(
                tokens=fault.usage.tokens,
                usd=request.call.model.cost(fault.usage),
            )
        elif fault.kind in BILLED and request.held is not None:
            cost = request.held
        self.ledger.lose(cost)
        request.lost += cost

    def _give_up(self, request: Request, fault: Fault, looking: bool) -> None:
        """Raise what ends the call or the run, or return where it is to be asked again."""
        self._check_usable(request, fault)
        if fault.kind in WAITED:
            self._wait_or_stop(request, fault, looking)
            return
        request.count(fault.kind)
        if fault.kind is FaultKind.CONNECTION:
            self._check_reached(request, fault)
        elif fault.kind is not FaultKind.TIMEOUT:
            request.presence.there()
        self._bear(request, fault, RETRIED)

    def _give_up_in_batch(self, request: Request, fault: Fault) -> None:
        """As `_give_up`, of a fault in a batch: nothing is waited for there, since hours lie between two batches anyway."""
        self._check_usable(request, fault)
        request.count(fault.kind)
        request.contact.requests += not request.contact.made
        self._bear(request, fault, RETRIED | WAITED)

    def _check_usable(self, request: Request, fault: Fault) -> None:
        """Raise where the model cannot be used at all."""
        call, model = request.call, request.call.model
        if fault.kind is FaultKind.KEY:
            self._unavailable(key_refused(model, fault))
        if fault.kind is FaultKind.MODEL:
            lacks = "cannot be used" if model.acts else "does not exist there"
            self._unavailable(f"{model.said} {lacks} ({fault}); {what_to_check(model)}")
        if fault.kind is FaultKind.TOOLS:
            self._unavailable(
                f"{model.said} takes no tools, and the role {call.role} needs some ({fault}); choose a model that calls tools, "
                "or start its server so that it can (vLLM: --enable-auto-tool-choice --tool-call-parser, "
                "llama.cpp: --jinja)"
            )

    def _bear(self, request: Request, fault: Fault, retried: Collection[FaultKind]) -> None:
        """Raise where a fault is the last one that is borne."""
        if request.contact.failed(fault.kind):
            self._unavailable(self._unanswered(request, fault))
        most = min(1, self._retries) if fault.kind in ONCE_MORE else self._retries
        if fault.kind not in retried or request.failures > most:
            raise CallFailed(f"{fault.kind}: {fault} (after {request.sent} requests)", fault=fault.kind.value) from None

    def _unanswered(self, request: Request, fault: Fault) -> str:
        """What to say of a model that has given no usable answer to all that it was asked."""
        model = request.call.model
        todo = f"raise {model.settings}.timeout, or {what_to_check(model)}"
        if fault.kind in {FaultKind.SPENT, FaultKind.UNPARSED}:
            todo = "the same will befall every call"
        elif fault.kind is not FaultKind.TIMEOUT:
            todo = what_to_check(model)
        return f"{model.said} has given no usable answer to its first {request.contact.requests} requests; the last: {fault}; {todo}"

    def _wait_or_stop(self, request: Request, fault: Fault, looking: bool) -> None:
        """Return where the call is to wait on; raise where it has waited for too long."""
        presence, now = request.presence, asyncio.get_running_loop().time()
        request.throttlings += 1
        if fault.kind is FaultKind.THROTTLED:
            presence.there()
            if presence.answered_at > request.throttled_at:
                request.passed_over += 1
            request.throttled_since, request.throttled_at = request.throttled_since or now, now
            if request.passed_over > _PASSED_OVER:
                raise CallFailed(f"busy: {fault} (after {request.sent} requests)", fault=fault.kind.value)
            waited = now - max(request.throttled_since, presence.answered_at)
        else:
            waited = presence.left(looking, fault.retry_after)
            if fault.kind is FaultKind.AWAY:
                self._check_reached(request, fault)
        if waited > request.call.model.outage:
            reason = EndpointAway(f"{request.call.model.said} has given no answer for {waited:.0f} s ({fault})")
            self.stop(reason)
            raise reason

    def _check_reached(self, request: Request, fault: Fault) -> None:
        """Raise where nobody was ever there: the address is wrong, and waiting would not help."""
        if not request.presence.reached and request.throttlings + request.failures >= 2:
            self._unavailable(unreachable(request.call.model, fault))

    def _unavailable(self, text: str) -> NoReturn:
        """End the run for what the user has to mend: no other call goes out."""
        error = ModelUnavailable(text)
        self.stop(RunStopped(text))
        raise error from None

    def _pause(self, attempt: int, fault: Fault) -> float:
        """Seconds until the next request: what the endpoint named, else exponential with full jitter."""
        if fault.retry_after is not None:
            return min(fault.retry_after, 60.0)
        if fault.kind is FaultKind.THROTTLED:
            return 0.0  # it waits for its turn under a limit that is lower by one
        return random.uniform(0.1, 1.0) * min(0.25 * 2.0**attempt, 30.0)

    async def close(self) -> None:
        """Close every backend. What a batch is to be known by is in the journal by then."""
        for desk in self._desks.values():
            await desk.close()
        for transport in set(self._transports.values()):
            await transport.close()
