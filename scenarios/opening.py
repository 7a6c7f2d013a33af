"""What a branch of a conversation goes on from: all that was there before one of its messages, word for word."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from scenarios.frozen import Frozen
from scenarios.material.tools.spec import Grade
from scenarios.messages import Message
from scenarios.scene import ConversationScene
from scenarios.worlds.blueprint import Ending, PrivateCall


class Opening(Frozen):
    """A conversation up to one of its messages. What its brief says of the rest is the sample's from which it stems."""

    of: str
    """The id of that sample."""
    turn: Annotated[int, Field(ge=0)]
    """The first message (from 0) that is made anew."""
    speaker: str = ""
    """Who writes it."""
    changes: dict[str, str] = Field(default_factory=dict)
    """The settings that differ from those of the sample's run, as they are typed; none of another draw of the same."""
    messages: tuple[Message, ...] = ()
    private_calls: tuple[PrivateCall, ...] = ()
    """In a world: the user's own calls so far."""
    scene: ConversationScene | None = None
    system: str = ""
    grades: dict[str, Grade] = Field(default_factory=dict)
    signals: tuple[tuple[int, Ending], ...] = ()
    """Messages behind which their speaker, or a moderator, said that the conversation is to end."""
