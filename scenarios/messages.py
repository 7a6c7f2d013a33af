"""One message of a chat, in the form that every trainer and endpoint knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from scenarios.frozen import Frozen


class Speech(StrEnum):
    """The message roles of the chat format."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


class Message(Frozen):
    """One message in the chat format."""

    role: Speech
    content: str
    name: str | None = None
    """Who spoke: the role of the scenario, or the tool whose result it is. No model gets it."""
    tool_calls: tuple[dict[str, Any], ...] | None = None
    tool_call_id: str | None = None
    cites: tuple[str, ...] | None = None
    """The passages that its words rest on, if they are kept beside the text. No model gets it."""

    def sent(self) -> dict[str, Any]:
        """The message as a model gets it and the journal keeps it, in JSON."""
        sent: dict[str, Any] = {"role": self.role.value, "content": self.content}
        if self.tool_calls is not None:
            sent["tool_calls"] = list(self.tool_calls)
        if self.tool_call_id is not None:
            sent["tool_call_id"] = self.tool_call_id
        return sent


def named(messages: Sequence[Message], speakers: Mapping[Speech, str]) -> tuple[Message, ...]:
    """Messages with the names of who spoke: for each role of the chat format its speaker, for a result the tool. `messages`
    hold the call of each result."""
    tools = {call["id"]: call["function"]["name"] for message in messages for call in message.tool_calls or ()}

    def who(message: Message) -> str | None:
        if message.role is Speech.TOOL and message.tool_call_id:
            return tools.get(message.tool_call_id)
        return speakers.get(message.role)

    return tuple(message.model_copy(update={"name": who(message)}) for message in messages)
