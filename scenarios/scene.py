"""The scene of a conversation: what happened, and what each speaker wants and knows. A writer makes it before anybody speaks."""

from __future__ import annotations

from pydantic import Field

from scenarios.frozen import Frozen


class PrivateFact(Frozen):
    """Something exact that a speaker knows: a name, number, date, amount or decision."""

    what: str
    """What it is: 'order number'."""
    value: str
    said: bool = True
    """It has to have been said when the conversation ends."""


class Part(Frozen):
    """What one speaker wants and knows at the beginning."""

    goal: str = ""
    facts: tuple[PrivateFact, ...] = ()


class ConversationScene(Frozen):
    """What a conversation begins with. Nobody sees all of it but those who judge."""

    situation: str
    outcome: str = ""
    """How it is going to end, and why."""
    parts: dict[str, Part] = Field(default_factory=dict)
    """By speaker."""

    def values(self) -> list[str]:
        """The values of all facts."""
        return [fact.value for part in self.parts.values() for fact in part.facts]
