"""The journal as the gateway's call store: the one place where calls become rows."""

from __future__ import annotations

import orjson

from agents.models.calls import Answer, Call, Hold
from memory.journal import CallRow, Journal


class JournalStore:
    """Keeps answers in a journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def answered(self, key: bytes) -> Answer | None:
        """The stored answer of a call, if there is one."""
        row = await self._journal.answered(key)
        return None if row is None else Answer.model_validate_json(row)

    async def keep(self, key: bytes, call: Call, answer: Answer, ticket: bytes) -> None:
        """Store an answer; returns once it is committed."""
        question = {
            "model": call.model.name,
            "messages": [message.model_dump(mode="json", exclude_none=True) for message in call.messages],
            "decoding": call.decoding.model_dump(mode="json"),
            "seed": call.seed,
        }
        row = CallRow(
            sample=call.asker.sample,
            step=call.asker.step,
            attempt=call.asker.attempt,
            role=call.role,
            question=orjson.dumps(question),
            answer=answer.model_dump_json().encode(),
            usage=answer.usage,
            usd=call.model.cost(answer.usage),
            requests=answer.requests,
        )
        await self._journal.keep(key, row, ticket)

    async def asked(self, ticket: bytes, key: bytes, requests: int, cost: Hold) -> None:
        """Note what was sent for a call that has no answer yet; returns once it is committed."""
        await self._journal.asked(ticket, key, requests, cost.tokens, cost.usd)
