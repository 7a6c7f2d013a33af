"""What a world is: a typed state, tools over it, a written policy with its computable rules, invariants, and atoms.

Nothing in a world depends on the clock or on chance: chance comes in as a seeded `random.Random`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scenarios.errors import ColloquiaError
from scenarios.frozen import Frozen
from scenarios.worlds.blueprint import Action, Fact, Goal, Side


class State(BaseModel):
    """Base of a world's state. Tools change it in place, after they have refused what they refuse.

    Every container is a dict by id, so that a condition can name a path, and JSON can hold it.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=False)


class Access(StrEnum):
    """Whether a tool changes the state."""

    READ = "read"
    WRITE = "write"


class Refused(Exception):
    """Raised by a tool that will not do what it is asked; the caller reads the text. The state is as before."""


class WorldBroken(ColloquiaError):
    """A tool broke an invariant of its world: the world's module has a fault."""


@dataclass(frozen=True)
class Tool:
    """A tool: `run(state, arguments)` gives a JSON value, raises Refused, and changes the state if it writes."""

    name: str
    does: str
    """What it does, for whoever calls it."""
    arguments: type[Frozen]
    run: Callable[[Any, Any], Any]
    access: Access
    side: Side = Side.ASSISTANT
    proposal: str = ""
    """For a write that the policy wants confirmed: what is proposed, a `str.format` over the arguments. Every value
    in it has to be named when confirmation is asked for. Empty: no confirmation is needed."""
    request: str = ""
    """For a tool of the user's: how the assistant asks that it be used, a `str.format` over the arguments."""
    reply: str = ""
    """For a tool of the user's: what a user says when it has used it, a `str.format` over the result."""
    claims: tuple[str, ...] = ()
    """For a write: phrases by which an assistant says that it was done ('have renewed', 'is renewed')."""

    def schema(self) -> dict[str, Any]:
        """The tool in OpenAI's format."""
        shape = deepcopy(_shape(self.arguments))
        return {"type": "function", "function": {"name": self.name, "description": self.does, "parameters": shape}}


@lru_cache(maxsize=1024)
def _shape(arguments: type[Frozen]) -> dict[str, Any]:
    """The JSON schema of arguments, which takes pydantic a millisecond, and every call of a model names all tools."""
    shape = arguments.model_json_schema()
    shape.pop("title", None)
    for part in shape.get("properties", {}).values():
        part.pop("title", None)
    return shape


@dataclass(frozen=True)
class Rule:
    """A rule of the policy that a call can break. `broken(state, subject, action)` says how, or nothing.

    It is asked before each call of the assistant, with the state as it is then.
    """

    name: str
    broken: Callable[[Any, str, Action], str]


class Dial(Frozen):
    """How hard a task is."""

    goals: int = Field(default=1, ge=1, le=8)
    """Things that the user wants."""
    distractors: int = Field(default=4, ge=0, le=100)
    """Further people and things in the state."""
    refusals: int = Field(default=0, ge=0, le=8)
    """How many of the goals have to be refused."""
    unknown: int = Field(default=0, ge=0, le=8)
    """Things that the user does not know and the assistant has to look up."""


@dataclass(frozen=True)
class Scene:
    """A state before anything is planted in it, and the user who will ask."""

    state: Any
    subject: str
    user: str
    facts: tuple[Fact, ...]
    identification: tuple[Action, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Atom:
    """A kind of goal. `plant(state, subject, rng)` breaks something in the state and gives the goal that mends it, or
    None where the state has no place for it."""

    name: str
    plant: Callable[[Any, str, random.Random], Goal | None]
    refusal: bool = False
    """Its goals have to be refused."""
    unknown: int = 0
    """How many things its user does not know by the name that the world has for them."""


@dataclass(frozen=True)
class World:
    """A world. A module that holds one names it `WORLD`."""

    name: str
    policy: str
    """For the assistant's eyes: the rules in words."""
    state: type[State]
    tools: tuple[Tool, ...]
    draw: Callable[[random.Random, Dial], Scene]
    atoms: tuple[Atom, ...]
    rules: tuple[Rule, ...] = ()
    invariants: Mapping[str, Callable[[Any], bool]] = field(default_factory=dict)
    """Name → whether it holds."""
    spoken: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Value → other words by which people say it: 'daytime' → 'during the day'."""
    instead: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Label of a fact → values that a user may ask for at first who then changes its mind."""
    private: Callable[[Any, str], frozenset[str]] = lambda state, subject: frozenset()
    """What the subject may not hear or have looked up: names and ids that belong to others."""

    def tool(self, name: str, side: Side) -> Tool | None:
        """The tool of one side by name."""
        return next((tool for tool in self.tools if tool.name == name and tool.side is side), None)

    def of(self, side: Side) -> tuple[Tool, ...]:
        """The tools of one side."""
        return tuple(tool for tool in self.tools if tool.side is side)


class Play:
    """A world in motion: a state of its own, and calls on it. The same calls give the same results."""

    def __init__(self, world: World, state: Mapping[str, Any]) -> None:
        self.world = world
        self.state: Any = world.state.model_validate(state)

    def call(self, action: Action) -> str:
        """Do it; the result as JSON text. What a tool refuses, and a call that fits none, gives {"error": …} and changes
        nothing. Raises WorldBroken."""
        tool = self.world.tool(action.tool, action.side)
        if tool is None:
            known = ", ".join(tool.name for tool in self.world.of(action.side))
            return error_result(f"there is no tool '{action.tool}'; there are {known}")
        try:
            given = tool.arguments.model_validate(action.arguments)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            return error_result(f"{'.'.join(map(str, first['loc'])) or 'arguments'}: {first['msg']}")
        try:
            result = orjson.dumps(tool.run(self.state, given)).decode()
        except Refused as error:
            return error_result(str(error))
        if tool.access is Access.WRITE:
            for name, holds in self.world.invariants.items():
                if not holds(self.state):
                    raise WorldBroken(f"{self.world.name}: {tool.name} broke the invariant '{name}'")
        return result

    def copy(self) -> Play:
        """Another one in the same state."""
        twin = object.__new__(Play)
        twin.world, twin.state = self.world, self.state.model_copy(deep=True)
        return twin

    def snapshot(self) -> dict[str, Any]:
        """The state as JSON."""
        state: dict[str, Any] = self.state.model_dump(mode="json")
        return state


def error_result(text: str) -> str:
    """The result of a call that was not done."""
    return orjson.dumps({"error": text}).decode()


def failed(result: str) -> bool:
    """True where a result is that of a call that was not done."""
    return result.startswith('{"error":')
