"""What of a model's guess a scenario can say. A guess is somebody else's text: what does not fit is left out, and said."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from agents.guessing import Guess, GuessedValue
from scenarios.cleaning import clean
from scenarios.loading import Loaded
from scenarios.messages import Speech
from scenarios.schema.ideation import tidied, unfit

_MOST_ROLES, _LEAST_VALUES = 4, 4
_COUNT = 40
"""Values that are ideated if nothing is known of them."""
_OUTCOMES = (3, 6)
_NO_NAME = re.compile(r"[^a-z0-9]+")


@dataclass
class Begun:
    """What a scenario begins with beside the user's own words."""

    roles: dict[str, dict[str, str]] = field(default_factory=dict)
    axis: str = "reason"
    values: Any = None
    """The axis, as a file says it."""
    more: str = ""
    """What the values are, if there are others."""
    outcomes: list[dict[str, str]] = field(default_factory=list)
    """In place of the packaged ones; empty: those fit."""
    open: list[str] = field(default_factory=list)
    """What was not understood, or did not fit."""


def plain_beginning() -> Begun:
    """What a scenario begins with if nobody guesses."""
    ideate = {"about": "a reason for which somebody begins such a conversation", "count": _COUNT}
    roles = {"customer": {"speaks_as": "user"}, "assistant": {"speaks_as": "assistant"}}
    return Begun(roles=roles, values={"ideate": ideate})


def fitted(guess: Guess, loaded: Loaded) -> Begun:
    """What of a guess a scenario can say; `loaded` is the scenario without it."""
    plain = plain_beginning()
    found = Begun(open=[_line(text) for text in guess.not_understood if text.strip()])
    found.roles = _roles(guess, loaded) or plain.roles
    if found.roles is plain.roles:
        found.open.append("The model named no speakers of both sides; these are the usual ones.")
    found.axis = _axis(guess.reasons.axis, {*loaded.scenario.axes, *loaded.scenario.roles, *found.roles} - {"reason"})
    values = _values(guess.reasons.values)
    about = _line(guess.reasons.about) or plain.values["ideate"]["about"]
    if len(values) < _LEAST_VALUES:
        found.values = {"ideate": {"about": about, "count": _COUNT}}
        found.open.append("The model named too few reasons; it is asked for others when a run begins.")
    else:
        found.values, found.more = values, "" if guess.reasons.complete else about
    outcomes = _values(guess.outcomes)
    if _OUTCOMES[0] <= len(outcomes) <= _OUTCOMES[1]:
        found.outcomes = outcomes
    return found


def name_of(text: str) -> str:
    """A text as the name of a scenario, role or axis; empty if there is nothing of one in it."""
    return _NO_NAME.sub("_", text.strip().lower()).strip("_").lstrip("0123456789_")


def _roles(guess: Guess, loaded: Loaded) -> dict[str, dict[str, str]]:
    """The speakers; none if a conversation cannot have them."""
    taken = {name for name, role in loaded.scenario.roles.items() if not role.speaks_as}
    taken |= set(loaded.scenario.axes) - set(loaded.scenario.speakers)
    found = {}
    for role in guess.roles[:_MOST_ROLES]:
        name = name_of(role.name)
        if name and name not in taken:
            found[name] = {"speaks_as": role.speaks_as.value, "who": _line(role.who).rstrip(".")}
    who = {role["who"].casefold() for role in found.values()}
    sides = {role["speaks_as"] for role in found.values()}
    return found if sides == {Speech.USER.value, Speech.ASSISTANT.value} and len(who) == len(found) else {}


def _axis(text: str, taken: Collection[str]) -> str:
    name = name_of(text) or "reason"
    return "reason" if name in taken else name


def _values(guessed: Iterable[GuessedValue]) -> list[dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for one in guessed:
        name = tidied(_line(one.name))
        if not unfit(name) and name.casefold() not in found:
            plan = _line(one.plan)
            found[name.casefold()] = {"name": name, **({"plan": plan} if plan else {})}
    return list(found.values())


def _line(text: str) -> str:
    """A text in one harmless line."""
    return " ".join(clean(text).split())
