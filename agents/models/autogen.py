"""AutoGen's model client over the gateway, so that a team's calls are journaled and limited like all others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Literal

from autogen_core import CancellationToken, FunctionCall
from autogen_core.models import (
    AssistantMessage,
    ChatCompletionClient,
    CreateResult,
    FinishReasons,
    FunctionExecutionResult,
    FunctionExecutionResultMessage,
    LLMMessage,
    ModelFamily,
    ModelInfo,
    RequestUsage,
    SystemMessage,
    UserMessage,
)
from autogen_core.tools import Tool, ToolSchema
from pydantic import BaseModel

from agents.models.calls import Answer, Call, ModelAccess, ToolCall
from scenarios.messages import Message, Speech
from scenarios.records import Usage

_TOLD_OF_A_TOOL: tuple[Literal["name", "description", "parameters"], ...] = ("name", "description", "parameters")


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
        """Ask the gateway. `extra_create_args["call"]` is the Call whose messages are replaced.

        `tools`, where there are some, take the place of its tools. Where the answer asks for tools, the calls are the
        content and the text beside them is the thought.
        """
        call: Call = (extra_create_args or {})["call"]
        if tool_choice not in ("auto", "none"):
            raise ValueError(f"tool_choice={tool_choice}: the model chooses by itself")
        changes: dict[str, Any] = {"messages": tuple(ours for message in messages for ours in from_autogen(message))}
        if tools or tool_choice == "none":
            changes["tools"] = tuple(map(_tool, tools)) if tool_choice == "auto" else ()
        asked = asyncio.ensure_future(self._gateway.ask(call.model_copy(update=changes)))
        if cancellation_token is not None:
            cancellation_token.link_future(asked)
        try:
            answer = await asked
        except BaseException as error:
            self.error = self.error or error
            raise
        self.spent[call.role] = self.spent.get(call.role, Usage()) + answer.usage
        calls = [FunctionCall(id=each.id, name=each.name, arguments=each.arguments) for each in answer.tool_calls]
        return CreateResult(
            finish_reason=_finish(answer),
            content=calls or answer.text,
            thought=(answer.text or None) if calls else None,
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
        yield await self.create(
            messages,
            tools=tools,
            tool_choice=tool_choice,
            extra_create_args=extra_create_args,
            cancellation_token=cancellation_token,
        )

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
        """Text and results of tools in, text and calls of tools out."""
        return ModelInfo(
            vision=False,
            function_calling=True,
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
        calls = [FunctionCall(id=call["id"], **call["function"]) for call in message.tool_calls or ()]
        thought = (message.content or None) if calls else None
        return AssistantMessage(content=calls or message.content, thought=thought, source="assistant")
    if message.role is Speech.TOOL:
        result = FunctionExecutionResult(content=message.content, name="", call_id=message.tool_call_id or "")
        return FunctionExecutionResultMessage(content=[result])
    return UserMessage(content=message.content, source="user")


def from_autogen(message: LLMMessage) -> tuple[Message, ...]:
    """One of AutoGen's messages as ours: one for each result where it holds results of tools."""
    if isinstance(message, FunctionExecutionResultMessage):
        return tuple(
            Message(role=Speech.TOOL, content=result.content, tool_call_id=result.call_id) for result in message.content
        )
    if isinstance(message, AssistantMessage) and not isinstance(message.content, str):
        calls = tuple(ToolCall(id=call.id, name=call.name, arguments=call.arguments) for call in message.content)
        return (Answer(text=message.thought or "", tool_calls=calls).message(),)
    kinds: dict[type, Speech] = {SystemMessage: Speech.SYSTEM, AssistantMessage: Speech.ASSISTANT}
    return (Message(role=kinds.get(type(message), Speech.USER), content=str(message.content)),)


def _tool(tool: Tool | ToolSchema) -> dict[str, Any]:
    """A tool in OpenAI's form."""
    schema = tool.schema if isinstance(tool, Tool) else tool
    return {"type": "function", "function": {name: schema[name] for name in _TOLD_OF_A_TOOL if name in schema}}


def _finish(answer: Answer) -> FinishReasons:
    if answer.finish == "length":
        return "length"
    return "function_calls" if answer.tool_calls else "stop"
