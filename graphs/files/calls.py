"""The journal as the gateway's call store: the one place where calls become rows, and rows become calls again."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict

from agents.models.batches.store import SentBatch, SentLine
from agents.models.calls import Answer, Call, Model, Reservation
from agents.models.limits.ledger import Ledger
from memory.journal.batches import BatchCall, batches_sent, note_batch, note_batch_id
from memory.journal.journal import CallRow, Journal
from memory.journal.reading import read_journal
from memory.journal.trusting import parsed
from scenarios.frozen import Frozen
from scenarios.messages import Message
from scenarios.schema.plans import Decoding


class JournalStore:
    """Keeps answers in a journal. An answer that one of the `others`, journals of runs that are over, has is taken from there:
    this journal then notes that it has not paid for it. Raises RunDirError if one of them cannot be read."""

    def __init__(self, journal: Journal, others: Sequence[Path] = ()) -> None:
        self._journal = journal
        self._where: dict[bytes, Path] = {}
        for path in others:
            for key in read_journal(path, lambda reader: reader.keys()):
                self._where.setdefault(key, path)

    async def answered(self, key: bytes) -> Answer | None:
        """The stored answer of a call, if there is one."""
        answer = await self._journal.answered(key)
        if answer is None and key in self._where:
            answer = await self._taken_over(key)
        return None if answer is None else self._journal.parsed(Answer, answer)

    async def _taken_over(self, key: bytes) -> bytes | None:
        row = read_journal(self._where[key], lambda reader: reader.call(key))
        if row is None:
            return None
        await self._journal.keep(key, row, shared=True)
        return row.answer

    def keep(self, key: bytes, call: Call, answer: Answer, ticket: bytes) -> Awaitable[None]:
        """Store an answer; to be awaited until it is committed."""
        question = {
            "model": call.model.name,
            "messages": [message.sent() for message in call.messages],
            "decoding": call.decoding.model_dump(mode="json"),
            "seed": call.seed,
        }
        if call.texts:
            question["texts"] = call.texts
        if call.tools:  # the names alone: the schemas are equal in all calls of a role, and the key covers them
            question["tools"] = call.tool_names()
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
        return self._journal.keep(key, row, ticket)

    async def asked(self, ticket: bytes, key: bytes, requests: int, cost: Reservation) -> None:
        """Note what was sent for a call that has no answer yet; returns once it is committed."""
        await self._journal.asked(ticket, key, requests, cost.tokens, cost.usd)

    def sent_before(self) -> list[SentBatch]:
        """The batches of earlier sessions that still lack answers, the latest last."""
        return [
            SentBatch(
                sent.file,
                sent.address,
                sent.batch,
                tuple(SentLine(one.key, one.requests, Reservation(one.tokens, one.usd)) for one in sent.calls),
            )
            for sent in batches_sent(self._journal)
        ]

    async def sending(self, file: str, address: str, lines: Sequence[SentLine]) -> None:
        """Note a batch that is about to be begun, and what its calls may cost; returns once it is committed."""
        calls = [BatchCall(one.key, one.requests, one.cost.tokens, one.cost.usd) for one in lines]
        await note_batch(self._journal, file, address, calls)

    async def begun(self, file: str, batch: str) -> None:
        """Note the id of the batch that was begun on a file; returns once it is committed."""
        await note_batch_id(self._journal, file, batch)


def restored(ledger: Ledger, journal: Journal, models: Mapping[str, Model] | None = None) -> None:
    """Let a ledger take over what earlier sessions have spent. Tokens that had no price then cost what those of their role's
    model, of `models`, cost now."""
    spent = journal.spent()
    usd, unpriced = spent.usd, 0
    for role, used in spent.free.items():
        if (model := (models or {}).get(role)) is not None:
            usd += model.cost(used)
            unpriced += 0 if model.priced else used.tokens
    lost = Reservation(tokens=spent.lost_tokens, usd=spent.lost_usd)
    ledger.restore(spent.usage, usd, spent.requests, lost, unpriced)


class StoredCall(Frozen):
    """An answered call as the journal keeps it."""

    step: str
    attempt: int
    role: str
    model: str
    messages: tuple[Message, ...]
    decoding: Decoding
    tools: tuple[str, ...]
    """The names of the tools that were offered."""
    answer: Answer
    usd: float


class _Question(BaseModel):
    """The part of a stored question that is read again."""

    model_config = ConfigDict(extra="ignore")
    model: str
    messages: tuple[Message, ...]
    decoding: Decoding = Decoding()
    tools: tuple[str, ...] = ()


def stored_call(row: CallRow) -> StoredCall:
    """The call in a row. Raises BadRow if the row holds none, and pydantic's ValidationError."""
    asked = parsed(_Question, row.question)
    return StoredCall(
        step=row.step, attempt=row.attempt, role=row.role, model=asked.model, messages=asked.messages,
        decoding=asked.decoding, tools=asked.tools, answer=parsed(Answer, row.answer), usd=row.usd,
    )  # fmt: skip
