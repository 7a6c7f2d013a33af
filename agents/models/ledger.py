"""The ledger of calls and tokens by role, and the budget that refuses a call before it is made."""

from __future__ import annotations

from collections import Counter

import orjson
from pydantic import Field

from agents.models.calls import Answer, Call
from scenarios.errors import BudgetReached
from scenarios.records import Frozen, Usage

_BYTES_PER_TOKEN = 2
"""Fewer bytes a token than any common tokenizer gives for prose, so that an estimate is on the safe side."""
_AROUND_A_MESSAGE = 8
"""Tokens that a chat template puts around a message, at the most."""


def tokens_at_most(text: str) -> int:
    """An estimate of the tokens in a text that is on the safe side."""
    return -(-len(text.encode("utf-8", "replace")) // _BYTES_PER_TOKEN)


def prompt_tokens_at_most(call: Call) -> int:
    """An estimate of a call's prompt tokens that is on the safe side: its messages, and its schema if it has one."""
    told = sum(tokens_at_most(message.content) + _AROUND_A_MESSAGE for message in call.messages)
    return told if call.answer_schema is None else told + tokens_at_most(orjson.dumps(call.answer_schema).decode())


class Budget(Frozen):
    """Hard limits of a run, over all its sessions; None is no limit."""

    calls: int | None = Field(default=None, ge=1)
    tokens: int | None = Field(default=None, ge=1)
    usd: float | None = Field(default=None, gt=0)
    samples: int | None = Field(default=None, ge=1)


class Hold(Frozen):
    """What a call in flight may cost at the most."""

    tokens: int
    usd: float


class Ledger:
    """What a run has asked so far, by role, and what its calls in flight may still cost."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.usage: dict[str, Usage] = {}
        self.usd = 0.0
        self.requests = 0
        """Requests sent, failed ones included; `budget.calls` counts these."""
        self.faults: Counter[str] = Counter()
        self.replayed = 0
        self._held_tokens = 0
        self._held_usd = 0.0

    def restore(self, usage: dict[str, Usage], usd: float, requests: int) -> None:
        """Take over what earlier sessions of the run have spent."""
        self.usage = dict(usage)
        self.usd = usd
        self.requests = requests

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens of all roles."""
        return sum(used.prompt_tokens + used.completion_tokens for used in self.usage.values())

    def hold(self, call: Call) -> Hold:
        """Reserve what a call may cost. Raises BudgetReached where it could pass a limit."""
        prompt = prompt_tokens_at_most(call)
        worst = Usage(calls=1, prompt_tokens=prompt, completion_tokens=call.decoding.max_tokens)
        hold = Hold(tokens=prompt + call.decoding.max_tokens, usd=call.model.cost(worst))
        limit = self.budget
        if limit.tokens is not None and self.tokens + self._held_tokens + hold.tokens > limit.tokens:
            raise BudgetReached("tokens")
        if limit.usd is not None and self.usd + self._held_usd + hold.usd > limit.usd:
            raise BudgetReached("usd")
        self._held_tokens += hold.tokens
        self._held_usd += hold.usd
        return hold

    def request(self) -> None:
        """Count one request about to be sent. Raises BudgetReached where it would pass the limit."""
        if self.budget.calls is not None and self.requests >= self.budget.calls:
            raise BudgetReached("calls")
        self.requests += 1

    def release(self, hold: Hold) -> None:
        """Give back what `hold` reserved."""
        self._held_tokens -= hold.tokens
        self._held_usd -= hold.usd

    def settle(self, call: Call, answer: Answer) -> None:
        """Enter an answer's real cost."""
        self.usage[call.role] = self.usage.get(call.role, Usage()) + answer.usage
        self.usd += call.model.cost(answer.usage)
