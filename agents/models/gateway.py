"""The gateway: the only way to a model.

One question goes: journal (already answered?) → endpoint there? → in-flight limit → budget → backend → journal →
caller. Retries happen here and nowhere else; docs/faults.md has the policy for each kind of fault.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn
from urllib.parse import urlsplit

from agents.models.calls import Answer, Backend, Call, CallStore, Model, Reservation, Transport
from agents.models.endpoint.embeddings import apart, together
from agents.models.faults import ABSENT, BILLED, ONCE_MORE, RETRIED, WAITED, Fault, FaultKind
from agents.models.genai import traced
from agents.models.limits.contact import FirstContact
from agents.models.limits.in_flight import AdaptiveLimit
from agents.models.limits.ledger import Ledger, worst_case
from agents.models.limits.presence import Presence, pause
from agents.models.limits.rate import Rate
from scenarios.errors import CallFailed, EndpointAway, ModelUnavailable, RunStopped

_PASSED_OVER = 12
"""Times that a call may be throttled while others are answered: in a burst it happens a few times, and then never again
unless it is about the call itself."""
Where = tuple[str, str]
"""A backend and its address."""


class Gateway:
    """Asks models for answers, within the run's limits.

    `transports` maps a model's (backend, address) to the backend that reaches it.
    """

    def __init__(
        self,
        transports: Mapping[Where, Transport],
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
        self._stopped = asyncio.Event()
        self._presence = {where: Presence(self._stopped) for where in transports}
        self._contacts: dict[tuple[Where, str], FirstContact] = {}
        self.stopping: RunStopped | None = None
        self._rates: dict[tuple[Where, str], Rate] = {}
        self._tickets = itertools.count(secrets.randbits(63))

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
        self.limit.open()
        for rate in self._rates.values():
            rate.open()

    def away(self) -> float | None:
        """For how many seconds an endpoint has been away, where one is."""
        since = [presence.away_since for presence in self._presence.values() if presence.away_since is not None]
        return asyncio.get_running_loop().time() - min(since) if since else None

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

    async def _answer(self, request: _Request) -> Answer:
        """The answer to a request that the journal does not know. Raises as `ask`."""
        try:
            return await traced(request.call, self._send(request))
        except (CallFailed, RunStopped):
            if request.sent:  # a request without an answer counts, in this session and in later ones
                await self._store.asked(request.ticket, request.key, request.sent, request.lost)
            raise

    def _request(self, call: Call, key: bytes) -> _Request:
        model = call.model
        contact = self._contacts.setdefault((model.where, model.name), FirstContact(self._stopped))
        return _Request(call, key, self._presence[model.where], contact, next(self._tickets).to_bytes(8))

    async def _send(self, request: _Request) -> Answer:
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

    async def _once(self, request: _Request) -> Answer:
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
                tokens = answer.usage.prompt_tokens + answer.usage.completion_tokens
                return answer
            except Fault as fault:
                tokens = 0 if fault.kind is FaultKind.THROTTLED else None
                raise
            finally:
                self.ledger.release(request.held)
                if rate and taken and tokens is not None:
                    rate.correct(taken, tokens)

    async def _exchange(self, request: _Request) -> Answer:
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

    def _charge(self, request: _Request, fault: Fault) -> None:
        """Enter what a request without an answer cost, or may have cost."""
        cost = Reservation(tokens=0, usd=0.0)
        if fault.usage is not None:
            cost = Reservation(
                tokens=fault.usage.prompt_tokens + fault.usage.completion_tokens,
                usd=request.call.model.cost(fault.usage),
            )
        elif fault.kind in BILLED and request.held is not None:
            cost = request.held
        self.ledger.lose(cost)
        request.lost += cost

    def _give_up(self, request: _Request, fault: Fault, looking: bool) -> None:
        """Raise what ends the call or the run, or return where it is to be asked again."""
        call = request.call
        keys = call.model.settings
        model = call.model.said
        if fault.kind is FaultKind.KEY:
            self._unavailable(
                f"{model} does not accept the key ({fault}); put a valid key into the environment variable "
                f"{keys}.api_key_env={call.model.api_key_env}"
            )
        if fault.kind is FaultKind.MODEL:
            lacks = "cannot be used" if call.model.acts else "does not exist there"
            self._unavailable(f"{model} {lacks} ({fault}); {self._check(call.model)}")
        if fault.kind is FaultKind.TOOLS:
            self._unavailable(
                f"{model} takes no tools, and the role {call.role} needs some ({fault}); choose a model that calls tools, "
                "or start its server so that it can (vLLM: --enable-auto-tool-choice --tool-call-parser, "
                "llama.cpp: --jinja)"
            )
        if fault.kind in WAITED:
            self._wait_or_stop(request, fault, looking, model)
            return
        if fault.kind is not FaultKind.FORM:  # the ladder of structured answers has an end of its own
            request.throttlings, request.failures = 0, request.failures + 1
        if fault.kind is FaultKind.CONNECTION:
            self._check_reached(request, fault, model)
        elif fault.kind is not FaultKind.TIMEOUT:
            request.presence.there()
        if request.contact.failed(fault.kind):
            self._unavailable(self._unanswered(request, fault, model))
        most = min(1, self._retries) if fault.kind in ONCE_MORE else self._retries
        if fault.kind not in RETRIED or request.failures > most:
            raise CallFailed(f"{fault.kind}: {fault} (after {request.sent} requests)", fault=fault.kind.value) from None

    @staticmethod
    def _check(model: Model) -> str:
        """What to look at if a model seems not to be where it is said to be."""
        if model.acts:
            return f"check {model.address_key}"
        keys = model.settings
        path = urlsplit(model.base_url).path.strip("/")
        return f"check {keys}.model and {keys}.base_url{'' if path else ' (most addresses end in /v1)'}"

    def _unanswered(self, request: _Request, fault: Fault, model: str) -> str:
        """What to say of a model that has given no usable answer to all that it was asked."""
        keys = request.call.model.settings
        todo = f"raise {keys}.timeout, or {self._check(request.call.model)}"
        if fault.kind in {FaultKind.SPENT, FaultKind.UNPARSED}:
            todo = "the same will befall every call"
        elif fault.kind is not FaultKind.TIMEOUT:
            todo = self._check(request.call.model)
        return f"{model} has given no usable answer to its first {request.contact.requests} requests; the last: {fault}; {todo}"

    def _wait_or_stop(self, request: _Request, fault: Fault, looking: bool, model: str) -> None:
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
                self._check_reached(request, fault, model)
        if waited > request.call.model.outage:
            reason = EndpointAway(f"{model} has given no answer for {waited:.0f} s ({fault})")
            self.stop(reason)
            raise reason

    def _check_reached(self, request: _Request, fault: Fault, model: str) -> None:
        """Raise where nobody was ever there: the address is wrong, and waiting would not help."""
        if not request.presence.reached and request.throttlings + request.failures >= 2:
            self._unavailable(f"{model} cannot be reached ({fault}); check {request.call.model.address_key}")

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
        """Close every backend."""
        for transport in set(self._transports.values()):
            await transport.close()


class _Request:
    """A call on its way: what was sent for it so far."""

    def __init__(self, call: Call, key: bytes, presence: Presence, contact: FirstContact, ticket: bytes) -> None:
        self.call = call
        self.key = key
        self.presence = presence
        self.contact = contact
        self.ticket = ticket
        """Names it in the journal's list of what was asked; no two of a run have the same."""
        self.sent = 0
        self.failures = 0
        self.throttlings = 0
        """Waits in a row."""
        self.throttled_since: float | None = None
        self.throttled_at = float("-inf")
        self.passed_over = 0
        """Refusals before which another call was answered."""
        self.held: Reservation | None = None
        self.lost = Reservation(tokens=0, usd=0.0)
        """What its failed requests may have cost."""
