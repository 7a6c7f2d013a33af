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


class LookedUp(Frozen):
    """A real call of a tool that the writer made before it set the scene."""

    name: str
    arguments: str
    """JSON text."""
    digest: str
    """Of its result, which the run's journal holds: a list of records would be many times as long as a conversation."""


class ConversationScene(Frozen):
    """What a conversation begins with. Nobody sees all of it but those who judge."""

    situation: str
    outcome: str = ""
    """How it is going to end, and why."""
    parts: dict[str, Part] = Field(default_factory=dict)
    """By speaker."""
    looked: tuple[LookedUp, ...] = Field(default=(), exclude_if=lambda given: not given)
    """What the writer looked up, so that the scene agrees with what is there."""

    def values(self) -> list[str]:
        """The values of all facts."""
        return [fact.value for part in self.parts.values() for fact in part.facts]
