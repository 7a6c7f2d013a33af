"""Actions played on a fresh state: what they gave, what rules they broke, and where they led. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from scenarios.worlds.blueprint import Action, Blueprint, Condition, Side
from scenarios.worlds.world import Access, Play, World, failed


@dataclass(frozen=True)
class Done:
    """One action as it was done."""

    action: Action
    result: str
    """As JSON."""
    broken: str
    """The rule that it breaks and how, or nothing."""
    wrote: bool
    """It changed the state: a write that was not refused."""


def play(world: World, state: Mapping[str, Any], subject: str, actions: Iterable[Action]) -> tuple[list[Done], Play]:
    """Play `actions` on a fresh state. Raises WorldBroken."""
    stage = Play(world, state)
    return [do(stage, subject, action) for action in actions], stage


def do(stage: Play, subject: str, action: Action) -> Done:
    """Play one action, with the rules asked before. Raises WorldBroken."""
    broken = rule_broken(stage, subject, action)
    result = stage.call(action)
    tool = stage.world.tool(action.tool, action.side)
    wrote = tool is not None and tool.access is Access.WRITE and not failed(result)
    return Done(action, result, broken, wrote)


def rule_broken(stage: Play, subject: str, action: Action) -> str:
    """The first rule that an action of the assistant breaks in the state as it is, with how; else nothing."""
    if action.side is Side.USER:
        return ""
    found = ((rule.name, rule.broken(stage.state, subject, action)) for rule in stage.world.rules)
    return next((f"{name}: {how}" for name, how in found if how), "")


def holds(condition: Condition, state: Mapping[str, Any]) -> bool:
    """Whether a condition holds in a state given as JSON."""
    value: Any = state
    for step in condition.path:
        if not isinstance(value, Mapping) or step not in value:
            return condition.equals is None
        value = value[step]
    return bool(value == condition.equals)


def leaves(value: Any) -> Iterator[str]:
    """Every string and number in a JSON value, keys of mappings included, as text."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(inner)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


@lru_cache(maxsize=4096)
def leaves_of(result: str) -> frozenset[str]:
    """The leaves of a result that is given as JSON."""
    return frozenset(leaves(orjson.loads(result)))


@lru_cache(maxsize=16)
def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text))


def policy_words(world: World) -> frozenset[str]:
    """The words and numbers of its policy, which whoever acts by it knows."""
    return _words(world.policy)


def says(text: str, phrase: str) -> bool:
    """Whether a text has a phrase in it, and not within a longer word or number: '15 May' does not say '5 May'."""
    if phrase not in text:
        return False
    return any(_whole(text, found.start(), found.end()) for found in re.finditer(re.escape(phrase), text))


def _whole(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    return not (re.search(r"\w$|\d[.,:]$", before) or re.match(r"\w|[.,:]\d", after))


def end_state(world: World, blueprint: Blueprint) -> dict[str, Any]:
    """The state after the gold actions, as JSON."""
    return play(world, blueprint.state, blueprint.subject, blueprint.actions())[1].snapshot()


def result_of(done: Done) -> Any:
    """A result as a JSON value."""
    return orjson.loads(done.result)
