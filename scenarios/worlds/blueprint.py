"""A blueprint: the plan of a dialogue that plays in a world. Its gold actions are what a right assistant does."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import orjson
from pydantic import Field

from scenarios.frozen import Frozen


class Side(StrEnum):
    """Whose tool it is, and who acted."""

    ASSISTANT = "assistant"
    USER = "user"


class Action(Frozen):
    """One call of a tool."""

    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    side: Side = Side.ASSISTANT


class Fact(Frozen):
    """Something that the user knows and may say when it is asked for."""

    label: str
    """What it is, as one asks for it: 'card number'."""
    value: str
    opening: bool = False
    """It may be said before anybody asks; else it may not."""


class Told(Frozen):
    """Something that the assistant has to tell the user: one of `phrases`."""

    what: str
    phrases: tuple[str, ...] = Field(min_length=1)


class Condition(Frozen):
    """What has to hold in the state after a goal is met: the value at `path`; None where there must be nothing."""

    path: tuple[str, ...]
    equals: Any = None


class Goal(Frozen):
    """One thing that the user wants, and all that follows from it."""

    atom: str
    """The name of the atom that it was made by."""
    wants: str
    """For the user's eyes: 'you want to keep …'."""
    asks: str
    """The user's own words for it."""
    facts: tuple[Fact, ...] = ()
    """What the user knows for this goal."""
    actions: tuple[Action, ...] = ()
    """The gold actions, in order, reads and writes of both sides."""
    tell: tuple[Told, ...] = ()
    found: str = ""
    """The assistant's words on what it has looked up, before it proposes a write."""
    answer: str
    """The assistant's right words at the end of it. They hold everything in `tell`."""
    refusal: str = ""
    """The rule of the policy by which it has to be refused; empty where it has to be done."""
    tempting: tuple[Action, ...] = ()
    """Where it has to be refused: the writes that would do it all the same."""
    holds: tuple[Condition, ...] = ()
    """What must hold after. Empty where nothing may change."""


class Temper(StrEnum):
    """How the user goes about its wishes."""

    COOPERATIVE = "cooperative"
    """Says what it wants, answers what it is asked, and agrees to what it wanted."""
    FORTHCOMING = "forthcoming"
    """Says all that it knows at once, without being asked."""
    ARGUES = "argues"
    """Objects once, and then accepts it."""
    INSISTS = "insists"
    """Objects more than once, and goes without having accepted it."""
    WAVERS = "wavers"
    """Wants something else at first, or nothing, and changes its mind before it agrees."""


class Blueprint(Frozen):
    """A task in a world, made before any dialogue. The same seed gives the same one."""

    world: str
    state: dict[str, Any]
    """The state that the dialogue starts from, as JSON."""
    subject: str
    """The id of the user in the world."""
    user: str
    """The user's name."""
    facts: tuple[Fact, ...] = ()
    """What the user knows of itself, whatever the goal."""
    unknown: tuple[str, ...] = ()
    """Labels of what the user does not know, and says so when asked."""
    identification: tuple[Action, ...] = ()
    """The gold actions by which the assistant learns whom it talks to."""
    goals: tuple[Goal, ...] = Field(min_length=1)
    temper: Temper = Field(default=Temper.COOPERATIVE, exclude_if=lambda temper: temper is Temper.COOPERATIVE)
    """Left out of the JSON if it is the usual one, as blueprints were before users had any."""
    at_first: tuple[Fact, ...] = Field(default=(), exclude_if=lambda facts: not facts)
    """What a user that wavers asks for at first, in place of what it wants in the end."""

    def actions(self) -> tuple[Action, ...]:
        """All gold actions in their order."""
        return (*self.identification, *(action for goal in self.goals for action in goal.actions))

    def known(self) -> tuple[Fact, ...]:
        """All that the user knows."""
        return (*self.facts, *(fact for goal in self.goals for fact in goal.facts))


class Ending(StrEnum):
    """How a dialogue in a world came to its end by what its speakers did. A failure of the machinery is none of
    these: it stands in `Candidate.failure`."""

    DONE = "done"
    """The user said that it has what it wanted, or was told why not."""
    STUCK = "stuck"
    """The user gave up."""
    TOO_LONG = "too_long"
    """The most messages were said without an end."""
    TOO_MANY_CALLS = "too_many_calls"
    """The assistant called tools in one turn more often than is allowed."""
    NO_DRAW = "no_draw"
    """No draw of a line or of a call passed its guards."""
    LIMIT = "limit"
    """Of a free conversation: it has as many messages as its brief allows."""
    MODERATED = "moderated"
    """Of a free conversation: the moderator ended it."""


class PrivateCall(Frozen):
    """A call of one of the user's tools. The assistant sees neither it nor its result."""

    before: int
    """The place of the message that came next: the user knew the result when that was said."""
    action: Action
    result: str
    """As JSON."""

    def line(self) -> dict[str, Any]:
        """As it stands in a dataset: the arguments as JSON text, as in OpenAI's format."""
        arguments = orjson.dumps(self.action.arguments).decode()
        return {"before": self.before, "tool": self.action.tool, "arguments": arguments, "result": self.result}
