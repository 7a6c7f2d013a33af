"""The wire: LangChain's ChatOpenAI with aiohttp and orjson for its HTTP transport.

Payload building and the reading of contents stay LangChain's; only the sending is ours. Against an endpoint answering
in 50 ms this takes a sixth of the CPU of the stock transport. What an endpoint may reply is read in `replies.py`.
"""

from __future__ import annotations

from typing import Any

import aiohttp
import orjson
from langchain_core.messages import AIMessage
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from agents.models.calls import Answer, Call, Model
from agents.models.ladder import RUNGS, Ladder
from agents.models.replies import Reply, Secret, read
from scenarios.errors import Fault, FaultKind

_MAX_REPLY = 8 * 1024 * 1024
"""Bytes of a reply. The longest answer that can be asked for is a fiftieth of this."""
_CONNECT_S = 10.0
"""Seconds after which an endpoint that does not take a connection counts as away."""


class _Chat(ChatOpenAI):
    """ChatOpenAI, of which only the payload building and the reading of contents are used."""

    def payload(self, call: Call, rung: int) -> dict[str, Any]:
        """The JSON body of a call; `rung` is the place on the ladder of structured answers."""
        decoding = call.decoding
        extra: dict[str, Any] = {"temperature": decoding.temperature, "seed": call.seed & 0x7FFF_FFFF}
        if decoding.top_p is not None:
            extra["top_p"] = decoding.top_p
        if call.offers_tools:
            extra["tools"] = list(call.tools)
        elif call.answer_schema is not None:
            extra.update(RUNGS[rung](call.answer_schema))
        # LangChain reads the arguments of tool calls and writes them anew; those that are no JSON it refuses.
        messages = [m.model_dump(mode="json", exclude_none=True, exclude={"tool_calls"}) for m in call.messages]
        body: dict[str, Any] = self._get_request_payload(
            messages, stop=list(decoding.stop) or None, max_tokens=decoding.max_tokens, **extra
        )
        for message, sent in zip(call.messages, body["messages"], strict=True):
            if message.tool_calls:
                sent |= {
                    "content": message.content or None,
                    "tool_calls": [_sendable(each) for each in message.tool_calls],
                }
        body.pop("stream", None)
        if "api.openai.com" not in call.model.base_url:
            body["max_tokens"] = decoding.max_tokens  # many servers know only the older name
        return body

    def text_of(self, content: Any) -> str:
        """The text of a message's content, which may come in parts; parts that are reasoning are left out."""
        body = {"choices": [{"message": {"role": "assistant", "content": content}}]}
        message = self._create_chat_result(body).generations[0].message
        assert isinstance(message, AIMessage)
        return str(message.text)


class Wire:
    """The transport to one OpenAI-compatible endpoint. `key` is shown in no answer and no error."""

    def __init__(self, base_url: str, key: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._key = key.strip()
        self._secret = Secret(self._key)
        self._chats: dict[str, _Chat] = {}
        self._session: aiohttp.ClientSession | None = None
        self._ladder = Ladder()

    async def send(self, call: Call) -> Answer:
        """Ask once. Raises Fault, of whose kinds docs/faults.md tells what follows.

        Falls down the ladder of structured answers where a server knows no better: after a fault of kind FORM the
        next request of the same call takes the next rung, so that a call meets it at most three times.
        """
        chat = self._chat(call.model)
        rung = self._ladder.rung(call)
        reply = await self._post(chat.payload(call, rung), call.model.timeout)
        found = read(reply, call, self._secret, chat.text_of)
        if isinstance(found, Answer):
            self._ladder.answered(call, rung)
            return found
        raise self._ladder.refused(call, rung, found)

    def _chat(self, model: Model) -> _Chat:
        if model.name not in self._chats:
            self._chats[model.name] = _Chat(
                model=model.name, base_url=self._base_url, api_key=SecretStr(self._key or "none"), max_retries=0
            )
        return self._chats[model.name]

    async def _post(self, payload: dict[str, Any], timeout: float) -> Reply:  # noqa: ASYNC109 - of the connection
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=30),
                headers={"Authorization": f"Bearer {self._key or 'none'}", "Content-Type": "application/json"},
                auto_decompress=True,
            )
        # The gateway owns the time limit of the whole; a connection that is not taken is told apart from a slow answer.
        connect = aiohttp.ClientTimeout(total=None, sock_connect=min(_CONNECT_S, timeout / 2))
        url, data = f"{self._base_url}/chat/completions", orjson.dumps(payload)
        try:
            # Not followed elsewhere: the key is meant for this address alone.
            async with self._session.post(url, data=data, timeout=connect, allow_redirects=False) as reply:
                return Reply(reply.status, await _body(reply), reply.headers)
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, aiohttp.ClientConnectorCertificateError) as error:
            raise self._fault(FaultKind.MODEL, error) from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise self._fault(FaultKind.AWAY, error) from None
        except (aiohttp.ClientError, OSError) as error:
            raise self._fault(FaultKind.CONNECTION, error) from None
        except ValueError as error:
            raise self._fault(FaultKind.MODEL, error) from None

    def _fault(self, kind: FaultKind, error: Exception) -> Fault:
        return Fault(kind, self._secret.out_of(" ".join(f"{type(error).__name__}: {error}".split())))

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def _sendable(called: dict[str, Any]) -> dict[str, Any]:
    """A tool call of a message as it is sent: some servers refuse a conversation where arguments are no JSON object."""
    function = called["function"]
    try:
        if isinstance(orjson.loads(function["arguments"]), dict):
            return called
    except orjson.JSONDecodeError:
        pass
    told = orjson.dumps({"not_json": function["arguments"]}).decode()
    return {**called, "function": {**function, "arguments": told}}


async def _body(reply: aiohttp.ClientResponse) -> bytes:
    """A reply's body. Raises Fault where it is larger than any answer can be."""
    pieces, size = [], 0
    async for piece in reply.content.iter_any():
        pieces.append(piece)
        size += len(piece)
        if size > _MAX_REPLY:
            raise Fault(FaultKind.GARBAGE, f"HTTP {reply.status}: a reply of more than {_MAX_REPLY} bytes")
    return b"".join(pieces)
