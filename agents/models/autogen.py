"""AutoGen's model client over the gateway, so that a team's calls are journaled and limited like all others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Literal

from autogen_core import CancellationToken
from autogen_core.models import (
    AssistantMessage,
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    ModelFamily,
    ModelInfo,
    RequestUsage,
    SystemMessage,
    UserMessage,
)
from autogen_core.tools import Tool, ToolSchema
from pydantic import BaseModel

from agents.models.calls import Call, ModelAccess
from scenarios.records import Message, Speech, Usage


class GatewayClient(ChatCompletionClient):
    """One conversation's model client.

    AutoGen's messages take the place of `template.messages`; `extra_create_args` replaces further fields of the
    call. A typed error is kept in `error`, since AutoGen turns errors into `RuntimeError(str)`.
    """

    def __init__(self, gateway: ModelAccess) -> None:
        self._gateway = gateway
        self.spent: dict[str, Usage] = {}
        self.error: BaseException | None = None

    async def create(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: Tool | Literal["auto", "required", "none"] = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
    ) -> CreateResult:
        """Ask the gateway. `extra_create_args["call"]` is the Call whose messages are replaced."""
        call: Call = (extra_create_args or {})["call"]
        asked = asyncio.ensure_future(
            self._gateway.ask(call.model_copy(update={"messages": tuple(map(_message, messages))}))
        )
        if cancellation_token is not None:
            cancellation_token.link_future(asked)
        try:
            answer = await asked
        except BaseException as error:
            self.error = self.error or error
            raise
        self.spent[call.role] = self.spent.get(call.role, Usage()) + answer.usage
        return CreateResult(
            finish_reason="length" if answer.finish == "length" else "stop",
            content=answer.text,
            usage=RequestUsage(answer.usage.prompt_tokens, answer.usage.completion_tokens),
            cached=False,
        )

    async def create_stream(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: Tool | Literal["auto", "required", "none"] = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
    ) -> AsyncGenerator[str | CreateResult, None]:
        """The whole answer as one piece: lines are short."""
        yield await self.create(messages, extra_create_args=extra_create_args, cancellation_token=cancellation_token)

    async def close(self) -> None:
        """The gateway outlives the conversation."""

    def actual_usage(self) -> RequestUsage:
        """What this conversation has used."""
        total = sum(self.spent.values(), Usage())
        return RequestUsage(total.prompt_tokens, total.completion_tokens)

    def total_usage(self) -> RequestUsage:
        """The same: a client serves one conversation."""
        return self.actual_usage()

    def count_tokens(self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()) -> int:
        """A rough count; a real tokenizer would have to be downloaded."""
        return sum(len(str(message.content)) for message in messages) // 4

    def remaining_tokens(self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()) -> int:
        """Not limited here: the gateway's budget is."""
        return 1_000_000 - self.count_tokens(messages)

    @property
    def capabilities(self) -> ModelInfo:
        """The older name of `model_info`."""
        return self.model_info

    @property
    def model_info(self) -> ModelInfo:
        """Text in, text out."""
        return ModelInfo(
            vision=False,
            function_calling=False,
            json_output=False,
            family=ModelFamily.UNKNOWN,
            structured_output=False,
            multiple_system_messages=True,
        )


def to_autogen(message: Message) -> LLMMessage:
    """Our message as one of AutoGen's."""
    if message.role is Speech.SYSTEM:
        return SystemMessage(content=message.content)
    if message.role is Speech.ASSISTANT:
        return AssistantMessage(content=message.content, source="assistant")
    return UserMessage(content=message.content, source="user")


def _message(message: LLMMessage) -> Message:
    kinds: dict[type, Speech] = {SystemMessage: Speech.SYSTEM, AssistantMessage: Speech.ASSISTANT}
    return Message(role=kinds.get(type(message), Speech.USER), content=str(message.content))
