"""The ledger of calls and tokens by role, and the budget that refuses a call before it is made."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any

import orjson
from pydantic import Field

from agents.models.calls import Answer, Call, Reservation
from scenarios.errors import BudgetReached
from scenarios.frozen import Frozen
from scenarios.records import Usage, add_usage

_BYTES_PER_TOKEN = 2
"""Fewer bytes a token than any common tokenizer gives for prose, so that an estimate is on the safe side."""
_REMEMBERED = 4
_AROUND_A_MESSAGE = 8
"""Tokens that a chat template puts around a message, at the most."""


def tokens_at_most(text: str) -> int:
    """An estimate of the tokens in a text that is on the safe side."""
    return -(-len(text.encode("utf-8", "replace")) // _BYTES_PER_TOKEN)


def prompt_tokens_at_most(call: Call) -> int:
    """An estimate of a call's prompt tokens that is on the safe side: its messages, its tools, and its schema; or its texts."""
    if call.texts:
        return sum(tokens_at_most(text) + _AROUND_A_MESSAGE for text in call.texts)
    told = sum(tokens_at_most(message.content) + _AROUND_A_MESSAGE for message in call.messages)
    beside: list[Any] = [message.tool_calls for message in call.messages if message.tool_calls]
    if call.offers_tools:
        beside.append(call.tools)
    if call.answer_schema is not None:
        beside.append(call.answer_schema)
    return told + sum(tokens_at_most(orjson.dumps(part).decode()) for part in beside)


class Budget(Frozen):
    """Hard limits of a run, over all its sessions. A limit that is not given does not hold."""

    calls: int | None = Field(default=None, ge=1, description="a hard limit on requests, failed ones included")
    tokens: int | None = Field(default=None, ge=1, description="a hard limit on prompt and completion tokens")
    usd: float | None = Field(default=None, gt=0, description="a hard limit on USD, as the prices say")
    samples: int | None = Field(default=None, ge=1, description="a hard limit on briefs")


class Ledger:
    """What a run has asked so far, by role, and what its calls in flight may still cost."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.limited = budget.calls is not None or budget.tokens is not None or budget.usd is not None
        self.usage: dict[str, Usage] = {}
        self.usd = 0.0
        self.requests = 0
        """Requests sent, failed ones included; `budget.calls` counts these."""
        self.lost = Reservation(tokens=0, usd=0.0)
        """What requests without an answer may have cost: the budgets count it, since it may have been charged."""
        self.unpriced = 0
        """Tokens of endpoints whose price nobody gave: they are not in `usd`."""
        self.said: deque[tuple[str, str]] = deque(maxlen=_REMEMBERED)
        """The last answers in words, each with its role: a sign of life."""
        self.faults: Counter[str] = Counter()
        self.replayed = 0
        self._held_tokens = 0
        self._held_usd = 0.0

    def restore(self, usage: dict[str, Usage], usd: float, requests: int, lost: Reservation, unpriced: int = 0) -> None:
        """Take over what earlier sessions of the run have spent."""
        self.usage = dict(usage)
        self.unpriced = unpriced
        self.usd = usd
        self.requests = requests
        self.lost = lost

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens of all roles."""
        return sum(used.tokens for used in self.usage.values())

    def hold(self, call: Call) -> Reservation:
        """Count one request about to be sent, and reserve what it may cost. Raises BudgetReached, and counts nothing,
        where it could pass a limit."""
        hold = worst_case(call)
        limit = self.budget
        if limit.calls is not None and self.requests >= limit.calls:
            raise BudgetReached("calls")
        if limit.tokens is not None and self.tokens + self.lost.tokens + self._held_tokens + hold.tokens > limit.tokens:
            raise BudgetReached("tokens")
        if limit.usd is not None and self.usd + self.lost.usd + self._held_usd + hold.usd > limit.usd:
            raise BudgetReached("usd")
        self.requests += 1
        self._held_tokens += hold.tokens
        self._held_usd += hold.usd
        return hold

    def release(self, hold: Reservation) -> None:
        """Give back what `hold` reserved."""
        self._held_tokens -= hold.tokens
        self._held_usd -= hold.usd

    def lose(self, hold: Reservation) -> None:
        """Enter what a request without an answer may have cost."""
        self.lost += hold

    def reclaim(self, hold: Reservation) -> None:
        """Reserve what was entered as lost: the answer may come after all."""
        self.lost = Reservation(tokens=self.lost.tokens - hold.tokens, usd=self.lost.usd - hold.usd)
        self._held_tokens += hold.tokens
        self._held_usd += hold.usd

    def settle(self, call: Call, answer: Answer) -> None:
        """Enter an answer's real cost."""
        self.usage = add_usage(self.usage, {call.role: answer.usage})
        self.usd += call.model.cost(answer.usage)
        if not call.model.priced:
            self.unpriced += answer.usage.tokens
        words = not call.texts and call.answer_schema is None and not call.model.acts
        if words and answer.text.strip():
            self.said.append((call.role, answer.text))


def worst_case(call: Call) -> Reservation:
    """What a call may cost at the most. A call of a tool counts as a request and has no tokens."""
    if call.model.acts:
        return Reservation(tokens=0, usd=0.0)
    prompt, completion = prompt_tokens_at_most(call), 0 if call.model.embeds else call.decoding.max_tokens
    return Reservation(tokens=prompt + completion, usd=call.model.price(prompt, completion))
