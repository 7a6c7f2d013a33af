"""The wire: LangChain's ChatOpenAI with aiohttp and orjson for its HTTP transport.

Payload building and the reading of contents stay LangChain's; only the sending is ours. Against an endpoint answering
in 50 ms this takes a sixth of the CPU of the stock transport. What an endpoint may reply is read in `replies.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import orjson
from langchain_core.messages import AIMessage
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from agents.models.calls import Answer, Call, Model
from agents.models.endpoint.batch import BatchWire
from agents.models.endpoint.failures import Form
from agents.models.endpoint.ladder import RUNGS, Ladder
from agents.models.endpoint.parameters import Parameters
from agents.models.endpoint.post import Post
from agents.models.endpoint.replies import Reply, read
from agents.models.faults import Fault, FaultKind
from scenarios.messages import Message, Speech
from scenarios.schema.plans import Decoding

_MAX_REPLY = 8 * 1024 * 1024
"""Bytes of a reply. The longest answer that can be asked for is a fiftieth of this."""

_NOBODY = object()
"""Instead of clients of its own, which ChatOpenAI would make: each reads all certificates of the system."""


class _Chat(ChatOpenAI):
    """ChatOpenAI, of which only the payload building and the reading of contents are used."""

    def settings(self, decoding: Decoding) -> dict[str, Any]:
        """The part of a JSON body that all calls with a decoding have in common."""
        top_p = {} if decoding.top_p is None else {"top_p": decoding.top_p}
        body: dict[str, Any] = self._get_request_payload(
            [],
            stop=list(decoding.stop) or None,
            max_tokens=decoding.max_tokens,
            temperature=decoding.temperature,
            **top_p,
        )
        del body["stream"]
        if "api.openai.com" not in str(self.openai_api_base):
            body["max_tokens"] = decoding.max_tokens  # many servers know only the older name
        return body

    @property
    def system(self) -> str:
        """How the model calls the role `system`."""
        return str(self._get_request_payload([{"role": "system", "content": ""}])["messages"][0]["role"])

    def text_of(self, content: Any) -> str:
        """The text of a message's content, which may come in parts; parts that are reasoning are left out."""
        if isinstance(content, str):
            return content
        body = {"choices": [{"message": {"role": "assistant", "content": content}}]}
        message = self._create_chat_result(body).generations[0].message
        assert isinstance(message, AIMessage)
        return str(message.text)


@dataclass(frozen=True)
class Posted:
    """The form in which a call is sent."""

    body: dict[str, Any]
    rung: int
    """The place on the ladder of structured answers."""


class Wire:
    """The transport to one OpenAI-compatible endpoint. `key` is shown in no answer and no error."""

    def __init__(self, base_url: str, key: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._post = Post(base_url, key)
        self._chats: dict[str, _Chat] = {}
        self._settings: dict[tuple[str, Decoding], tuple[dict[str, Any], str]] = {}
        """By model and decoding: what all such calls have in common, and the name of the role `system`."""
        self._ladder = Ladder()
        self._parameters = Parameters()

    async def send(self, call: Call) -> Answer:
        """Ask once. Raises Fault, of whose kinds docs/faults.md tells what follows.

        Where a server refuses the form of a request, the fault is of kind FORM, and the next request of the same call is
        of another form: without what the server named, or one rung down the ladder of structured answers. Both end.
        """
        posted = self.posted(call)
        reply = await self._post.send("chat/completions", posted.body, seconds=call.model.timeout, most=_MAX_REPLY)
        return self.answer(call, posted, reply)

    def posted(self, call: Call) -> Posted:
        """The form of a call's next request."""
        rung = self._ladder.rung(call)
        return Posted(self._parameters.fitted(call, self._payload(call, rung)), rung)

    def answer(self, call: Call, posted: Posted, reply: Reply) -> Answer:
        """The answer in the reply to a call that was sent in the form `posted`. Raises as `send`."""
        rung, payload = posted.rung, posted.body
        found = read(reply, call, self._post.secret, self._chat(call.model).text_of)
        if isinstance(found, Answer):
            self._ladder.answered(call, rung)
            self._parameters.answered(call)
            return found
        last = call.answer_schema is None or call.offers_tools or rung + 1 == len(RUNGS)
        if self._parameters.failed(call, payload, found, last=last):
            raise Fault(FaultKind.FORM, found.text, retry_after=0.0)
        if found.form is Form.POSSIBLE and not self._parameters.may_fall(call, last=last):
            found = replace(found, form=Form.OTHER)
        raise self._ladder.failed(call, rung, found)

    @property
    def batches(self) -> BatchWire:
        """The way to its batches."""
        return BatchWire(self._post)

    def left_out(self, model: str) -> frozenset[str]:
        """What requests to a model leave out, since the endpoint refused it: names of parameters, `role` for the role `system`,
        `limit:…` for forms of the limit on tokens, keywords of schemas."""
        return self._parameters.left_out(model)

    def way(self, call: Call) -> str:
        """The way in which a call with an answer schema is asked: `json_schema`, `function`, `json_mode` or `plain`."""
        return RUNGS[self._ladder.rung(call)].__name__.lstrip("_")

    def _payload(self, call: Call, rung: int) -> dict[str, Any]:
        """The JSON body of a call; `rung` is the place on the ladder of structured answers."""
        alike = call.model.name, call.decoding
        if alike not in self._settings:
            chat = self._chat(call.model)
            self._settings[alike] = chat.settings(call.decoding), chat.system
        settings, system = self._settings[alike]
        body = {
            **settings,
            "seed": call.seed & 0x7FFF_FFFF,
            "messages": [_sent(each, system) for each in call.messages],
        }
        if call.offers_tools:
            body["tools"] = call.tools
        elif call.answer_schema is not None:
            body.update(RUNGS[rung](call.answer_schema))
        if call.top_logprobs:
            body |= {"logprobs": True, "top_logprobs": call.top_logprobs}
        return body

    def _chat(self, model: Model) -> _Chat:
        if model.name not in self._chats:
            self._chats[model.name] = _Chat(
                model=model.name,
                base_url=self._base_url,
                api_key=SecretStr(self._post.key or "none"),
                max_retries=0,
                use_responses_api=False,
                client=_NOBODY,
                async_client=_NOBODY,
            )
        return self._chats[model.name]

    async def close(self) -> None:
        """Close the connections."""
        await self._post.close()


def _sent(message: Message, system: str) -> dict[str, Any]:
    """A message in the body of a request."""
    sent = message.sent()
    if message.role is Speech.SYSTEM:
        sent["role"] = system
    if message.tool_calls:
        sent |= {"content": message.content or None, "tool_calls": [_sendable(each) for each in message.tool_calls]}
    return sent


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
