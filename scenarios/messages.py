"""One message of a chat, in the form that every trainer and endpoint knows."""

from __future__ import annotations

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
    tool_calls: tuple[dict[str, Any], ...] | None = None
    tool_call_id: str | None = None
