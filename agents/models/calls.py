"""A call to a model and its answer: the values that the gateway, the backends and the journal share."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import orjson
from pydantic import Field

from scenarios.frozen import Frozen
from scenarios.messages import Message, Speech
from scenarios.records import Brief, Usage
from scenarios.schema.plans import Decoding
from scenarios.schema.styles import Style


class Backend(StrEnum):
    """The ways to a model."""

    EMBEDDED = "embedded"
    OPENAI = "openai"
    SCRIPTED = "scripted"


TOOLS = "tools"
"""What reaches the servers of tools, in place of a backend."""
HTTP_TOOLS, MCP_TOOLS = "http ", "mcp "
"""How the address of such a server begins: by which protocol it is reached."""


class Model(Frozen):
    """One model as a role reaches it."""

    backend: Backend
    name: str
    style: Style
    base_url: str = ""
    api_key_env: str = ""
    """The environment variable that holds the key; the key itself is never stored."""
    timeout: float = Field(default=120.0, gt=0)
    """Seconds a request may take."""
    outage: float = Field(default=600.0, gt=0)
    """Seconds to wait for an endpoint that is away before the run stops."""
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    usd_per_million_prompt: float = 0.0
    usd_per_million_completion: float = 0.0
    batch_size: int = Field(default=0, ge=0)
    """Its calls go to the endpoint in batches of at most so many; 0: one by one."""
    batch_price: float = 1.0
    """What part of its price a call in a batch costs."""
    embeds: bool = False
    """It makes vectors of texts, not words."""
    dimensions: int | None = None
    """Of its vectors, where they are to be cut."""
    rates: bool = False
    """It says how likely texts are (`agents.models.likelihoods`), and no words."""
    acts: bool = False
    """It is no model but a server that carries out calls of tools (`agents.tools`); its name is that of the tool there."""

    @property
    def where(self) -> tuple[str, str]:
        """What reaches it, and at which address."""
        if self.acts:
            return TOOLS, self.base_url
        kind = "-embeddings" if self.embeds else "-likelihoods" if self.rates else ""
        return f"{self.backend}{kind}", self.base_url

    @property
    def settings(self) -> str:
        """The keys of the command line that choose it."""
        if self.acts:
            return "tools"
        return "embedding" if self.embeds else "llm"

    @property
    def address_key(self) -> str:
        """The key of the command line that says where it is."""
        if not self.acts:
            return f"{self.settings}.base_url"
        return "tools.server" if self.base_url.startswith(HTTP_TOOLS) else "tools.mcp"

    @property
    def said(self) -> str:
        """The keys that choose it, with their values, as errors name it."""
        if self.acts:
            return f"{self.address_key}={self.base_url.partition(' ')[2]}"
        return f"{self.settings}.model={self.name} at {self.settings}.base_url={self.base_url}"

    @property
    def priced(self) -> bool:
        """Whether it is known what its tokens cost: what runs here costs nothing."""
        return (
            self.acts
            or self.backend is not Backend.OPENAI
            or bool(self.usd_per_million_prompt or self.usd_per_million_completion)
        )

    def cost(self, usage: Usage) -> float:
        """What `usage` costs, in USD."""
        return self.price(usage.prompt_tokens, usage.completion_tokens)

    def price(self, prompt_tokens: int, completion_tokens: int) -> float:
        """What tokens cost, in USD."""
        part = self.batch_price if self.batch_size else 1.0
        usd = prompt_tokens * self.usd_per_million_prompt + completion_tokens * self.usd_per_million_completion
        return part * usd / 1e6


class Asker(Frozen):
    """Who asks: two samples never share an answer, and a resumed sample finds all of its own."""

    sample: str
    step: str
    attempt: int = 0
    place: tuple[int, int] = (0, 0)
    """Round and index of the sample's brief: where calls wait, the earlier brief goes first. No part of the key."""


_DRAWS = 1000
"""More draws of one line than a scenario may ask for."""


def attempt_of(backtrack: int, draw: int) -> int:
    """The attempt of a dialogue's draw: which one it is (from 0), after so many backtracks."""
    return backtrack * _DRAWS + draw


def draw_of(attempt: int) -> tuple[int, int]:
    """The backtracks before an attempt, and which draw it is (from 0)."""
    return divmod(attempt, _DRAWS)


def asker_of(brief: Brief, step: str, attempt: int = 0) -> Asker:
    """Who asks in a step of a brief's sample."""
    return Asker(sample=brief.id, step=step, attempt=attempt, place=(brief.round, brief.index))


class Call(Frozen):
    """One question to a model."""

    role: str
    asker: Asker
    model: Model
    messages: tuple[Message, ...]
    decoding: Decoding
    seed: int
    answer_schema: dict[str, Any] | None = None
    tools: tuple[dict[str, Any], ...] = ()
    """Tools that the model may call, in OpenAI's form. A call that has some asks for no JSON."""
    expects: tuple[str, ...] = ()
    """Phrases that a right answer holds. Only the scripted backend reads them; they are no part of the key."""
    verbatim: str = ""
    """What the scripted backend answers word for word: `NAME {json}` is a call of one of `tools`. No part of the key."""
    words: tuple[str, ...] = ()
    """What the scripted backend fills its answer with, if it is not to be English, and the `stop` behind them. No part of
    the key."""
    stop: str = "."
    top_logprobs: int = 0
    """So many of the likeliest tokens are wanted for each place of the answer, with their log-probabilities."""
    texts: tuple[str, ...] = ()
    """Texts to embed, of a model that embeds; of one that rates, what stands before a text, and the text. Then there are no
    messages."""

    @property
    def offers_tools(self) -> bool:
        """Whether the model hears of the tools: a transcript has no place for them."""
        return bool(self.tools) and self.model.style is Style.CHAT

    def tool_names(self) -> tuple[str, ...]:
        """The names of the tools."""
        return tuple(tool["function"]["name"] for tool in self.tools)

    def key(self) -> bytes:
        """The call's key in the journal: everything that bears on the answer, and who asks.

        The address, the key's name and the time limit are left out: a run may go on with others. A vector is its text's,
        whoever asks for it, and so is a likelihood.
        """
        if self.model.rates:
            rated = ["likelihood", self.model.name, *self.texts]
            return hashlib.blake2b(orjson.dumps(rated), digest_size=16).digest()
        if self.texts:
            embedded = ["embedding", self.model.name, self.model.dimensions, *self.texts]
            return hashlib.blake2b(orjson.dumps(embedded), digest_size=16).digest()
        identity = {
            "model": [self.model.name, self.model.style],
            "decoding": self.decoding.model_dump(mode="json"),
            "messages": [message.sent() for message in self.messages],
            "schema": self.answer_schema,
            "tools": self.tools,
            "seed": self.seed,
            "asker": [self.asker.sample, self.asker.step, self.asker.attempt],
            "role": self.role,
        }
        if self.top_logprobs:  # an answer without them is another one; keys of calls that want none are as they were
            identity["top_logprobs"] = self.top_logprobs
        return hashlib.blake2b(orjson.dumps(identity, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()


class ToolCall(Frozen):
    """One call of a tool that a model asks for."""

    id: str
    name: str
    """Perhaps of no tool that was offered."""
    arguments: str
    """The JSON text as the model gave it: perhaps no JSON at all."""

    def openai(self) -> dict[str, Any]:
        """The call as messages hold it."""
        return {"id": self.id, "type": "function", "function": {"name": self.name, "arguments": self.arguments}}


def call_id(key: bytes, place: int) -> str:
    """An id for the tool call at `place` in the answer to the call with this key: nine letters and digits, since some
    endpoints take no other ids back."""
    return hashlib.blake2b(key + place.to_bytes(4), digest_size=5).hexdigest()[:9]


class TokenOdds(Frozen):
    """A token of an answer, and what could have stood in its place."""

    start: int = Field(ge=0)
    """The place of its first character in the answer's text."""
    text: str
    odds: dict[str, float]
    """The likeliest tokens of this place with their probabilities, its own among them."""


class Answer(Frozen):
    """What a model answered."""

    text: str
    """Of a text's embedding: its numbers (float32, little-endian) in base64."""
    tool_calls: tuple[ToolCall, ...] = ()
    """The calls that it asks for, of a call that offers tools; there may be text beside them."""
    finish: str = "stop"
    """`length` where it was cut off, and so perhaps its last tool call, too; else `stop`."""
    odds: tuple[TokenOdds, ...] = Field(default=(), exclude_if=lambda odds: not odds)
    """Of a call that wants probabilities: the tokens that have a digit in them or in place of them, if the endpoint gave them."""
    usage: Usage = Usage()
    latency: float = 0.0
    """Seconds of the last request."""
    requests: int = 1
    """Requests made until this answer came, failed ones included."""

    def message(self) -> Message:
        """The answer as the assistant's message."""
        calls = tuple(call.openai() for call in self.tool_calls)
        return Message(role=Speech.ASSISTANT, content=self.text, tool_calls=calls or None)


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a call in flight may cost at the most."""

    tokens: int
    usd: float

    def __add__(self, other: Reservation) -> Reservation:
        return Reservation(tokens=self.tokens + other.tokens, usd=self.usd + other.usd)


class Transport(Protocol):
    """A backend: sends one request and parses its answer, or raises Fault."""

    async def send(self, call: Call) -> Answer:
        """Ask once."""
        ...

    async def close(self) -> None:
        """Release what the transport holds."""
        ...


class ModelAccess(Protocol):
    """The way to models: the gateway, or in a worker process what brings its calls there."""

    async def ask(self, call: Call) -> Answer:
        """The answer to a call. Raises as Gateway.ask."""
        ...


class CallStore(Protocol):
    """Where answers are kept before anything uses them (the journal)."""

    async def answered(self, key: bytes) -> Answer | None:
        """The stored answer of a call, if there is one."""
        ...

    def keep(self, key: bytes, call: Call, answer: Answer, ticket: bytes) -> Awaitable[None]:
        """Store an answer durably; to be awaited until it is committed. What was noted of `ticket` is settled by it."""
        ...

    async def asked(self, ticket: bytes, key: bytes, requests: int, cost: Reservation) -> None:
        """Note that `requests` were sent for a call that has no answer yet, and what they may have cost."""
        ...
